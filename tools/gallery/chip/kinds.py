# SPDX-License-Identifier: MIT
"""The kinds of screen, each a generator from an order to pictures: it yields whenever one stands on the panel.

Where a journey draws a screen itself, it does so here too; the others are made as the journeys make them.
"""

import asyncio

from desk_top import Desk, Stand

from firmware import safe_screen, service_screen, text
from firmware.errors import TerminalError
from firmware.flows import (
    adjust,
    amount,
    asking,
    diagnose_keys,
    diagnostics,
    history,
    lock,
    offer,
    qr_wait,
    ready,
    self_test,
    trouble,
)
from firmware.store.journal import Txn
from firmware.ui.menu import Menu
from firmware.ui.screen import BACK, DOWN, ENTER, MENU, Screen
from firmware.ui.screens import Entry, Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Order = dict[str, Any]

_MENUS = {
    "lock": lock._ITEMS,
    "ready": offer._ITEMS,
    "language": text.LANGUAGES,
    "diagnostics": diagnostics._ITEMS,
    "adjust": adjust._ITEMS,
    "power": ("lock", "sign_out", "off"),
}
_PAGE = 3  # items of a menu
_SHOWN = {"plain": asking._plain, "masked": asking._masked, "money": amount._shown}
_NOON_S = 837_057_600  # 2026-07-11 12:00 in the shop
_BATCH_MOST = 900
_AMOUNT_MOST = 999_999_999


def words(spec: "Any") -> str:
    """A text as it is, or a list: of a key and its values, or of such lists, put together with a space."""
    if not isinstance(spec, list):
        return str(spec)
    if isinstance(spec[0], list):
        return " ".join([words(part) for part in spec])
    return text.say(spec[0], *[words(value) for value in spec[1:]])


def _stands(t: Desk, screen: Screen) -> None:
    screen.draw()
    t.ui.show()


def _pages(t: Desk, screen: Message) -> "Iterator[None]":
    _stands(t, screen)
    yield
    while screen._has_more():
        screen.on_key(ENTER)
        _stands(t, screen)
        yield


def message(t: Desk, order: "Order") -> "Iterator[None]":
    body = "\n".join([words(line) for line in order["text"]])
    hint = words(order["hint"]) if "hint" in order else ""
    yield from _pages(t, Message(t.ui, words(order["title"]), body, hint=hint))


def entry(t: Desk, order: "Order") -> "Iterator[None]":
    screen = Entry(t.ui, words(order["title"]), bytearray(12), 1, _SHOWN[order["shown"]])
    if "hint" in order:
        screen.offer(MENU, words(order["hint"]))
    for digit in order["typed"]:
        screen.on_key(digit)
    _stands(t, screen)
    yield


def progress(t: Desk, order: "Order") -> "Iterator[None]":
    t.ui.progress(words(order["title"]), words(order["text"]), order["percent"], words(order.get("hint", "")))
    yield


def menu(t: Desk, order: "Order") -> "Iterator[None]":
    items = _MENUS[order["items"]]
    screen = Menu(t.ui, words(order["title"]), items)
    for at in range(len(items)):
        if at % _PAGE == 0:
            _stands(t, screen)
            yield
        screen.on_key(DOWN)


def locked(t: Desk, order: "Order") -> "Iterator[None]":
    t.locked = order["reason"]
    t.facts.fault = "P11" if t.locked == "hardware" else ""
    t.facts.crash = "session.call OSError"
    t.lock_text = words(order.get("detail", ""))
    t.journal.state.lock_end = order.get("end", 0)
    t.is_connecting = order.get("connecting", False)
    if t.locked == "unprovisioned":
        t.settings = None
    _stands(t, lock._Locked(t, t.locked))
    yield


def open_for_work(t: Desk, order: "Order") -> "Iterator[None]":
    counts = order["counts"]
    ready.clock.now_s = lambda: _NOON_S
    ready.totals_of = lambda _journal: Stand(
        records=_BATCH_MOST, waiting=counts.get("waiting", 0), open=counts.get("open", 0)
    )
    t.journal.used_percent = counts.get("used", 0)
    t.journal.state.host_lock = counts.get("host_lock", 0)
    if order.get("ended"):
        t.ended = Txn()
        (t.ended.kind, t.ended.status), t.ended.amount = order["ended"], _AMOUNT_MOST
    _stands(t, ready._Ready(t))
    yield


