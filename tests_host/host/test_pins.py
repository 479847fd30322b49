# SPDX-License-Identifier: MIT
"""What may become a PIN (mission E3), and what the desk does about PINs and locks (E2, E3, C3)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests_host.host.client import TerminalClient
from tests_host.host.conftest import MID, PIN, SUPERVISOR_PIN, TID
from tests_host.host.test_cli import Desk
from tools.host import Host, pins
from tools.host.errors import EnrolError, UnknownError


@pytest.fixture
def desk(host: Host, terminal: TerminalClient, host_dir: Path) -> Desk:
    return Desk(host_dir)


@pytest.mark.parametrize(
    ("pin", "expected"),
    [
        ("12345", "short"),
        ("0000", "short"),
        ("000000", "repeat"),
        ("121212", "repeat"),
        ("1212121", "repeat"),
        ("123123", "repeat"),
        ("12341234", ""),
        ("123456", "sequence"),
        ("890123", "sequence"),
        ("987654", "sequence"),
        ("135791", "sequence"),
        ("258147", "sequence"),
        ("000042", "number"),
        ("042042", "repeat"),
        ("0420420", "repeat"),
        ("100000", "number"),
        ("000004", "number"),
        ("910000042", "number"),
        ("246810", "same"),
        ("135790", ""),
        ("975310", ""),
        ("808642", ""),
        ("864209", ""),
    ],
)
def test_e3_weak_pins_are_told_apart(pin: str, expected: str) -> None:
    """E3: repeats, sequences, numbers that stand on the terminal or the roster, and the old PIN."""
    assert pins.weakness(pin, "042", "10000042", old="246810") == expected


@given(st.text("0123456789", min_size=4, max_size=12), st.integers(0, 99))
def test_e3_weakness_follows_its_definition(pin: str, number: int) -> None:
    """E3: what passes breaks none of the rules; the number of the terminal matters only where it is known."""
    operator = f"{number:03d}"
    found = pins.weakness(pin, operator, "")
    repeats = any(
        2 * period <= len(pin) and (pin[:period] * len(pin))[: len(pin)] == pin  # by writing it out
        for period in (1, 2, 3)
    )
    steps = [(ord(right) - ord(left)) % 10 for left, right in zip(pin, pin[1:], strict=False)]
    rules = {"short": len(pin) < 6, "repeat": repeats, "sequence": len(set(steps)) == 1, "number": int(pin) == number}
    assert found == next((name for name, holds in rules.items() if holds), "")


def test_e3_reasons_fit_the_terminals_line() -> None:
    """E3: at most 60 bytes, in Chinese and English, for every reason there is."""
    assert set(pins.REASONS) == {"short", "repeat", "sequence", "number", "same"}
    assert all(len(text.encode()) <= 60 and not text.isascii() for text in pins.REASONS.values())


@pytest.mark.parametrize("pin", ["13579", "121212", "234567", "000001", "100000"])
def test_e3_weak_pins_are_not_enrolled_or_set(host: Host, terminal: TerminalClient, pin: str) -> None:
    """E3: neither at enrolment nor at a reset, also for the number of a terminal; and not quoted."""
    calls: list[Callable[[], None]] = [
        lambda: host.enrolment.operator(MID, "002", "x", pin),
        lambda: host.enrolment.reset_pin(MID, "001", pin),
    ]
    for call in calls:
        with pytest.raises(EnrolError, match="weak") as caught:
            call()
        assert pin not in str(caught.value)
    assert terminal.sign_in(PIN).code == "00"


def test_e3_short_pins_of_old_still_open(host: Host, terminal: TerminalClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """E3: the rule is for new PINs; who has an older one is not locked out by it."""
    with monkeypatch.context() as patch:
        patch.setattr(pins, "weakness", lambda *_, **__: "")
        host.enrolment.operator(MID, "002", "x", "2468", must_change=False)
    assert terminal.sign_in("2468", "002").code == "00"


def test_e3_pin_is_reset_at_the_desk(desk: Desk, host: Host, terminal: TerminalClient) -> None:
    """E3, E2, C3: a reset ends the lock, and the new PIN must be changed unless it may be kept."""
    for _ in range(5):
        terminal.sign_in("111111")
    said = desk.good("reset-pin", "001", "--mid", MID, "--pin-stdin", stdin="864209\n")
    assert "changed" in said
    assert "864209" not in said
    assert terminal.sign_in(PIN).code == "55"
    assert terminal.sign_in("864209").tags["PW"] == "1"
    desk.good("reset-pin", "001", "--mid", MID, "--pin-stdin", "--keep-pin", stdin="975318\n")
    assert terminal.sign_in("975318").tags["PW"] == "0"
    assert "no operator" in desk.bad("reset-pin", "077", "--mid", MID, "--pin-stdin", stdin="864209\n")
    assert "weak" in desk.bad("reset-pin", "001", "--mid", MID, "--pin-stdin", stdin="111111\n")


def test_e3_enrolled_operators_must_change_their_pin(desk: Desk, terminal: TerminalClient) -> None:
    """E3: unless the desk says otherwise."""
    words = ("enrol-operator", "002", "--mid", MID, "--name", "韩梅梅", "--pin-stdin")
    desk.good(*words, stdin="135790\n")
    assert terminal.sign_in("135790", "002").tags["PW"] == "1"
    desk.good(*words, "--keep-pin", stdin="135790\n")
    assert terminal.sign_in("135790", "002").tags["PW"] == "0"


def test_e2_terminal_is_told_once_to_forget_its_tries(desk: Desk, host: Host, terminal: TerminalClient) -> None:
    """E2, L6: PU with the next status; a repeat gets the same answer, the one after it has no PU."""
    assert "PU" not in terminal.echo().tags
    assert "next" in desk.good("unlock-terminal", TID)
    fields = terminal.fields("0800", "00", "301")
    first, again = terminal.ask(fields), terminal.repeat(fields)
    assert (first.tags["PU"], first.raw, first.is_signed) == ("1", again.raw, True)
    assert "PU" not in terminal.echo().tags
    assert "no terminal" in desk.bad("unlock-terminal", "99999999")
    with pytest.raises(UnknownError):
        host.enrolment.unlock_terminal("99999999")


@pytest.mark.parametrize("pin", [PIN, "111111"])
def test_e2_sign_in_carries_it_too(host: Host, terminal: TerminalClient, pin: str) -> None:
    """E2: good or refused, as long as the answer is kept for a repeat."""
    host.enrolment.unlock_terminal(TID)
    assert terminal.sign_in(pin).tags["PU"] == "1"
    assert "PU" not in terminal.sign_in(pin).tags


def test_e2_an_answer_that_is_not_kept_does_not_spend_it(host: Host, terminal: TerminalClient) -> None:
    """E2: a barred terminal, a form that is wrong: the word waits."""
    host.enrolment.unlock_terminal(TID)
    host.enrolment.control_terminal(TID, is_barred=True)
    assert "62" not in terminal.echo().fields
    host.enrolment.control_terminal(TID, is_barred=False)
    assert terminal.ask(terminal.sign_in_fields(f63="---")).code == "30"
    assert terminal.echo().tags["PU"] == "1"


def test_e2_it_is_told_to_that_terminal_only(host: Host, make_terminal: Callable[..., TerminalClient]) -> None:
    """E2: a neighbour's count stays."""
    first, second = make_terminal(), make_terminal("10000002")
    host.enrolment.unlock_terminal(TID)
    assert "PU" not in second.echo().tags
    assert first.sign_in(SUPERVISOR_PIN, "000").tags["PU"] == "1"
