# SPDX-License-Identifier: MIT
"""The host's audit trail (mission C3, S4, E2, E3): what is in it, that it holds together, that a change shows."""

import csv
import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests_host.host.client import TerminalClient, TestClock
from tests_host.host.conftest import KEYS, MID, PIN, START, SUPERVISOR_PIN, TID
from tests_host.host.test_cli import Desk
from tools.host import Host, trail
from tools.host.db import Database, file_url
from tools.host.trail import Event


@pytest.fixture
def desk(host: Host, host_dir: Path) -> Desk:
    return Desk(host_dir)


@pytest.fixture
def books(host: Host, host_dir: Path) -> Iterator[Database]:
    """The database as somebody with access to it sees it."""
    db = Database(file_url(host_dir / "host.db"))
    yield db
    db.close()


def _alter(db: Database, statement: str) -> None:
    with db.writing() as session:
        session.execute(text(statement))


def test_c3_a_day_is_in_the_audit(host: Host, terminal: TerminalClient) -> None:
    """S4, E2, E3, C3: sign-in, failures, lock, keys, checks, changes, orders, sign-out, each under its operator."""
    terminal.sign_in("111111")
    terminal.sign_in()
    terminal.check_pin(SUPERVISOR_PIN, "000", ("AP", "void"))
    terminal.change_pin(PIN, "864209")
    terminal.sign_out()
    host.enrolment.control_terminal(TID, is_barred=True, lock_level=2, pending="6")
    host.enrolment.control_terminal(TID, is_barred=False)
    host.enrolment.unlock_terminal(TID)
    found = [(row.event, row.operator, row.detail) for row in host.books.audit(TID)]
    assert found == [
        ("terminal", "", "E32-0001"),
        ("pin_failed", "001", "4 tries left"),
        ("sign_in_failed", "001", "answer 55"),
        ("sign_in", "001", "batch 000001 shift 2"),
        ("keys_issued", "001", "set 01"),
        ("pin_checked", "000", "role 1"),
        ("approved", "000", "void, while 001 is signed in"),
        ("pin_changed", "001", ""),
        ("sign_out", "001", "terminal"),
        ("terminal_barred", "", ""),
        ("terminal_lock", "", "level 2"),
        ("terminal_pending", "", "6"),
        ("terminal_unbarred", "", ""),
        ("terminal_freed", "", ""),
    ]


def test_c3_desk_changes_of_operators_are_in_the_audit(host: Host) -> None:
    """C3: enrolled, reset, unlocked, disabled, enabled."""
    host.enrolment.operator(MID, "002", "韩梅梅", "135790")
    host.enrolment.reset_pin(MID, "002", "864209")
    host.enrolment.unlock_operator(MID, "002")
    for is_enabled in (False, True):
        host.enrolment.enable_operator(MID, "002", is_enabled)
    events = [row.event for row in host.books.audit(operator="002")]
    assert events == ["operator", "pin_reset", "operator_unlocked", "operator_disabled", "operator_enabled"]


def test_c3_no_secret_is_in_the_audit(host: Host, signed_in: TerminalClient) -> None:
    """C3: no PIN, key, key block or PIN block, whatever was done with them."""
    fields = signed_in.check_pin_fields(PIN, "001", new="864209")
    signed_in.ask(fields)
    signed_in.check_pin("135799", "000", ("AP", "void"))
    host.enrolment.reset_pin(MID, "001", "975318")
    stored = " ".join(f"{row.event} {row.detail}" for row in host.books.audit()).upper()
    secrets = [PIN, "864209", "135799", "975318", fields["110"][5:37], fields["110"][42:]]
    secrets += [key.hex().upper() for key in (KEYS.tmk, KEYS.tak0, KEYS.tpk0, signed_in.tak, signed_in.tpk)]
    assert not [secret for secret in secrets if secret.upper() in stored]


def test_c3_chain_can_be_recomputed_from_its_description(host: Host, signed_in: TerminalClient) -> None:
    """C3: SHA-256 over a JSON array of serial, time, terminal, operator, event, detail and the hash before."""
    rows = host.books.audit()
    assert [row.serial for row in rows] == list(range(1, len(rows) + 1))
    previous = "0" * 64
    for row in rows:
        time = row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        parts = [row.serial, time, row.tid, row.operator, row.event, row.detail, previous]
        previous = hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
        assert row.hash == previous


