# SPDX-License-Identifier: MIT
"""Stand-ins for the parts that a bare module does not have: the same promises, and nothing behind them.

The frame buffer is real, so that the bench console can show what a panel would.
"""

import asyncio

import framebuf

from rgb_led import RgbLed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_WIDTH = 128
_HEIGHT = 64
_MAINS_UV = 4_150_000


class Panel(framebuf.FrameBuffer):
    """What is drawn stays in RAM."""

    bytes_sent = 0

    def __init__(self) -> None:
        self.buffer = bytearray(_WIDTH * _HEIGHT // 8)
        super().__init__(self.buffer, _WIDTH, _HEIGHT, framebuf.MONO_VLSB)

    def ping(self) -> bool:
        return True

    def init(self) -> None:
        pass

    def show(self, most: int = 0) -> bool:
        return False

    def contrast(self, level: int) -> None:
        pass

    def power(self, on: bool) -> None:
        pass


class Keypad:
    """No key is ever down; the bench pushes keys to the Ui itself."""

    on_key: "Callable[[str], None]"

    def __init__(self, layout: str) -> None:
        self._layout = layout

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def stuck(self) -> "list[str]":
        return []


class Channel:
    """One colour of an LED that is not there."""

    def __init__(self) -> None:
        self._duty = 0

    def duty_u16(self, duty: int = -1) -> int:
        if duty >= 0:
            self._duty = duty
        return self._duty


class Mains:
    """The supply of a module without a cell: always full, as an ADC reading."""

    def read_uv(self) -> int:
        return _MAINS_UV


class Button:
    """Never pressed."""

    def value(self) -> int:
        return 1


def build(layout: str) -> "tuple[Any, Any, RgbLed, tuple[Any, ...]]":
    """As firmware.board.build."""
    led = RgbLed(Channel(), Channel(), Channel())  # type: ignore[arg-type]
    return Panel(), Keypad(layout), led, (Mains(), 1, Button(), ())
