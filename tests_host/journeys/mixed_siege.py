# SPDX-License-Identifier: MIT
"""Guessing both the operator's PIN and the supervisor's at one terminal, in any order, with a hand on the plug.

Each of the two has a count of its own; neither the one's tries nor the one's right PIN may help with the other's. A
supervisor's right word opens what it was asked for and nothing more: no step leaves the terminal more open than before.
"""

from __future__ import annotations

import random
from typing import Final

from tests_host.journeys.attacker import PLACES, WAITING, Attacker, Siege, countdown, most_tries, wait_s
from tools.emulator.flash import MODES
from tools.rig import CASHIER, SUPERVISOR

_OUT, _IDLE, _READY = "请签到", "已锁屏", "营业中"
_OPENNESS: Final = (_OUT, _IDLE, _READY)  # from the most closed on
_RESTING: Final = ("终端已锁定", _READY)
_SUPERVISORS: Final = "密码 操作员000"
_REFUSED: Final = ("主管授权", "请等待")
_SLACK_MS: Final = 10_000  # from before a try or a start to where the wait begins
_WHO: Final = ("operator", "role", "shift", "code", "attempts")


class MixedSiege(Siege):
    """As the other one, against two counts. `reached` names the steps that came to a verdict, or were made to wait."""

    def __init__(self, attacker: Attacker, chance: random.Random) -> None:
        super().__init__(attacker, chance)
        self._supervisor = attacker.beside(PLACES["approval"])
        self._approval_not_before_ms = self._begin_ms
        self._anew_ms = {"attempts": self._begin_ms, "approvals": self._begin_ms}
        self._behind = _OUT  # what the terminal was open for when it was seen last
        self.reached: set[str] = set()
        self._steps = (
            *(self._guess_sign_in, self._guess_own, self._guess_own, self._guess_own, self._wait_for_idle),
            *(self._guess_approval, self._guess_approval, self._guess_approval, self._approve),
            *(self._cut, self._lie_low, self._sit, self._turn),
        )

    def round(self) -> None:
        """Each of the steps, in an order of chance."""
        for step in self._chance.sample(self._steps, len(self._steps)):
            step()
            self._look_at_both()

    def _look_at_both(self) -> None:
        self._bench.board.flash.cancel_cut()
        for side in (self._attacker, self._supervisor):
            side.check()
            spent_s = (self._bench.board.now_ms - self._anew_ms[side.place.counter]) // 1000
            assert side.judged <= most_tries(spent_s), f"{side.judged} {side.place.counter} in {spent_s} s"

    def _begin_anew(self, side: Attacker) -> None:
        side.begin_anew()
        self._anew_ms[side.place.counter] = self._bench.board.now_ms
        if side is self._supervisor:
            self._approval_not_before_ms = 0
        else:
            self._not_before_ms = 0

    def _power_up(self) -> None:
        """Both waits begin anew."""
        start_ms = self._bench.board.now_ms
        super()._power_up()
        self._approval_not_before_ms = start_ms + wait_s(self._supervisor.counted) * 1000
        self._behind = _OUT

    def _maybe_cut(self, last: int) -> None:
        """Now and then power will fail at one of the next flash operations."""
        if self._chance.random() < 0.3:
            self._bench.board.flash.cut_at(self._chance.randint(1, last), self._chance.choice(MODES))

    def _end(self) -> None:
        """Back at a lock screen or the ready screen; after a cut by way of a restart."""
        bench = self._bench
        bench.board.flash.cancel_cut()
        if bench.board.state == "off":
            self._cut()
        for _ in range(6):
            if any(map(bench.shows, _RESTING)):
                break
            self._check_question()
            bench.press("CANCEL" if bench.shows("密码 操作员") or bench.shows("合计") else "ENTER")
            bench.board.run(700)
        assert any(map(bench.shows, _RESTING)), "no way back"
        self._look()

    def _check_question(self) -> None:
        """Nobody is asked again at once who has to wait."""
        if self._bench.shows("密码 操作员"):
            side = self._supervisor if self._bench.shows(_SUPERVISORS) else self._attacker
            assert not wait_s(side.counted), f"asked again after {side.counted} {side.place.counter}"

    def _look(self) -> None:
        self._behind = next(filter(self._bench.shows, _OPENNESS), self._behind)

    def _open(self) -> None:
        """The operator's wait over."""
        bench = self._bench
        assert bench.board.run_until(lambda: any(map(bench.shows, _OPENNESS)), 905_000), "it does not open again"
        self._look()

    def _enter(self) -> None:
        """Signed in and at the ready screen, by the operator's right PIN where one is asked for."""
        bench = self._bench
        self._open()
        if self._behind == _READY:
            return
        bench.host.enrolment.unlock_operator(bench.mid, CASHIER.number)
        if self._behind == _OUT:
            bench.enter_operator()
        else:
            bench.press("ENTER")
            bench.expect("密码 操作员001")
        bench.press(*CASHIER.pin, "ENTER")
        assert bench.board.run_until(lambda: bench.shows("签到成功") or bench.shows(_READY), 20_000)
        self._begin_anew(self._attacker)
        self._end()

    def _guess_sign_in(self) -> None:
        self._open()
        if self._behind != _OUT:
            self._cut()
        cut = (self._chance.randint(1, 2), self._chance.choice(MODES)) if self._chance.random() < 0.3 else None
        self._guess(cut)
        self.reached.add("sign-in")
        self._end()

    def _guess_own(self) -> None:
        """At the idle lock, or at the sign-out of somebody who went away."""
        bench = self._bench
        self._open()
        if self._behind == _IDLE:
            bench.press("ENTER")
            bench.expect("密码 操作员001")
            self.reached.add("idle lock")
        else:
            self._enter()
            bench.ask_sign_out()
        start_ms = bench.board.now_ms
        assert start_ms >= self._not_before_ms, f"asked {self._not_before_ms - start_ms} ms too early"
        self._maybe_cut(1)
        self._attacker.told += self._attacker.try_wrong()
        self._wait_from(start_ms)
        self._end()

    def _wait_for_idle(self) -> None:
        self._enter()
        self._bench.expect(_IDLE, within_s=310)
        self._behind = _IDLE

    def _ask_supervisor(self) -> str:
        """The supervisor's question, and where it was asked; "": made to wait."""
        bench = self._bench
        place = "way out" if bench.shows(WAITING) and countdown(bench) > 12 else "sign-out"
        if place == "way out":
            bench.press("ENTER")
        else:
            self._enter()
            bench.ask_sign_out()
            bench.press("MENU")
        bench.board.run_until(lambda: bench.shows(_SUPERVISORS) or all(map(bench.shows, _REFUSED)), 20_000)
        if bench.shows(_SUPERVISORS):
            self.reached.add(place)
            return place
        assert bench.board.now_ms <= self._approval_not_before_ms + _SLACK_MS, "the wait is over"
        self.reached.add("made to wait")
        self._end()
        bench.board.run_until(lambda: bench.board.now_ms >= self._approval_not_before_ms, 905_000)
        return ""

    def _judge(self, judged: int) -> None:
        """If the host was asked, it was not too early."""
        if self._supervisor.judged > judged:
            early_ms = self._approval_not_before_ms - self._bench.host.heard[self._bench.tid][-1].at_ms
            assert early_ms <= 0, f"judged {early_ms} ms too early"
            self.reached.add("approval")

    def _guess_approval(self) -> None:
        if not self._ask_supervisor():
            return
        judged, start_ms = self._supervisor.judged, self._bench.board.now_ms
        self._maybe_cut(2)
        self._supervisor.try_wrong()
        self._judge(judged)
        self._approval_not_before_ms = start_ms + wait_s(self._supervisor.counted) * 1000
        self._end()

    def _approve(self) -> None:
        """The supervisor comes: the count of approvals begins anew, the operator's only by the way out."""
        bench = self._bench
        bench.host.enrolment.unlock_operator(bench.mid, SUPERVISOR.number)
        place = self._ask_supervisor()
        if not place:
            return
        judged, behind, before = self._supervisor.judged, self._behind, bench.journal().state
        self._maybe_cut(4)
        bench.press(*SUPERVISOR.pin, "ENTER")
        ends = ("本批合计", *_OPENNESS)
        bench.board.run_until(lambda: bench.board.state == "off" or any(map(bench.shows, ends)), 30_000)
        self._judge(judged)
        assert place == "way out" or bench.board.state == "off" or bench.shows("本批合计")
        state = bench.journal().state
        changed = {name for name in _WHO if state.get(name, 0) != before.get(name, 0)}
        is_forgiven = place == "way out" and self._supervisor.judged > judged
        assert changed <= ({"attempts"} if is_forgiven else set()), f"the supervisor's PIN changed {changed}"
        self._forgive()
        self._end()
        assert _OPENNESS.index(self._behind) <= _OPENNESS.index(behind), f"from {behind} to {self._behind}"

    def _forgive(self) -> None:
        """What the right PIN has brought to zero; a power cut may have been sooner."""
        if not self._supervisor.counted and self._supervisor.judged:
            self._begin_anew(self._supervisor)
            self.reached.add("approved")
        if not self._attacker.counted and self._attacker.judged:
            self._begin_anew(self._attacker)
