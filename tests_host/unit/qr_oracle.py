# SPDX-License-Identifier: MIT
"""What a QR symbol must be: `qrcode` makes it under a mask that is told, and the points of a mask are counted plainly.

A symbol is a tuple of rows, each a text of `0` and `1` (dark).
"""

import re
from typing import Final

from qrcode import QRCode, constants
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, MODE_NUMBER, QRData

Symbol = tuple[str, ...]
NUMERIC: Final = "0123456789"
ALPHANUMERIC: Final = NUMERIC + "ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_LEVELS: Final = {
    "L": constants.ERROR_CORRECT_L,
    "M": constants.ERROR_CORRECT_M,
    "Q": constants.ERROR_CORRECT_Q,
    "H": constants.ERROR_CORRECT_H,
}
# ISO/IEC 18004:2015 table 7: characters that versions 1 to 6 hold.
NUMERIC_ROOM: Final = {
    "L": (41, 77, 127, 187, 255, 322),
    "M": (34, 63, 101, 149, 202, 255),
    "Q": (27, 48, 77, 111, 144, 178),
    "H": (17, 34, 58, 82, 106, 139),
}
ALPHANUMERIC_ROOM: Final = {
    "L": (25, 47, 77, 114, 154, 195),
    "M": (20, 38, 61, 90, 122, 154),
    "Q": (16, 29, 47, 67, 87, 108),
    "H": (10, 20, 35, 50, 64, 84),
}
BYTE_ROOM: Final = {
    "L": (17, 32, 53, 78, 106, 134),
    "M": (14, 26, 42, 62, 84, 106),
    "Q": (11, 20, 32, 46, 60, 74),
    "H": (7, 14, 24, 34, 44, 58),
}


def _mode(data: bytes) -> int:
    if data.isdigit():
        return int(MODE_NUMBER)
    return int(MODE_ALPHA_NUM if all(chr(code) in ALPHANUMERIC for code in data) else MODE_8BIT_BYTE)


def symbol(data: bytes, level: str, mask: int, least: int = 1) -> Symbol:
    """The smallest that holds the data, from version `least` on."""
    code = QRCode(version=least, error_correction=_LEVELS[level], mask_pattern=mask)
    code.add_data(QRData(data, mode=_mode(data)), optimize=0)
    code.make(fit=True)
    return tuple("".join("01"[bool(module)] for module in row) for row in code.modules)


def points(rows: Symbol) -> int:
    """ISO/IEC 18004:2015 7.8.3.1, table 11, with four light modules of the quiet zone around."""
    size = len(rows)
    total = 0
    for line in (*rows, *map("".join, zip(*rows, strict=True))):
        total += sum(len(run) - 2 for run in re.findall("0{5,}|1{5,}", line))
        wide = f"0000{line}0000"
        ends = [found.end() for found in re.finditer("(?=1011101)", wide)]
        total += 40 * sum("0000" in (wide[at - 4 : at], wide[at + 7 : at + 11]) for at in ends)
    for upper, lower in zip(rows, rows[1:], strict=False):
        total += 3 * sum(upper[x : x + 2] + lower[x : x + 2] in ("0000", "1111") for x in range(size - 1))
    dark = "".join(rows).count("1")
    return total + 10 * (abs(20 * dark - 10 * size * size) // (size * size))
