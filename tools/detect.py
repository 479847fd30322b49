# SPDX-License-Identifier: MIT
"""Is the terminal locked, and why (mission L5)? What state, screen, LED and function probe say, and whether they agree.

Judged by the table below, which was written from the requirements and not from the firmware. Each witness leaves some
reasons possible; the reason that most of them leave possible is the verdict, whoever rules it out disagrees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from tools.emulator import ocr
from tools.emulator.frame import Pixels, as_frame

OPEN: Final = ""
_RED: Final = "steady red"
_FAULT: Final = "double red"
_BUSY: Final = "alternating green red"  # signing in or out


class Lock(NamedTuple):
    """What a lock reason looks like from outside: its words by language, its light; and what leads out of it."""

    words: Mapping[str, str]
    lights: frozenset[str]
    meaning: str
    way_out: str


def _lock(chinese: str, english: str, lights: Sequence[str], meaning: str, way_out: str) -> Lock:
    """`chinese`: simplified/traditional."""
    simplified, traditional = chinese.split("/")
    words = {"zh": simplified, "zh-Hant": traditional, "en": english}
    return Lock(words, frozenset(lights), meaning, way_out)


LOCKS: Final[Mapping[str, Lock]] = {
    "hardware": _lock(
        "硬件故障/硬體故障", "Hardware fault", [_FAULT], "hardware fault", "call maintenance; 'qiandao selftest'"
    ),
    "software": _lock(
        "软件故障/軟體故障", "Software fault", [_FAULT], "software fault", "ENTER restarts; 'qiandao console' shows why"
    ),
    "update": _lock(
        "正在更新/正在更新",
        "Update running",
        ["blink yellow"],
        "update running",
        "wait; 'make deploy' again if it was broken off",
    ),
    "unprovisioned": _lock(
        "终端未初始化/終端未初始化", "Not set up yet", [_RED], "not provisioned yet", "'qiandao provision'"
    ),
    "configuration": _lock(
        "参数损坏/參數損壞", "Settings damaged", [_FAULT], "settings damaged", "'qiandao provision' again"
    ),
    "battery": _lock("电量不足/電量不足", "Battery low", [_RED], "battery low", "connect the charger"),
    "barred": _lock(
        "终端被主机停用/終端被主機停用", "Barred by the host", [_RED], "barred by the host", "unbar it at the host"
    ),
    "maintenance": _lock(
        "系统维护中/系統維護中",
        "Under maintenance",
        ["blink yellow"],
        "under maintenance",
        "end the maintenance at the host",
    ),
    "pin": _lock("密码已锁定/密碼已鎖定", "PIN locked", [_RED], "PIN locked out", "wait, or ask the supervisor"),
    "sign_in": _lock("请签到/請簽到", "Please sign in", [_RED, _BUSY], "nobody is signed in", "sign in"),
    "idle": _lock("已锁屏 请输密码/已鎖定 請輸入密碼", "Locked while idle", [_RED], "idle lock", "the operator's PIN"),
}
TITLES: Final = {"zh": "终端已锁定", "zh-Hant": "終端已鎖定", "en": "Terminal locked"}
_OPEN_LIGHTS: Final = frozenset(["steady green", _BUSY])
_SILENT_LIGHTS: Final = frozenset(["steady blue", "blink red"])  # while the terminal starts; a self-test's code
_EVERY: Final = frozenset([OPEN, *LOCKS])
_LOCKED: Final = frozenset(LOCKS)


class Verdict(StrEnum):
    """`exit_code` is the command's."""

    OPEN = "open"
    LOCKED = "locked"
    DISAGREEMENT = "disagreement"

    @property
    def exit_code(self) -> int:
        return list(Verdict).index(self)


class Witness(NamedTuple):
    """`reasons` are those that it leaves possible ("" is open); None: it says nothing about it."""

    name: str
    says: str
    reasons: frozenset[str] | None


@dataclass(frozen=True)
class Finding:
    """`dissent` are the names of the witnesses that rule `reason` out."""

    reason: str
    witnesses: tuple[Witness, ...]
    dissent: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        if self.dissent:
            return Verdict.DISAGREEMENT
        return Verdict.LOCKED if self.reason else Verdict.OPEN


class FormError(ValueError):
    """A status that this tool does not understand."""


def from_state(locked: bool, reason: str) -> Witness:
    if locked != bool(reason):
        says = "locked without a reason" if locked else f"open, with the reason {reason}"
        return Witness("state", says, frozenset())
    says = f"locked: {_meaning(reason)}" if locked else "open"
    return Witness("state", says, frozenset([reason]) & _EVERY)


def from_screen_state(screen: Mapping[str, Any] | None) -> Witness:
    """What the firmware says that its screen shows; all there is on a board that gives no picture."""
    if screen is None:
        return Witness("screen", "no display", None)
    if screen.get("dead"):
        return Witness("screen", "the display does not answer", frozenset())
    reason, has_icon = str(screen.get("reason", "")), bool(screen.get("icon"))
    if reason:
        says = f"lock screen: {_meaning(reason)}" + ("" if has_icon else ", without the lock icon")
        return Witness("screen", says, frozenset([reason]) & _EVERY if has_icon else frozenset())
    return _from_icon(has_icon)


