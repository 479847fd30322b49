# SPDX-License-Identifier: MIT
"""Message 9 and its variant that only checks (mission E2, E3, E4; protocol.md clauses 3 and 5)."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests_host.host.client import Response, TerminalClient, TestClock
from tests_host.host.conftest import MID, PIN, SUPERVISOR_PIN, TID
from tools.host import Host, pins
from tools.host.db import Database, file_url
from tools.host.models import Operator, Terminal

NEW = "864209"


@pytest.fixture
def restricted(host: Host, terminal: TerminalClient) -> TerminalClient:
    """Terminal 10000001, signed in with a first PIN."""
    host.enrolment.reset_pin(MID, "001", "135790")
    assert terminal.sign_in("135790").tags["PW"] == "1"
    return terminal


def _events(host: Host, tid: str = TID) -> list[str]:
    return [row.event for row in host.books.audit(tid)]


def _operator(host: Host, number: str = "001") -> Operator:
    return next(row for row in host.books.operators(MID) if row.number == number)


def test_e3_pin_is_changed(host: Host, signed_in: TerminalClient, clock: TestClock) -> None:
    """E3: 00 without tags; afterwards only the new PIN is right, and its age begins anew."""
    clock.advance(days=1)
    signed_in.sign_in()
    answer = signed_in.change_pin(PIN, NEW)
    assert (answer.code, answer.is_signed, answer.tags) == ("00", True, {})
    assert (_operator(host).pin_set_at, _operator(host).must_change) == (clock.now, False)
    assert signed_in.sign_in(PIN).code == "55"
    assert signed_in.sign_in(NEW).tags["PW"] == "0"
    assert host.books.audit(TID, "001")[4].event == "pin_changed"


def test_e3_change_needs_the_sign_ins_keys(terminal: TerminalClient) -> None:
    """E3: 30 under key set 00, under two sets, without the old PIN, without an operator; 99 without a PIN format."""
    assert terminal.ask(terminal.check_pin_fields(PIN, "001", new=NEW)).code == "30"
    terminal.sign_in()
    fields = terminal.check_pin_fields(PIN, "001", new=NEW)
    assert terminal.ask(fields | {"53": f"{terminal.key_set:02d}00040500000000"}).code == "30"
    new_only = fields["110"][37:]
    assert new_only.startswith("PN032")
    wrong = ({"f110": new_only}, {"f63": "---"}, {"f110": "XX001x"})
    codes = [terminal.ask(terminal.check_pin_fields(PIN, "001", new=NEW, **change)).code for change in wrong]
    assert codes == ["30", "30", "30"]
    bare = terminal.check_pin_fields(PIN, "001", new=NEW, f53=f"{terminal.key_set:02d}" * 2 + "000500000000")
    assert terminal.ask(bare).code == "99"
    assert terminal.sign_in(PIN).code == "00"


def test_e3_blocks_that_do_not_decode_are_99_and_not_counted(host: Host, signed_in: TerminalClient) -> None:
    """E3: another key's block, for the old PIN or for the new one."""
    good = signed_in.pin_block(PIN, "001", signed_in.tpk)
    bad = signed_in.pin_block(NEW, "001", bytes(16))
    for block in (f"PB032{bad}PN032{good}", f"PB032{good}PN032{bad}"):
        answer = signed_in.ask(signed_in.check_pin_fields(PIN, "001", new=NEW, f110=block))
        assert (answer.code, answer.is_signed) == ("99", True)
    guard = host.books.pin_guard(MID, "001")
    assert guard is not None
    assert guard.failures == 0


@pytest.mark.parametrize(
    ("new", "reason"),
    [("2468", "short"), ("777777", "repeat"), ("345678", "sequence"), ("000001", "number"), (PIN, "same")],
)
def test_e3_weak_new_pin_is_63_and_says_why(host: Host, signed_in: TerminalClient, new: str, reason: str) -> None:
    """E3: 63 with DT; the old PIN stays, and a better one can be tried at once."""
    answer = signed_in.change_pin(PIN, new)
    assert (answer.code, answer.tags) == ("63", {"DT": pins.REASONS[reason]})
    assert signed_in.change_pin("111111", new).code == "55"  # weakness is told only to who knows the old PIN
    assert signed_in.change_pin(PIN, NEW).code == "00"
    assert host.books.audit(TID, "001")[2].detail == reason


def test_e3_repeated_change_gets_the_stored_answer(host: Host, signed_in: TerminalClient) -> None:
    """E3: 0801 with the same STAN is answered as before and burns no try, although the old PIN is old now."""
    fields = signed_in.check_pin_fields(PIN, "001", new=NEW)
    answers = [signed_in.ask(fields), signed_in.repeat(fields), signed_in.repeat(fields)]
    assert {answer.raw for answer in answers} == {answers[0].raw}
    assert answers[0].code == "00"
    other = signed_in.check_pin_fields(PIN, "001", new="975318")
    assert signed_in.ask(fields | {"110": other["110"]}).code == "94"
    assert _events(host).count("pin_changed") == 1


