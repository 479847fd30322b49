# SPDX-License-Identifier: MIT
"""Breaks text into lines by the font's widths: between any two wide characters, else between words.

Punctuation that closes does not begin a line.
"""

from micropython import const

from firmware.ui.glyphs import HALF, Glyphs, code_at, size_of

_WIDE = const(0x2E80)  # from here on a line may break between any two characters
_SPACE = const(0x20)
_NEWLINE = const(0x0A)
_CLOSING = "，。、；：？！）》」』】".encode()  # must not begin a line


def wrap(glyphs: Glyphs, text: str, limit: int) -> "list[str]":
    """Break a text into lines that fit; Latin words and numbers stay whole where they fit on a line."""
    data = text.encode()
    lines: "list[str]" = []
    start = at = width = before = 0
    while at < len(data):
        end = _piece_end(data, at)
        piece = data[at:end]
        if piece == b"\n":
            lines.append(data[start:at].decode())
            start, width = end, 0
        else:
            wide = glyphs.width(piece)
            if width and width + wide > limit:
                if len(piece) == 3 and piece in _CLOSING and before > start:  # takes the character before it along
                    lines.append(data[start:before].decode())
                    start, width = before, glyphs.width(data[before:at])
                else:
                    lines.append(data[start:at].decode())
                    start, width = at, 0
                if piece.startswith(b" "):
                    start, wide = at + 1, wide - HALF
            if wide > limit:  # longer than a line: broken anywhere
                end = at + max(1, (limit - width) // HALF)
                wide = glyphs.width(data[at:end])
            width += wide
        before, at = at, end
    lines.append(data[start:].decode())
    return [line for line in lines if line]


def _piece_end(data: bytes, at: int) -> int:
    """End of what must stay together from `at` on: a wide character, a newline, or a word with the space before it."""
    code = code_at(data, at)
    end = at + size_of(code)
    if code >= _WIDE or code == _NEWLINE:
        return end
    while end < len(data) and data[end] not in (_SPACE, _NEWLINE) and code_at(data, end) < _WIDE:
        end += size_of(code_at(data, end))
    return end
