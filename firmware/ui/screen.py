# SPDX-License-Identifier: MIT
"""A screen: draws itself, takes keys, returns a result. One is live at a time; no screen knows a flow.

`draw` puts rows on the canvas, `on_key` returns a result or None to stay.
"""

import time

from micropython import const

from firmware.ui.ui import POKE, Ui

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable

CANCEL = "cancel"
TIMEOUT = "timeout"
ENTER = "D"
CLEAR = "C"
BACK = "B"
MENU = "A"
UP = "*"
DOWN = "#"
LANGUAGE = "*L"  # up, held down
_WINK_MS = const(80)
_MOVE_MS = const(60_000)
_PLACES = const(5)


class Screen:
    """Base of all screens. `is_entry` screens keep the link from starting a handshake; `is_resting` ones need not be
    seen all the time.
    """

    is_entry = False
    is_resting = False

    def __init__(self, ui: Ui) -> None:
        self.ui = ui

    def draw(self) -> None:
        raise AssertionError

    def on_key(self, key: str) -> "str | None":
        raise AssertionError

    def on_poke(self) -> "str | None":
        """Something shown has changed: None to draw again, a result to leave."""
        return None

    def reword(self, told: "Callable[[str], str]") -> None:
        """The language is another one: `told` turns a text into that; what `draw` says itself needs nothing."""

    def _begin(self) -> None:
        ui = self.ui
        ui.is_entry = self.is_entry
        ui.is_resting = self.is_resting
        ui.canvas.shift = 0
        if self.is_resting:
            ui.canvas.shift = time.ticks_diff(time.ticks_ms(), 0) // _MOVE_MS % _PLACES - _PLACES // 2
        else:
            ui.wake()
        ui.canvas.clear()

    async def result(self, timeout_ms: int = -1, limit_ms: int = -1) -> str:
        """Be the live screen until a key decides; TIMEOUT after `timeout_ms` without a key, or `limit_ms` in all."""
        ui = self.ui
        self._begin()
        start = since = time.ticks_ms()
        changes = -1  # of the canvas before a key
        try:
            while True:
                self.draw()
                ui.show(False)
                if ui.canvas.changes == changes:
                    ui.led.wink(_WINK_MS)
                changes = -1
                left_ms = timeout_ms
                if timeout_ms >= 0:
                    left_ms = max(0, timeout_ms - time.ticks_diff(time.ticks_ms(), since))
                if limit_ms >= 0:
                    left_ms = min(left_ms, max(0, limit_ms - time.ticks_diff(time.ticks_ms(), start)))
                key = await ui.next_key(left_ms)
                if not key:
                    return TIMEOUT
                if key == POKE:
                    outcome = self.on_poke()
                elif key == LANGUAGE:
                    ui.switch(self)
                    continue
                else:
                    since = time.ticks_ms()
                    if len(key) == 1:  # not one that is held
                        changes = ui.canvas.changes
                    outcome = self.on_key(key)
                if outcome is not None:
                    return outcome
        finally:
            ui.is_entry = ui.is_resting = False
