# SPDX-License-Identifier: MIT
"""Pictures that show whether each pixel of the panel works."""

from micropython import const

from firmware.ui.canvas import WIDTH
from firmware.ui.screen import Screen

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.ui.ui import Ui

CARDS = 3
_LIT = const(0)
_CHEQUERED = const(1)
_HEIGHT = const(64)


class TestCard(Screen):
    """Stands until any key: all lit, chequered, or a frame around darkness. Takes the whole panel."""

    def __init__(self, ui: "Ui", number: int) -> None:
        super().__init__(ui)
        self._number = number

    def draw(self) -> None:
        panel = self.ui.canvas.panel
        panel.fill(self._number == _LIT)
        if self._number == _CHEQUERED:
            for at in range(len(panel.buffer)):
                panel.buffer[at] = 0x55 << (at & 1)
        elif self._number != _LIT:
            panel.rect(0, 0, WIDTH, _HEIGHT, 1)

    def on_key(self, key: str) -> "str | None":
        return key

    async def result(self, timeout_ms: int = -1, limit_ms: int = -1) -> str:
        self.ui.is_filled = True
        try:
            return await super().result(timeout_ms, limit_ms)
        finally:
            self.ui.is_filled = False
            self.ui.canvas.wipe()
