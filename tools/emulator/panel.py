# SPDX-License-Identifier: MIT
"""Owns the SSD1306 panel: decodes what arrives on I2C into its own display RAM, as its data sheet says (rev 1.1, 10).

Knows nothing of what the firmware meant: addressing modes, windows, remaps, start line, offset, charge pump and
inversion are the panel's own state, and `pixels` is what an eye would see.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

WIDTH, HEIGHT = 128, 64
ADDRESS = 0x3C
_PAGES = HEIGHT // 8
# Parameter bytes that follow a command, by command (10.1 table 9 and the scrolling and charge pump tables).
_PARAMETERS = {0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2A: 5, 0x81: 1, 0x8D: 1, 0xA3: 2, 0xA8: 1}
_PARAMETERS |= {0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1}


class Panel:
    """128x64 one-colour OLED."""

    def __init__(self) -> None:
        self.broken = False  # a broken panel acknowledges nothing
        self.is_holding_bus = False  # and one that hangs may keep a line of the bus low
        self._bytes_left: int | None = None
        self.bytes_received = 0
        self.generation = 0
        self.power_off()

    def power_off(self) -> None:
        """Losing its supply; what the next power-up starts from."""
        self.ram = bytearray(WIDTH * _PAGES)
        self.is_on = False
        self.is_pumping = False
        self.is_inverted = False
        self.is_all_on = False
        self.contrast = 0x7F
        self.oscillator = 0x80
        self._mode = 2
        self._columns = (0, WIDTH - 1)
        self._page_window = (0, _PAGES - 1)
        self._column = self._page = 0
        self._start_line = self._offset = 0
        self._is_mirrored = self._is_flipped = False
        self._command: list[int] = []
        self.generation += 1

    def write(self, data: bytes) -> bool:
        """One I2C write; False when nothing acknowledges."""
        if self.broken:
            return False
        is_cut = self._bytes_left is not None and len(data) > self._bytes_left
        if self._bytes_left is not None:
            data = data[: self._bytes_left]
            self._bytes_left -= len(data)
        self.bytes_received += len(data)
        self._take(data)
        if is_cut:
            self.stop_answering()
        return not is_cut

    def _take(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            control = data[at]
            at += 1
            end = at + 1 if control & 0x80 else len(data)
            if control & 0x40:
                self._store(data[at:end])
            else:
                for byte in data[at:end]:
                    self._take_command(byte)
            at = end

    def stop_answering(self, after_bytes: int | None = None, holding_bus: bool = False) -> None:
        """A loose contact or a hung controller: now, or in the middle of a transfer to come."""
        self._bytes_left = after_bytes
        self.broken = after_bytes is None
        self.is_holding_bus = holding_bus and self.broken

    def answer_again(self, has_lost_power: bool = True) -> None:
        """It is back; when its supply was gone it knows nothing of what it was told before."""
        self.broken = self.is_holding_bus = False
        self._bytes_left = None
        if has_lost_power:
            self.power_off()

    def read(self, size: int) -> bytes | None:
        """The status byte: bit 6 is set while the display is off."""
        return None if self.broken else bytes([0 if self.is_on else 0x40]) * size

    def _store(self, data: bytes) -> None:
        self.generation += 1
        for byte in data:
            self.ram[self._page * WIDTH + self._column] = byte
            self._advance()

    def _advance(self) -> None:
        if self._mode == 2:
            self._column = (self._column + 1) % WIDTH
            return
        first_column, last_column = self._columns
        first_page, last_page = self._page_window
        if self._mode == 0:
            self._column, carry = (first_column, True) if self._column == last_column else (self._column + 1, False)
            if carry:
                self._page = first_page if self._page == last_page else (self._page + 1) % _PAGES
            return
        self._page, carry = (first_page, True) if self._page == last_page else ((self._page + 1) % _PAGES, False)
        if carry:
            self._column = first_column if self._column == last_column else (self._column + 1) % WIDTH

    def _take_command(self, byte: int) -> None:
        self._command.append(byte)
        command = self._command
        if len(command) <= _PARAMETERS.get(command[0], 0):
            return
        self._command = []
        self.generation += 1
        for rule in (self._two_byte_rules, self._page_mode_rules, self._plain_rules):
            if rule(command):
                return

    def _two_byte_rules(self, command: list[int]) -> bool:
        code = command[0]
        handlers: dict[int, Callable[[], None]] = {
            0x20: lambda: setattr(self, "_mode", min(command[1] & 3, 2)),
            0x21: lambda: self._set_columns(command[1] & 127, command[2] & 127),
            0x22: lambda: self._set_pages(command[1] & 7, command[2] & 7),
            0x81: lambda: setattr(self, "contrast", command[1]),
            0x8D: lambda: setattr(self, "is_pumping", bool(command[1] & 4)),
            0xD3: lambda: setattr(self, "_offset", command[1] & 63),
            0xD5: lambda: setattr(self, "oscillator", command[1]),
        }
        if code in handlers:
            handlers[code]()
        return code in _PARAMETERS

    def _page_mode_rules(self, command: list[int]) -> bool:
        code = command[0]
        if code < 0x10:
            self._column = self._column & 0x70 | code
        elif code < 0x20:
            self._column = (self._column & 0x0F | (code & 7) << 4) % WIDTH
        elif 0xB0 <= code < 0xB8:
            self._page = code & 7
        else:
            return False
        return True

    def _plain_rules(self, command: list[int]) -> bool:
        code = command[0]
        if 0x40 <= code < 0x80:
            self._start_line = code & 63
        elif code in (0xA0, 0xA1):
            self._is_mirrored = code == 0xA1
        elif code in (0xC0, 0xC8):
            self._is_flipped = code == 0xC8
        elif code in (0xA4, 0xA5):
            self.is_all_on = code == 0xA5
        elif code in (0xA6, 0xA7):
            self.is_inverted = code == 0xA7
        elif code in (0xAE, 0xAF):
            self.is_on = code == 0xAF
        return True

    def _set_columns(self, first: int, last: int) -> None:
        self._columns = (first, last)
        self._column = first

    def _set_pages(self, first: int, last: int) -> None:
        self._page_window = (first, last)
        self._page = first

    @property
    def is_lit(self) -> bool:
        """Something can be seen: switched on and its charge pump running."""
        return self.is_on and self.is_pumping

    @property
    def pixels(self) -> list[list[int]]:
        """64 rows of 128 columns as seen on the usual module, which is mounted with segments and rows remapped."""
        if not self.is_lit:
            return [[0] * WIDTH for _ in range(HEIGHT)]
        if self.is_all_on:
            return [[1] * WIDTH for _ in range(HEIGHT)]
        rows = []
        for y in range(HEIGHT):
            line = (y if self._is_flipped else HEIGHT - 1 - y) + self._start_line + self._offset & 63
            start, bit = (line >> 3) * WIDTH, line & 7
            row = [byte >> bit & 1 for byte in self.ram[start : start + WIDTH]]
            if not self._is_mirrored:
                row.reverse()
            rows.append([1 - pixel for pixel in row] if self.is_inverted else row)
        return rows

    def text(self) -> list[str]:
        """The rows of text read back from the pixels."""
        from tools.emulator import ocr

        return ocr.read_rows(self.pixels)

    def art(self) -> str:
        """The picture in block characters."""
        from tools.emulator import render

        return render.art(self.pixels)

    def png(self, path: Path, scale: int = 4) -> None:
        from tools.emulator import render

        render.png(self.pixels, path, scale)
