# SPDX-License-Identifier: MIT
"""`@screen`: what the frame buffer holds, as text rows and as pixels (128x64, MONO_VLSB, base64)."""

import json
from binascii import b2a_base64

from micropython import const

from firmware.bench.rows import texts

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_PIECE = const(96)  # a multiple of 3: the base64 of the pieces joins without padding


async def answer(t: "Terminal", _words: "list[str]") -> None:
    """Prints the answer itself, piece by piece: as one string it would need 3 kB in one piece."""
    canvas = t.ui.canvas
    print('{"re": "screen", "ok": true, "w": 128, "h": 64, "dead": %s, ' % json.dumps(canvas.is_dead), end="")
    print('"rows": %s, "bits": "' % json.dumps(texts(canvas)), end="")
    pixels = memoryview(canvas.panel.buffer)
    for at in range(0, len(pixels), _PIECE):
        print(b2a_base64(bytes(pixels[at : at + _PIECE]), newline=False).decode(), end="")
    print('"}')
