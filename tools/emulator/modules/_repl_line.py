# SPDX-License-Identifier: MIT
"""The friendly REPL: banner, prompts, paste mode, and lines that can be edited (see `_repl_edit.py`)."""

import sys

import _rpc

_COMPOUND = ("if", "while", "for", "try", "with", "def", "class", "async")


def _banner() -> bytes:
    version = sys.version.split("; ")[-1]
    return (version + '; Generic ESP32 module with ESP32\r\nType "help()" for more information.\r\n').encode()


def serve(space: "dict[str, object]", shell: "tuple") -> None:
    """Until Ctrl-A."""
    read, write, execute, soft_reset = shell
    editor = _rpc.find("repl_edit", "Editor")(read, write, space)
    write(_banner())
    while True:
        line = bytearray()
        end = editor.read(line, ps("ps1"))
        if end:
            write(b"\r\n")
        if end == 1:
            return
        if end == 2:
            write(_banner())
        if end == 4:
            soft_reset(False)
        if end == 5:
            line = _paste(read, write)
        if line and (end == 5 or (not end and _complete(editor, line))):
            fault = execute(line, "exec" if end else "single", space)
            if fault:
                _rpc.find("repl", "report")(fault)


def ps(name: str) -> bytes:
    return str(getattr(sys.modules["sys"], name)).encode()


def _complete(editor: object, line: bytearray) -> bool:
    """Read on while the statement is not finished; False when it was given up."""
    while _is_open(line):
        line.append(10)
        end = editor.read(line, ps("ps2"))
        if end == 3:
            editor.write(b"\r\n")
            return False
        if end == 4:
            break
    return True


def _is_open(line: bytearray) -> bool:
    """Is more input needed (py/repl.c)?"""
    text = str(line, "utf-8")
    quote, depth = _nesting(text)
    if len(quote) == 3 or (depth > 0 and not quote) or text[-1] == "\\":
        return True
    word = ""
    for char in text:
        if not (char.isalpha() or char.isdigit() or char == "_"):
            break
        word += char
    return (word in _COMPOUND or text[0] == "@") and text[-1] != "\n"


def _nesting(text: str) -> "tuple[str, int]":
    """The quote and the number of brackets that are open at the end."""
    quote = ""
    depth = at = 0
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\" and text[at + 1 : at + 2] in ("'", '"', "\\"):
                at += 1
            elif text[at : at + len(quote)] == quote:
                at += len(quote) - 1
                quote = ""
        elif char in "'\"":
            quote = char * 3 if text[at : at + 3] == char * 3 else char
            at += len(quote) - 1
        else:
            depth += (char in "([{") - (char in ")]}")
        at += 1
    return quote, depth


def _paste(read: object, write: object) -> "bytearray | None":
    write(b"paste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ")
    line = bytearray()
    while True:
        part = read()
        if part[-1] in (3, 4):
            line += part[:-1]
            write(part[:-1] + b"\r\n")
            return line if part[-1] == 4 else None
        line += part
        write(part.replace(b"\r", b"\r\n=== "))


def ask(prompt: str) -> str:
    """`input()`."""
    line = bytearray()
    read, write = _rpc.find("repl", "read"), _rpc.find("repl", "write")
    end = _rpc.find("repl_edit", "Editor")(read, write, {}).read(line, prompt.encode())
    if end == 3:
        raise KeyboardInterrupt
    if end == 4:
        raise EOFError
    return str(line, "utf-8")
