# SPDX-License-Identifier: MIT
"""Tells the day on the terminal of whoever watches: headings, screens in block characters, LED, tables."""

import shutil
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from tools.day.camera import Pixels, Shot
from tools.emulator import render

_BLOCK_COLUMNS: Final = 132  # a screen of block characters and its frame


class Narrator:
    """`is_quiet` leaves the screens out."""

    def __init__(self, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        self._console = Console(highlight=False, soft_wrap=True)
        width = shutil.get_terminal_size((_BLOCK_COLUMNS, 50)).columns
        self._columns = _BLOCK_COLUMNS if width >= _BLOCK_COLUMNS else width

    def say(self, words: str) -> None:
        self._console.print(words, markup=False)

    def heading(self, number: int, words: str, now_ms: int) -> None:
        seconds, ms = divmod(now_ms, 1000)
        self._console.print(f"\n{number:2d}  {words}  ({seconds}.{ms // 100} s)", style="bold", markup=False)

    def screen(self, pixels: Pixels, words: str) -> None:
        """In block characters, with a line below it."""
        if not self._is_quiet:
            self.say(f"{render.art(pixels, self._columns)}\n    {words}")

    def picture(self, shot: Shot) -> None:
        self.screen(shot.pixels, f"{shot.name}    LED {shot.led_pattern}")

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(title=title, title_justify="left")
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*row)
        self._console.print()
        self._console.print(table, soft_wrap=False)

    def failure(self, words: str) -> None:
        self._console.print(words, style="bold red", markup=False)
