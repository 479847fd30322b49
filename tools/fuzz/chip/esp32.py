# SPDX-License-Identifier: MIT
"""`esp32` for MicroPython under fuzzing: the journal's region in a file, NVS in RAM. The driver sets both."""

_ERASED = b"\xff" * 256
NOT_FOUND = -0x1102
_INVALID_LENGTH = -0x110C


class NVS:
    """`blobs` are the values by key; a number in place of a value is the error that reading it gives. `numbers` are
    the values of those keys that hold a number.
    """

    blobs: "dict[str, bytes | int]" = {}
    numbers: "dict[str, int]" = {}

    def __init__(self, _namespace: str) -> None:
        pass

    def get_blob(self, key: str, buffer: bytearray) -> int:
        value = NVS.blobs.get(key, NOT_FOUND)
        if isinstance(value, int):
            raise OSError(value)
        if len(value) > len(buffer):
            raise OSError(_INVALID_LENGTH)
        buffer[: len(value)] = value
        return len(value)

    def set_blob(self, key: str, value: bytes) -> None:
        NVS.blobs[key] = bytes(value)

    def get_i32(self, key: str) -> int:
        if key not in NVS.numbers:
            raise OSError(NOT_FOUND)
        return NVS.numbers[key]

    def set_i32(self, key: str, value: int) -> None:
        NVS.numbers[key] = value

    def erase_key(self, key: str) -> None:
        if key not in NVS.blobs and key not in NVS.numbers:
            raise OSError(NOT_FOUND)
        NVS.blobs.pop(key, None)
        NVS.numbers.pop(key, None)

    def commit(self) -> None:
        pass


class Partition:
    """Flash with the rules of NOR over the file at `path`."""

    TYPE_DATA = 1
    path = ""
    sector = 4096

    def __init__(self) -> None:
        self._file = open(Partition.path, "rb+")  # noqa: SIM115  as long as the partition is in use
        self._size = self._file.seek(0, 2)
        self.changes = 0

    @classmethod
    def find(cls, kind: int = 0, label: "str | None" = None) -> "list[Partition]":
        return [cls()] if cls.path else []

    def close(self) -> None:
        self._file.close()

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        self._file.seek(block * Partition.sector + offset)
        if self._file.readinto(buffer) != len(buffer):
            raise OSError(5)

    def writeblocks(self, block: int, buffer: bytes, offset: int = 0) -> None:
        start = block * Partition.sector + offset
        old = bytearray(len(buffer))
        self._file.seek(start)
        self._file.readinto(old)
        for i in range(len(buffer)):
            old[i] &= buffer[i]
        self._file.seek(start)
        self._file.write(old)
        self.changes += 1

    def ioctl(self, command: int, argument: int) -> int:
        if command == 4:
            return self._size // Partition.sector
        if command == 5:
            return Partition.sector
        self._file.seek(argument * Partition.sector)
        for _ in range(Partition.sector // len(_ERASED)):
            self._file.write(_ERASED)
        self.changes += 1
        return 0
