# SPDX-License-Identifier: MIT
"""The console's end of the serial line, in a thread of its own: log lines and answers in, requests out.

It looks at the terminal by itself (`@status`, and `@screen` on a bench board) and keeps those answers apart from the
answers to what a person asked. It outlives the connection: a port that is gone is opened again when it is back.
"""

import json
import queue
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from tools.errors import RefusedError
from tools.serial_line import Answer, SerialLine

OPEN_LEVELS: Final = ("open", "bench")
"""Levels at which a terminal takes keys and gives its picture."""
_SLICE_S: Final = 0.05
_RETRY_S: Final = 0.5
_STATUS_S: Final = 2.0
_SCREEN_S: Final = 0.5
_REACTION_S: Final = 0.15  # from a key to the picture that follows it
_PATIENCE_S: Final = 4.0
_SLOW_S: Final = {"echo": 60.0, "selftest": 20.0}  # a handshake, and tries of it
_MOST: Final = 95  # bytes of a request, its line end left out
_EVENT: Final = re.compile(r"(\d{1,10}) (\w+(?: P\d\d)?)")
_FIRST: Final = "selftest P01"  # what a terminal says first
_BACK_MS: Final = 1000  # by which a log's time must fall for it to be that of another life
_WRAP_MS: Final = (1 << 30) - 60_000  # soon after, a board's milliseconds begin again by themselves
_ROM: Final = re.compile(r"rst:0x[0-9a-f]+ \((\w+)\)|(soft reboot)")  # the chip's own first words


@dataclass(frozen=True)
class Connected:
    """The port is open, for the first time or again."""


@dataclass(frozen=True)
class Lost:
    """The port is gone; it is tried again and again."""

    reason: str


@dataclass(frozen=True)
class Restarted:
    """The board has started anew; `cause` as far as it was told."""

    cause: str


@dataclass(frozen=True)
class Silent:
    """The board does not answer any more, or (False) it does again."""

    is_silent: bool


@dataclass(frozen=True)
class Log:
    """A line of the terminal's log."""

    text: str


@dataclass(frozen=True)
class Reply:
    """An answer; `is_asked`: to what a person asked, not to the console's own looking."""

    answer: Answer
    is_asked: bool


Event = Connected | Lost | Restarted | Silent | Log | Reply


