# SPDX-License-Identifier: MIT
"""Which new PINs are too easy to guess (E3). The host holds to the same rules, and has the last word. Pure.

PINs are ASCII digits in buffers, never strings, which could not be wiped.
"""

from micropython import const

from secret import is_equal

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST = const(6)
_PERIOD = const(3)  # longest group whose repetition counts as one


def _repeats(pin: "Sequence[int]", period: int) -> bool:
    """Is everything behind the first `period` digits their repetition?"""
    return all(pin[i] == pin[i - period] for i in range(period, len(pin)))


def _is_sequence(pin: "Sequence[int]") -> bool:
    """The same step from each digit to the next, round the clock."""
    step = (pin[1] - pin[0]) % 10
    return all((pin[i] - pin[i - 1]) % 10 == step for i in range(2, len(pin)))


def _value(pin: "Sequence[int]") -> int:
    value = 0
    for digit in pin:
        value = 10 * value + digit - 48
    return value


def _is_in(part: "Sequence[int]", whole: "Sequence[int]") -> bool:
    """Without a copy of either."""
    for at in range(len(whole) - len(part) + 1):
        for i in range(len(part)):
            if part[i] != whole[at + i]:
                break
        else:
            return True
    return False


def _is_number(pin: "Sequence[int]", operator: int, tid: bytes) -> bool:
    """The operator's number, written once or again and again, or a part of the terminal's."""
    number = b"%03d" % operator
    if _value(pin) == operator or _repeats(pin, 3) and _is_in(number, pin):
        return True
    return _is_in(pin, tid) or _is_in(tid, pin)


def weakness(pin: memoryview, operator: int, tid: bytes, old: memoryview) -> str:
    """The first that holds of "short", "repeat", "sequence", "number", "same"; "" for a good one."""
    if len(pin) < _LEAST:
        return "short"
    for period in range(1, _PERIOD + 1):
        if _repeats(pin, period):
            return "repeat"
    if _is_sequence(pin):
        return "sequence"
    if _is_number(pin, operator, tid):
        return "number"
    return "same" if is_equal(pin, old) else ""
