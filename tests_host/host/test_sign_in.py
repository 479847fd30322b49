# SPDX-License-Identifier: MIT
"""Message 1 and the lock of an operator (mission S2-S4, E2, E3; protocol.md clauses 3 and 5)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests_host.host.client import TPDU, TerminalClient, TestClock
from tests_host.host.conftest import MID, PIN, TID
from tools.host import Host, codec, crypto, pins
from tools.host.db import Database, file_url
from tools.host.models import Terminal

# Protocol.md clause 6.
SAMPLE = bytes.fromhex(
    "00b3600003000008008238010000c00816040000000004000111201115300001011915301120000331303030303030313132"
    + "333435363738393031323334350000040500000000001130303030303030373030310041534e3030384533322d3030303146"
    + "56303035312e302e305056303034303030334e56303034303030320003303031000100375042303332393437433843433336"
    + "414531373834353131333544463337363937423737373735e39b2321f151e3"
)


def test_s2_sample_of_the_profile_is_answered(host: Host, terminal: TerminalClient) -> None:
    """S2: the deterministic sign-in of protocol.md clause 6 unpacks, packs back and is accepted."""
    fields = codec.unpack(SAMPLE[7:])
    assert SAMPLE[2:7] == TPDU
    assert codec.pack(fields) == SAMPLE[7:]
    del fields["128"]
    assert crypto.seal(fields, terminal.tak) == SAMPLE[7:]
    terminal.send_raw(SAMPLE)
    response = terminal.receive(fields)
    assert (response.code, response.is_signed) == ("00", True)
    terminal.take_keys(response)
    assert terminal.batch == 1


def test_s2_sign_in_brings_keys_time_role_and_batch(host: Host, terminal: TerminalClient) -> None:
    """S2: one exchange brings all that a terminal needs to work."""
    response = terminal.sign_in()
    tags = response.tags
    expected = {"TM": "20261120191530", "TZ": "+0800", "RL": "0", "ON": "李雷", "PW": "0", "FC": "0", "LK": "0"}
    assert {name: tags[name] for name in expected} == expected
    assert "LO" not in tags
    assert terminal.key_set == 1
    assert terminal.echo().code == "00"


def test_s4_host_records_who_signed_in_where_when_and_on_which_shift(
    host: Host, terminal: TerminalClient, clock: TestClock
) -> None:
    """S4: successes and failures are both in the books."""
    terminal.sign_in("111111")
    clock.advance(minutes=1)
    terminal.sign_in()
    rows = [(row.tid, row.operator, row.operator_name, row.shift, row.result) for row in host.books.sign_ins(TID)]
    assert rows == [(TID, "001", "李雷", "2", "55"), (TID, "001", "李雷", "2", "00")]
    assert host.books.sign_ins(TID)[1].at == clock.now


def test_s2_last_sign_in_and_failures_since_are_told(terminal: TerminalClient, clock: TestClock) -> None:
    """S2: LO and FC let an operator notice somebody else's attempts."""
    terminal.sign_in()
    terminal.sign_in("999999")
    terminal.sign_in("999998")
    clock.advance(hours=1)
    tags = terminal.sign_in().tags
    assert (tags["LO"], tags["FC"]) == ("20261120191530", "2")
    assert terminal.sign_in().tags["FC"] == "0"


def test_e2_wrong_pin_tells_tries_left_and_the_fifth_locks(
    host: Host, terminal: TerminalClient, clock: TestClock
) -> None:
    """E2: 55 with RT, then 75 with LT, also for the right PIN, until 30 minutes have passed."""
    tries = [terminal.sign_in("111111") for _ in range(4)]
    assert [(answer.code, answer.tags["RT"]) for answer in tries] == [
        ("55", "4"),
        ("55", "3"),
        ("55", "2"),
        ("55", "1"),
    ]
    fifth = terminal.sign_in("111111")
    assert (fifth.code, fifth.tags["LT"], fifth.is_signed) == ("75", "30", True)
    clock.advance(minutes=29, seconds=1)
    assert terminal.sign_in(PIN).tags["LT"] == "1"
    clock.advance(minutes=1)
    assert terminal.sign_in(PIN).code == "00"