def test_e3_first_pin_blocks_all_else_until_it_is_changed(host: Host, restricted: TerminalClient) -> None:
    """E3: 63 with DT for a sale, a settlement, a notice; echo and sign-out work; after the change all does."""
    sale = restricted.sale_fields(100)
    refused = [restricted.ask(sale), restricted.settle(100, 1), restricted.upload((1, 100)), restricted.end_batch(0)]
    refused.append(restricted.ask(restricted.fields("0800", "00", "811")))
    assert [(answer.code, answer.is_signed) for answer in refused] == [("63", True)] * 5
    assert all(0 < len(answer.tags["DT"].encode()) <= 60 for answer in refused)
    assert host.books.records(TID, 1) == []
    assert restricted.echo().code == "00"
    assert restricted.check_pin(SUPERVISOR_PIN).code == "00"
    assert restricted.change_pin("135790", "135790").code == "63"
    assert restricted.ask(sale).code == "63"
    assert restricted.change_pin("135790", NEW).code == "00"
    assert restricted.ask(sale).code == "00"
    assert restricted.sign_in(NEW).tags["PW"] == "0"


def test_e3_restriction_survives_a_restart_and_ends_with_a_sign_out(
    restricted: TerminalClient, make_host: Callable[..., Host]
) -> None:
    """E3: another process on the same books knows it too; signing out is always possible."""
    second = make_host()
    restricted.close()
    restricted.port = second.start()
    assert restricted.sell().code == "63"
    assert restricted.sign_out("O").code == "00"
    assert restricted.sign_in("135790").tags["PW"] == "1"
    assert restricted.sell().code == "63"


def test_e3_another_operators_change_does_not_lift_it(restricted: TerminalClient) -> None:
    """E3: the supervisor changes the own PIN at this terminal; the cashier's is still the host's."""
    assert restricted.change_pin(SUPERVISOR_PIN, NEW, "000").code == "00"
    assert restricted.sell().code == "63"


def test_e3_pin_expired_by_age_must_be_changed_too(signed_in: TerminalClient, clock: TestClock) -> None:
    """E3: the host's maximum age; with the change a new period begins."""
    clock.advance(days=91)
    assert signed_in.sign_in().tags["PW"] == "1"
    assert signed_in.sell().code == "63"
    assert signed_in.change_pin(PIN, NEW).code == "00"
    assert signed_in.sell().code == "00"
    assert signed_in.sign_in(NEW).tags["PW"] == "0"


@pytest.mark.parametrize("new", ["", NEW])
def test_e2_failures_count_as_at_sign_in(host: Host, signed_in: TerminalClient, new: str, clock: TestClock) -> None:
    """E2: change and check share the count with the sign-in: 55 with RT, then 75 with LT for 30 minutes."""

    def attempt(pin: str) -> Response:
        return signed_in.ask(signed_in.check_pin_fields(pin, "001", new=new))

    assert signed_in.sign_in("111111").tags["RT"] == "4"
    answers = [attempt("111111") for _ in range(4)]
    assert [answer.code for answer in answers] == ["55", "55", "55", "75"]
    assert [answer.tags.get("RT") for answer in answers] == ["3", "2", "1", None]
    assert answers[3].tags["LT"] == "30"
    assert attempt(PIN).code == "75"
    assert signed_in.sign_in(PIN).code == "75"
    clock.advance(minutes=30)
    assert attempt(PIN).code == "00"
    assert _events(host).count("pin_locked") == 1


@pytest.mark.parametrize("new", ["", NEW])
def test_e2_disabled_and_unknown_operators(host: Host, signed_in: TerminalClient, new: str) -> None:
    """E2: 62 only for who knows the PIN; a number that nobody has answers as any other with a wrong PIN."""
    host.enrolment.operator(MID, "002", "韩梅梅", "135790", must_change=False)
    host.enrolment.enable_operator(MID, "002", is_enabled=False)

    def attempts(number: str) -> list[tuple[str, dict[str, str], set[str]]]:
        made = [signed_in.ask(signed_in.check_pin_fields("111119", number, new=new)) for _ in range(6)]
        return [(answer.code, answer.tags, set(answer.fields)) for answer in made]

    assert signed_in.ask(signed_in.check_pin_fields("135790", "002", new=new)).code == "62"
    assert attempts("042") == attempts("001") == attempts("002")


