# SPDX-License-Identifier: MIT
"""The script language that drives tests, the demo and the manual's pictures: one command a line, readable aloud.

`SYNTAX` lists the commands. `expect` lets the chip run until the panel's pixels say so, at most 20 s of its time.
"""

import re
import shlex
from collections.abc import Callable, Iterable
from typing import Final

from tools.emulator.board import Board

SYNTAX: Final = """\
power on | power off | power hold MS | power cut | power cut at flash N before|torn|after
press 1 2 3 ENTER      type 0012      wait 30 s
expect WORDS           expect not WORDS       expect WORDS within 60 s
led steady green       asleep                 awake
wifi on|off|weak       host swallow|listen    battery 3.4
step words for the reader                     picture name
"""
_REACTION_MS: Final = 120  # what a quick person takes from seeing a screen to the next key
_PATIENCE_MS: Final = 20_000
_WEAK_DBM: Final = -88
_GOOD_DBM: Final = -50
_WITHIN: Final = re.compile(r"^(?P<words>.*?)(?:\s+within\s+(?P<span>\d+)\s*(?P<unit>ms|s))?$")
_MAINS_CELL_V: Final = 4.1


class ScriptError(Exception):
    """A line that is not understood, or an expectation that was not met; says the line and what the screen showed."""


def says(board: Board, words: str) -> bool:
    """Do the panel's pixels read so? Spaces and line breaks do not matter."""
    seen = "".join(board.panel.text())
    return words.replace(" ", "") in seen.replace(" ", "")


class Player:
    """Plays scripts on a board. `on_picture(name)` and `on_step(words)` are for whoever shows or keeps them."""

    def __init__(
        self,
        board: Board,
        on_picture: Callable[[str], None] | None = None,
        on_step: Callable[[str], None] | None = None,
    ) -> None:
        self.board = board
        self._on_picture = on_picture or (lambda _name: None)
        self._has_read = False  # the person has just read the screen
        self._on_step = on_step or (lambda _words: None)
        self._commands: dict[str, Callable[[list[str]], None]] = {
            "power": self._power,
            "press": self._press,
            "type": lambda words: self._press(list("".join(words))),
            "wait": self._wait,
            "led": self._led,
            "wifi": self._wifi,
            "host": self._host,
            "battery": self._battery,
            "asleep": lambda _words: self._until(lambda: board.state == "deepsleep", _PATIENCE_MS, "deep sleep"),
            "awake": lambda _words: self._until(lambda: board.state == "running", _PATIENCE_MS, "awake"),
            "picture": lambda words: self._on_picture(" ".join(words)),
            "step": lambda words: self._on_step(" ".join(words)),
        }

    def play(self, script: str | Iterable[str]) -> None:
        """Every line of a script; ScriptError at the first that fails."""
        lines = script.splitlines() if isinstance(script, str) else script
        for number, line in enumerate(lines, 1):
            stripped = line.strip()
            if stripped and not stripped.startswith("#"):
                try:
                    self.do(stripped)
                except ScriptError as fault:
                    raise ScriptError(f"line {number}: {stripped}: {fault}") from None

    def do(self, line: str) -> None:
        """One command."""
        name, _, rest = line.partition(" ")
        if name == "expect":
            self._expect(rest.strip())
            return
        command = self._commands.get(name)
        if command is None:
            raise ScriptError(f"unknown command; there are {', '.join(sorted([*self._commands, 'expect']))}")
        command(rest.split() if name == "step" else shlex.split(rest))

    def _until(self, is_met: Callable[[], bool], timeout_ms: int, wanted: str) -> None:
        if not self.board.run_until(is_met, timeout_ms):
            screen = "\n".join(self.board.panel.text())
            raise ScriptError(f"expected {wanted}, the screen says:\n{screen}\nLED {self.board.led.pattern()}")

    def _expect(self, rest: str) -> None:
        match = _WITHIN.match(rest)
        assert match is not None
        words, timeout_ms = match["words"], _PATIENCE_MS
        if match["span"]:
            timeout_ms = int(match["span"]) * (1 if match["unit"] == "ms" else 1000)
        if words.startswith("not "):
            absent = words[4:].strip()
            self._until(lambda: not says(self.board, absent), timeout_ms, f"no {absent!r}")
        else:
            self._until(lambda: says(self.board, words), timeout_ms, repr(words))
        self._has_read = True

    def _power(self, words: list[str]) -> None:
        board = self.board
        match words:
            case ["on"]:
                board.power_on()
            case ["off"]:
                board.power_off()
            case ["hold", span]:
                board.button.hold(ms=int(span))
            case ["cut"]:
                board.cut_power()
            case ["cut", "at", "flash", count, mode]:
                board.flash.cut_at(int(count), mode)
            case _:
                raise ScriptError("power on | off | hold MS | cut | cut at flash N before|torn|after")

    def _press(self, words: list[str]) -> None:
        if not words:
            raise ScriptError("press which keys?")
        if self._has_read:
            self._has_read = False
            self.board.run(ms=_REACTION_MS)
        self.board.keypad.press(*words)

    def _wait(self, words: list[str]) -> None:
        if len(words) != 2 or words[1] not in ("s", "ms") or not words[0].isdigit():
            raise ScriptError("wait N s | wait N ms")
        self.board.run(ms=int(words[0]) * (1000 if words[1] == "s" else 1))

    def _led(self, words: list[str]) -> None:
        pattern = " ".join(words)
        self._until(lambda: self.board.led.pattern() == pattern, _PATIENCE_MS, f"LED {pattern}")

    def _wifi(self, words: list[str]) -> None:
        wifi = self.board.wifi
        if words not in (["on"], ["off"], ["weak"]):
            raise ScriptError("wifi on | off | weak")
        wifi.is_up = words != ["off"]
        wifi.rssi = _WEAK_DBM if words == ["weak"] else _GOOD_DBM

    def _host(self, words: list[str]) -> None:
        if words not in (["swallow"], ["listen"]):
            raise ScriptError("host swallow | listen")
        self.board.link.swallow = words == ["swallow"]

    def _battery(self, words: list[str]) -> None:
        self.board.battery.volts = float(words[0]) if words else _MAINS_CELL_V
