# SPDX-License-Identifier: MIT
"""Somebody with a finger on the keys and a hand on the plug, and the rules that no order of things may break.

A try is judged when its verdict can be known: the host was asked with that PIN, or the screen said so. What is
counted is read from the flash.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Final, NamedTuple

from tests_host.journeys.bench import Bench, ShopHost
from tests_host.journeys.fault_bench import quick_fingers
from tools.emulator.flash import MODES
from tools.play.tongues import reads

WRONG: Final = "135799"
_WAITS_S: Final = (0, 0, 0, 30, 60, 120, 240, 480)
_LONGEST_S: Final = 900
WAITING: Final = "密码已锁定"
_DAY_S: Final = 86_400


def wait_s(tries: int) -> int:
    """The policy: seconds before the next try, after so many."""
    return _WAITS_S[tries] if tries < len(_WAITS_S) else _LONGEST_S


class Place(NamedTuple):
    """A question for a PIN: how to come to it from the lock screen, the counter's name, how a verdict is known."""

    reach: Callable[[Bench], None]
    counter: str
    function: str  # DE60.3 of the message that asks the host, "" where the terminal judges
    restarted: str  # what the screen says after a restart


def to_sign_in(bench: Bench) -> None:
    bench.enter_operator()


def to_idle_lock(bench: Bench) -> None:
    """Signed in, left alone, and the PIN asked for again."""
    bench.sign_in()
    bench.expect("已锁屏", within_s=310)
    bench.press("ENTER")
    bench.expect("密码 操作员")


def to_approval(bench: Bench) -> None:
    """At the sign-out, another person's PIN instead of the operator's."""
    bench.sign_in()
    bench.ask_sign_out()
    bench.press("MENU")
    bench.expect("密码 操作员000")


PLACES: Final = {
    "sign-in": Place(to_sign_in, "attempts", "001", "请签到"),
    "idle lock": Place(to_idle_lock, "attempts", "", "请签到"),
    "approval": Place(to_approval, "approvals", "801", "请签到"),
}


class Attacker:
    """At one terminal, at one kind of question. After each step `check` compares judged with counted."""

    def __init__(self, folder: Path, shop: ShopHost, tid: str, place: Place, seed: int = 1) -> None:
        self.bench = Bench(folder, shop, tid, seed)
        self.place = place
        self.told = 0  # verdicts of the terminal itself that were on the screen
        self.forgiven = 0  # judged before a right PIN began the count anew
        self.floor = 0  # what was counted at the last look
        quick_fingers(self.bench)
        self.bench.provisioned()

    def beside(self, place: Place) -> Attacker:
        """The same hand at the same terminal, at another question with a count of its own."""
        other = copy(self)
        other.place = place
        other.told = other.forgiven = other.floor = 0
        return other

    @property
    def counted(self) -> int:
        return self.bench.journal().state.get(self.place.counter, 0)

    @property
    def judged(self) -> int:
        """Tries whose verdict somebody may know; a repeat of a message is no new one."""
        notes = [note for note in self.bench.host.heard.get(self.bench.tid, []) if note.function == self.place.function]
        return len({note.stan for note in notes}) + self.told - self.forgiven

    def begin_anew(self) -> None:
        """A right PIN has been typed: from here on both counts begin at zero."""
        self.forgiven += self.judged
        self.floor = self.counted
        assert self.floor == 0, f"a right PIN left {self.floor}"

    def check(self) -> None:
        counted = self.counted
        assert self.judged <= counted, f"{self.judged} judged, {counted} counted"
        assert counted >= self.floor, f"the count fell from {self.floor} to {counted}"
        self.floor = counted

    def try_wrong(self) -> bool:
        """At the question; False when power failed before a verdict could be seen."""
        bench, board = self.bench, self.bench.board
        bench.press(*WRONG, "ENTER")
        board.run_until(lambda: board.state == "off" or bench.shows("密码错误") or bench.shows(WAITING), 30_000)
        is_told = board.state != "off"
        self.told += is_told and not self.place.function
        return is_told

    def cut(self) -> None:
        """Power gone, if it is not yet."""
        self.bench.board.flash.cancel_cut()
        if self.bench.board.state != "off":
            self.bench.board.cut_power()
        self.check()

    def restart(self) -> int:
        """Power back; the wait that the screen asks for, s, which is the full one."""
        bench = self.bench
        counted = self.counted
        owed = wait_s(bench.journal().state.get("attempts", 0))
        bench.start(WAITING if owed else self.place.restarted)
        if owed:
            assert owed - 3 <= countdown(bench) <= owed, f"{countdown(bench)} s of {owed} after {counted} tries"
        self.check()
        return owed

    def sit_out(self) -> None:
        """Until the terminal takes the next try."""
        self.bench.expect("请签到", within_s=_LONGEST_S + 5)


