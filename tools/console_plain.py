# SPDX-License-Identifier: MIT
"""The console where there is no screen to draw on: a log on standard output, requests and keys from standard input."""

import queue
import sys
import threading
from collections.abc import Callable
from typing import Final, TextIO

import click
from rich.cells import cell_len, set_cell_size

from tools.console_feed import Event, Feed, Reply
from tools.console_words import help_text, keys_of, words_of
from tools.glyphs import icons

_SLICE_S: Final = 0.1


class Plain:
    """Runs until end of input after a request, `quit`, or Ctrl-C. A picture is printed as rows of text.

    `is_good`: everything that was asked has been done.
    """

    def __init__(self, port: str, keep: Callable[[str], None], source: TextIO) -> None:
        self._port = port
        self._keep = keep
        self._source = source
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._has_asked = False
        self.is_good = True

    def run(self) -> None:
        with Feed(self._port, self._events.put, looks=False) as feed:
            threading.Thread(target=self._read, daemon=True).start()
            is_over = False
            while not (is_over and self._is_done(feed)):
                self._show()
                is_over = is_over or self._obey(feed)
            self._show()

    def _is_done(self, feed: Feed) -> bool:
        return self._events.empty() and not feed.has_open_requests

    def _read(self) -> None:
        for line in self._source:
            self._lines.put(line.strip())
        self._lines.put(None)

    def _obey(self, feed: Feed) -> bool:
        """Take what was typed; True when there is nothing more to come and no reason to stay."""
        while not self._lines.empty():
            line = self._lines.get()
            if line is None:
                return self._has_asked
            if line in ("quit", "exit"):
                return True
            self._request(feed, line)
        return False

    def _request(self, feed: Feed, line: str) -> None:
        if not line:
            return
        if line in ("help", "?"):
            click.echo(help_text(is_plain=True))
            return
        keys = keys_of(line)
        try:
            for request in [f"@key {key}" for key in keys] if keys else [line]:
                feed.send(request)
                self._has_asked = True
        except ValueError as fault:
            self.is_good = False
            click.echo(f"-- {line!r}: {fault}; 'help' lists what there is")

    def _show(self) -> None:
        try:
            event = self._events.get(timeout=_SLICE_S)
        except queue.Empty:
            return
        if isinstance(event, Reply) and not event.answer.get("ok"):
            self.is_good = False
        words = words_of(event)
        self._keep(words)
        click.echo(_picture(event) or words)
        sys.stdout.flush()


def _readable(row: str, names: dict[int, str]) -> str:
    """Icons by their names."""
    return "".join(f"[{names[ord(sign)]}]" if ord(sign) in names else sign for sign in row)


def _picture(event: Event) -> str:
    """A screen as the rows of its text, "" for any other event."""
    if not isinstance(event, Reply) or not isinstance(event.answer.get("rows"), list):
        return ""
    names = icons.names()
    rows = [_readable(str(row), names) for row in event.answer["rows"]]
    width = max([cell_len(row) for row in rows] or [0])
    edge = "+" + "-" * width + "+"
    return "\n".join([edge, *(f"|{set_cell_size(row, width)}|" for row in rows), edge])
