# SPDX-License-Identifier: MIT
"""The raw REPL and its raw-paste mode: no echo, for programs at the other end of the line."""

import _rpc

_WINDOW = 128
_BANNER = b"raw REPL; CTRL-B to exit\r\n>"


def serve(space: "dict[str, object]", shell: "tuple") -> None:
    """Until Ctrl-B."""
    read, write = shell[:2]
    answer = _BANNER
    while True:
        write(answer)
        source, end = _take(read)
        if end == 2:
            write(b"\r\n")
            return
        if end == 1:
            answer = _command(source, space, shell)
        elif end == 3:
            answer = b""
        else:
            _submit(source, space, shell)
            answer = b">"


def _take(read: object) -> "tuple[bytearray, int]":
    """What was sent, and the control character that ended it."""
    source = bytearray()
    while (part := read(256))[-1] > 4:
        source += part
    source += memoryview(part)[:-1]
    return source, part[-1]


def _command(source: bytearray, space: "dict[str, object]", shell: "tuple") -> bytes:
    """Ctrl-A after Ctrl-E and a letter asks for an extension; otherwise it begins anew."""
    if len(source) != 2 or source[0] != 5:
        return _BANNER
    if source[1] != 65:
        return b"R\x00>"
    _run(_paste(*shell[:2]), space, shell)
    return b">"


def _submit(source: bytearray, space: "dict[str, object]", shell: "tuple") -> None:
    write = shell[1]
    write(b"OK")
    if not source:
        write(b"\r\n")
        shell[3](True)
    _run(source, space, shell)


def _run(source: "bytearray | None", space: "dict[str, object]", shell: "tuple") -> None:
    _, write, execute, soft_reset = shell
    fault = KeyboardInterrupt() if source is None else execute(source, "exec", space)
    write(b"\x04")
    if fault and not isinstance(fault, SystemExit):
        _rpc.find("repl", "report")(fault)
    write(b"\x04")
    if isinstance(fault, SystemExit):
        soft_reset(True)


def _paste(read: object, write: object) -> "bytearray | None":
    """What arrives up to Ctrl-D, in windows that the other end is told of; None after Ctrl-C."""
    write(b"R\x01\x80\x00\x01")
    source = bytearray()
    left = _WINDOW
    while (part := read(left))[-1] not in (3, 4):
        source += part
        left -= len(part)
        if not left:
            write(b"\x01")
            left = _WINDOW
    write(b"\x04")
    source += memoryview(part)[:-1]
    return source if part[-1] == 4 else None
