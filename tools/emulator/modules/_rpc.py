# SPDX-License-Identifier: MIT
"""The chip's end of the wire to the emulated board: one synchronous call at a time over an inherited socket.

Request: five 32-bit words (operation, a, b, microseconds spent here since the last answer, payload length), payload.
Answer: six (ms, us, flags, result, payload length, us of the ms), payload; clocks of 30 bits. Flags: bit 0 = interrupts
wait; 1 = console input waits; 2 = KeyboardInterrupt is due; bits 8-15 = sockets readable; 16-23 = writable. What is
seldom used is loaded for one use and forgotten: parts are file systems of their own, all mounted at one place.
"""

import sys
from array import array
from struct import unpack  # noqa: F401 - importing it searches the file system: done once

import vfs
from micropython import const, schedule

_SYNC = const(1)
_IRQ_NEXT = const(4)
_SYNC_EVERY_US = const(1000)

_wire = open(sys.argv[0], "rb", 0)  # noqa: SIM115 - open for the whole life, and for both directions
flash = open(sys.argv[1], "rb", 0)  # noqa: SIM115
request = array(b"i", (0,) * 5)  # a short string would be a name
answer = array(b"i", (0,) * 6)
handlers = {}  # interrupt number -> (callable, argument)
native = sys.argv[2:]  # the interpreter's own `os` and `time`, whose names are taken, and the image of the shims


def call(op: int, a: int = 0, b: int = 0, out: bytes = b"", into: bytearray = bytearray(0)) -> int:  # noqa: B008
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
    if answer[2] & 5:
        _serve()
    return result


def post(op: int, a: int, b: int) -> None:
    """A call that nobody waits for: what it does is done before the next one."""
    request[0] = op
    request[1] = a
    request[2] = b
    request[4] = 0
    _wire.write(request)
    request[3] = 0


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
    if answer[2] & 5:
        _serve()
    return data


def _serve() -> None:
    if answer[2] & 4:
        raise KeyboardInterrupt
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


def find(what: str, name: str) -> object:
    """What the seldom used part of a module or class has under this name; AttributeError when it has none.

    Every part is the same file there: the path of what was imported stays on the heap.
    """
    part = vfs.VfsRom(native[2].open("_" + what, "rb"))
    # Out of sight again before a branch, at which a handler may come here as well; nor may the module's body come here.
    vfs.mount(part, "/lib")
    try:
        part = __import__("/lib/r")
    finally:
        vfs.umount("/lib")
    del sys.modules["/lib/r"]
    return getattr(part, name)


def bind(self: object, name: str) -> object:
    """`__getattr__` of the shims' classes: a method that is not on the heap."""
    kind = type(self)
    while True:
        try:
            method = find(kind.__name__.lower(), name)
            return lambda *args, **kwargs: method(self, *args, **kwargs)
        except OSError:  # there is no such part
            kind = kind.__bases__[0]  # the firmware's own subclass


def init(self: object, *args: object, **kwargs: object) -> None:
    """`__init__` of the shims' classes."""
    bind(self, "__init__")(*args, **kwargs)
