# SPDX-License-Identifier: MIT
"""Authentication, exactly once, age and form of requests (mission S2, S3, O5, W3; protocol.md clauses 3 and 4)."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from tests_host.host.client import SET_00, ClosedError, TerminalClient, TestClock
from tests_host.host.conftest import KEYS, TID
from tools.host import Host, TerminalKeys
from tools.host.db import Database

OTHER = "10000002"
ECHO, ADVICE, SIGN_IN = "0800/301", "0220/000", "0800/001"


def test_s3_wrong_mac_is_refused_without_a_mac(host: Host, terminal: TerminalClient) -> None:
    """S3: A0, unsigned, and nothing is written."""
    answer = terminal.ask(terminal.sign_in_fields(), tak=bytes(16))
    assert (answer.code, answer.is_signed) == ("A0", False)
    assert host.books.sign_ins(TID) == []


def test_s3_unknown_key_set_is_a0(terminal: TerminalClient) -> None:
    """S3: a key set that this host never issued, or not to this terminal."""
    fields = terminal.fields("0800", "00", "301", f53="4242000500000000")
    assert terminal.ask(fields).code == "A0"


def test_s3_wrong_static_keys_are_a0(make_terminal: Callable[..., TerminalClient]) -> None:
    """S3: terminal keys that are not those enrolled."""
    client = make_terminal(keys=TerminalKeys(KEYS.tmk, bytes(16), KEYS.tpk0))
    client.identity = client.identity.__class__(**{**vars(client.identity), "tak0": bytes(range(16))})
    assert client.sign_in().code == "A0"


def test_s3_unknown_terminal_and_foreign_number_are_97(
    make_terminal: Callable[..., TerminalClient], host: Host
) -> None:
    """S3: the number in the message must be that of the certificate, and enrolled."""
    first = make_terminal()
    make_terminal(OTHER)
    assert first.ask(first.fields("0800", "00", "301", f41=OTHER)).code == "97"
    assert first.ask(first.fields("0800", "00", "301", f41="99999999")).code == "97"
    assert first.echo().code == "00"


def test_s3_message_without_security_field_is_a0(terminal: TerminalClient) -> None:
    """S3: no key set named, so no MAC can be good."""
    assert terminal.ask(terminal.fields("0800", "00", "301", f53="")).code == "A0"


def test_s3_merchant_of_another_is_03(terminal: TerminalClient) -> None:
    """S3: a good MAC, but not this terminal's merchant."""
    answer = terminal.ask(terminal.fields("0800", "00", "301", f42="999999999999999"))
    assert (answer.code, answer.is_signed) == ("03", True)


@pytest.mark.parametrize(
    "change",
    [
        {"24": "004"},
        {"70": "302"},
        {"60": "0000000130"},
        {"63": "100"},
        {"12": ""},
        {"7": "1320111530"},
        {"62": "FV0011FV0012"},
        {"62": "FV9991"},
        {"62": "FV001\xff"},
        {"53": "0000000000000000"},
        {"62": "FV0011", "110": "FV0011"},
        {"64": "00" * 8},
        {"7": "0230111530"},
    ],
)
def test_s3_wrong_form_is_30(terminal: TerminalClient, change: dict[str, str]) -> None:
    """S3: signed, so that the terminal knows that its own message was wrong."""
    answer = terminal.ask(terminal.changed(terminal.fields("0800", "00", "301"), change))
    assert (answer.code, answer.is_signed) == ("30", True)


def test_s2_unknown_tags_are_ignored_and_unknown_functions_are_40(terminal: TerminalClient) -> None:
    """S2: what this host does not know it skips, or says so."""
    assert terminal.echo(("ZZ", "什么")).code == "00"
    assert terminal.ask(terminal.fields("0800", "00", "899")).code == "40"
    assert terminal.ask(terminal.fields("0200", "01", "000", f3="330000")).code == "40"


def test_s2_clock_more_than_a_day_off(signed_in: TerminalClient, clock: TestClock) -> None:
    """S2: 96 with TM, except in sign-in and echo, which set the clock."""
    clock.advance(hours=25)
    late = signed_in.sale_fields(f7="1120111530")
    clock.advance(minutes=1)
    answer = signed_in.ask(late)
    assert (answer.code, answer.tags["TM"]) == ("96", "20261121201630")
    assert signed_in.echo(f7="0101000000").code == "00"
    sign_in = signed_in.sign_in_fields()
    assert signed_in.ask(sign_in | {"7": "0101000000"}, KEYS.tak0).code == "00"


