# SPDX-License-Identifier: MIT
"""Breaks text into lines by the font's widths: between any two wide characters, else between words.

Punctuation that closes does not begin a line.
"""

from micropython import const

from firmware.ui.glyphs import Glyphs, code_at, size_of

_WIDE = const(0x2E80)  # from here on a line may break between any two characters
_SPACE = const(0x20)
_NEWLINE = const(0x0A)
_CLOSING = "，。、；：？！）》」』】".encode()  # must not begin a line


def wrap(glyphs: Glyphs, text: str, limit: int) -> "list[str]":
    """Break a text into lines that fit; Latin words and numbers stay whole where they fit on a line."""
    data = text.encode()
    lines: "list[str]" = []
    start = first = at = width = 0  # of the line, of what may begin the next one, of this piece; pixels of the line
    while at < len(data):
        end = _piece_end(data, at)
        wide = glyphs.width(data[at:end])
        if data[at:end] not in _CLOSING:
            first = at
        if data[at] == _NEWLINE:
            lines.append(data[start:at].decode())
            start, width = end, 0
        elif width + wide <= limit:
            width += wide
        elif at > start:
            at = first if first > start else at
            lines.append(data[start:at].decode())
            start = end = at + 1 if data[at] == _SPACE else at
            width = 0
        elif data[at] == _SPACE:
            start = end = at + 1
        else:  # longer than a line: broken anywhere
            end = _fitting(glyphs, data, at, limit)
            width = limit
        at = end
    lines.append(data[start:].decode())
    return [line for line in lines if line]


def _fitting(glyphs: Glyphs, data: bytes, at: int, limit: int) -> int:
    """End of as many characters as go on one line."""
    end = at
    while end < len(data):
        limit -= glyphs.cell(code_at(data, end))
        if limit < 0:
            break
        end += size_of(code_at(data, end))
    return end


def _piece_end(data: bytes, at: int) -> int:
    """End of what must stay together from `at` on: a wide character, a newline, or a word with the space before it."""
    code = code_at(data, at)
    end = at + size_of(code)
    if code >= _WIDE or code == _NEWLINE:
        return end
    while end < len(data) and data[end] not in (_SPACE, _NEWLINE) and code_at(data, end) < _WIDE:
        end += size_of(code_at(data, end))
    return end
