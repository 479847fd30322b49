# SPDX-License-Identifier: MIT
"""The answer to `@screen` as pixels: 1,024 bytes in the panel's own order, eight rows a page, bit 0 on top."""

import base64
import binascii
from typing import Any, Final

from tools.emulator.frame import HEIGHT, WIDTH

_SIZE: Final = WIDTH * HEIGHT // 8


class PictureError(ValueError):
    """Not a picture of this panel."""


def pixels_of(answer: dict[str, Any]) -> list[list[int]]:
    """64 rows of 128 pixels."""
    try:
        data = base64.b64decode(answer.get("bits", ""), validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise PictureError("the picture is damaged") from None
    if len(data) != _SIZE:
        raise PictureError(f"a picture has {_SIZE} bytes, not {len(data)}")
    return [[data[(y >> 3) * WIDTH + x] >> (y & 7) & 1 for x in range(WIDTH)] for y in range(HEIGHT)]
