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
    from collections.abc import Awaitable, Callable, Sequence

    from _mpy_shed.time_mp import _TicksMs as Ticks
    from machine import Pin

_SCAN_MS = const(5)
_SLOW_MS = const(25)  # while a key stays down
_PRESS_MS = const(10)
_RELEASE_MS = const(20)
_LONG_MS = const(800)
_SETTLE_US = const(50)


class Keypad:
    """`layout` names the keys row by row. Set `on_key` before `run()`: it is told the name of each key that is pressed,
    and name + "L" when it has been down for 800 ms.

    `button` is one more key, on a pin of its own that is low while it is down; its name is told when it comes up again
    before those 800 ms, since what it does in passing must not be done on the way to the other. The finger that is on
    it when `run()` begins means nothing.
    """

    on_key: "Callable[[str], None]"

    def __init__(
        self, rows: Sequence[Pin], columns: Sequence[Pin], layout: Sequence[str], button: Pin | None = None
    ) -> None:
        self._rows = rows
        self._columns = columns
        self._layout = layout
        self._button = button
        self._lines: "tuple[Pin, ...]" = tuple(columns) + ((button,) if button else ())  # low when any key is down
        self._button_bit = 1 << len(rows) * len(columns)
        for row in rows:
            row.init(row.OPEN_DRAIN, value=1)
        for column in columns:
            column.init(column.IN, column.PULL_UP)
        self._event = asyncio.ThreadSafeFlag()
        self._on_edge = self._wake  # bound once: no allocation in the interrupt
        self._down = 0  # bit of the accepted key
        self._is_long = False
        self._column = 0  # columns at the last scan
        self._glances = 0
        self._is_running = False
        self._seen = 0  # bits of the last scan
        self._down_ms = self._seen_ms = time.ticks_ms()  # since when

    def _wake(self, pin: Pin) -> None:
        self._event.set()

    def _drive(self, level: int) -> None:
        for row in self._rows:
            row.value(level)

    def _glance(self) -> int:
        """Bits of the columns in which any key looks down. Rows are low, as between scans they always are."""
        columns = 0
        bit = 1
        for line in self._lines:
            if not line.value():
                columns |= bit
            bit <<= 1
        return columns

    def _look(self) -> int:
        """As `_scan`, but by a glance as long as that shows what was seen last; every other time it is not trusted,
        for a second key of the same column hides behind the first.
        """
        columns = self._glance()
        if not columns:
            return 0
        self._glances += 1
        if columns != self._column or not self._seen or self._glances & 1:
            self._column = columns
            return self._scan()
        return self._seen

    def _scan(self) -> int:
        """Bits of the keys that look down, first key of the layout in bit 0. Rows end up low again."""
        keys = 0
        bit = 1
        self._drive(1)
        for row in self._rows:
            row.value(0)
            time.sleep_us(_SETTLE_US)
            for column in self._columns:
                if not column.value():
                    keys |= bit
                bit <<= 1
            row.value(1)
        self._drive(0)
        if self._button and not self._button.value():
            keys |= bit
        return keys

    async def run(self) -> None:
        """The task: accepts keys until cancelled."""
        self._is_running = True
        if self._button and not self._button.value():
            self._down = self._button_bit
            self._is_long = True
        try:
            while True:
                await self._idle()
                self._seen = self._column = 0
                self._seen_ms = time.ticks_ms()
                while self._step(self._look(), time.ticks_ms()):
                    await asyncio.sleep_ms(_SLOW_MS if self._is_long and self._down else _SCAN_MS)
        finally:
            self._is_running = False
            self._drive(1)

    async def _idle(self) -> None:
        """Wait for a key without polling. One that went down before the interrupts were armed is seen by its level."""
        self._drive(0)
        time.sleep_us(_SETTLE_US)
        try:
            for line in self._lines:
                line.irq(self._on_edge, line.IRQ_FALLING)
            for line in self._lines:
                if not line.value():
                    return
            await self._event.wait()
        finally:
            for line in self._lines:
                line.irq(None)

    def _step(self, keys: int, now: Ticks) -> bool:
        """Take in one scan; False when there is nothing to wait for but the next key."""
        if keys != self._seen:
            self._seen = keys
            self._seen_ms = now
        age = time.ticks_diff(now, self._seen_ms)
        is_several = keys & (keys - 1)
        if not self._down or keys != self._down:
            if self._down and age >= _RELEASE_MS and not is_several:
                if self._down == self._button_bit and not self._is_long:
                    self._tell("")
                self._down = 0
            if keys and not self._down and not is_several and age >= _PRESS_MS:
                self._down = keys
                self._down_ms = now
                self._is_long = False
                if keys != self._button_bit:
                    self._tell("")
        elif not self._is_long and time.ticks_diff(now, self._down_ms) >= _LONG_MS:
            self._is_long = True
            self._tell("L")
        return bool(self._down or keys)

    def _tell(self, suffix: str) -> None:
        i = 0
        while self._down >> i > 1:
            i += 1
        self.on_key(self._layout[i] + suffix)

    def stuck(self) -> "Awaitable[list[str]]":
        """For a self-test: the keys that look down in every scan of the next 50 ms, whether run() runs or not."""
        import keypad_stuck  # here: code that is used once a start may be let go of again

        return keypad_stuck.look(self)
