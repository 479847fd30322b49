# SPDX-License-Identifier: MIT
"""What the tests of faults share: a trouble screen read to its end, what is durable, a line that falls silent.

The words expected are those of the terminal's own catalogue.
"""

from __future__ import annotations

from typing import Final

from tests_host.journeys.bench import Bench
from tools.journal import JournalRecord
from tools.play.tongues import LANGUAGE, catalogue

_COUNTERS: Final = {"attempts", "stan_limit", "clock"}  # what an attempt may use up
_CLIENT_HELLO: Final = 0x16
_APPLICATION: Final = 0x17  # TLS record type
SIGN_IN: Final = "0800/001"
ALL_TRIES_S: Final = 150  # three time-outs of 30 s, pauses of 5 and 10 s, two handshakes


def _squeezed(words: str) -> str:
    return words.replace(" ", "")


def read_pages(bench: Bench, language: str = LANGUAGE) -> str:
    """All pages of the message on the screen; the last one stays."""
    text = bench.screen
    while bench.shows(catalogue(language)["hint.more"]):
        bench.press("ENTER")
        text += bench.screen
    return text


def expect_trouble(bench: Bench, code: str, within_s: int = 30, language: str = LANGUAGE) -> None:
    """A screen that says the code, what is wrong and what to do; its last page stays."""
    words = catalogue(language)
    bench.expect(f"{code} {words['trouble.title']}", within_s=within_s)
    text = read_pages(bench, language)
    key = code if f"err.{code}" in words else "other"
    for part in (words[f"err.{key}"], words[f"do.{key}"]):
        assert _squeezed(part) in text, f"{code}: {part!r} is not in {text!r}"


def decline(bench: Bench, language: str = LANGUAGE) -> None:
    """Leave a trouble screen for the lock screen, whatever it offers."""
    words = catalogue(language)
    bench.press("CANCEL")
    assert bench.board.run_until(lambda: not bench.shows(words["hint.retry"]), 2000)
    if not bench.shows(words["lock.title"].format("")):
        read_pages(bench, language)
        bench.press("ENTER")
    bench.expect(words["lock.title"].format(""))
    if bench.shows(words["lock.pin"]):
        forgive(bench, language)
    bench.expect(words["lock.sign_in"])


def forgive(bench: Bench, language: str = LANGUAGE) -> None:
    """The host's word ends the wait that every third try brings, whatever has become of the tries."""
    words = catalogue(language)
    bench.host.enrolment.unlock_terminal(bench.tid)
    bench.press("MENU")
    bench.expect(words["menu.sign_in"])
    bench.press("5")
    bench.expect(words["support.free"])
    bench.press("ENTER")
    bench.expect(words["lock.sign_in"])


def durable(bench: Bench) -> tuple[dict[str, int], list[JournalRecord]]:
    """State record and transactions as the flash has them, without what an attempt may use up."""
    image = bench.journal()
    return {name: value for name, value in image.state.items() if name not in _COUNTERS}, image.transactions


class Silence:
    """Nothing comes back on a connection from its next message on; a new connection is heard again, `times` in all."""

    def __init__(self, bench: Bench, times: int = 1) -> None:
        self._link = bench.board.link
        self._left = times
        self._note = self._link.on_sent
        self._link.on_sent = self._sent

    def _sent(self, data: bytes) -> None:
        if self._note is not None:
            self._note(data)
        if data[0] == _CLIENT_HELLO:
            self._link.swallow = ""
        elif data[0] == _APPLICATION and self._left and not self._link.swallow:
            self._left -= 1
            self._link.swallow = "down"

    def end(self) -> None:
        self._left = 0
        self._link.swallow = ""


def quick_fingers(bench: Bench) -> None:
    """Short presses: most of what a key costs is scanning."""
    bench.board.keypad.down_ms, bench.board.keypad.gap_ms = 40, 40


def expect_light(bench: Bench, pattern: str) -> None:
    board = bench.board
    assert board.run_until(lambda: board.led.pattern() == pattern, 8000), f"{board.led.pattern()}, not {pattern}"