class Siege:
    """Steps in a random order, and beside them the policy: when the next try may be judged at the earliest."""

    def __init__(self, attacker: Attacker, chance: random.Random) -> None:
        self._attacker = attacker
        self._bench = attacker.bench
        self._chance = chance
        self._begin_ms = self._bench.board.now_ms
        self._not_before_ms = self._begin_ms
        steps = (self._guess, self._guess, self._guess_and_cut, self._cut, self._lie_low, self._sit, self._turn)
        self._steps: tuple[Callable[[], None], ...] = steps

    def step(self) -> None:
        self._chance.choice(self._steps)()
        self._attacker.check()
        spent_ms = self._bench.board.now_ms - self._begin_ms
        assert self._attacker.judged <= most_tries(spent_ms // 1000), f"{self._attacker.judged} in {spent_ms} ms"

    def _wait_from(self, start_ms: int) -> None:
        self._not_before_ms = start_ms + wait_s(self._attacker.counted) * 1000

    def _guess(self, cut: tuple[int, str] | None = None) -> None:
        """One try as soon as the terminal takes it, power failing at its flash operation `cut`."""
        bench, attacker = self._bench, self._attacker
        if bench.shows(WAITING):
            bench.press("MENU", "1")
            bench.expect("不能使用")
            bench.press("ENTER")
            attacker.sit_out()
        judged = attacker.judged
        bench.enter_operator(self._chance.choice(("001", "002", "098")))
        start_ms = bench.board.now_ms
        if cut:
            bench.board.flash.cut_at(*cut)
        is_told = attacker.try_wrong()
        if attacker.judged > judged:
            judged_ms = bench.host.heard[bench.tid][-1].at_ms
            assert judged_ms >= self._not_before_ms, f"judged {self._not_before_ms - judged_ms} ms too early"
        self._wait_from(start_ms)
        if is_told:
            self._leave()

    def _leave(self) -> None:
        """To the lock screen, whatever it says."""
        bench = self._bench
        bench.press("ENTER")
        bench.board.run_until(lambda: bench.shows("终端已锁定") or bench.shows("密码 操作员"), 5000)
        if bench.shows("密码 操作员"):
            bench.press("CANCEL")
        bench.expect("终端已锁定")

    def _power_up(self) -> None:
        start_ms = self._bench.board.now_ms
        self._attacker.restart()
        self._wait_from(start_ms)

    def _guess_and_cut(self) -> None:
        self._guess((self._chance.randint(1, 2), self._chance.choice(MODES)))
        self._attacker.cut()
        self._power_up()

    def _cut(self) -> None:
        self._attacker.cut()
        self._power_up()

    def _lie_low(self) -> None:
        """Waiting without power does not count."""
        self._attacker.cut()
        self._bench.board.run(self._chance.randint(1, 3600) * 1000)
        self._power_up()

    def _sit(self) -> None:
        self._bench.board.run(self._chance.randint(1, 40) * 1000)

    def _turn(self) -> None:
        """Both clocks, anywhere within four days."""
        self._bench.host.world.shift_s = self._chance.randint(-2 * _DAY_S, 2 * _DAY_S)
        rtc = self._bench.board.rtc
        rtc.set_us(rtc.read_us() + self._chance.randint(-2 * _DAY_S, 2 * _DAY_S) * 1_000_000)


def most_tries(seconds: int) -> int:
    """By the policy, without a restart and with no time lost between waits."""
    tries = 0
    while seconds >= 0:
        tries += 1
        seconds -= wait_s(tries)
    return tries


def countdown(bench: Bench) -> int:
    """Seconds that the lock screen tells to wait."""
    row = next(row for row in bench.board.panel.text() if reads(row.replace(" ", ""), "请等待"))
    minutes, seconds = re.findall(r"\d+", row)
    return int(minutes) * 60 + int(seconds)
