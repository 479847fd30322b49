# SPDX-License-Identifier: MIT
"""Takes the pictures: one MicroPython process a language runs tools/gallery/chip/show.py over the tree, and what that
puts on the panel's bus is decoded by the emulated panel.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tools.emulator.frame import as_frame
from tools.emulator.panel import Panel
from tools.errors import RefusedError
from tools.gallery.listing import Screen
from tools.setup import micropython

_TOP: Final = Path(__file__).parents[2]
_START: Final = """
import sys, vfs
vfs.umount("/")
vfs.mount(vfs.VfsPosix({top!r}), "/")
sys.path[:] = ["/tools/gallery/chip", "/tools/fuzz/chip", "/", ".frozen", "/lib"]
import json, show
show.main(json.loads(sys.stdin.readline()))
"""
_HEAP: Final = "4m"  # all journeys at once
_LIMIT_S: Final = 60
_MARK: Final = "picture "


class Text(NamedTuple):
    """A line as the firmware drew it: left upper corner in pixels of the panel, 1 or 2 pixels a pixel of the font."""

    words: str
    x: int
    y: int
    scale: int


class Picture(NamedTuple):
    """A screen, or a page of one. `frame` is a byte a pixel, row by row; `inverse` and `bars` are rows of the grid."""

    screen: Screen
    page: int
    frame: bytes
    texts: tuple[Text, ...]
    inverse: tuple[int, ...]
    bars: tuple[int, ...]
    said: tuple[tuple[str, str], ...]  # key and words, of the whole screen so far


def _run(language: str, screens: Sequence[Screen]) -> list[str]:
    order = {"language": language, "screens": [screen.order for screen in screens]}
    interpreter = micropython.find()
    done = subprocess.run(
        [str(interpreter), "-X", f"heapsize={_HEAP}", "-c", _START.format(top=str(_TOP))],
        input=json.dumps(order, ensure_ascii=False) + "\n",
        cwd="/",
        env={name: value for name, value in os.environ.items() if name != "MICROPYPATH"},
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_S,
    )
    if done.returncode:
        raise RefusedError(f"the screens cannot be shown: {(done.stderr or done.stdout)[-2000:]}")
    return [line.removeprefix(_MARK) for line in done.stdout.splitlines() if line.startswith(_MARK)]


def _developed(screens: Sequence[Screen], lines: Sequence[str]) -> Iterator[Picture]:
    panel = Panel()
    page = last = -1
    for line in lines:
        facts: dict[str, Any] = json.loads(line)
        for transfer in facts["sent"]:
            panel.write(bytes.fromhex(transfer))
        page = page + 1 if facts["screen"] == last else 0
        last = facts["screen"]
        yield Picture(
            screens[last],
            page,
            as_frame(panel.pixels),
            tuple(Text(*text) for text in facts["drawn"]),
            tuple(facts["inverse"]),
            tuple(facts["bars"]),
            tuple((key, words) for key, words in facts["said"]),
        )


def pictures(language: str, screens: Sequence[Screen]) -> list[Picture]:
    """Every page of every screen in one language, in their order; RefusedError if the firmware cannot show one."""
    return list(_developed(screens, _run(language, screens)))
