# SPDX-License-Identifier: MIT
"""Runs the cases of a part on MicroPython and tells how it goes, a line at a time.

`P {"done", "used"}` so far, with the bytes in use after a collection; `F {"case", "what", "input"}` a finding; `C`
which case begins, if asked to; `E` the end, with the part's own counts. A part is a module with a class `Part(order)`
that has `case(n)`, which raises Finding or whatever the firmware raises, `shown`, its input, and `counts`.
"""

import gc
import sys

import desk
import mutate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST_FINDINGS = 10


class Finding(Exception):
    """What must not be; `shown` is the input, in hex."""

    def __init__(self, what: str, shown: str = "") -> None:
        super().__init__(what)
        self.shown = shown


def _one(part: "Any", seed: int, n: int) -> "Exception | None":
    mutate.start(seed, n)
    try:
        part.case(n)
    except Exception as error:  # noqa: BLE001  whatever comes out is a finding
        return error
    return None


def _tell_finding(part: "Any", n: int, error: Exception, is_alone: bool) -> None:
    if is_alone:
        sys.print_exception(error)
    shown = getattr(error, "shown", "") or bytes(part.shown).hex()
    desk.tell("F", case=n, what=type(error).__name__ + ": " + str(error), input=shown)


def used() -> int:
    gc.collect()
    return gc.mem_alloc()


def _break(path: str, way: str) -> None:
    """For the tests of the fuzzing itself: a function that says yes to everything, or never says anything."""

    def yes(*_arguments: object) -> bool:
        return True

    def hang(*_arguments: object) -> None:
        while True:
            pass

    module, _, name = path.partition(".")
    setattr(__import__(module), name, hang if way == "hang" else yes)


def main(order: "dict[str, Any]") -> None:
    desk.quiet()
    for path, way in order.get("broken", {}).items():
        _break(path, way)
    part = __import__(order["part"]).Part(order)
    seed, first, count, step = order["seed"], order["first"], order["count"], order["step"]
    findings = 0
    for n in range(first, first + count):
        if order["trace"]:
            desk.tell("C", case=n)
        error = _one(part, seed, n)
        if error is not None and findings < _MOST_FINDINGS:
            findings += 1
            _tell_finding(part, n, error, count == 1)
        error = None
        if (n + 1 - first) % step == 0:
            desk.tell("P", done=n + 1 - first, used=used())
    desk.tell("E", counts=part.counts)