def test_e2_lock_counts_over_all_terminals_of_a_merchant(make_terminal: Callable[..., TerminalClient]) -> None:
    """E2: the count belongs to the operator, not to the terminal."""
    first, second = make_terminal(), make_terminal("10000002")
    for _ in range(4):
        first.sign_in("111111")
    assert second.sign_in("111111").code == "75"
    assert first.sign_in(PIN).code == "75"


def test_e2_unlocked_by_the_acquirer(host: Host, terminal: TerminalClient) -> None:
    """E2, L6: a lock can be ended before its time."""
    for _ in range(5):
        terminal.sign_in("111111")
    host.enrolment.unlock_operator(MID, "001")
    assert terminal.sign_in(PIN).code == "00"


def test_e2_unknown_operator_looks_like_a_wrong_pin(terminal: TerminalClient) -> None:
    """E2: the answers do not tell which operator numbers exist."""
    answers = [terminal.sign_in("111111", "042") for _ in range(6)]
    assert [answer.code for answer in answers] == ["55"] * 4 + ["75"] * 2
    assert answers[0].tags["RT"] == "4"


def test_s2_repeat_never_burns_a_try_and_is_byte_for_byte(host: Host, terminal: TerminalClient) -> None:
    """S2: 0801 with the same STAN gets the stored answer, whatever it was."""
    wrong = terminal.sign_in_fields("111111")
    answers = [terminal.ask(wrong), terminal.repeat(wrong), terminal.repeat(wrong)]
    assert len({answer.raw for answer in answers}) == 1
    assert answers[0].tags["RT"] == "4"
    right = terminal.sign_in_fields()
    first, again = terminal.ask(right), terminal.repeat(right)
    assert first.raw == again.raw
    terminal.take_keys(again)
    assert terminal.echo().code == "00"
    assert len(host.books.sign_ins(TID)) == 2


def test_s2_same_number_with_another_pin_is_refused(terminal: TerminalClient) -> None:
    """S2: a newly typed PIN needs a new STAN; the same one is 94."""
    fields = terminal.sign_in_fields("111111")
    terminal.ask(fields)
    assert terminal.ask(fields | {"110": terminal.sign_in_fields()["110"]}).code == "94"


def test_s3_disabled_operator_and_barred_terminal(host: Host, terminal: TerminalClient) -> None:
    """S3, C3: 62 only for who knows the PIN; 58 for a terminal that the acquirer has barred."""
    host.enrolment.enable_operator(MID, "001", is_enabled=False)
    assert terminal.sign_in("111111").code == "55"
    assert terminal.sign_in().code == "62"
    host.enrolment.enable_operator(MID, "001", is_enabled=True)
    host.enrolment.control_terminal(TID, is_barred=True)
    assert terminal.sign_in().code == "58"
    host.enrolment.control_terminal(TID, is_barred=False)
    assert terminal.sign_in().code == "00"


def test_s2_pin_block_of_another_terminal_or_key_is_99_and_not_counted(host: Host, terminal: TerminalClient) -> None:
    """S2: a block that does not decode is a key fault, not a wrong PIN."""
    fields = terminal.sign_in_fields()
    block = terminal.pin_block(PIN, "001", key=bytes(16))
    answer = terminal.ask(fields | {"110": f"PB032{block}"})
    assert (answer.code, answer.is_signed) == ("99", True)
    guard = host.books.pin_guard(MID, "001")
    assert guard is None or guard.failures == 0


def test_s2_sign_in_needs_format_4_and_the_static_keys(terminal: TerminalClient) -> None:
    """S2: 99 without a PIN format, 30 under working keys, without a PIN block or without an operator."""
    assert terminal.ask(terminal.sign_in_fields(f53="0000000500000000")).code == "99"
    terminal.sign_in()
    fields = terminal.sign_in_fields(f53=f"{terminal.key_set:02d}00040500000000")
    assert terminal.ask(fields).code == "30"
    terminal.forget_keys()
    assert terminal.ask(terminal.sign_in_fields(f110="")).code == "30"
    assert terminal.ask(terminal.sign_in_fields(f63="---")).code == "30"