def test_s2_year_end_is_not_a_year_off(signed_in: TerminalClient, clock: TestClock) -> None:
    """S2: DE7 has no year: 31 December seen on 1 January is a few minutes old."""
    clock.now = clock.now.replace(month=12, day=31, hour=23, minute=59)
    signed_in.forget_keys()
    signed_in.sign_in()
    fields = signed_in.sale_fields()
    clock.advance(minutes=5)
    assert signed_in.ask(fields).code == "00"


def test_w3_repeat_is_byte_for_byte_and_booked_once(host: Host, signed_in: TerminalClient) -> None:
    """W3, O5: any number of 0221 of one sale book it once."""
    fields = signed_in.sale_fields(2460)
    first = signed_in.ask(fields)
    assert first.code == "00"
    assert {signed_in.repeat(fields).raw for _ in range(3)} | {signed_in.ask(fields).raw} == {first.raw}
    (record,) = host.books.records(TID, 1)
    assert (record.amount_minor, record.stan, record.tender, record.reference) == (2460, signed_in.stan, "CASH", "A1")
    assert record.rrn == first.fields["37"]
    assert record.operator == "001"


def test_w3_same_key_with_other_content_is_94(host: Host, signed_in: TerminalClient) -> None:
    """W3: never two sales under one number."""
    fields = signed_in.sale_fields(100)
    signed_in.ask(fields)
    assert signed_in.repeat(fields | {"4": f"{200:012d}"}).code == "94"
    assert [record.amount_minor for record in host.books.records(TID, 1)] == [100]


def test_w3_same_sale_under_a_new_time_is_94(host: Host, signed_in: TerminalClient) -> None:
    """W3: an advice that had to be sent again with the host's time is not booked twice."""
    fields = signed_in.sale_fields(100)
    signed_in.ask(fields)
    assert signed_in.ask(fields | {"7": "1120111599"[:8] + "45"}).code == "94"
    assert len(host.books.records(TID, 1)) == 1


def test_w3_repeat_under_new_keys_gets_the_same_answer_signed_anew(host: Host, signed_in: TerminalClient) -> None:
    """W3: after 77, 99 or A0 the terminal signs in and sends what was open once more."""
    fields = signed_in.sale_fields()
    first = signed_in.ask(fields)
    signed_in.sign_in()
    assert signed_in.echo().code == "00"
    again = signed_in.repeat(fields | {"53": f"{signed_in.key_set:02d}{signed_in.key_set:02d}000500000000"})
    assert (again.code, again.is_signed, again.fields["37"]) == ("00", True, first.fields["37"])
    assert len(host.books.records(TID, 1)) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [({"4": "000000000000"}, "13"), ({"49": "840"}, "12"), ({"3": "200000"}, "12"), ({"4": ""}, "30")],
)
def test_w3_advice_that_cannot_be_booked(
    host: Host, signed_in: TerminalClient, change: dict[str, str], code: str
) -> None:
    """W3: refused for good, and shown at settlement."""
    assert signed_in.ask(signed_in.changed(signed_in.sale_fields(), change)).code == code
    assert host.books.records(TID, 1) == []


def test_w3_advice_of_another_batch_is_77_and_may_come_again(host: Host, signed_in: TerminalClient) -> None:
    """W3: 77 is not stored: after the next sign-in the same advice is judged anew."""
    signed_in.batch = 2
    fields = signed_in.sale_fields()
    answer = signed_in.ask(fields)
    assert (answer.code, answer.tags["BT"]) == ("77", "000001")
    assert signed_in.repeat(fields).code == "77"


def test_o5_crash_before_commit_does_nothing_and_after_it_everything_once(
    host: Host, signed_in: TerminalClient
) -> None:
    """O5: effect and stored answer are there together or not at all."""
    for is_committed, count in ((False, 0), (True, 1)):
        host.faults.crash(TID, is_committed=is_committed, on=ADVICE)
        fields = signed_in.sale_fields()
        with pytest.raises(ClosedError):
            signed_in.ask(fields)
        assert len(host.books.records(TID, 1)) == count + (1 if is_committed else 0)
        signed_in.connect()
        assert signed_in.repeat(fields).code == "00"
        assert len(host.books.records(TID, 1)) == count + 1
    assert host.faults.is_empty()


