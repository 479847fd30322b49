# SPDX-License-Identifier: MIT
"""The chip's end of the wire to the emulated board: one synchronous call at a time over an inherited socket.

A request is five little-endian 32-bit words (operation, a, b, microseconds spent here since the last answer,
payload length) and the payload; an answer is six (milliseconds, microseconds, flags, result, payload length,
microsecond of the millisecond) and the payload.  Both clocks have 30 bits so that they are small integers on a
32-bit interpreter.  Flags: bit 0 = interrupts wait to be served; bits 8-15 = sockets readable; 16-23 = writable.
"""

import sys
from array import array

from micropython import const, schedule

_SYNC = const(1)
_IRQ_NEXT = const(4)
_SYNC_EVERY_US = const(1000)

_wire = open(int(sys.argv[1]), "r+b", 0)  # noqa: SIM115 - open for the whole life
flash = open(int(sys.argv[2]), "rb", 0)  # noqa: SIM115
request = array("i", (0,) * 5)
answer = array("i", (0,) * 6)
handlers = {}  # interrupt number -> (callable, argument)
_nowhere = bytearray(0)
native_time = native_os = rom = module = None  # the interpreter's own modules, the image, this: set at the start
_find = None


def call(op: int, a: int = 0, b: int = 0, out: bytes = b"", into: bytearray = _nowhere) -> int:
    """Returns the result word; a payload fills `into`."""
    # No branch until the answer is read: scheduled callbacks run at branches, and may call.
    request[0] = op
    request[1] = a
    request[2] = b
    request[4] = len(out)
    _wire.write(request)
    _wire.write(out)
    _wire.readinto(answer)
    _wire.readinto(into, answer[4])
    request[3] = 0
    result = answer[3]
    if answer[2] & 1:
        _serve()
    return result


def fetch(op: int, a: int = 0, out: bytes = b"") -> bytes:
    """Returns the payload."""
    request[0] = op
    request[1] = a
    request[4] = len(out)
    _wire.write(request)
    _wire.write(out)
    _wire.readinto(answer)
    data = _wire.read(answer[4])
    request[3] = 0
    if answer[2] & 1:
        _serve()
    return data


def _serve() -> None:
    # Soft interrupts, as on the port: each handler runs at this loop's next branch.
    while (number := call(_IRQ_NEXT)) >= 0:
        entry = handlers.get(number)
        if entry:
            schedule(entry[0], entry[1])


def spend(us: int) -> None:
    """Time that passes in Python code itself; told to the board with the next call."""
    request[3] += us
    if request[3] > _SYNC_EVERY_US:
        call(_SYNC)


def cold(kind: str, instance: object, name: str) -> object:
    """What a module or an instance seldom needs, by name; AttributeError if there is no such thing."""
    global _find
    if _find is None:
        import vfs

        vfs.mount(rom, "/.rom")  # out of sight otherwise
        path, sys.path[:] = tuple(sys.path), ["/.rom"]
        sys.modules["_rpc"] = module
        try:
            _find = __import__("_cold").find
        finally:
            sys.path[:] = path
            vfs.umount("/.rom")
            for used in ("_rpc", "_cold"):
                sys.modules.pop(used, None)
    return _find(kind, instance, name)