def test_e3_pin_changed_during_the_check_is_not_judged(
    host: Host, terminal: TerminalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E3: neither the old PIN nor the new one is counted or let in by a check that began before the change."""

    def change_meanwhile(verifier: str | None, pin: str) -> bool:
        host.enrolment.operator(MID, "001", "李雷", "975318")
        return True

    with monkeypatch.context() as patch:
        patch.setattr(pins, "is_right", change_meanwhile)
        assert terminal.sign_in().code == "96"
    assert terminal.sign_in().code == "55"
    assert terminal.sign_in("975318").code == "00"


def test_s2_batch_differs_while_the_journal_is_not_empty(host: Host, terminal: TerminalClient) -> None:
    """S2: 77 with BT; with an empty journal the host's batch is simply taken."""
    terminal.batch = 7
    refused = terminal.sign_in(journal=3)
    assert (refused.code, refused.tags["BT"]) == ("77", "000001")
    accepted = terminal.sign_in(journal=0)
    assert accepted.code == "00"
    assert accepted.fields["60"] == "00000001001"


def test_s2_old_and_new_keys_are_good_until_the_first_message_under_the_new(terminal: TerminalClient) -> None:
    """S2: an answer lost on its way leaves the terminal with keys that still work."""
    terminal.sign_in()
    old = (terminal.tak, terminal.tpk, terminal.key_set)
    assert terminal.echo().code == "00"
    terminal.sign_in()
    new = (terminal.tak, terminal.tpk, terminal.key_set)
    terminal.tak, terminal.tpk, terminal.key_set = old
    assert terminal.echo().code == "00"
    terminal.tak, terminal.tpk, terminal.key_set = new
    assert terminal.echo().code == "00"
    terminal.tak, terminal.tpk, terminal.key_set = old
    assert terminal.echo().code == "A0"


def test_s2_key_set_numbers_wrap_and_never_collide(host: Host, host_dir: Path, terminal: TerminalClient) -> None:
    """S2: 99 is followed by 01, past the numbers that are still good."""
    db = Database(file_url(host_dir / "host.db"))
    with db.writing() as session:
        session.get_one(Terminal, TID).key_set = 98
    numbers = []
    for _ in range(3):
        terminal.sign_in()
        numbers.append(terminal.key_set)
    with db.writing() as session:
        session.get_one(Terminal, TID).key_set = 99
    db.close()
    terminal.sign_in()
    assert [*numbers, terminal.key_set] == [99, 1, 2, 3]
    assert terminal.echo().code == "00"


def test_e3_first_pin_must_be_changed_and_old_ones_expire(
    host: Host, terminal: TerminalClient, clock: TestClock
) -> None:
    """E3: PW 1 for a first or expired PIN, 2 with a text in its last week."""
    host.enrolment.operator(MID, "002", "韩梅梅", "135790")
    assert terminal.sign_in("135790", "002").tags["PW"] == "1"
    clock.advance(days=84)
    tags = terminal.sign_in().tags
    assert tags["PW"] == "2"
    assert "6" in tags["DT"]
    assert len(tags["DT"].encode()) <= 60
    clock.now += timedelta(days=7)
    assert terminal.sign_in().tags["PW"] == "1"


def test_e4_roles_are_told_by_the_host(host: Host, terminal: TerminalClient) -> None:
    """E4: supervisor 00 and administrator 99 by their numbers, or as enrolled."""
    host.enrolment.operator(MID, "000", "店长", "808642", must_change=False)
    host.enrolment.operator(MID, "099", "管理员", "975310", must_change=False)
    host.enrolment.operator(MID, "007", "领班", "531864", role="1", must_change=False)
    assert terminal.sign_in("808642", "000").tags["RL"] == "1"
    assert terminal.sign_in("975310", "099").tags["RL"] == "9"
    assert terminal.sign_in("531864", "007").tags["RL"] == "1"
