# SPDX-License-Identifier: MIT
"""The console as a screen of its own: the terminal's panel and light on top, its log below, keys as on the keypad.

It draws what the feed tells; nothing here talks to the port.
"""

import json
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, ClassVar, Final

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Key
from textual.widgets import Footer, Input, RichLog, Static

from tools.console_feed import OPEN_LEVELS, Event, Feed, Lost, Reply, Silent
from tools.console_picture import PictureError, pixels_of
from tools.console_words import KEYS, ONLY_BENCH, help_text, words_of
from tools.detect import LOCKS
from tools.emulator import render

_SMALL: Final = 66  # columns of the picture in braille, with its frame
_LARGE: Final = 130
_STATE: Final = 34  # columns beside it
_REFRESH_S: Final = 0.05
_LOG_LINES: Final = 5000
_TYPED: Final = {
    **KEYS,
    "enter": "D",
    "escape": "B",
    "backspace": "C",
    "delete": "C",
    "up": "*",
    "down": "#",
    "l": "CL",
}
_COLOURS: Final = ("red", "green", "yellow", "blue")


class ConsoleApp(App[None]):
    """`events` is what the feed fills; `keep` is given every line for the log file."""

    CSS = """
    #top { height: 18; }
    #screen { width: auto; height: 18; }
    #state { width: 1fr; height: 18; padding: 1 2; }
    #log { height: 1fr; border-top: solid $primary; }
    #request { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+q,ctrl+c", "quit", "Quit"),
        Binding("question_mark", "show_help", "Help"),
        Binding("at", "request", "Request"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, feed: Feed, events: SimpleQueue[Event], keep: Callable[[str], None]) -> None:
        super().__init__()
        self._feed = feed
        self._events = events
        self._keep = keep
        self._status: dict[str, Any] = {}
        self._notice = "connecting"

    def compose(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield Static(id="screen")
            yield Static(id="state")
        yield RichLog(id="log", max_lines=_LOG_LINES, wrap=True)
        yield Input(id="request", placeholder="@status", select_on_focus=False)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#log", RichLog).can_focus = False
        self._show_state()
        self.set_interval(_REFRESH_S, self._take_all)

    def _take_all(self) -> None:
        while not self._events.empty():
            self._take(self._events.get())

    # What the terminal says.

    def _take(self, event: Event) -> None:
        if isinstance(event, Reply) and not event.is_asked:
            self._look(event.answer)
            return
        words = words_of(event)
        self._keep(words)
        if isinstance(event, Reply):
            self._look(event.answer)
            words = json.dumps(
                {name: value for name, value in event.answer.items() if name != "bits"}, ensure_ascii=False
            )
        self._write(words)
        if isinstance(event, Lost | Silent) or words.startswith("-- "):
            self._notice = words.removeprefix("-- ")
            self._show_state()

    def _look(self, answer: dict[str, Any]) -> None:
        if answer.get("re") == "status" and answer.get("ok"):
            self._status = answer
            self._notice = ""
            if answer.get("level") not in OPEN_LEVELS:
                self._show_words()
        elif answer.get("re") == "screen" and answer.get("ok"):
            try:
                pixels = pixels_of(answer)
            except PictureError as fault:
                self._write(f"-- {fault}")
                return
            columns = _LARGE if self.size.width >= _LARGE + _STATE and self.size.height >= 48 else _SMALL
            self._draw(render.art(pixels, columns))
        self._show_state()

    def _draw(self, picture: str) -> None:
        height = picture.count("\n") + 1
        for name in ("#top", "#screen", "#state"):
            self.query_one(name).styles.height = height
        self.query_one("#screen", Static).update(Text(picture, no_wrap=True))

    def _show_words(self) -> None:
        """In place of the picture that this board does not give."""
        screen = self._status.get("screen")
        lines = ["(no display)"] if screen is None else ["LOCKED" if screen.get("icon") else "no lock icon"]
        if screen and screen.get("reason") in LOCKS:
            lines += [LOCKS[screen["reason"]].words["zh"], LOCKS[screen["reason"]].words["en"]]
        inner = _SMALL - 2
        rows = [f"│{line.center(inner - sum(ord(c) > 0x2E7F for c in line))}│" for line in ("", *lines, "")]
        self._draw("\n".join([f"╭{'─' * inner}╮", *rows, f"╰{'─' * inner}╯"]))

    def _show_state(self) -> None:
        status = self._status
        text = Text(f"{self._feed.port}\n")
        if self._notice:
            text.append(f"{self._notice}\n", "bold yellow")
        if status:
            text.append(f"terminal {status.get('tid') or '-'}  firmware {status.get('v', '?')}\n")
            reason = str(status.get("reason", ""))
            locked = f"locked: {LOCKS[reason].meaning if reason in LOCKS else reason}"
            text.append(f"{locked if status.get('locked') else 'open'} ({status.get('state', '?')})\n")
            light = str(status.get("led", ""))
            colour = next((colour for colour in _COLOURS if colour in light), "white")
            text.append("● ", colour).append(f"{light}\n")
            text.append(f"batch {status.get('batch', '?')}, {status.get('records', '?')} records\n")
            level = str(status.get("level", "?"))
            text.append(f"level {level}\n" if level in OPEN_LEVELS else f"level {level}: {ONLY_BENCH}\n")
        self.query_one("#state", Static).update(text)

    def _write(self, words: str) -> None:
        style = "yellow" if words.startswith("-- ") else "cyan" if words.startswith("{") else ""
        self.query_one("#log", RichLog).write(Text(words, style))

    # What the person types.

    def _send(self, request: str) -> None:
        try:
            self._feed.send(request)
        except ValueError as fault:
            self._write(f"-- {request!r}: {fault}")

    def on_key(self, event: Key) -> None:
        box = self.query_one("#request", Input)
        if box.display:
            if event.key == "escape":
                self._close_request()
            return
        key = _TYPED.get(event.key) or _TYPED.get(event.character or "")
        if key is None:
            return
        event.stop()
        event.prevent_default()
        if self._status.get("level") in OPEN_LEVELS:
            self._send(f"@key {key}")
        else:
            self._write(f"-- {ONLY_BENCH}")

    def action_request(self) -> None:
        box = self.query_one("#request", Input)
        box.display = True
        box.value = "@"
        box.focus()
        box.action_end()

    def _close_request(self) -> None:
        box = self.query_one("#request", Input)
        box.display = False
        self.set_focus(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._close_request()
        if event.value.strip() not in ("", "@"):
            self._write(f"> {event.value}")
            self._send(event.value)

    def action_show_help(self) -> None:
        self._write(help_text(is_plain=False))