@pytest.mark.parametrize(
    ("statement", "serial"),
    [
        ("UPDATE audit SET detail = 'answer 00' WHERE serial = 4", 4),
        ("UPDATE audit SET operator = '002' WHERE serial = 4", 4),
        ("UPDATE audit SET at = '2026-11-20 11:15:31.000000' WHERE serial = 4", 4),
        ("UPDATE audit SET tid = '' WHERE serial = 4", 4),
        ("UPDATE audit SET hash = hash || '0' WHERE serial = 4", 4),
        ("UPDATE audit SET previous = 'x' || substr(previous, 2) WHERE serial = 4", 4),
        ("DELETE FROM audit WHERE serial = 2", 2),
        ("DELETE FROM audit WHERE serial = 1", 1),
        ("DELETE FROM audit WHERE serial = (SELECT max(serial) FROM audit)", 8),
        ("UPDATE meta SET value = '0' WHERE name = 'audit'", 9),
    ],
)
def test_c3_tampering_names_the_first_bad_record(
    desk: Desk, terminal: TerminalClient, books: Database, statement: str, serial: int
) -> None:
    """C3: a changed, missing or cut-off record is named, and the command ends with 1."""
    terminal.sign_in("111111")
    terminal.sign_in("111111")
    assert "Host: 8 records" in desk.good("audit", "verify")
    _alter(books, statement)
    result = desk.run("audit", "verify")
    assert result.exit_code == 1
    assert f"audit record {serial} is" in result.output


def test_c3_a_renumbered_record_is_named(desk: Desk, signed_in: TerminalClient, books: Database) -> None:
    """C3: the serial number is part of the chain."""
    _alter(books, "UPDATE audit SET serial = 1000 WHERE serial = (SELECT max(serial) FROM audit)")
    assert "is missing" in desk.bad("audit", "verify")


def test_c3_concurrent_appends_do_not_fork_the_chain(host: Host, books: Database) -> None:
    """C3: eight threads write at once, some fail after they noted: one chain, nothing lost, nothing of those."""
    before = len(host.books.audit())

    def write(number: int) -> None:
        for step in range(10):
            try:
                with books.writing() as session:
                    trail.note(session, START, Event.NOTICE, detail=f"{number} {step}")
                    if step % 5 == 4:
                        raise RuntimeError
            except RuntimeError:
                continue

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    added = [row.detail for row in host.books.audit()[before:]]
    assert sorted(added) == sorted(f"{number} {step}" for number in range(8) for step in (0, 1, 2, 3, 5, 6, 7, 8))
    own, _ = host.books.verify_audit()
    assert (own.good, own.fault) == (before + 64, "")


def test_c3_concurrent_terminals_share_one_chain(host: Host, make_terminal: Callable[..., TerminalClient]) -> None:
    """C3: the same through the whole exchange, over TLS."""
    clients = [make_terminal(f"1000000{number}") for number in range(1, 5)]

    def work(client: TerminalClient) -> None:
        for _ in range(5):
            assert client.sign_in().code == "00"
            assert client.sign_out().code == "00"
            client.forget_keys()

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(host.books.audit(client.identity.tid)) == 1 + 15 for client in clients)
    assert host.books.verify_audit()[0].fault == ""


def test_s2_a_repeat_is_in_the_audit_once(host: Host, terminal: TerminalClient) -> None:
    """S2, C3: an answer from the store is not a second event."""
    fields = terminal.sign_in_fields("111111")
    terminal.ask(fields)
    terminal.repeat(fields)
    assert [row.event for row in host.books.audit(TID)] == ["terminal", "pin_failed", "sign_in_failed"]


def test_c3_audit_is_shown_in_parts_and_as_csv(desk: Desk, signed_in: TerminalClient, clock: TestClock) -> None:
    """C3: of one terminal, of one operator, as a table or for a spreadsheet; a name is no markup."""
    signed_in.check_pin(SUPERVISOR_PIN, "000", ("AP", "[/red] void"))
    rows = list(csv.DictReader(io.StringIO(desk.good("audit", "show", "--csv", "--operator", "000", "--tid", TID))))
    assert [row["Event"] for row in rows] == ["pin_checked", "approved"]
    assert rows[0] == {
        "At": "2026-11-20 11:15:30Z",
        "By": "host",
        "Number": "7",
        "TID": TID,
        "Operator": "000",
        "Event": "pin_checked",
        "Detail": "role 1",
    }
    assert "[/red] void" in desk.good("audit", "show", "--operator", "000")
    assert "none" in desk.good("audit", "show", "--tid", "99999999")
