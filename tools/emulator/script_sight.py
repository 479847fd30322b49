# SPDX-License-Identifier: MIT
"""The commands of a script that look: at the screen, the LED and the console, and those for whoever watches."""

from collections.abc import Callable
from typing import Final

from tools.emulator.board import Board
from tools.emulator.ocr import read_icons
from tools.emulator.script_base import Stand
from tools.emulator.script_syntax import ScriptError, form

_LINK_MS: Final = 30_000
_OPEN: Final = {"link2", "link3", "link4"}
_TAIL: Final = 400  # bytes of the console in a message


def squeezed(board: Board) -> str:
    """What the panel's pixels read, without spaces and line breaks."""
    return "".join(board.panel.text()).replace(" ", "")


def has(screen: str, words: str) -> bool:
    """Does a screen without its spaces say so?"""
    return "".join(words.split()) in screen


def says(board: Board, words: str) -> bool:
    """Do the panel's pixels read so? Spaces and line breaks do not matter."""
    return has(squeezed(board), words)


class Sight(Stand):
    """Most of them wait; what they say when it does not come about shows the screen. `reads` may be another way of
    comparing a screen without its spaces with words.
    """

    reads: Callable[[str, str], bool] = staticmethod(has)

    def says(self, words: str) -> bool:
        """Do the panel's pixels read so? Spaces and line breaks do not matter."""
        return self.reads(squeezed(self.board), words)

    @form("step WORDS", "A heading for the reader; nothing happens on the board", "step First sale")
    def _step(self, words: str) -> None:
        self.step = words
        self.steps += 1
        self._mark = self._now()
        if self.on_step is not None:
            self.on_step(words)

    @form("picture NAME", "Keep a picture of the screen under this name, where pictures are kept", "picture ready")
    def _picture(self, name: str) -> None:
        if self.on_picture is not None:
            self.on_picture(name)

    @form("expect not icon ICON [within SPAN]", "Wait until this icon is not on the screen", "expect not icon lock")
    def _expect_no_icon(self, name: str, span_ms: int | None) -> None:
        self._until(lambda: name not in read_icons(self.board.panel.pixels), span_ms, f"no icon {name}")

    @form("expect icon ICON [within SPAN]", "Wait until this icon is on the screen", "expect icon lock")
    def _expect_icon(self, name: str, span_ms: int | None) -> None:
        self._until(lambda: name in read_icons(self.board.panel.pixels), span_ms, f"icon {name}")

    @form("expect not WORDS [within SPAN]", "Wait until the screen does not say so", "expect not 正在结算 within 60 s")
    def _expect_not(self, words: str, span_ms: int | None) -> None:
        self._until(lambda: not self.says(words), span_ms, f"no {words!r}")
        self._has_read = True

    @form(
        "expect WORDS [within SPAN]",
        "Wait until the screen's pixels read so; spaces and line breaks do not matter",
        "expect 请签到 within 10 s",
    )
    def _expect(self, words: str, span_ms: int | None) -> None:
        self._until(lambda: self.says(words), span_ms, repr(words))
        self._has_read = True

    @form("led off|mixed [within SPAN]", "Wait until the LED is dark, or shows no pattern that has a name", "led off")
    def _led_off(self, pattern: str, span_ms: int | None) -> None:
        self._until(lambda: self.board.led.pattern() == pattern, span_ms, f"LED {pattern}")

    @form(
        "led alternating COLOUR COLOUR [within SPAN]",
        "Wait until the LED shows the two colours in turn",
        "led alternating green red",
    )
    def _led_alternating(self, one: str, other: str, span_ms: int | None) -> None:
        self._led_off(" ".join(["alternating", *sorted((one, other))]), span_ms)

    @form("led steady|blink|double COLOUR [within SPAN]", "Wait until the LED shows this rhythm", "led steady green")
    def _led(self, rhythm: str, colour: str, span_ms: int | None) -> None:
        self._led_off(f"{rhythm} {colour}", span_ms)

    @form("linked [within SPAN]", "Wait until the status row says that the way to the host is open (30 s)", "linked")
    def _linked(self, span_ms: int | None) -> None:
        def is_open() -> bool:
            return bool(_OPEN.intersection(read_icons(self.board.panel.pixels)))

        self._until(is_open, _LINK_MS if span_ms is None else span_ms, "the link to the host to come up")

    @form("dark", "Check that nothing was drawn and the LED never lit since the last step", "dark")
    def _dark(self) -> None:
        since, received = self._mark
        board = self.board
        lit = [colour for at, colour in board.led.history if at >= since and any(colour)]
        if board.panel.is_lit or board.panel.bytes_received != received or lit or any(board.led.colour):
            raise ScriptError("something lit")

    @form(
        "serial expect WORDS [within SPAN]",
        "Wait until the console says so, after what an earlier such line has found",
        "serial expect signed_out",
    )
    def _serial_expect(self, words: str, span_ms: int | None) -> None:
        sought = words.encode()
        try:
            self._until(lambda: sought in self.board.serial[self._heard :], span_ms, f"{words!r} on the console")
        except ScriptError as fault:
            tail = self.board.serial[self._heard :][-_TAIL:].decode("utf-8", "replace")
            raise ScriptError(f"{fault}\nthe console said:\n{tail}") from None
        self._heard = self.board.serial.index(sought, self._heard) + len(sought)
