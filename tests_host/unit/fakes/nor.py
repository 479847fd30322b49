# SPDX-License-Identifier: MIT
"""A partition of NOR flash in RAM with esp32.Partition's methods: erase to FF, program only clears bits.

Programming a byte that would need a bit set is an AssertionError, as is a write without an offset (which would erase).
`watch`, if set, is called before each operation; a plan in `faults` makes an operation fail.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_EIO = 5


class Nor:
    """`sectors` of `size` bytes, a multiple of 256."""

    def __init__(self, sectors: int, size: int = 4096) -> None:
        self.sectors = sectors
        self.size = size
        self.data = bytearray(sectors * size)
        for start in range(0, len(self.data), size):
            self.data[start : start + size] = b"\xff" * size
        self.reads = self.programs = self.erases = 0
        self.wear = [0] * sectors
        self.watch: "Callable[[str, int, bytes], None] | None" = None
        self.faults: "list[str]" = []  # of the next programs: "error", "late error", "ignored", "weak", "misread"
        self._is_misread = False

    def fork(self) -> "Nor":
        """Another flash with the same contents."""
        other = Nor(self.sectors, self.size)
        other.data[:] = self.data
        return other

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        self.reads += 1
        start = block * self.size + offset
        assert start >= 0 and start + len(buf) <= len(self.data)
        buf[:] = self.data[start : start + len(buf)]
        if self._is_misread:
            for i in range(len(buf)):
                buf[i] ^= 0x10
            self._is_misread = False

    def writeblocks(self, block: int, buf: bytes, offset: int = -1) -> None:
        assert offset >= 0
        assert offset + len(buf) <= self.size
        start = block * self.size + offset
        if self.watch:
            self.watch("program", start, bytes(buf))
        self.programs += 1
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "error":
            raise OSError(_EIO)
        if fault != "ignored":
            self.program(start, bytes(buf))
        if fault == "weak":
            self.data[start + 60 : start + 64] = bytes(4)
        self._is_misread = fault == "misread"
        if fault == "late error":
            raise OSError(_EIO)

    def program(self, start: int, data: bytes) -> None:
        for i in range(len(data)):
            assert self.data[start + i] & data[i] == data[i], "programming a bit from 0 to 1"
            self.data[start + i] = data[i]

    def ioctl(self, command: int, argument: int) -> int:
        if command == 4:
            return self.sectors
        if command == 5:
            return self.size
        assert command == 6
        start = argument * self.size
        if self.watch:
            self.watch("erase", start, b"")
        self.erases += 1
        self.wear[argument] += 1
        self.data[start : start + self.size] = b"\xff" * self.size
        return 0
