# SPDX-License-Identifier: MIT
"""What to make of an interpreter that makes no calls: it computes, or waits for its standard input.

Beside a pacer its own CPU time counts as the chip's, so that a busy computer does not let a watchdog bite; without
one, virtual time stands still and the silence must end.  An interrupt is delivered by the next call; only code that
goes on without one is interrupted where it stands, which the unix port does without regard to what it is doing.
"""

from __future__ import annotations

from tools.emulator import rpc
from tools.emulator.clock import Clock
from tools.emulator.console import Console
from tools.emulator.interpreter import Interpreter
from tools.emulator.pending import Pacer

SLICE_S = 0.02  # how long to wait, really, where something else may happen
_STUBBORN_S = 0.3  # CPU time without a call after which it is a loop


class Silence:
    """One board's; `over` when a call has come."""

    def __init__(self, clock: Clock, console: Console) -> None:
        self._clock, self._console = clock, console
        self.seconds = 0.0
        self._began_s = self._last_s = 0.0

    def patience_s(self, pacer: Pacer | None) -> float:
        return SLICE_S if pacer is not None or self._console.is_interrupted else rpc.REAL_TIME_LIMIT_S

    def over(self) -> None:
        self.seconds = 0.0

    def bear(self, interpreter: Interpreter, pacer: Pacer | None, seconds: float) -> bool:
        """Another so many seconds without a call; False when that is too much."""
        worked_s = interpreter.worked_s()
        if not self.seconds:
            self._began_s = self._last_s = worked_s
        self.seconds += seconds
        is_blocked = interpreter.is_blocked()
        if self._console.is_interrupted and (is_blocked or worked_s - self._began_s >= _STUBBORN_S):
            self._console.interrupt()
        if pacer is not None:
            allowed_us = pacer.glance()
            if not is_blocked:
                allowed_us = min(allowed_us, self._clock.now_us + int((worked_s - self._last_s) * 1e6))
            self._last_s = worked_s
            self._clock.advance_to(allowed_us)
            return True
        return self._console.is_interrupted or self.seconds < rpc.REAL_TIME_LIMIT_S
