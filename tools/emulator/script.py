# SPDX-License-Identifier: MIT
"""The script language that drives tests, the demo and the manual's pictures: one command a line, readable aloud.

docs/script.md describes it; the grammar is in script_syntax.py, the commands in script_sight.py and script_hand.py. A
script is understood as a whole before its first line is played. What waits lets the chip run until it is so, at most
20 s of its time unless the line says otherwise.
"""

from collections.abc import Iterable
from pathlib import Path

from tools.emulator.script_hand import Hand
from tools.emulator.script_sight import Sight, says
from tools.emulator.script_syntax import FORMS, Command, ScriptError, parse

__all__ = ["FORMS", "Player", "ScriptError", "read_script", "says", "understand"]


def read_script(path: Path) -> str:
    """A script's text; ScriptError when there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ScriptError("not a text in UTF-8") from None
    except OSError as fault:
        raise ScriptError(f"cannot be read: {fault.strerror}") from None


def understand(script: str | Iterable[str]) -> list[tuple[str, Command]]:
    """What stands before each command in a message about it, and the command; ScriptError at the first bad line."""
    lines = script.splitlines() if isinstance(script, str) else script
    commands = []
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            place = f"line {number}: {stripped}: "
            try:
                commands.append((place, parse(stripped)))
            except ScriptError as fault:
                raise ScriptError(f"{place}{fault}") from None
    return commands


class Player(Sight, Hand):
    """Plays scripts on a board."""

    def play(self, script: str | Iterable[str]) -> None:
        """Every line of a script; ScriptError at the first that fails."""
        for place, command in understand(script):
            try:
                self._act(command)
            except ScriptError as fault:
                raise ScriptError(f"{place}{fault}") from None

    def do(self, line: str) -> None:
        """One command."""
        self._act(parse(line))

    def _act(self, command: Command) -> None:
        getattr(self, command.form.action)(*command.values)
