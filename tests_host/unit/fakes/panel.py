# SPDX-License-Identifier: MIT
"""An SSD1306 behind an I2C bus, by its data sheet (revision 1.1, sections 8.1.5, 9 and 10).

Takes only the commands of a sensible driver, and each only in the addressing mode in which it is defined; anything else
is an AssertionError. A command whose arguments were cut off still waits for them at the next transfer. Its RAM holds
rubbish after power-on.
"""

# Command: bytes of argument
_ARGUMENTS = {
    0x20: 1,
    0x21: 2,
    0x22: 2,
    0x2E: 0,
    0x81: 1,
    0x8D: 1,
    0xA8: 1,
    0xD3: 1,
    0xD5: 1,
    0xD9: 1,
    0xDA: 1,
    0xDB: 1,
}
_PLAIN = (0x40, 0xA0, 0xA1, 0xA4, 0xA5, 0xA6, 0xA7, 0xAE, 0xAF, 0xC0, 0xC8, 0xE3)
_HORIZONTAL = 0
_ENODEV = 19


class Panel:
    """The panel, and the I2C that leads to it. `registers` holds the last argument of each command, or the command."""

    def __init__(self, address: int = 0x3C, height: int = 64) -> None:
        self._address = address
        self._height = height
        self.bytes_on_bus = 0
        self.transfers = 0
        self.fail_in = -1  # transfers until one fails
        self.fail_after = 0  # bytes of it that still arrive
        self.is_gone = False
        self.power_cycle()

    def power_cycle(self) -> None:
        self.ram = bytearray((i * 37 + 11) & 0xFF for i in range(16 * self._height))
        self.registers = {0xAE: 1, 0x20: 2, 0x8D: 0x10, 0x81: 0x7F, 0xD5: 0x80, 0xA0: 1, 0xC0: 1}
        self.is_on = False
        self._command = -1
        self._arguments: "list[int]" = []
        self._columns = (0, 127)
        self._pages = (0, 7)
        self._column = self._page = 0
        self.rubbish_shown = False
        self.is_written = False

    def writeto(self, address: int, data: bytes, stop: bool = True) -> int:
        """As machine.I2C: OSError(ENODEV) when a byte is not acknowledged."""
        assert stop
        if self.is_gone or address != self._address:
            raise OSError(_ENODEV)
        self.transfers += 1
        self.fail_in -= 1
        if self.fail_in == -1:
            self._take(bytes(data[: self.fail_after]))
            raise OSError(_ENODEV)
        self.bytes_on_bus += len(data) + 1
        self._take(bytes(data))
        return len(data)

    def _take(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            control = data[at]
            assert control in (0x00, 0x40, 0x80, 0xC0), "control byte"
            is_data = control & 0x40
            end = at + 2 if control & 0x80 else len(data)
            for byte in data[at + 1 : end]:
                if is_data:
                    self._pixel(byte)
                else:
                    self._code(byte)
            at = end

    def _code(self, byte: int) -> None:
        if self._command < 0:
            assert byte in _ARGUMENTS or byte in _PLAIN, hex(byte)
            self._command = byte
        else:
            self._arguments.append(byte)
        if len(self._arguments) == _ARGUMENTS.get(self._command, 0):
            self._execute(self._command, self._arguments)
            self._command = -1
            self._arguments = []

    def _execute(self, command: int, arguments: "list[int]") -> None:
        self.registers[command] = arguments[-1] if arguments else 1
        if command in (0x21, 0x22):
            assert self.registers[0x20] == _HORIZONTAL, "windows are for horizontal addressing"
            if command == 0x21:
                self._columns = (arguments[0], arguments[1])
                self._column = arguments[0]
            else:
                self._pages = (arguments[0], arguments[1])
                self._page = arguments[0]
        elif command in (0xAE, 0xAF):
            self.is_on = command == 0xAF
            if self.is_on:
                self.rubbish_shown |= not self.is_written
                assert self.registers[0x8D] == 0x14, "dark without the charge pump"

    def _pixel(self, byte: int) -> None:
        assert self.registers[0x20] == _HORIZONTAL
        assert self._columns[0] <= self._column <= self._columns[1] < 128, "column window"
        assert self._pages[0] <= self._page <= self._pages[1] < 8, "page window"
        self.is_written = True
        self.ram[self._page * 128 + self._column] = byte
        self._column += 1
        if self._column > self._columns[1]:
            self._column = self._columns[0]
            self._page += 1
            if self._page > self._pages[1]:
                self._page = self._pages[0]
