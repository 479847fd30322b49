# SPDX-License-Identifier: MIT
"""The registers that a flashing program uses: identity, fuses, clocks, and the SPI controller's manual mode.

An ESP32-D0WD-V3, revision 3.1, on a WROOM-32E: addresses and fields from the ESP32 Technical Reference Manual and
esptool's description of the chip. Any other address is a word of memory.
"""

from typing import Final

from tools.emulator.loader.spi_chip import SpiChip

_CHIP_MAGIC: Final = 0x40001000
CHIP = 0x00F01D83
_FUSES: Final = 0x3FF5A000
_UART0_CLKDIV: Final = 0x3FF40014
_SYSCON_DATE: Final = 0x3FF6607C
_RTC_CALIBRATION: Final = 0x3FF5F06C
_STRAPS: Final = 0x3FF44038
_SPI1: Final = 0x3FF42000
_SPI_CMD, _SPI_ADDR, _SPI_USR, _SPI_USR2, _SPI_W0 = (_SPI1 + offset for offset in (0, 0x04, 0x1C, 0x24, 0x80))
_USR_RUN: Final = 1 << 18
_USR_ADDR: Final = 1 << 30
_XTAL_HZ: Final = 40_000_000
_CK8M_FUSE: Final = 52
_PACKAGE_D0WD: Final = 1
_RATED_240_MHZ: Final = 1 << 13
_REVISION_BIT: Final = 1 << 15
_REVISION_BIT_HIGH: Final = 1 << 20
_MINOR_REVISION: Final = 1 << 24
_VREF: Final = 17 << 8
_DOWNLOAD_BOOT: Final = 0x03


def _crc8(data: bytes) -> int:
    """Of a MAC address, as it is in the fuses (Dallas/Maxim)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc


class Registers:
    def __init__(self, chip: SpiChip, mac: bytes, baud: int = 115_200) -> None:
        self._chip = chip
        self._memory = {
            _CHIP_MAGIC: CHIP,
            _FUSES + 0x04: int.from_bytes(mac[2:], "big"),
            _FUSES + 0x08: int.from_bytes(mac[:2], "big") | _crc8(mac) << 16,
            _FUSES + 0x0C: _PACKAGE_D0WD << 9 | _RATED_240_MHZ | _REVISION_BIT,
            _FUSES + 0x10: _VREF | _CK8M_FUSE,
            _FUSES + 0x14: _REVISION_BIT_HIGH | _MINOR_REVISION,
            _SYSCON_DATE: 1 << 31,
            _RTC_CALIBRATION: _XTAL_HZ * 40 // (15625 * _CK8M_FUSE) << 7,
            _STRAPS: _DOWNLOAD_BOOT,
        }
        self.set_baud(baud)

    def set_baud(self, baud: int) -> None:
        """The UART's divider, from which a program works out the crystal."""
        whole, sixteenths = divmod(_XTAL_HZ * 16 // max(baud, 1), 16)
        self._memory[_UART0_CLKDIV] = whole & 0xFFFFF | sixteenths << 20

    def read(self, address: int) -> int:
        return self._memory.get(address, 0)

    def write(self, address: int, value: int, mask: int = 0xFFFFFFFF) -> None:
        if _FUSES <= address < _FUSES + 0x100 or address == _CHIP_MAGIC:
            return  # fuses and ROM
        self._memory[address] = self.read(address) & ~mask | value & mask
        if address == _SPI_CMD and value & _USR_RUN:
            self._run_command()

    def _run_command(self) -> None:
        opcode = self.read(_SPI_USR2) & 0xFF
        address = self.read(_SPI_ADDR) >> 8 if self.read(_SPI_USR) & _USR_ADDR else 0
        self._memory[_SPI_W0] = self._chip.command(opcode, address)
        self._memory[_SPI_CMD] = 0
