# SPDX-License-Identifier: MIT
"""SSD1306 OLED panel of 128x64 pixels on I2C: a frame buffer that sends only what changed.

Owns the panel. The shadow is what the panel shows, known only while no transfer has failed: after a bus error the next
`show()` sets the panel up again and sends the whole frame. Commands: SSD1306 data sheet 1.1, tables 9-1 and
application note 2.1. Knows no fonts beyond framebuf's.
"""

import framebuf
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import I2C

_WIDTH = const(128)
_PAGES = const(8)  # of 8 rows
_ONE_COMMAND = const(0x80)  # control byte: one command byte follows, then another control byte
_DATA = const(0x40)  # control byte: pixels up to the stop condition
_COLUMN_LIMITS = const(0x21)
_PAGE_LIMITS = const(0x22)
_HEADER = const(13)  # bytes: column and page window as single commands, then _DATA
_WINDOW = const(12)  # bytes of them that a window of its own costs

# Transfers of commands: control byte 0, then commands up to the stop condition.
_NOP = b"\x00\xe3"
_ON = b"\x00\x8d\x14\xaf"  # charge pump, panel
_OFF = b"\x00\xae\x8d\x10"
_CONTRAST = b"\x00\x81\xcf"
# Two NOPs, or the arguments that a command cut off by a bus error still waits for; panel off; normal clock (byte 5);
# 64 rows, no offset; windows; glass upside up; pre-charge, deselect level; no scrolling, pixels from RAM, 1 is lit.
_SET_UP = b"\x00\xe3\xe3\xae\xd5\x80\xa8\x3f\xd3\x00\x40\x20\x00\xa1\xc8\xda\x12\xd9\xf1\xdb\x40\x2e\xa4\xa6"


class SSD1306(framebuf.FrameBuffer):
    """Draw with framebuf's methods (and `buffer`, MONO_VLSB), then `show()`. Every transfer may raise OSError.

    `bytes_sent` counts what went over the bus, address bytes included.
    """

    def __init__(self, i2c: I2C, addr: int = 0x3C) -> None:
        self.buffer = bytearray(_WIDTH * _PAGES)
        super().__init__(self.buffer, _WIDTH, 8 * _PAGES, framebuf.MONO_VLSB)
        self.bytes_sent = 0
        self._i2c = i2c
        self._addr = addr
        self._new = memoryview(self.buffer)
        self._old = memoryview(bytearray(_WIDTH * _PAGES))
        self._out = memoryview(bytearray(_HEADER + _WIDTH))
        self._limits = bytearray(4)  # columns and pages of the window that the panel has now
        self._is_stale = True
        self._is_on = True
        self._contrast = bytearray(_CONTRAST)

    def _write(self, data: bytes | bytearray | memoryview) -> None:
        try:
            self._i2c.writeto(self._addr, data)
        except OSError:
            self._is_stale = True
            raise
        self.bytes_sent += len(data) + 1

    def ping(self) -> bool:
        """Does the panel acknowledge?"""
        try:
            self._write(_NOP)
        except OSError:
            return False
        return True

    def power(self, on: bool) -> None:
        """Panel and its charge pump; the contents stay."""
        self._is_on = on
        self._write(_ON if on else _OFF)

    def contrast(self, level: int) -> None:
        """0 .. 255."""
        self._contrast[2] = level
        self._write(self._contrast)

    def init(self) -> None:
        """Set the panel up, send the frame, light it: the random contents of its RAM are never seen."""
        self._is_on = True
        self._is_stale = True
        self.show()

    def show(self, most: int = _WIDTH * _PAGES) -> bool:
        """Send what changed since the last call: one window for neighbouring pages where that is cheaper.

        True: more has changed than `most` bytes of pixels, at least 128, and the rest waits for the next call; so that
        a bus that is slow does not keep others waiting.
        """
        if self._is_stale:
            self._write(_SET_UP)
            self._limits[0] = self._limits[2] = 0xFF  # none that could be kept
            self._send(0, _PAGES, 0, _WIDTH)
            self._write(self._contrast)
            self.power(self._is_on)
            self._is_stale = False
            return False
        if self._new == self._old:
            return False
        left = most
        first = low = high = 0  # the window to be sent; none while `high` is 0
        for page in range(_PAGES + 1):
            start, end = self._changes(page)
            if high:
                joint_low = min(low, start)
                joint_high = max(high, end)
                joint = (page - first + 1) * (joint_high - joint_low)
                size = (page - first) * (high - low)
                if end and joint <= min(size + end - start + _WINDOW, left):
                    low = joint_low
                    high = joint_high
                    continue
                if size > left:
                    return True
                self._send(first, page, low, high)
                left -= size
            first = page
            low = start
            high = end
        return False

    def _changes(self, page: int) -> tuple[int, int]:
        """The first changed column, and the one after the last; of a page that there is not, none."""
        new = self._new[page * _WIDTH : (page + 1) * _WIDTH]
        old = self._old[page * _WIDTH : (page + 1) * _WIDTH]
        low = high = 0
        if new != old:
            high = _WIDTH
            while new[low] == old[low]:
                low += 1
            while new[high - 1] == old[high - 1]:
                high -= 1
        return low, high

    def _send(self, first: int, end: int, low: int, high: int) -> None:
        """Pages from `first` to before `end`, columns likewise; the panel's pointer is back at the start then."""
        out = self._out
        limits = self._limits
        at = 0
        for slot, codes in ((0, (_COLUMN_LIMITS, low, high - 1)), (2, (_PAGE_LIMITS, first, end - 1))):
            if limits[slot] != codes[1] or limits[slot + 1] != codes[2]:
                limits[slot] = codes[1]
                limits[slot + 1] = codes[2]
                for code in codes:
                    out[at] = _ONE_COMMAND
                    out[at + 1] = code
                    at += 2
        while first < end:
            start = first * _WIDTH
            pixels = self._new[start + low : start + high]
            out[at] = _DATA
            at += 1
            out[at : at + high - low] = pixels
            self._write(out[: at + high - low])
            self._old[start + low : start + high] = pixels
            first += 1
            at = 0
