# SPDX-License-Identifier: MIT
"""The sequence of the self-test: what is measured when, what a person is asked for, and what is left out then.

A board that goes away in the middle ends it: what was found until then stays in the report.
"""

import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Any, Final, Protocol

from tools.errors import RefusedError
from tools.selftest import judge, snippets
from tools.selftest.person import Person
from tools.selftest.result import (
    NEEDS_A_PERSON,
    NOT_FITTED,
    NOT_PROVISIONED,
    Report,
    Result,
    Status,
    Verdict,
    failed,
    passed,
    skipped,
)

FIRST: Final = "ST01"
CODES: Final = tuple(f"ST{number:02d}" for number in range(1, 18))
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_KEY_MS: Final = 8000
_RELEASED_MS: Final = 300
_PICTURES: Final = {
    "lit": "Is every pixel lit, without gaps or lines?",
    "lines": "Is there a frame at the edges with a fan of even lines in it?",
    "words": "Do you read 签到 Qiandao, and the digits 0 to 9 in large?",
}
_COLOURS: Final = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "off": (0, 0, 0)}


class Bench(Protocol):
    """A board at its REPL."""

    def exec(self, code: str) -> str: ...


class SelfTest:
    """`person` None: nobody is there. `profile` "": what the board was provisioned as. `may_write`: to blank flash.
    `only`: codes of the parts wanted, the first one always included; all if empty.
    """

    def __init__(
        self,
        board: Bench,
        person: Person | None = None,
        profile: str = "",
        may_write: bool = False,
        only: Collection[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_part: Callable[[int, int, str], None] = lambda _number, _count, _name: None,
    ) -> None:
        self._board = board
        self._person = person
        self._profile = profile
        self._may_write = may_write
        self._only = only
        self._now = now
        self._on_part = on_part
        self._layout = ""
        self._no_pictures: Verdict | None = None
        self._is_jammed = self._is_blank = self._is_odd = False
        self.report = Report()
        self._parts: tuple[tuple[str, str, Callable[[], Verdict]], ...] = (
            ("ST01", "board", self._about),
            ("ST02", "display", self._display),
            ("ST03", "pictures", self._pictures),
            ("ST04", "keypad", self._keypad),
            ("ST05", "keys", self._keys),
            ("ST06", "LED", self._led),
            ("ST07", "power button", self._button),
            ("ST08", "program flash", lambda: self._plain(snippets.PROGRAM_FLASH, judge.program_flash)),
            ("ST09", "journal flash", self._journal),
            ("ST10", "flash write", self._flash_write),
            ("ST11", "battery", lambda: self._plain(snippets.BATTERY, judge.battery)),
            ("ST12", "random", self._random),
            ("ST13", "clock", lambda: self._plain(snippets.CLOCK, judge.clock, now_s=self._now_s())),
            ("ST14", "settings", self._settings),
            ("ST15", "key values", self._key_values),
            ("ST16", "Wi-Fi", lambda: self._plain(snippets.SCAN, judge.scan)),
            ("ST17", "host", self._echo),
        )

    def run(self) -> Report:
        """All parts. RefusedError only if it is no board for this test; later on the report says why it stopped."""
        self.report.started = self._now().isoformat(timespec="seconds")
        wanted = [part for part in self._parts if not self._only or part[0] in (FIRST, *self._only)]
        for number, (code, name, part) in enumerate(wanted, 1):
            self._on_part(number, len(wanted), name)
            start = time.monotonic()
            verdict = self._verdict(part, is_first=number == 1)
            self.report.results.append(Result(code, name, verdict, time.monotonic() - start))
        return self.report

    def _verdict(self, part: Callable[[], Verdict], is_first: bool) -> Verdict:
        if self.report.stopped:
            return skipped("not reached")
        try:
            return part()
        except RefusedError as fault:
            if is_first:
                raise
            self.report.stopped = str(fault)
            return failed(str(fault), "repeat the test")

    def _now_s(self) -> int:
        return int((self._now() - _EPOCH).total_seconds())

    # Parts that only measure.

    def _measure(self, snippet: str, **values: object) -> dict[str, Any]:
        facts = snippets.facts_of(self._board.exec(snippets.code(snippet, self._profile or "reference", **values)))
        return {"error": "no result"} if facts is None else facts

    def _plain(self, snippet: str, judged: Callable[[dict[str, Any]], Verdict], **values: object) -> Verdict:
        facts = self._measure(snippet, **values)
        return judge.trouble(facts) or judged(facts)

    def _about(self) -> Verdict:
        facts = self._measure(snippets.ABOUT)
        if "error" in facts:
            if "ImportError" in facts["error"]:
                raise RefusedError("no Qiandao firmware on the board; 'make deploy' puts it there")
            raise RefusedError(f"the board does not say what it is: {facts['error']}")
        self._check_version(facts["version"])
        self._profile = self._profile or facts["profile"] or "reference"
        if self._profile not in facts["profiles"]:
            raise RefusedError(
                f"the board knows no profile {self._profile!r}; there are {', '.join(facts['profiles'])}"
            )
        self.report.board = {name: facts[name] for name in ("version", "micropython", "machine", "megahertz", "tid")}
        self.report.board["profile"] = self._profile
        return judge.about(facts)

    @staticmethod
    def _check_version(theirs: str) -> None:
        ours = version("qiandao")
        if theirs.split(".")[:2] != ours.split(".")[:2]:
            raise RefusedError(
                f"the board runs firmware {theirs}, this is the self-test of {ours}; deploy that, or use the other's"
            )

    def _display(self) -> Verdict:
        verdict = self._plain(snippets.DISPLAY, judge.display)
        if verdict.status is not Status.PASS:
            self._no_pictures = verdict if verdict == NOT_FITTED else skipped("the display does not answer")
        return verdict

    def _keypad(self) -> Verdict:
        facts = self._measure(snippets.KEYPAD)
        verdict = judge.trouble(facts) or judge.keypad(facts)
        self._layout = str(facts.get("layout", ""))
        self._is_jammed = verdict.status is Status.FAIL
        return verdict

    def _button(self) -> Verdict:
        verdict = self._plain(snippets.BUTTON, judge.button, wait_ms=_RELEASED_MS)
        if verdict.status is not Status.PASS or self._person is None:
            return verdict
        while True:
            self._person.tell("Press the power button.")
            facts = self._measure(snippets.BUTTON, wait_ms=_KEY_MS)
            if facts.get("is_down"):
                return passed("goes down and up")
            if self._person.agrees("The power button is silent. Is that right, it was pressed?"):
                return failed("silent", "check the button and its pin")

    def _journal(self) -> Verdict:
        verdict = self._plain(snippets.JOURNAL, judge.journal)
        self._is_odd = verdict.status is not Status.PASS
        return verdict

    def _flash_write(self) -> Verdict:
        if not self._may_write:
            return skipped("writes to the flash", "--write does it, on a blank sector of an empty journal")
        if self._is_odd:
            return skipped("the journal flash did not pass")
        return self._plain(snippets.FLASH_WRITE, judge.flash_write)

    def _random(self) -> Verdict:
        code = snippets.code(snippets.RANDOM, self._profile)
        return judge.random_bytes(snippets.random_of(self._board.exec(code)))

    def _settings(self) -> Verdict:
        verdict = self._plain(snippets.SETTINGS, judge.settings)
        self._is_blank = verdict.status is not Status.PASS
        return verdict

    def _key_values(self) -> Verdict:
        return NOT_PROVISIONED if self._is_blank else self._plain(snippets.KEYS, judge.keys)

    def _echo(self) -> Verdict:
        return NOT_PROVISIONED if self._is_blank else self._plain(snippets.ECHO, judge.echo, now_s=self._now_s())

    # Parts for which somebody must look or press.

    def _asked(self, person: Person, show: Callable[[], Verdict | None], question: str) -> bool | Verdict:
        """What the person says of what `show` shows, as often as it is wanted; or why it cannot be shown."""
        while True:
            if (verdict := show()) is not None:
                return verdict
            if (answer := person.agrees(question)) is not None:
                return answer

    def _pictures(self) -> Verdict:
        if self._no_pictures is not None:
            return self._no_pictures
        if self._person is None:
            return NEEDS_A_PERSON
        wrong = []
        for name, question in _PICTURES.items():
            answer = self._asked(self._person, partial(self._show_picture, name), question)
            if isinstance(answer, Verdict):
                return answer
            if not answer:
                wrong.append(name)
        if wrong:
            return failed(f"not as it should be: {', '.join(wrong)}", "the panel is damaged or its ribbon is loose")
        return passed(f"{len(_PICTURES)} of {len(_PICTURES)}")

    def _show_picture(self, name: str) -> Verdict | None:
        return judge.trouble(self._measure(snippets.PICTURE, picture=name))

    def _show_colour(self, colour: tuple[int, int, int]) -> Verdict | None:
        facts = self._measure(snippets.LED, colour=colour)
        return judge.trouble(facts) or (None if facts["is_fitted"] else NOT_FITTED)

    def _led(self) -> Verdict:
        if self._person is None:
            verdict = self._show_colour((0, 0, 0))
            return verdict or NEEDS_A_PERSON
        wrong = []
        for name, colour in _COLOURS.items():
            answer = self._asked(self._person, partial(self._show_colour, colour), f"Is the LED {name}?")
            if isinstance(answer, Verdict):
                return answer
            if not answer:
                wrong.append(name)
        if wrong:
            return failed(
                f"not as it should be: {', '.join(wrong)}", "check the LED's pins, and that it is common cathode"
            )
        return passed(f"{len(_COLOURS)} of {len(_COLOURS)}")

    def _keys(self) -> Verdict:
        if not self._layout:
            return NOT_FITTED
        if self._is_jammed:
            return skipped("the keypad did not pass")
        if self._person is None:
            return NEEDS_A_PERSON
        faults = [fault for key in self._layout if (fault := self._try_key(self._person, key))]
        return judge.keys_pressed(faults, len(self._layout))

    def _try_key(self, person: Person, key: str) -> str:
        """What is wrong with a key, "" if nothing is."""
        while True:
            person.tell(f"Press {key}")
            facts = self._measure(snippets.KEY, wait_ms=_KEY_MS)
            fault = str(facts.get("error", "")) or judge.key_press(key, str(facts.get("key", "")))
            if not fault or person.agrees(f"{fault}. Is that right, {key} was pressed?"):
                return fault
