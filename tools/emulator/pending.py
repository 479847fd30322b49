# SPDX-License-Identifier: MIT
"""The chip's outstanding call: what it is waiting for, and what it will be told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Pending:
    """Answered at `until_us` (None: never by itself), or earlier when `is_wait` and something happens."""

    until_us: int | None
    result: int = 0
    data: bytes = b""
    is_wait: bool = False
    is_io: bool = False
    is_start: bool = False
