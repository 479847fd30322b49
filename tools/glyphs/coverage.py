# SPDX-License-Identifier: MIT
"""Which characters the terminal can show, where the source font has them.

All of GB 2312, its signs, Greek, Cyrillic and kana too, and traditional Chinese after Big5 (level 1, frequently used
characters), since notices from the host are free text in either; Latin as far as the languages of Europe need it, and
what the screens use of arrows and shapes.
"""

from collections.abc import Iterator

_SHAPES = "←↑→↓▲▼◀▶△▽○●◎□■◆◇★☆…–—‘’“”•€✓✗√×÷±℃№〇"
# (codec, first and last lead byte): the rows of the standards.
_ROWS = (
    ("gb2312", 0xA1, 0xF7),  # signs, numbers, full-width ASCII, kana, Greek, Cyrillic, frames; Hanzi, levels 1 and 2
    ("big5", 0xA4, 0xC6),  # Hanzi, level 1
)


_HANZI = range(0x4E00, 0xA000)


def _row_characters(codec: str, first: int, last: int) -> Iterator[str]:
    for lead in range(first, last + 1):
        for trail in range(0x40, 0xFF):
            character = bytes((lead, trail)).decode(codec, errors="ignore")
            # Where a pair is not assigned, a trail byte that is ASCII decodes alone; Big5 ends its Hanzi with kana.
            is_one = len(character) == 1 and ord(character) > 0x7F
            if is_one and (codec != "big5" or ord(character) in _HANZI):
                yield character


def wanted() -> list[int]:
    """Sorted code points, all below U+10000."""
    characters = {chr(code) for code in (*range(0x20, 0x7F), *range(0xA1, 0x180))}
    characters.update(_SHAPES)
    for row in _ROWS:
        characters.update(_row_characters(*row))
    return sorted(ord(character) for character in characters)
