# SPDX-License-Identifier: MIT
"""Draws a QR code into a frame buffer of an SSD1306: pages of 8 rows, bit 0 the uppermost (MONO_VLSB).

The symbol is dark on lit: what lies within 4 modules of it is lit as far as the panel reaches.
"""

from framebuf import MONO_VLSB, FrameBuffer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qr import QR

_QUIET = 4  # modules, ISO/IEC 18004 6.3.8


def blit(qr: "QR", buffer: bytearray, stride: int, x: int, y: int, scale: int) -> None:
    """The upper left module at pixel (x, y), `scale` pixels a module; `stride` bytes a page. Cut off at the edges."""
    fill = FrameBuffer(buffer, stride, len(buffer) // stride * 8, MONO_VLSB).fill_rect
    edge = _QUIET * scale
    side = qr.size * scale + 2 * edge
    fill(x - edge, y - edge, side, side, 1)
    bits = qr.bits
    start = 0
    for top in range(y, y + qr.size * scale, scale):
        left = x
        run = 0  # pixels of dark modules before this one
        for at in range(start, start + qr.size + 1):  # a light one follows each row
            if bits[at >> 3] >> (at & 7) & 1:
                run += scale
            elif run:
                fill(left - run, top, run, scale, 0)
                run = 0
            left += scale
        start += qr.stride
