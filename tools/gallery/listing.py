# SPDX-License-Identifier: MIT
"""The list of all screens in chapters, as the journeys of `firmware/flows` show them, filled with the widest there is.

A text is a string, a key of the catalogue with its values in a list, or a list of such lists, joined by a space.
What has a key each (errors, refusals, weak PINs) is taken from the catalogue. `kind` names a function of chip/kinds.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

_WORDS: Final = Path(__file__).parents[2] / "firmware" / "words"
LANGUAGES: Final = ("zh", "zh-Hant", "en")
AMOUNT: Final = "9999999.99"
_NUMBER: Final = "999999"
_SUPPORT: Final = "400-810-8888"
_LONGEST_SUPPORT: Final = "+86-400-810-8888-123"  # 20 characters, the most that settings hold
_LONG: Final = "123456789012"
_WARN: Final = ["sign_out.warn"]
_CODE: Final = "HTTPS://PAY.EXAMPLE/0123456789ABCDEF"
_LONGEST_CODE: Final = "https://pay.example/".ljust(77, "8")  # the most that the host makes
_DETAILS: Final = {
    "keypad": "1 5 9 D",
    "journal": "J1",
    "config": "C1",
    "keys": "C2",
    "battery": "3412mV",
    "wifi": "12",
}

Words = str | list[Any]


class Screen(NamedTuple):
    """`order` is what chip/show.py is asked for."""

    chapter: str
    name: str
    order: dict[str, Any]


def catalogue(language: str = LANGUAGES[0]) -> dict[str, str]:
    """The words by their keys."""
    lines = (_WORDS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def _keys(beginning: str) -> list[str]:
    """Of the catalogue, without their beginning."""
    return [key.removeprefix(beginning) for key in catalogue() if key.startswith(beginning)]


def _message(title: Words, *text: Words, hint: str = "") -> dict[str, Any]:
    order: dict[str, Any] = {"kind": "message", "title": title, "text": list(text)}
    return {**order, "hint": [hint]} if hint else order


def _ask(title: Words, *text: Words) -> dict[str, Any]:
    return _message(title, *text, hint="hint.confirm")


def _progress(title: Words, text: Words, percent: int, hint: Words = "") -> dict[str, Any]:
    return {"kind": "progress", "title": title, "text": text, "percent": percent, "hint": hint}


def _entry(title: Words, shown: str, typed: str, hint: str = "") -> dict[str, Any]:
    order: dict[str, Any] = {"kind": "entry", "title": title, "shown": shown, "typed": typed}
    return {**order, "hint": [hint]} if hint else order


def _menu(title: str, items: str) -> dict[str, Any]:
    return {"kind": "menu", "title": [title], "items": items}


def _locked(reason: str, **facts: Any) -> dict[str, Any]:
    return {"kind": "locked", "reason": reason, **facts}


def _open(ended: tuple[int, int] | None = None, **counts: int) -> dict[str, Any]:
    """`ended`: kind and status of what was not known."""
    return {"kind": "open", "counts": counts, "ended": ended}


_Named = Iterator[tuple[str, dict[str, Any]]]


def _start() -> _Named:
    yield "power on", _progress("", ["welcome"], 5)
    yield "test", {"kind": "tests"}
    yield "tests done", _progress(["welcome"], ["welcome.test"], 100)
    yield "test failed", {"kind": "failures", "details": _DETAILS}
    yield "a moment", _progress("", ["wait"], 40)


def _lock() -> _Named:
    for reason in _keys("refused."):
        if reason not in ("title", "role"):
            yield f"locked: {reason}", _locked(reason)
    yield "connecting", _locked("sign_in", connecting=True)
    yield "maintenance, its end", _locked("maintenance", end=837_072_000)
    yield "maintenance, why", _locked("maintenance", detail="升级 Upgrade")
    yield "menu when locked", _menu("menu", "lock")
    for reason in _keys("refused."):
        if reason != "title":
            yield f"refused: {reason}", _message(["refused.title"], ["refused." + reason])
    yield "restart?", _ask(["lock.software", ""], ["recover.ask"])
    yield "last resort", {"kind": "alone", "which": "safe"}
    yield "update", {"kind": "alone", "which": "update"}


def _service() -> _Named:
    yield "service?", _ask(["service.title"], ["service.ask"])
    yield "service, open batch", _ask(["service.title"], ["service.records"])
    yield "service refused", _message(["service.title"], ["service.refused"], hint="hint.ok")
    yield "service mode", {"kind": "alone", "which": "service"}
    yield "asking support", _progress(["support.title"], ["support.busy"], 50)
    for answer in ("free", "sign_in"):
        text = ["support." + answer]
        yield f"support: {answer}", _message(["support.title"], text, ["support", _SUPPORT])
    maintenance = [["support.maintenance"], ["lock.until", "23:59"]]
    yield "support: maintenance", _message(["support.title"], maintenance, ["support", _SUPPORT])
    yield "language", _menu("menu.language", "language")


def _sign_in() -> _Named:
    yield "network", _progress(["check.title"], ["check.network"], 30)
    yield "host", _progress(["check.title"], ["check.host"], 60)
    yield "operator", _entry(["operator.title"], "plain", "")
    yield "operator typed", _entry(["operator.title"], "plain", "099")
    yield "shift", _entry(["shift.title"], "plain", "9")
    yield "PIN", _entry(["pin.title", "099"], "masked", "")
    yield "PIN typed", _entry(["pin.title", "099"], "masked", "24681")
    yield "PIN of 12", _entry(["pin.title", "099"], "masked", _LONG)
    yield "signing in", _progress(["sign_in.title"], ["sign_in.busy"], 30, _WARN)
    yield "once more", _progress(["sign_in.title"], ["sign_in.again", "2"], 90, _WARN)
    yield "PIN wrong", _message(["pin.wrong"], ["pin.left", "4"])
    yield "PIN wrong, own", _message(["pin.wrong"], ["pin.local", "4"])
    yield "PIN locked", _message(["pin.wrong"], ["pin.locked", "30"], hint="hint.other")
    texts = (["sign_in.welcome", "欧阳小明", "9"], ["sign_in.last", "12-31 23:59"], ["sign_in.failures", "99"])
    yield "signed in", {**_message(["sign_in.done"], *texts), "status": "open"}
    notice = "今晚23:00至24:00主机维护，请在22:45前签退。维护期间不能收款和退款。"
    yield "notice", {**_message(["notice.title"], notice, hint="hint.notice"), "status": "open"}


def _pin() -> _Named:
    yield "first PIN", _message(["pin.change"], ["pin.first"])
    for key in ("old", "new", "again"):
        yield f"{key} PIN", _entry(["pin." + key, "099"], "masked", "246810")
    for why in _keys("weak."):
        yield f"weak: {why}", _message(["pin.weak"], ["weak." + why])
    yield "not the same", _message(["pin.weak"], ["pin.differs"])
    yield "changing", _progress(["pin.change"], ["approval.busy"], 50, _WARN)
    yield "changed", _message(["pin.change"], ["pin.changed"])
    yield "approval", _entry(["pin.title", "000"], "masked", "975310")
    yield "own PIN or another's", _entry(["pin.title", "099"], "masked", "", "hint.other")
    yield "checking", _progress(["approval.title"], ["approval.busy"], 50)
    yield "not a supervisor", _message(["approval.title"], ["approval.refused"])
    yield "approval must wait", _message(["approval.title"], ["pin.wait", "15:00"])
    yield "new operator", _progress(["menu.handover"], ["sign_out.bye"], 50)
    yield "handed over", _message(["menu.handover"], ["handover.done"])


def _ready() -> _Named:
    yield "ready", _open()
    yield "on the bench", {**_open(), "status": "bench"}
    yield "to be uploaded", _open(waiting=900)
    yield "nearly full", _open(used=100)
    yield "not known", _open(open=900)
    for ended, name in (((2, 2), "paid"), ((2, 6), "not paid"), ((4, 2), "given back"), ((4, 6), "not given back")):
        yield f"found out: {name}", _open(ended)
    yield "no sales", _open(host_lock=1)
    yield "menu", _menu("menu", "ready")


def _sale() -> _Named:
    for why in ("frozen", "full", "locked", "unknown"):
        yield f"no sale: {why}", _message(["refused.title"], ["sale." + why])
    yield "cash sale", _entry(["amount.title"], "money", "")
    yield "cash sale typed", _entry(["amount.title"], "money", "999999999")
    yield "amount right?", _ask(["amount.confirm"], AMOUNT)
    for end in ("sent", "later"):
        yield f"cash sale: {end}", _message(["sale.done"], f"{AMOUNT}  {_NUMBER}", ["sale." + end])
    yield "QR sale", _entry(["order.title"], "money", "1250")
    yield "asking for a code", _progress(["order.title"], ["order.busy"], 30)
    yield "code", {"kind": "code", "of": 2, "text": _CODE, "valid_s": 120}
    yield "long code", {"kind": "code", "of": 2, "text": _LONGEST_CODE, "valid_s": 59}
    yield "asking how it ended", _progress(["order.title"], ["order.ending"], 80, _WARN)
    ends = ("2", "sale.done", "paid"), ("4", "order.unknown", "not known"), ("5", "order.unknown", "to be undone")
    for status, title, name in (*ends, ("6", "order.none", "not paid")):
        yield f"QR sale: {name}", _message([title], f"{AMOUNT}  {_NUMBER}", ["order.told" + status])
    for title, name in (("order.unknown", "not known"), ("doubt.paid", "paid")):
        yield f"another? the earlier is {name}", _ask([title], f"{AMOUNT}  {_NUMBER}", ["doubt.ask"])


def _credit() -> _Named:
    yield "void?", _ask(["void.title"], ["void.ask", AMOUNT, _NUMBER])
    yield "void not possible", _message(["void.title"], ["void.not"])
    yield "voiding", _progress(["void.title"], ["approval.busy"], 50, _WARN)
    yield "voided", _message(["void.title"], ["void.done"])
    yield "void: not known", _message(["void.title"], ["credit.unknown"])
    for key in ("batch", "number", "date"):
        yield f"refund: {key}", _entry(["refund." + key], "plain", "1231" if key == "date" else _NUMBER)
    yield "no such day", _message(["refund.title"], ["refund.no_date"])
    yield "refund", _entry(["refund.title"], "money", "1250")
    yield "amount to give back", _ask(["refund.confirm"], AMOUNT)
    yield "refund?", _ask(["refund.title"], ["refund.ask", AMOUNT, _NUMBER])
    yield "refunded", _message(["refund.title"], ["refund.done"])


def _report() -> _Named:
    for status, of in ((1, 1), (2, 2), (3, 1), (4, 2), (5, 3), (6, 4), (7, 2), (2, 1)):
        yield f"transaction {status}, {of}", {"kind": "transaction", "of": of, "status": status}
    yield "no transactions", _message(["menu.history"], ["history.none"])
    lines = (
        *(["totals.count", "900"], ["totals.amount", AMOUNT], ["totals.credit", "900", AMOUNT]),
        *(["totals.waiting", "900"], ["ready.open", "900"], ["report.operator", "099", "900", "999999.99"]),
    )
    yield "totals", _message(["totals.title"], *lines)
    everybody = (["report.all", "", "900", AMOUNT], ["report.operator", "099", "900", "999999.99"])
    yield "last batch", _message(["menu.last_batch"], ["report.batch", _NUMBER], *everybody)
    yield "asking for the balance", _progress(["balance.title"], ["balance.busy"], 50)
    both = (["balance.host", "900", AMOUNT], ["balance.own", "900", AMOUNT], ["totals.waiting", "900"])
    yield "balance", _message(["balance.title"], *both)


def _sign_out() -> _Named:
    speed = ["sign_out.upload", "899", "900", "99.9"]
    yield "uploading", _progress(["sign_out.open", "900"], speed, 99, _WARN)
    yield "slow network", _progress(["sign_out.slow"], ["sign_out.upload", "1", "900", "0.1"], 1, _WARN)
    totals = (["totals.count", "900"], ["totals.amount", AMOUNT])
    yield "totals right?", _message(["totals.title"], *totals, hint="hint.totals")
    yield "sign out?", _ask(["sign_out.title"], ["sign_out.confirm"])
    steps = (("check", 10), ("resume", 5), ("settle", 30), ("end", 85), ("bye", 95))
    for key, percent in steps:
        yield f"sign-out: {key}", _progress(["sign_out.title"], ["sign_out." + key], percent, _WARN)
    yield "sign-out: details", _progress(["sign_out.title"], ["sign_out.details", "896", "900"], 80, _WARN)
    yield "signed out", _message(["sign_out.done"], ["sign_out.closed", _NUMBER, AMOUNT])
    yield "switching off", _progress("", ["sleep"], 100)


def _care() -> _Named:
    yield "power key", _menu("menu.power", "power")
    yield "settings", _menu("menu.adjust", "adjust")
    yield "brightness", {"kind": "dial", "of": "contrast", "at": 3}
    yield "dark after", {"kind": "dial", "of": "dark", "at": 4}
    yield "diagnostics", _menu("menu.diagnostics", "diagnostics")
    facts: tuple[Words, ...] = (
        *(["facts.version", "10.10.10"], ["facts.python", "v1.26.1"], ["facts.up", "9999:59"]),
        *(["facts.cause", [f"cause.{cause}"]] for cause in range(1, 6)),
        *(["facts.heap", "100"], ["facts.signal", "-100 dBm"], ["facts.drops", "9999"]),
        *(["facts.journal", "900", "900"], ["facts.wear", "99999", "100000"], ["facts.battery", "4200mV"]),
    )
    yield "facts", _message(["menu.facts"], *facts)
    yield "echo", _progress(["menu.echo"], ["echo.busy"], 30)
    yield "echo answered", _message(["menu.echo"], ["echo.time", "29999"], ["echo.host"], hint="hint.retry")
    failed = ["trouble.code", "N1", ["echo.failed"]]
    yield "echo failed", _message(failed, ["err.N1"], ["do.N1"], hint="hint.retry")
    yield "echo, bare board", _message(["menu.echo"], ["lock.unprovisioned"])
    yield "keys", {"kind": "keys", "typed": "1A"}
    yield "keys done", _message(["menu.keys"], ["keys.all"])
    yield "display", _message(["menu.display"], ["display.look"], hint="hint.more")


def _faults(is_host: bool) -> _Named:
    codes = [code for code in _keys("err.") if code != "other" and code.startswith("H") == is_host]
    if is_host:
        codes.append("H05")
    for code in codes:
        yield code, {"kind": "fault", "code": code}
    support: dict[str, Any] = {"kind": "fault", "code": codes[-1], "support": _LONGEST_SUPPORT, "hint": ["hint.retry"]}
    yield f"{codes[-1]}, to be tried again", support


_CHAPTERS: Final = {
    "start": ("", _start),
    "lock": ("locked", _lock),
    "service": ("locked", _service),
    "sign-in": ("locked", _sign_in),
    "pin": ("open", _pin),
    "ready": ("open", _ready),
    "sale": ("open", _sale),
    "credit": ("open", _credit),
    "reports": ("open", _report),
    "sign-out": ("open", _sign_out),
    "care": ("open", _care),
    "terminal-errors": ("open", lambda: _faults(False)),
    "host-answers": ("open", lambda: _faults(True)),
}
CHAPTERS: Final = tuple(_CHAPTERS)


def screens() -> list[Screen]:
    """All of them; a chapter's status row is its own unless a screen has another."""
    return [
        Screen(chapter, name, {"status": status, **order})
        for chapter, (status, maker) in _CHAPTERS.items()
        for name, order in maker()
    ]
