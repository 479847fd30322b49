# SPDX-License-Identifier: MIT
"""SSD1306 OLED panel on I2C: a frame buffer that sends only what changed.

Owns the panel. The shadow is what the panel shows, known only while no transfer has failed: after a bus error, or
`invalidate()`, the next `show()` sets the panel up again and sends the whole frame. Commands: SSD1306 data sheet 1.1,
tables 9-1 and application note 2.1. Knows no fonts beyond framebuf's.
"""

import framebuf
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import I2C

_CONTRAST = const(0x81)
_CLOCK = const(0xD5)
_CHARGE_PUMP = const(0x8D)
_PANEL_OFF = const(0xAE)
_PANEL_ON = const(0xAF)
_COLUMNS = const(0x21)
_PAGES = const(0x22)
_NOP = const(0xE3)
_ONE_COMMAND = const(0x80)  # control byte: one command byte follows, then another control byte
_COMMANDS = const(0x00)  # control byte: commands up to the stop condition
_DATA = const(0x40)  # control byte: pixels up to the stop condition
_HEADER = const(13)  # bytes: column and page window as single commands, then _DATA
_WINDOW = const(12)  # bytes of them that a window of its own costs
_NORMAL_CLOCK = const(0x80)
_FAST_CLOCK = const(0xF0)


class SSD1306(framebuf.FrameBuffer):
    """Draw with framebuf's methods (and `buffer`, MONO_VLSB), then `show()`. Every transfer may raise OSError.

    `bytes_sent` counts what went over the bus, address bytes included.
    """

    def __init__(self, i2c: I2C, addr: int = 0x3C, width: int = 128, height: int = 64) -> None:
        self.width = width
        self.height = height
        self.buffer = bytearray(width * height // 8)
        super().__init__(self.buffer, width, height, framebuf.MONO_VLSB)
        self.bytes_sent = 0
        self._i2c = i2c
        self._addr = addr
        shadow = bytearray(len(self.buffer))
        self._new = self._split(self.buffer)
        self._old = self._split(shadow)
        self._low = bytearray(height // 8)  # first changed column of each page
        self._high = bytearray(height // 8)  # column after the last changed one, 0: page unchanged
        self._out = memoryview(bytearray(_HEADER + width))
        self._window = bytearray(4)  # column and page limits that the panel has now
        self._is_stale = True
        self._is_on = True
        self._level = 0xCF
        self._clock = _NORMAL_CLOCK

    def _split(self, frame: bytearray) -> list[memoryview]:
        view = memoryview(frame)
        return [view[at : at + self.width] for at in range(0, len(frame), self.width)]

    def _write(self, data: bytes | memoryview) -> None:
        try:
            self._i2c.writeto(self._addr, data)
        except OSError:
            self._is_stale = True
            raise
        self.bytes_sent += len(data) + 1

    def _command(self, *codes: int) -> None:
        self._write(bytes((_COMMANDS,) + codes))

    def ping(self) -> bool:
        """Does the panel acknowledge?"""
        try:
            self._command(_NOP)
        except OSError:
            return False
        return True

    def init(self) -> None:
        """Set the panel up, send the frame, light it: the random contents of its RAM are never seen."""
        self._is_on = True
        self._set_up()

    def _set_up(self) -> None:
        self._command(_NOP, _NOP)  # or the arguments that a command cut off by a bus error still waits for
        self._command(_PANEL_OFF, _CLOCK, self._clock, 0xA8, self.height - 1, 0xD3, 0, 0x40)  # all rows, no offset
        self._command(0x20, 0, 0xA1, 0xC8, 0xDA, 0x12 if self.height == 64 else 0x02)  # windows; glass upside up
        self._command(_CONTRAST, self._level, 0xD9, 0xF1, 0xDB, 0x40)  # pre-charge, deselect level
        self._command(0x2E, 0xA4, 0xA6)  # no scrolling, pixels from RAM, 1 is lit
        for page in range(len(self._new)):
            self._low[page] = 0
            self._high[page] = self.width
        self._window[0] = 0xFF  # none that could be kept
        self._window[2] = 0xFF
        self._send_changes()
        self._switch()
        self._is_stale = False

    def _switch(self) -> None:
        if self._is_on:
            self._command(_CHARGE_PUMP, 0x14, _PANEL_ON)
        else:
            self._command(_PANEL_OFF, _CHARGE_PUMP, 0x10)

    def power(self, on: bool) -> None:
        """Panel and its charge pump; the contents stay."""
        self._is_on = on
        self._switch()

    def contrast(self, level: int) -> None:
        """0 .. 255."""
        self._level = level
        self._command(_CONTRAST, level)

    def refresh_fast(self, on: bool) -> None:
        """About twice the normal refresh rate, so that a camera sees no dark bands."""
        self._clock = _FAST_CLOCK if on else _NORMAL_CLOCK
        self._command(_CLOCK, self._clock)

    def invalidate(self) -> None:
        """Nothing is known about the panel any more: the next `show()` sets it up and sends everything."""
        self._is_stale = True

    def show(self) -> None:
        """Send what changed since the last call."""
        if self._is_stale:
            self._set_up()
            return
        for page in range(len(self._new)):
            self._compare(page)
        self._send_changes()

    def _compare(self, page: int) -> None:
        new = self._new[page]
        old = self._old[page]
        low = high = 0
        if new != old:
            high = self.width
            while new[low] == old[low]:
                low += 1
            while new[high - 1] == old[high - 1]:
                high -= 1
        self._low[page] = low
        self._high[page] = high

    def _send_changes(self) -> None:
        """One window for neighbouring pages where that is cheaper than one for each."""
        page = 0
        while page < len(self._new):
            last = page
            low = self._low[page]
            high = self._high[page]
            while high and last + 1 < len(self._new) and self._high[last + 1]:
                joint_low = min(low, self._low[last + 1])
                joint_high = max(high, self._high[last + 1])
                apart = (last - page + 1) * (high - low) + self._high[last + 1] - self._low[last + 1] + _WINDOW
                if (last - page + 2) * (joint_high - joint_low) > apart:
                    break
                last += 1
                low = joint_low
                high = joint_high
            if high:
                self._send(page, last, low, high)
            page = last + 1

    def _send(self, first: int, last: int, low: int, high: int) -> None:
        """Pages first .. last, columns low .. high - 1; the panel's pointer is back at the start of the window then."""
        out = self._out
        at = self._limits(_COLUMNS, 0, 0, low, high - 1)
        at = self._limits(_PAGES, at, 2, first, last)
        for page in range(first, last + 1):
            out[at] = _DATA
            at += 1
            end = at + high - low
            pixels = self._new[page][low:high]
            out[at:end] = pixels
            self._write(out[:end])
            self._old[page][low:high] = pixels
            at = 0

    def _limits(self, command: int, at: int, slot: int, start: int, end: int) -> int:
        """Put a window command into the output at `at` unless the panel has these limits; where to go on."""
        window = self._window
        if window[slot] != start or window[slot + 1] != end:
            window[slot] = start
            window[slot + 1] = end
            for code in (command, start, end):
                self._out[at] = _ONE_COMMAND
                self._out[at + 1] = code
                at += 2
        return at