class _Shelf:
    """A full batch of one and the same transaction, with its newest one first."""

    def __init__(self, t: Desk, txn: Txn) -> None:
        self.ui, self.journal, self.state, self._txn = t.ui, self, t.journal.state, txn

    def __len__(self) -> int:
        return _BATCH_MOST

    def nth(self, _place: int) -> Txn:
        return self._txn


def _txn(order: "Order") -> Txn:
    txn = Txn()
    txn.kind, txn.status = order["of"], order.get("status", 0)
    txn.amount, txn.stan, txn.batch, txn.time = _AMOUNT_MOST, 999_999, 999_999, _NOON_S
    return txn


def transaction(t: Desk, order: "Order") -> "Iterator[None]":
    screen = history._Browse(_Shelf(t, _txn(order)))
    screen.at = _BATCH_MOST - 1
    _stands(t, screen)
    yield


def code(t: Desk, order: "Order") -> "Iterator[None]":
    """The journey's own picture; cancel is pressed already."""
    ui = t.ui
    ui.is_filled = True
    qr_wait._draw_code(t, order["text"])
    ui.push(BACK)
    asyncio.run(qr_wait._wait(t, _txn(order), Stand(is_over=False), order["valid_s"]))
    yield
    ui.is_filled = False
    ui.canvas.wipe()


def keys(t: Desk, order: "Order") -> "Iterator[None]":
    """The test of the keys, with some of them pressed."""
    screen = diagnose_keys._Keys(t.ui)
    for key in order["typed"]:
        screen.on_key(key)
    _stands(t, screen)
    yield


def dial(t: Desk, order: "Order") -> "Iterator[None]":
    places = adjust.CONTRASTS if order["of"] == "contrast" else adjust.DARK_S
    _stands(t, adjust._Dial(t, order["of"], len(places), order["at"]))
    yield


def fault(t: Desk, order: "Order") -> "Iterator[None]":
    """The page of a code; `support` is whom to call."""
    t.support = order.get("support", "")
    title = text.say("trouble.code", order["code"], text.say("trouble.title"))
    hint = words(order["hint"]) if "hint" in order else ""
    yield from _pages(t, Message(t.ui, title, trouble.words_of(t, TerminalError(order["code"])), hint=hint))


def tests(t: Desk, order: "Order") -> "Iterator[None]":
    """Each power-on test under way."""
    for i in range(len(self_test.TESTS)):
        t.ui.progress(text.say("welcome"), text.say("test." + self_test.TESTS[i][0]), 10 + 80 * i // 11)
        yield


def failures(t: Desk, order: "Order") -> "Iterator[None]":
    """Each power-on test failed."""
    for i in range(len(self_test.TESTS)):
        name = self_test.TESTS[i][0]
        body = (
            text.say("test.fault", "P%02d" % (i + 1), text.say("test." + name)) + " " + order["details"].get(name, "")
        )
        yield from _pages(t, Message(t.ui, text.say("test.failed"), body))


def alone(t: Desk, order: "Order") -> "Iterator[None]":
    """What stands without the terminal: the last resort, service mode, an update."""
    language = text.language
    for module in (safe_screen, service_screen):
        module.board = Stand(build=lambda _profile: (t.ui.canvas.panel, Stand(), t.ui.led, ()))
        module.settings = Stand(load=lambda: {"language": language})
        module.Canvas = lambda _panel, _font: t.ui.canvas
    safe_screen.asyncio = Stand(run=lambda task: task.close())
    safe_screen.crash = Stand(report=lambda: "session.call OSError", forgive=lambda: None)
    t.ui.canvas.rows = [None] * len(t.ui.canvas.rows)
    {"safe": safe_screen.run, "service": service_screen.show, "update": service_screen.show_update}[order["which"]]()
    yield


KINDS = {
    "message": message,
    "entry": entry,
    "progress": progress,
    "menu": menu,
    "locked": locked,
    "open": open_for_work,
    "transaction": transaction,
    "code": code,
    "fault": fault,
    "keys": keys,
    "dial": dial,
    "tests": tests,
    "failures": failures,
    "alone": alone,
}
