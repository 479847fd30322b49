# SPDX-License-Identifier: MIT
"""The chip's end of the wire to the emulated board: one synchronous call at a time over an inherited socket.

A request is five little-endian 32-bit words (operation, a, b, microseconds spent here since the last answer,
payload length) and the payload; an answer is six (milliseconds, microseconds, flags, result, payload length,
microsecond of the millisecond) and the payload.  Both clocks have 30 bits so that they are small integers on a
32-bit interpreter.  Flags: bit 0 = interrupts wait to be served; bits 8-15 = sockets readable; 16-23 = writable.
"""

import sys
from array import array

from micropython import const

_SYNC = const(1)
_IRQ_NEXT = const(4)
_SYNC_EVERY_US = const(1000)

_wire = open(int(sys.argv[1]), "r+b", 0)
flash = open(int(sys.argv[2]), "rb", 0)
request = array("i", (0,) * 5)
answer = array("i", (0,) * 6)
handlers = {}  # interrupt number -> (callable, argument)
_is_serving = False
native_time = native_os = None  # the interpreter's own modules, set by the bootstrap


def call(op, a=0, b=0, out=b"", into=None):
    """Returns the result word, or the answer's payload (in `into` when given) if there is one."""
    request[0] = op
    request[1] = a
    request[2] = b
    request[4] = len(out)
    _wire.write(request)
    if out:
        _wire.write(out)
    _wire.readinto(answer)
    request[3] = 0
    result = answer[3]
    size = answer[4]
    if size:
        if into is None:
            result = _wire.read(size)
        else:
            _wire.readinto(into, size)
    if answer[2] & 1 and not _is_serving:
        _serve()
    return result


def _serve():
    # Soft interrupts: the handlers run here, between two bytecodes of the caller as far as it can tell.
    global _is_serving
    _is_serving = True
    try:
        while (number := call(_IRQ_NEXT)) >= 0:
            entry = handlers.get(number)
            if entry:
                try:
                    entry[0](entry[1])
                except Exception as error:  # printed, not raised, as the port's scheduler does
                    sys.print_exception(error)
    finally:
        _is_serving = False


def spend(us):
    """Time that passes in Python code itself; told to the board with the next call."""
    request[3] += us
    if request[3] > _SYNC_EVERY_US:
        call(_SYNC)
