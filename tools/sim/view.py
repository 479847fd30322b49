# SPDX-License-Identifier: MIT
"""What can be seen of a board, as plain data for the page: panel, light, state, and what changed since last time."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from tools.emulator import Board
from tools.emulator.frame import HEIGHT, WIDTH

_HISTORY_MOST: Final = 4000  # colours of the light that are remembered
_HISTORY_KEPT: Final = 400
_DIGITS: Final = bytes(code - ord("0") if code in b"01" else 0 for code in range(256))
Fields = dict[str, Any]


def packed(pixels: list[list[int]]) -> bytes:
    """1,024 bytes: a bit a pixel, row by row, leftmost first."""
    return int("".join("".join(map(str, row)) for row in pixels), 2).to_bytes(WIDTH * HEIGHT // 8, "big")


def unpacked(data: bytes) -> bytes:
    """A byte a pixel, 0 or 1, from what `packed` made."""
    return f"{int.from_bytes(data, 'big'):0{WIDTH * HEIGHT}b}".encode().translate(_DIGITS)


@dataclass(frozen=True)
class View:
    """One look at a board. `bits` is the panel in base64, `led` is 0-255 for each colour.

    `fault` says why the emulated board has stopped, if it has.
    """

    state: str = "off"
    is_lit: bool = False
    contrast: int = 0
    bits: str = ""
    led: tuple[int, int, int] = (0, 0, 0)
    pattern: str = "off"
    held: tuple[str, ...] = ()
    volts: float = 0.0
    wifi: str = "on"
    resets: int = 0
    cause: str = ""
    fault: str = ""

    def changes(self, before: "View | None") -> Fields:
        """The fields that differ from `before`."""
        now = asdict(self)
        then: Mapping[str, Any] = {} if before is None else asdict(before)
        return {name: value for name, value in now.items() if name not in then or then[name] != value}


class Eye:
    """Looks at one board, in its thread. Unpacks the panel only when something was sent to it."""

    def __init__(self) -> None:
        self._generation = -1
        self._bits = ""

    def look(self, board: Board, held: list[str], wifi: str, fault: str) -> View:
        panel, led = board.panel, board.led
        if panel.generation != self._generation:
            self._generation = panel.generation
            self._bits = b64encode(packed(panel.pixels)).decode()
        if len(led.history) > _HISTORY_MOST:
            del led.history[:-_HISTORY_KEPT]
        red, green, blue = (round(255 * min(max(part, 0.0), 1.0)) for part in led.colour)
        return View(
            state=board.state,
            is_lit=panel.is_lit,
            contrast=panel.contrast,
            bits=self._bits,
            led=(red, green, blue),
            pattern=led.pattern(),
            held=tuple(held),
            volts=round(board.battery.volts, 2),
            wifi=wifi,
            resets=len(board.resets),
            cause=board.resets[-1] if board.resets else "",
            fault=fault.partition("\n")[0],
        )
