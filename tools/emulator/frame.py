# SPDX-License-Identifier: MIT
"""One picture of the 128x64 panel as plain bytes, one a pixel, row by row: what the reader and the renderer work on."""

from collections.abc import Sequence

WIDTH, HEIGHT = 128, 64
_ZERO_OR_ONE = bytes([0] + [1] * 255)

Pixels = bytes | bytearray | Sequence[Sequence[int]]


def as_frame(pixels: Pixels) -> bytes:
    """8,192 bytes, 0 or 1, from such bytes or from 64 rows of 128 numbers; ValueError for any other size."""
    raw = bytes(pixels) if isinstance(pixels, bytes | bytearray) else b"".join(bytes(row) for row in pixels)
    if len(raw) != WIDTH * HEIGHT:
        raise ValueError(f"{len(raw)} pixels instead of {WIDTH} x {HEIGHT}")
    return raw.translate(_ZERO_OR_ONE)
