# SPDX-License-Identifier: MIT
"""A man in the middle who holds both plain streams, inside TLS: between the firmware's session and the real host.

`flip`: one bit at every byte of the sign-in, both ways; `spoil`: of every other answer. `replay`: every earlier answer
in every later place; `again`: every earlier request once more at the host. `lose`, `mute`, `twice`, `double`, `late`:
losses and repeats at every place of a shift, which then goes on. The measure of an altered answer is silence: it must
leave the terminal where no answer at all would have left it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tools.fuzz.acquirer import HEAD, TID, Acquirer
from tools.fuzz.counter import Counter, Done, Exchange
from tools.fuzz.run import Order, Report

_TPDU: Final = range(3, HEAD)  # addresses in the frame's head: nobody reads them, no MAC covers them
_SHIFT: Final = ("start", "status", "sign_in", "status", "notice", "sell", "sell", "upload", "settle", "sign_out")
_AMOUNTS: Final = {5: 1230, 6: 999}
_DISTURB: Final = ("lose", "mute", "twice", "double", "late")
_ATTEMPTS: Final = 4


class Case(NamedTuple):
    kind: str
    place: int  # an exchange of the shift; of a flip: a byte of the sign-in
    other: int  # an earlier exchange; of a flip: 0 request, 1 answer; of a spoilt answer: the byte


@dataclass(frozen=True)
class _Place:
    """An exchange of the shift: in which step it is, and how many of that step go before it."""

    step: int
    before: int


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << at * 5 % 8]) + data[at + 1 :]


class Middle:
    """Two shifts are recorded: the first is the past, the second is played again and again, each time disturbed."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.acquirer = counter.acquirer
        self.places: list[_Place] = []
        self._silent: dict[_Place, dict[str, Any]] = {}
        self.acquirer.enrolment.notice("停电通知", "明晚十点停电。")
        self._shift()
        self._past = list(counter.passed)
        self.acquirer.enrolment.notice("复电通知", "已恢复供电。")
        for step in range(len(_SHIFT)):
            counter.save(step)
            counter.back(step)  # as before each case, or its numbers would not be those of the recording
            start = len(counter.passed)
            self._step(step)
            self.places += [_Place(step, n) for n in range(len(counter.passed) - start)]
        self.acquirer.save("end")
        self.recorded = counter.passed[len(self._past) :]
        self._sign_in = next(x for x in self.recorded if x.name == "0800/001")
        self._sign_in_step = _SHIFT.index("sign_in")
        self._shown = b""

    def _shift(self) -> None:
        for step in range(len(_SHIFT)):
            self._step(step)

    def _step(self, step: int) -> None:
        if done := self._do(step).fault:
            raise AssertionError(f"{_SHIFT[step]}: {done}")

    def _do(self, step: int) -> Done:
        """The books differ before the settlement, so that the details are asked for too."""
        if _SHIFT[step] == "settle":
            self.acquirer.alter("UPDATE transactions SET amount_minor = 1 WHERE tid = ? AND amount_minor = 999", TID)
        return self.counter.do(_SHIFT[step], **({"amount": _AMOUNTS[step]} if step in _AMOUNTS else {}))

    def cases(self) -> list[Case]:
        """All there are."""
        flips = [Case("flip", at, 0) for at in range(len(self._sign_in.request))]
        flips += [Case("flip", at, 1) for at in range(len(self._sign_in.response))]
        count, past = len(self.places), len(self._past)
        replays = [Case("replay", place, other) for place in range(count) for other in range(past + place)]
        spoils = [
            Case("spoil", place, at)
            for place in range(count)
            for at in range(len(self.recorded[place].response))
            if at not in _TPDU and self.recorded[place] is not self._sign_in
        ]
        agains = [Case("again", place, 0) for place in range(past + count)]
        return flips + spoils + replays + agains + [Case(kind, place, 0) for kind in _DISTURB for place in range(count)]

    def run(self, case: Case) -> str:
        """What must not be, "" if all is well."""
        try:
            if case.kind in _DISTURB:
                return self._disturb(case)
            return str(getattr(self, "_" + case.kind)(case))
        finally:
            self.counter.wire = None

    @property
    def shown(self) -> bytes:
        """What the last case put on the wire."""
        return self._shown

    # Altered.

    def _flip(self, case: Case) -> str:
        before = self.counter.back(self._sign_in_step)
        booked = len(self.acquirer.books.sign_ins(TID))
        heard: list[bytes | None] = []

        def wire(request: bytes) -> bytes | None:
            if heard:
                return None
            sent = request if case.other else _flipped(request, min(case.place, len(request) - 1))
            answer = self.counter.host(sent)
            heard.append(answer)
            if case.other and answer:
                answer = _flipped(answer, min(case.place, len(answer) - 1))
            self._shown = (answer if case.other else sent) or b""
            return answer

        self.counter.wire = wire
        done = self._do(self._sign_in_step)
        is_booked = len(self.acquirer.books.sign_ins(TID)) > booked
        if case.place in _TPDU:
            return "" if done.is_signed_in and is_booked else "an address in the TPDU matters"
        if done.is_signed_in:
            return "signed in"
        if done.steady != before.steady:
            return f"the terminal has changed: {_difference(before.steady, done.steady)}"
        return "the host has booked it" if is_booked and not case.other else ""

    # Out of place.

    def _at(self, place: _Place, answer: bytes | None) -> Done:
        """The step of a place, in which this one exchange gets another answer and all behind it none."""
        self.counter.back(place.step)
        count = [0]

        def wire(request: bytes) -> bytes | None:
            count[0] += 1
            if count[0] <= place.before:
                return self.counter.host(request)
            return answer if count[0] == place.before + 1 else None

        self.counter.wire = wire
        return self._do(place.step)

    def _spoil(self, case: Case) -> str:
        return self.answered(case.place, _flipped(self.recorded[case.place].response, case.other))

    def _replay(self, case: Case) -> str:
        return self.answered(case.place, (self._past + self.recorded)[case.other].response)

    def answered(self, number: int, answer: bytes) -> str:
        """With what is not the answer."""
        place = self.places[number]
        if place not in self._silent:
            self._silent[place] = self._at(place, None).steady
        self._shown = answer
        done = self._at(place, answer)
        if done.steady != self._silent[place]:
            return f"the terminal has changed: {_difference(self._silent[place], done.steady)}"
        return "" if done.fault or _SHIFT[place.step] in ("notice", "sign_out") else "it counts"

    def _again(self, case: Case) -> str:
        """At the end of everything: nothing is booked, whatever is said."""
        self.acquirer.back("end")
        before = self.acquirer.version()
        self._shown = (self._past + self.recorded)[case.place].request
        self.acquirer.deliver(self._shown)
        return "" if self.acquirer.version() == before else "the books have changed"

    # Lost, repeated, out of order.

    def _disturb(self, case: Case) -> str:
        self.counter.back(0)
        batch = self.counter.last.knows["state"]["batch"]
        count = [0]
        last: list[Exchange] = []

        def wire(request: bytes) -> bytes | None:
            count[0] += 1
            self._shown = request
            answer = self.counter.host(request) if count[0] != case.place + 1 else self._bent(case.kind, request, last)
            last[:] = [Exchange("", request, answer or b"")]
            return answer

        self.counter.wire = wire
        for step in range(len(_SHIFT)):
            for _ in range(_ATTEMPTS):
                if not self._do(step).fault:
                    break
            else:
                return f"{_SHIFT[step]} never ends: {self.counter.last.fault}"
        return self._books(batch)

    def _bent(self, kind: str, request: bytes, last: list[Exchange]) -> bytes | None:
        if kind == "lose":
            return None
        answer = self.counter.host(request)
        if kind == "mute":
            return None
        if kind == "twice":
            return self.counter.host(request)
        if kind == "double":
            return 2 * (answer or b"")
        return last[0].response if last else None

    def _books(self, batch: int) -> str:
        """The shift has come to its end, and both sides have the same of it, once."""
        knows = self.counter.last.knows
        books = self.acquirer.books
        booked = sorted(detail.amount_minor for detail in books.details(TID, batch))
        if booked != sorted(_AMOUNTS.values()) or len(books.records(TID, batch)) != len(booked):
            return f"booked: {booked}"
        if (knows["state"]["batch"], knows["state"]["code"], knows["records"]) != (batch + 1, 0, []):
            return f"the batch is not closed: {knows['state']}"
        return "" if not knows["keys"][0] else "signed in"


def _difference(first: dict[str, Any], second: dict[str, Any]) -> str:
    return ", ".join(f"{name} {first[name]} -> {second[name]}" for name in first if first[name] != second[name])


def run(order: Order) -> Report:
    """The cases in an order that the seed gives, so that the first of them are a fair sample; all, when asked for more
    than there are."""
    report = Report()
    with Acquirer() as acquirer, Counter(acquirer) as counter:
        middle = Middle(counter)
        cases = middle.cases()
        random.Random(order.seed).shuffle(cases)
        for n in range(order.first, min(order.first + order.count, len(cases))):
            report.cases += 1
            report.count(cases[n].kind)
            order.tell(n - order.first)
            if what := middle.run(cases[n]):
                report.find(n, f"{cases[n]}: {what}", middle.shown)
    return report