def test_o5_books_survive_a_restart_of_the_host(
    host: Host, signed_in: TerminalClient, make_host: Callable[..., Host]
) -> None:
    """O5: another process on the same database gives the same answers under the same keys."""
    fields = signed_in.sale_fields()
    first = signed_in.ask(fields)
    host.stop()
    signed_in.port = make_host().start()
    signed_in.connect()
    assert signed_in.repeat(fields).raw == first.raw


def test_s3_database_fault_is_96(host: Host, signed_in: TerminalClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3: the terminal is told to retry; nothing is half done."""

    def fail(self: Database) -> None:
        raise OperationalError("locked", {}, RuntimeError())

    fields = signed_in.sale_fields()
    with monkeypatch.context() as patch:
        patch.setattr(Database, "writing", fail)
        assert signed_in.ask(fields).code == "96"
    assert signed_in.repeat(fields).code == "00"


def test_s2_stored_answers_are_kept_while_open_and_seven_days_more(
    host: Host, signed_in: TerminalClient, clock: TestClock
) -> None:
    """S2: pruning forgets only what no terminal may ask for any more."""
    clock.advance(days=1)
    signed_in.forget_keys()
    signed_in.sign_in()
    sale = signed_in.sale_fields(100)
    signed_in.ask(sale)
    clock.advance(hours=1)
    assert host.prune() == 0
    signed_in.settle(100, 1)
    signed_in.end_batch(1)
    clock.advance(days=6)
    assert host.prune() == 0
    clock.advance(days=2)
    assert host.prune() > 3
    assert len(host.books.records(TID, 1)) == 1


def test_s2_keys_are_good_for_a_limited_time(signed_in: TerminalClient, clock: TestClock) -> None:
    """S2: a terminal asks for new keys after 24 h; after 36 the host insists."""
    clock.advance(hours=37)
    assert signed_in.echo().code == "A0"
    assert signed_in.ask(signed_in.fields("0800", "00", "301", f53=SET_00), KEYS.tak0).code == "00"


def in_threads(*calls: Callable[[], None]) -> None:
    """Run all at once; every one must end well."""
    failures: list[BaseException] = []

    def guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except (AssertionError, OSError, ClosedError) as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_w3_many_terminals_at_once(host: Host, make_terminal: Callable[..., TerminalClient]) -> None:
    """W3: six terminals sell and settle at the same time; every book balances."""
    clients = [make_terminal(f"2000000{number}", keys=None) for number in range(6)]

    def shift(client: TerminalClient) -> None:
        assert client.sign_in().code == "00"
        assert [client.sell(100 + number).code for number in range(4)] == ["00"] * 4
        assert client.settle(406, 4).code == "00"
        assert client.end_batch(4).code == "00"

    in_threads(*(lambda client=client: shift(client) for client in clients))
    references = {record.rrn for client in clients for record in host.books.records(client.identity.tid, 1)}
    assert len(references) == 24


def test_w3_one_request_on_several_connections_is_booked_once(
    host: Host, signed_in: TerminalClient, clock: TestClock
) -> None:
    """W3, O5: a terminal repeats over a new connection while the host still works on the old one."""
    fields = signed_in.sale_fields(777)
    answers: list[bytes] = []

    def send() -> None:
        client = TerminalClient(signed_in.identity, signed_in.port, clock)
        client.tak = signed_in.tak
        answers.append(client.repeat(fields).raw)
        client.close()

    in_threads(send, send, send)
    assert len(set(answers)) == 1
    assert len(host.books.records(TID, 1)) == 1


def test_secrets_are_not_in_database_or_log(
    host: Host, signed_in: TerminalClient, host_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """E1, invariant 6: no PIN and no key in clear, in any file of the host but the master key's."""
    with caplog.at_level("DEBUG"):
        signed_in.sign_in("111111")
        signed_in.sign_in()
    secrets = [KEYS.tmk, KEYS.tak0, KEYS.tpk0, signed_in.tak, signed_in.tpk]
    needles = [*secrets, *(key.hex().encode() for key in secrets), *(key.hex().upper().encode() for key in secrets)]
    needles += [b"246810", b"111111"]
    files = [path for path in host_dir.rglob("*") if path.is_file()]
    assert len(files) >= 7
    for path in files:
        content = path.read_bytes()
        assert not [needle for needle in needles if needle in content], path
    assert "246810" not in caplog.text
    assert signed_in.last["110"][5:] not in caplog.text
