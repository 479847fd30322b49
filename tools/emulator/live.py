# SPDX-License-Identifier: MIT
"""A board that lives in real time, in a thread of its own, with its console on a pty that serial tools can open.

Virtual time never runs ahead of the real one.  Everything of `Board` goes through `call`; input, output and callbacks
are handled in the board's thread, while it waits.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, TypeVar

from tools.emulator.board import Board
from tools.emulator.loader import Bridge
from tools.emulator.port import Port
from tools.emulator.rpc import BoardError

T = TypeVar("T")
_STEP_US = 1_000_000  # longest the board is left alone, virtually
_TAIL = 1 << 16
_PUMP_S = 0.004  # how often the port is looked at while the chip works
_LOOK_S = 0.03
BAUD = 115_200  # the port's console has no other
_BACKLOG = 4096
_HISTORY = 2000  # changes of the LED that are kept
_CHANGE_S = 1 / 30
_PATIENCE_S = 0.1  # an answer that is late is taken when it comes
_OWED_S = 5.0  # a host that takes longer holds its answer back on purpose
_LAG_S = 0.25  # what a slow machine may make up for


class LiveClosedError(BoardError):
    """What is asked of a board that has been closed, or is being closed meanwhile."""


class Pace:
    """Virtual against real time; a board that has fallen behind catches up a little and forgets the rest.

    While a host owes an answer no board is faster than real, so that a slow host seems no slower than it is.
    """

    def __init__(self, board: Board, pace: float) -> None:
        self._board = board
        self._pace = pace
        self._last_s = time.monotonic()
        self._allowed_us = float(board.clock.now_us)
        self._owed_s = 0.0

    def _rate(self, passed_s: float) -> float:
        is_owed = any(connection.is_owed for connection in self._board.link.open_connections())
        self._owed_s = self._owed_s + passed_s if is_owed else 0.0
        return min(self._pace, 1.0) if 0 < self._owed_s < _OWED_S else self._pace

    def allowed_us(self) -> int:
        now_s = time.monotonic()
        passed_s, self._last_s = now_s - self._last_s, now_s
        rate = self._rate(passed_s)
        most_us = self._board.clock.now_us + _LAG_S * rate * 1e6
        self._allowed_us = min(self._allowed_us + passed_s * rate * 1e6, most_us)
        return int(self._allowed_us)

    def seconds(self, until_us: int) -> float:
        """Real seconds until `until_us` is allowed."""
        return max(0.0, (until_us - self.allowed_us()) / self._pace / 1e6)


class LiveBoard:
    """A context manager around a board that nobody else touches meanwhile; it is closed by its owner.

    `pace`: virtual seconds in a real one.  `link`: a symbolic link to the port.  `baud` 0: bytes for the chip take no
    time on the line.  Callbacks run in the board's thread and must not wait.
    """

    def __init__(self, board: Board, pace: float = 1.0, link: Path | None = None, baud: int = BAUD) -> None:
        self._board = board
        self._baud = baud
        self._pace = Pace(board, pace)
        self._port = Port(link)
        self.port = self._port.path
        self.bridge = Bridge(board, board.console.emit)
        self.fault = ""
        """Why the board has stopped, if it has."""
        self._calls: SimpleQueue[tuple[Callable[[Board], Any], Future[Any]]] = SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        self._is_closing = self._is_over = False
        self._thread = threading.Thread(target=self._live, name="board", daemon=True)
        self._on_change: list[Callable[[Board], None]] = []
        self._seen: tuple[object, ...] = ()
        self._next_pump_s = self._next_change_s = 0.0
        self._said = 0

    def __enter__(self) -> LiveBoard:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        board = self._board
        self._before = (board.console.keep, board.console.baud, board.link.patience_s)
        board.console.keep, board.console.baud, board.link.patience_s = _TAIL, self._baud, _PATIENCE_S
        board.console.on_output.append(self._take_output)
        board.pacer = self
        self._thread.start()

    def close(self) -> None:
        """Joins the thread.  The board stops where it is; what its flash holds is whole."""
        if self._is_closing:
            return
        self._is_closing = True
        self._alert()
        if self._thread.ident is not None:
            self._thread.join()
            board = self._board
            board.pacer = None
            board.console.on_output.remove(self._take_output)
            board.console.keep, board.console.baud, board.link.patience_s = self._before
        self._port.close()
        os.close(self._wake)

    # For other threads.

    def call(self, action: Callable[[Board], T]) -> T:
        """Run `action` in the board's thread, between two steps; returns what it returns, raises what it raises."""
        if threading.current_thread() is self._thread:
            return action(self._board)
        if self._is_closing:
            raise LiveClosedError("the board has been closed")
        future: Future[T] = Future()
        self._calls.put((action, future))
        self._alert()
        if self._is_over:
            self._refuse_calls()
        return future.result()

    def on_change(self, callback: Callable[[Board], None]) -> None:
        """Called after panel, LED, state or console have changed, at most 30 times a second."""
        self._on_change.append(callback)

    def on_serial(self, callback: Callable[[bytes], None]) -> None:
        """Called with what the console says, in the board's thread; the port's user gets it all the same."""
        self.call(lambda board: board.console.on_output.append(callback))

    def serial_tail(self) -> bytes:
        """The last of what the console has said."""
        return self.call(lambda board: board.serial[-_TAIL:])

    def _alert(self) -> None:
        os.eventfd_write(self._wake, 1)

    # The board's thread.

    def _live(self) -> None:
        try:
            while not self._is_closing:
                self._do_calls()
                self._step()
        except Exception as fault:
            self.fault = f"the emulator itself failed: {fault!r}"
            raise
        finally:
            self._is_over = True
            self._refuse_calls()

    def _step(self) -> None:
        try:
            self._board.step(self._board.clock.now_us + _STEP_US)
            if time.monotonic() >= self._next_pump_s:
                self._pump()
        except LiveClosedError:
            pass
        except BoardError as fault:
            self._board.fault = self._board.fault or str(fault)
        self._stop_if_faulty()

    def _stop_if_faulty(self) -> None:
        """The chip goes no further, here or in a call."""
        board = self._board
        if not board.fault:
            return
        self.fault, board.fault = board.fault.splitlines()[0], ""
        board.console.say(b"\r\n[" + self.fault.encode() + b"]\r\n")
        board.power_off()

    def _do_calls(self) -> None:
        while True:
            try:
                action, future = self._calls.get_nowait()
            except Empty:
                return
            try:
                result = action(self._board)
            except BaseException as fault:  # noqa: BLE001  it is the caller's
                self._stop_if_faulty()
                future.set_exception(fault)
            else:
                future.set_result(result)

    def _refuse_calls(self) -> None:
        while True:
            try:
                _, future = self._calls.get_nowait()
            except Empty:
                return
            future.set_exception(LiveClosedError("the board has been closed"))

    # What the board asks of its pacer.

    def hold(self, until_us: int) -> int:
        self._check()
        allowed_us = self._pace.allowed_us()
        now_s = time.monotonic()
        if now_s >= self._next_pump_s:
            self._pump()
        if allowed_us >= until_us:
            return until_us
        self._wait(min(self._pace.seconds(until_us), _LAG_S / 2))  # a longer wait would be taken for a lag
        self._pump()
        return min(until_us, self._pace.allowed_us())

    def glance(self) -> int:
        self._check()
        self._pump()
        return self._pace.allowed_us()

    def _check(self) -> None:
        if self._is_closing:
            raise LiveClosedError("the board has been closed")

    def _wait(self, seconds: float) -> None:
        """Until that time is over, or something happens outside."""
        inputs: list[Any] = [self._wake]
        outputs = [self._port.fd] if self._port.is_open and self._port.is_full else []
        if self._port.is_open and self._has_room:
            inputs.append(self._port.fd)
        elif not self._port.is_open:
            seconds = min(seconds, _LOOK_S)  # a pty does not say when it is opened
        for connection in self._board.link.open_connections():
            if connection.real is not None and connection.is_listening:
                inputs.append(connection.real)
        select.select(inputs, outputs, [], seconds)

    @property
    def _has_room(self) -> bool:
        """The line to the chip takes more; otherwise whoever writes into the port has to wait."""
        return self._board.console.backlog < _BACKLOG

    def _pump(self) -> None:
        """Input, output, callbacks."""
        self._next_pump_s = time.monotonic() + _PUMP_S
        with suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        is_closed = self._port.look()
        if self._has_room and (data := self._port.read()):
            self.bridge.receive(data)
        if is_closed:
            self.bridge.closed()
        self._board.console.drain()
        self._port.flush()
        self._tell_changes()

    def _take_output(self, data: bytes) -> None:
        self._said += len(data)
        self._port.write(data)

    def _tell_changes(self) -> None:
        now_s = time.monotonic()
        if not self._on_change or now_s < self._next_change_s:
            return
        board = self._board
        if len(board.led.history) > 2 * _HISTORY:
            del board.led.history[:-_HISTORY]
        seen = (board.state, board.led.colour, self._said, board.panel.generation)
        if seen != self._seen:
            self._seen = seen
            self._next_change_s = now_s + _CHANGE_S
            for callback in self._on_change:
                callback(board)
