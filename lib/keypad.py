# SPDX-License-Identifier: MIT
"""A key matrix without diodes, for asyncio: debounced, free of ghosts, asleep while no key is down.

Rows are driven open drain, columns are read with pull-ups. A key counts when it is the only one down, for three keys
at the corners of a rectangle look like four. So of two overlapping keys the second one is taken when the first one is
released, if it is still down then; fast typing arrives complete and in order. Nothing is allocated by a scan.
"""

import asyncio
import time

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _mpy_shed.time_mp import _TicksMs as Ticks
    from machine import Pin

_SCAN_MS = const(5)
_PRESS_MS = const(10)
_RELEASE_MS = const(20)
_LONG_MS = const(800)
_SETTLE_US = const(50)
_QUEUE = const(16)
_LONG = const(0x80)  # queued beside the key's index


class Keypad:
    """`layout` names the keys row by row; `on_key`, if set, is told of each event instead of the queue.

    Events are names, and name + "L" when a key has been down for 800 ms. `last_ms` is the time.ticks_ms() of the last
    press or release. `dropped` counts the events that found the queue full: the oldest are kept.
    """

    def __init__(
        self,
        rows: Sequence[Pin],
        columns: Sequence[Pin],
        layout: Sequence[str],
        on_key: Callable[[str], None] | None = None,
    ) -> None:
        self._rows = rows
        self._columns = columns
        self._layout = layout
        self.on_key = on_key
        for row in rows:
            row.init(row.OPEN_DRAIN, value=1)
        for column in columns:
            column.init(column.IN, column.PULL_UP)
        self.last_ms = time.ticks_ms()
        self.dropped = 0
        self._queue = bytearray(_QUEUE)
        self._first = self._count = 0
        self._ready = asyncio.Event()
        self._edge = asyncio.ThreadSafeFlag()
        self._on_edge = self._wake  # bound once: no allocation in the interrupt
        self._is_armed = False
        self._down = 0  # bit of the accepted key
        self._is_long = False
        self._seen = 0  # bits of the last scan
        self._down_ms = self._seen_ms = self.last_ms  # since when

    def _wake(self, pin: Pin) -> None:
        self._edge.set()

    def _drive(self, level: int) -> None:
        for row in self._rows:
            row.value(level)

    def _scan(self) -> int:
        """Bits of the keys that look down, first key of the layout in bit 0. Rows end up released."""
        keys = 0
        bit = 1
        for row in self._rows:
            row.value(0)
            time.sleep_us(_SETTLE_US)
            for column in self._columns:
                if not column.value():
                    keys |= bit
                bit <<= 1
            row.value(1)
        return keys

    def _is_any_down(self) -> bool:
        """With all rows low."""
        return not all(column.value() for column in self._columns)

    async def run(self) -> None:
        """The task: accepts keys until cancelled."""
        while True:
            await self._idle()
            self._seen = 0
            self._seen_ms = time.ticks_ms()
            while self._step(self._scan(), time.ticks_ms()):
                await asyncio.sleep_ms(_SCAN_MS)

    async def _idle(self) -> None:
        """Wait for a key without polling. One that went down before the interrupts were armed is seen by its level."""
        self._drive(0)
        time.sleep_us(_SETTLE_US)
        self._is_armed = True
        try:
            for column in self._columns:
                column.irq(self._on_edge, column.IRQ_FALLING)
            if not self._is_any_down():
                await self._edge.wait()
        finally:
            for column in self._columns:
                column.irq(None)
            self._is_armed = False
            self._drive(1)

    def _step(self, keys: int, now: Ticks) -> bool:
        """Take in one scan; False when there is nothing to wait for but the next key."""
        if keys != self._seen:
            self._seen = keys
            self._seen_ms = now
        age = time.ticks_diff(now, self._seen_ms)
        is_single = keys and not keys & (keys - 1)
        if self._down:
            if keys == self._down:
                self._check_long(now)
            elif age >= _RELEASE_MS and (is_single or not keys):
                self._down = 0
                self.last_ms = now
        if not self._down and is_single and age >= _PRESS_MS:
            self._down = keys
            self._down_ms = now
            self._is_long = False
            self._emit(self._index(keys), now)
        return bool(self._down or keys)

    def _check_long(self, now: Ticks) -> None:
        if not self._is_long and time.ticks_diff(now, self._down_ms) >= _LONG_MS:
            self._is_long = True
            self._emit(self._index(self._down) | _LONG, now)

    @staticmethod
    def _index(bit: int) -> int:
        index = -1
        while bit:
            bit >>= 1
            index += 1
        return index

    def _name(self, event: int) -> str:
        name = self._layout[event & ~_LONG]
        return name + "L" if event & _LONG else name

    def _emit(self, event: int, now: Ticks) -> None:
        self.last_ms = now
        if self.on_key:
            self.on_key(self._name(event))
        elif self._count == _QUEUE:
            self.dropped += 1
        else:
            self._queue[(self._first + self._count) % _QUEUE] = event
            self._count += 1
            self._ready.set()

    async def get(self) -> str:
        """The next event from the queue."""
        while not self._count:
            self._ready.clear()
            await self._ready.wait()
        event = self._queue[self._first]
        self._queue[self._first] = 0
        self._first = (self._first + 1) % _QUEUE
        self._count -= 1
        return self._name(event)

    def clear(self) -> None:
        """Forget what is queued, and wipe it."""
        for i in range(_QUEUE):
            self._queue[i] = 0
        self._count = 0

    def held(self) -> str | None:
        """The accepted key that is still down."""
        return self._layout[self._index(self._down)] if self._down else None

    async def stuck(self, ms: int = 50) -> list[str]:
        """For a self-test: the keys that look down in every scan of the next `ms`, whether run() runs or not."""
        start = time.ticks_ms()
        keys = -1
        while True:
            keys &= self._scan()
            if self._is_armed:
                self._drive(0)  # as the task had them; a scan leaves them released
            if not keys or time.ticks_diff(time.ticks_ms(), start) >= ms:
                return [self._layout[i] for i in range(len(self._layout)) if keys & 1 << i]
            await asyncio.sleep_ms(_SCAN_MS)