class Feed:
    """`on_event` is called in the feed's thread. `looks`: does it ask for status and picture by itself?"""

    def __init__(self, port: str, on_event: Callable[[Event], None], looks: bool = True) -> None:
        self.port = port
        self._on_event = on_event
        self._looks = looks
        self._requests: queue.Queue[str] = queue.Queue()
        self._stop = threading.Event()
        self._line: SerialLine | None = None
        self._thread = threading.Thread(target=self._run, name="console", daemon=True)
        self._is_open = False
        self._is_silent = self._is_starting = False
        self._pending: deque[tuple[str, bool, float]] = deque()  # name, is asked, when it is overdue
        self._last_ms = 0
        self._next_status = self._next_screen = 0.0

    def __enter__(self) -> Self:
        """Opens the port; RefusedError if that fails the first time."""
        self._line = SerialLine(self.port)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def send(self, request: str) -> None:
        """`request` as typed: "@name arguments"; ValueError if it cannot be one."""
        request = request.strip()
        if not request.startswith("@") or not request[1:2].isalpha():
            raise ValueError("a request is @ and a name, such as @status")
        if len(request.encode()) > _MOST or not request.isprintable():
            raise ValueError(f"a request has at most {_MOST} bytes in one line")
        self._requests.put(request)

    @property
    def has_open_requests(self) -> bool:
        """Something that a person asked has not been answered yet."""
        return self._requests.unfinished_tasks > 0

    def _run(self) -> None:
        is_lost = False
        while not self._stop.is_set():
            try:
                with self._line or SerialLine(self.port) as line:
                    if is_lost:
                        self._forget()
                    is_lost = False
                    self._begin()
                    self._serve(line)
            except RefusedError as fault:
                if not is_lost:
                    self._give_up("the connection was lost")
                    self._on_event(Lost(str(fault)))
                is_lost = True
                self._stop.wait(_RETRY_S)
            self._line = None

    def _forget(self) -> None:
        """What was typed for a terminal that was not there."""
        while not self._requests.empty():
            self._requests.get()
            self._requests.task_done()

    def _begin(self) -> None:
        self._last_ms = 0
        self._is_starting = self._is_silent = False
        self._next_status = self._next_screen = 0.0
        self._on_event(Connected())

    def _serve(self, line: SerialLine) -> None:
        while not self._stop.is_set():
            self._expire()
            if not self._pending:  # one at a time: the chip keeps few bytes that it has not read
                self._next(line)
            for text in line.lines(_SLICE_S):
                self._take(text)
            line.recent.clear()

    def _next(self, line: SerialLine) -> None:
        if not self._requests.empty():
            self._ask(line, self._requests.get(), is_asked=True)
        elif self._looks:
            self._look(line)

    def _ask(self, line: SerialLine, request: str, is_asked: bool) -> None:
        name = request[1:].split()[0]
        self._pending.append((name, is_asked, time.monotonic() + _SLOW_S.get(name, _PATIENCE_S)))
        line.write(b"\n" + request.encode() + b"\n")
        if is_asked:
            self._next_screen = min(self._next_screen, time.monotonic() + _REACTION_S)

    def _look(self, line: SerialLine) -> None:
        now = time.monotonic()
        if now >= self._next_status:
            self._next_status = now + _STATUS_S
            self._ask(line, "@status", is_asked=False)
        elif self._is_open and now >= self._next_screen:
            self._next_screen = now + _SCREEN_S
            self._ask(line, "@screen", is_asked=False)

    def _expire(self) -> None:
        while self._pending and time.monotonic() >= self._pending[0][2]:
            name, is_asked, _ = self._pending.popleft()
            self._unanswered(name, is_asked, "is the terminal awake?")
            self._hush(True)

    def _give_up(self, why: str) -> None:
        """Nothing that is under way will be answered."""
        while self._pending:
            name, is_asked, _ = self._pending.popleft()
            self._unanswered(name, is_asked, why)

    def _unanswered(self, name: str, is_asked: bool, why: str) -> None:
        if is_asked:
            self._on_event(Reply({"re": name, "ok": False, "error": "silence", "do": why}, True))
            self._requests.task_done()

    def _hush(self, is_silent: bool) -> None:
        if is_silent != self._is_silent:
            self._is_silent = is_silent
            self._on_event(Silent(is_silent))

    def _take(self, text: str) -> None:
        answer = _answer(text)
        if answer is None:
            self._notice_restart(text)
            self._on_event(Log(text))
            return
        self._hush(False)
        if answer.get("re") == "status":
            self._is_open = answer.get("level") in OPEN_LEVELS
        entry = next((entry for entry in self._pending if entry[0] == answer.get("re")), None)
        is_asked = entry is not None and entry[1]
        self._on_event(Reply(answer, is_asked))
        if entry is not None:
            self._pending.remove(entry)
            if is_asked:
                self._requests.task_done()

    def _notice_restart(self, text: str) -> None:
        """By the chip's own first words, by the terminal's, or by a log whose time begins anew; once a start."""
        rom, event = _ROM.search(text), _EVENT.match(text)
        at_ms = int(event[1]) if event else self._last_ms
        is_back = at_ms + _BACK_MS < self._last_ms < _WRAP_MS
        is_first = event is not None and event[2] == _FIRST
        if rom or is_back or (is_first and not self._is_starting):
            self._is_starting = True
            self._restarted(rom[1] or rom[2] if rom else "")
        if is_first:
            self._is_starting = False
        self._last_ms = 0 if rom else at_ms

    def _restarted(self, cause: str) -> None:
        self._give_up("the terminal has restarted")
        self._next_status = self._next_screen = 0.0
        self._on_event(Restarted(cause))


def _answer(line: str) -> dict[str, Any] | None:
    """A line of the console; anything else is log."""
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "re" in value else None