def _from_icon(has_icon: bool) -> Witness:
    if has_icon:
        return Witness("screen", "lock icon, another screen than the lock's", _LOCKED)
    return Witness("screen", "no lock icon", frozenset([OPEN]))


def from_pixels(pixels: Pixels) -> Witness:
    """What a person would read on the screen."""
    rows = ocr.read_rows(pixels)
    if not any(as_frame(pixels)):
        return Witness("screen", "dark", frozenset())
    text = _bare("".join(rows))
    has_icon = "lock" in ocr.read_icons(pixels)
    after = next((text.partition(title)[2] for title in map(_bare, TITLES.values()) if title in text), None)
    if after is None:
        return _from_icon(has_icon)
    reasons = frozenset(
        reason for reason, lock in LOCKS.items() if any(_bare(word) in after for word in lock.words.values())
    )
    quoted = " / ".join(row for row in rows[-4:])
    if not has_icon:
        return Witness("screen", f"{quoted}, without the lock icon", frozenset())
    return Witness("screen", quoted, reasons)


def _bare(text: str) -> str:
    """Comparable: as the font shows it, without spaces."""
    return ocr.canonical(text).replace(" ", "")


def from_led(pattern: str) -> Witness:
    if pattern in _SILENT_LIGHTS:
        return Witness("LED", pattern, None)
    reasons = {reason for reason, lock in LOCKS.items() if pattern in lock.lights}
    if pattern in _OPEN_LIGHTS:
        reasons.add(OPEN)
    return Witness("LED", pattern, frozenset(reasons))


def from_probe(reason: str) -> Witness:
    if "." in reason:  # a batch that is full, a settlement under way: not taken, and yet no lock
        return Witness("probe", f"a sale would be refused, though not for a lock ({reason})", frozenset([OPEN]))
    says = f"a sale would be refused: {_meaning(reason)}" if reason else "a sale would be taken"
    return Witness("probe", says, frozenset([reason]) & _EVERY)


def judge(witnesses: Sequence[Witness]) -> Finding:
    """The first witness, the state, decides where as many speak for one reason as for another."""
    heard = [witness for witness in witnesses if witness.reasons is not None]
    first = heard[0].reasons or frozenset() if heard else frozenset()

    def weight(reason: str) -> tuple[int, bool, int]:
        votes = sum(reason in witness.reasons for witness in heard if witness.reasons is not None)
        return votes, reason in first, -[OPEN, *LOCKS].index(reason)

    best = max(_EVERY, key=weight)
    dissent = tuple(witness.name for witness in heard if best not in (witness.reasons or ()))
    return Finding(best, tuple(witnesses), dissent)


def examine(status: Mapping[str, Any], pixels: Pixels | None) -> Finding:
    """A status answer, and the picture where the board gives one. FormError if it is not a status."""
    for name, kind in (("locked", bool), ("reason", str), ("led", str), ("probe", str)):
        if not isinstance(status.get(name), kind):
            raise FormError(name)
    screen = status.get("screen")
    if screen is not None and not isinstance(screen, Mapping):
        raise FormError("screen")
    shown = from_screen_state(screen) if pixels is None else from_pixels(pixels)
    return judge(
        [
            from_state(status["locked"], status["reason"]),
            shown,
            from_led(status["led"]),
            from_probe(status["probe"]),
        ]
    )


def _meaning(reason: str) -> str:
    """In words; an unknown reason as it is."""
    if reason == OPEN:
        return "open"
    return LOCKS[reason].meaning if reason in LOCKS else repr(reason)


def describe(finding: Finding) -> list[str]:
    """Lines for a person: the verdict first."""
    reason = finding.reason
    if finding.verdict is Verdict.DISAGREEMENT:
        head = f"DISAGREEMENT: {' and '.join(finding.dissent)} against the rest"
        head += f", which says: {_meaning(reason)}"
    elif reason:
        head = f"LOCKED: {_meaning(reason)} ({reason}). Way out: {LOCKS[reason].way_out}."
    else:
        head = "OPEN"
    lines = [head]
    for witness in finding.witnesses:
        mark = "-" if witness.reasons is None else "x" if witness.name in finding.dissent else "="
        lines.append(f"  {mark} {witness.name:<7} {witness.says}")
    return lines


def as_data(finding: Finding) -> dict[str, Any]:
    return {
        "verdict": str(finding.verdict),
        "locked": bool(finding.reason),
        "reason": finding.reason,
        "meaning": _meaning(finding.reason),
        "agree": not finding.dissent,
        "disagree": list(finding.dissent),
        "witnesses": [
            {
                "name": witness.name,
                "says": witness.says,
                "reasons": None if witness.reasons is None else sorted(witness.reasons),
                "agrees": witness.name not in finding.dissent,
            }
            for witness in finding.witnesses
        ],
    }
