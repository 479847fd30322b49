# SPDX-License-Identifier: MIT
"""The chip's outstanding call: what it is waiting for, and what it will be told; and what time itself waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from tools.emulator.rpc import Op, Request

_GLANCE_MS: Final = 4  # nobody sees what stands for less


@dataclass(slots=True)
class Pending:
    """Answered at `until_us` (None: never by itself), or earlier when `is_wait` and something happens."""

    until_us: int | None
    result: int = 0
    data: bytes = b""
    is_wait: bool = False
    is_io: bool = False
    is_start: bool = False
    is_brief: bool = False  # a wait between two parts of something, such as a screen
    op: int = 0


def waiting(request: Request, now_us: int) -> Pending | None:
    """The outstanding call of a request that does nothing but wait."""
    if request.op == Op.WAIT:
        until_us = None if request.a < 0 else now_us + request.a * 1000
        return Pending(until_us, is_wait=True, is_io=True, is_brief=0 <= request.a < _GLANCE_MS)
    if request.op == Op.SLEEP:
        return Pending(now_us + request.a * 1000 + request.b, is_wait=True)
    if request.op == Op.CHIP_SLEEP and request.b == 0:  # light sleep
        return Pending(None if request.a < 0 else now_us + request.a * 1000, is_wait=True)
    return None


class Pacer(Protocol):
    """Keeps virtual time behind the real one; see live.py."""

    def hold(self, until_us: int) -> int:
        """Wait until `until_us` may be reached, or something happens; returns how far time may move on."""

    def glance(self) -> int:
        """How far time may move on now."""
