# SPDX-License-Identifier: MIT
"""What a shift at the counter costs in front of the person: how soon a key is seen, how much the bus carries for each
change of the screen, and whether the terminal ever goes deaf for a handshake while somebody types.

The link is lost again and again, also in the middle of an amount. The clock is the chip's: it knows the bus at its
400 kHz, debouncing and waits, but not the time that Python's own instructions take.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tools.bench.figure import Figure, rounded
from tools.bench.sign_in import frame_bytes
from tools.bench.stand import LOCKED, Stand, play, wait_linked
from tools.emulator import Board
from tools.rig import CASHIER

_BIT_US: Final = 2.5  # at 400 kHz
_BITS: Final = 9  # of a byte, with its acknowledgement
_APART_US: Final = 2000  # writes of one frame follow each other at once
_QUIET_MS: Final = 1500
_ALLOWED_ECHO_MS: Final = 40
_ALLOWED_FRAME: Final = 256
_SALES: Final = 12
_RTT_MS: Final = 50
_PAUSE_MS: Final = 700
_STEP_US: Final = 100_000
_TRIES, _SOON_MS = 3, 1200


@dataclass
class _Frame:
    """What went over the bus before anybody else had a turn: a change of the screen, or a part of one."""

    start_us: int
    end_us: float
    size: int


@dataclass
class _Watch:
    """Notes what happens at the board, and when."""

    board: Board
    frames: list[_Frame] = field(default_factory=list)
    keys_us: list[int] = field(default_factory=list)
    echoes_us: list[int] = field(default_factory=list)  # of the keys that are seen as a digit or its mask
    hasty: int = 0
    handshakes: int = 0

    def __post_init__(self) -> None:
        self._write, self._connect = self.board.panel.write, self.board.link.connect
        wired: Any = self.board
        wired.panel.write, wired.link.connect = self._note_write, self._note_connect

    def _note_write(self, data: bytes) -> bool:
        now_us = self.board.clock.now_us
        end_us = now_us + len(data) * _BITS * _BIT_US
        if self.frames and now_us - self.frames[-1].end_us < _APART_US:
            self.frames[-1].end_us = end_us
            self.frames[-1].size += len(data)
        else:
            self.frames.append(_Frame(now_us, end_us, len(data)))
        return self._write(data)

    def _note_connect(self, number: int, address: tuple[str, int]) -> int:
        self.handshakes += 1
        self.hasty += bool(self.keys_us) and self.board.clock.now_us - self.keys_us[-1] < 1000 * _QUIET_MS
        return self._connect(number, address)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys_us.append(self.board.clock.now_us)
            self.board.keypad.press(key)

    def enter(self, digits: str) -> None:
        """Into a number, an amount or a PIN, and ENTER."""
        for digit in digits:
            self.echoes_us.append(self.board.clock.now_us)
            self.press(digit)
        self.press("D")

    def open(self, key: str, words: str) -> None:
        """A key that falls into a handshake which had begun before it is pressed again, as a person does."""
        for _ in range(_TRIES):
            self.press(key)
            if self.board.run_until(lambda: words in "".join(self.board.panel.text()), _SOON_MS):
                return
        raise RuntimeError(f"the terminal does not take a key: {words}")

    def echo_ms(self) -> list[float]:
        """From the finger on the key to the last byte of the screen that shows it."""
        waits = []
        for pressed_us in self.echoes_us:
            seen = next(frame for frame in self.frames if frame.start_us >= pressed_us)
            waits.append((seen.end_us - pressed_us) / 1000)
        return waits


def percentile(values: list[float], percent: int) -> float:
    """The least value that so many of a hundred do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def _expect(board: Board, words: str) -> None:
    play(board, f"expect {words}")


def _sign_in(board: Board, watch: _Watch) -> None:
    wait_linked(board)
    watch.open("D", "操作员号")
    for digits, words in ((CASHIER.number, "班次"), ("1", "密码"), (CASHIER.pin, "签到成功")):
        watch.enter(digits)
        _expect(board, words)
    watch.press("D")
    _expect(board, "营业中")


def _sale(board: Board, watch: _Watch, number: int) -> None:
    """The line goes at another moment each time, from the first digit on."""
    watch.open("1", "现金收款")
    board.clock.at(board.clock.now_us + _STEP_US * (number % 8), board.link.reset_connections)
    watch.enter(str(1250 + 37 * number))
    _expect(board, "收款金额")
    watch.press("D")
    _expect(board, "收款成功")
    watch.press("D")
    _expect(board, "营业中")


def _look_around(board: Board, watch: _Watch) -> None:
    """The menu from end to end, the batch's totals, back."""
    watch.open("A", "现金收款")
    watch.press(*"######**", "2")
    _expect(board, "本批合计")
    watch.press("D")  # two pages
    _expect(board, "确认键继续")
    watch.press("D")
    _expect(board, "营业中")


def _sign_out(board: Board, watch: _Watch) -> None:
    wait_linked(board)
    watch.open("A", "现金收款")
    watch.press("3")
    _expect(board, "密码")
    watch.enter(CASHIER.pin)
    for words in ("本批合计", "结束营业"):
        _expect(board, words)
        watch.press("D")
    _expect(board, "签退成功")


def shift(board: Board) -> _Watch:
    """From the lock screen to signed out; between two customers there is a pause, long or short."""
    watch = _Watch(board)
    steps: list[Callable[[Board, _Watch], None]] = [_sign_in]
    steps += [lambda b, w, n=n: _sale(b, w, n) for n in range(_SALES)]  # type: ignore[misc]
    for number, step in enumerate((*steps, _look_around, _sign_out)):
        step(board, watch)
        board.run(ms=_PAUSE_MS * (number % 8))
    return watch


def measure(stand: Stand) -> list[Figure]:
    board = stand.board()
    board.link.latency_ms = _RTT_MS
    play(board, LOCKED)
    watch = shift(board)
    sizes = [float(frame.size) for frame in watch.frames]
    full = frame_bytes(stand)
    return [
        Figure(
            "key_to_echo_ms_p99",
            rounded(percentile(watch.echo_ms(), 99)),
            "ms",
            f"allowed, at 400 kHz ({len(watch.echoes_us)} digits)",
            _ALLOWED_ECHO_MS,
            is_limit=True,
        ),
        Figure(
            "frame_bytes_p95",
            percentile(sizes, 95),
            "bytes",
            f"allowed at a time, of {len(sizes)} transfers; a full frame has {full}",
            _ALLOWED_FRAME,
            is_limit=True,
        ),
        Figure(
            "handshakes_within_1500ms_of_a_key",
            watch.hasty,
            "handshakes",
            f"allowed, of {watch.handshakes} in a shift",
            0,
            is_limit=True,
        ),
    ]
