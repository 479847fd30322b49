# SPDX-License-Identifier: MIT
"""`time` for MicroPython under test: a virtual clock that moves only by waiting. Ahead of the built-in on sys.path.

`at(ms, action)` plans what the world does. Allocates nothing while it waits, so that a test may lock the heap.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_now = [0]  # us
_plan: "list[tuple[int, Callable[[], object]]]" = []  # soonest last


def at(ms: int, action: "Callable[[], object]") -> None:
    """Do something at a time, counted from the start of the clock."""
    _plan.append((ms * 1000, action))
    _plan.sort(key=lambda entry: -entry[0])


def reset() -> None:
    """Back to 0, with nothing planned."""
    _now[0] = 0
    _plan.clear()


def next_us() -> int:
    """When something is planned next, -1: never."""
    return _plan[-1][0] if _plan else -1


def advance(until: int) -> None:
    """Let time pass until `until` us, doing what is planned on the way."""
    while _plan and _plan[-1][0] <= until:
        due = _plan.pop()
        _now[0] = max(_now[0], due[0])
        due[1]()
    _now[0] = max(_now[0], until)


def now_us() -> int:
    return _now[0]


def ticks_ms() -> int:
    return _now[0] // 1000


def ticks_us() -> int:
    return _now[0]


def ticks_add(ticks: int, delta: int) -> int:
    return ticks + delta


def ticks_diff(end: int, start: int) -> int:
    return end - start


def sleep_us(us: int) -> None:
    advance(_now[0] + us)


def sleep_ms(ms: int) -> None:
    advance(_now[0] + ms * 1000)