def test_e2_unknown_numbers_cost_the_same_work(signed_in: TerminalClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """E2: one Argon2id verification each, whoever is asked for, so that the time tells nothing."""
    verified: list[bool] = []
    real = pins.is_right

    def count(verifier: str | None, pin: str) -> bool:
        verified.append(verifier is None)
        return real(verifier, pin)

    monkeypatch.setattr(pins, "is_right", count)
    for number in ("001", "042"):
        for new in ("", NEW):
            signed_in.ask(signed_in.check_pin_fields("111119", number, new=new))
    assert verified == [False, False, True, True]


def test_e2_brute_force_gets_five_tries_a_lock(host: Host, make_terminal: Callable[..., TerminalClient]) -> None:
    """E2: four terminals at once, by sign-in, change and check: five wrong PINs are judged, then nothing is."""
    clients = [make_terminal(f"1000000{number}") for number in range(1, 5)]
    for client in clients:
        assert client.sign_in(SUPERVISOR_PIN, "000").code == "00"
    answers: list[Response] = []

    def attack(client: TerminalClient) -> None:
        for number in range(9):
            pin, kind = f"31415{number}", number % 3
            if kind == 0:
                answers.append(client.ask(client.sign_in_fields(pin), client.identity.tak0))
            else:
                answers.append(client.ask(client.check_pin_fields(pin, "001", new=NEW if kind == 1 else "")))

    threads = [threading.Thread(target=attack, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = [answer.code for answer in answers]
    assert (len(codes), codes.count("55"), codes.count("75")) == (36, 4, 32)
    assert {answer.tags["RT"] for answer in answers if answer.code == "55"} == {"4", "3", "2", "1"}
    judged = [row for row in host.books.audit(operator="001") if row.event == "pin_failed" and "left" in row.detail]
    assert len(judged) == 5
    assert clients[0].sign_in(PIN).code == "75"
    assert clients[0].check_pin(PIN, "001").code == "75"


def test_e4_supervisor_is_checked_while_a_cashier_is_signed_in(
    host: Host, signed_in: TerminalClient, host_dir: Path
) -> None:
    """E4: role and name come back; who is signed in, keys and batch stay as they were."""
    answer = signed_in.check_pin(SUPERVISOR_PIN, "000", ("AP", "signout"))
    assert (answer.code, answer.tags, answer.is_signed) == ("00", {"RL": "1", "ON": "店长"}, True)
    db = Database(file_url(host_dir / "host.db"))
    with db.reading() as session:
        row = session.get_one(Terminal, TID)
    db.close()
    assert (row.operator, row.key_set, row.batch) == ("001", signed_in.key_set, 1)
    assert signed_in.sell().code == "00"
    last = host.books.audit(TID)[-1]
    assert (last.event, last.operator, last.detail) == ("approved", "000", "signout, while 001 is signed in")


def test_e4_check_works_while_nobody_is_signed_in(terminal: TerminalClient) -> None:
    """E4, L6: under key set 00, by cashier and supervisor."""
    assert terminal.check_pin(SUPERVISOR_PIN).tags["RL"] == "1"
    assert terminal.check_pin(PIN, "001").tags["RL"] == "0"
    terminal.sign_in()
    terminal.sign_out()
    assert terminal.check_pin(PIN, "001").code == "A0"
    terminal.forget_keys()
    assert terminal.check_pin(PIN, "001").code == "00"


@pytest.mark.parametrize(("number", "pin"), [("000", SUPERVISOR_PIN), ("099", "975310")])
def test_e4_supervisor_unlocks_a_cashier(host: Host, terminal: TerminalClient, number: str, pin: str) -> None:
    """E4, E2: so does an administrator; the lock and its count are gone, and the audit knows who did it."""
    host.enrolment.operator(MID, "099", "管理员", "975310", must_change=False)
    for _ in range(5):
        terminal.sign_in("111111")
    assert terminal.check_pin(pin, number, ("UL", "001"), ("AP", "unlock")).code == "00"
    assert terminal.sign_in("111111").tags["RT"] == "4"
    assert terminal.sign_in(PIN).code == "00"
    unlocked = next(row for row in host.books.audit(TID) if row.event == "operator_unlocked")
    assert (unlocked.operator, unlocked.detail) == ("001", f"by {number}")


def test_e4_cashier_unlocks_nobody(host: Host, terminal: TerminalClient) -> None:
    """E4: 63 with DT, the lock stays and no approval is written down."""
    for _ in range(5):
        terminal.sign_in("111111")
    host.enrolment.operator(MID, "002", "韩梅梅", "135790", must_change=False)
    refused = terminal.check_pin("135790", "002", ("UL", "001"), ("AP", "unlock"))
    assert (refused.code, refused.is_signed) == ("63", True)
    assert len(refused.tags["DT"].encode()) <= 60
    assert terminal.sign_in(PIN).code == "75"
    assert not {"approved", "operator_unlocked"} & set(_events(host))


def test_e4_a_locked_supervisor_unlocks_nobody(terminal: TerminalClient) -> None:
    """E4, E2: not even the own number; the acquirer's desk is what is left."""
    for _ in range(5):
        terminal.check_pin("111111")
    assert terminal.check_pin(SUPERVISOR_PIN, "000", ("UL", "000")).code == "75"


def test_e4_tags_of_a_check_have_a_form(signed_in: TerminalClient) -> None:
    """E4: 30 for a number that is none, an action that is too long, empty or not readable; no try is judged."""
    wrong = (("UL", "1"), ("UL", "101"), ("UL", ""), ("AP", "x" * 17), ("AP", ""), ("AP", "a\nb"))
    assert [signed_in.check_pin("111111", "000", tag).code for tag in wrong] == ["30"] * 6
    assert signed_in.check_pin("111111").tags["RT"] == "4"
    assert signed_in.check_pin(SUPERVISOR_PIN, "000", ("UL", "042"), ("AP", "解锁")).code == "00"
