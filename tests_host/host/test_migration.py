# SPDX-License-Identifier: MIT
"""Books of an older release (mission C3, C4): refused with what to do, then upgraded with nothing lost."""

from pathlib import Path

from sqlalchemy import text

from tests_host.host.client import TerminalClient, TestClock
from tests_host.host.conftest import KEYS, MID, TID
from tests_host.host.test_cli import Desk
from tools.host import Host
from tools.host.db import Database, file_url

# What versions 4 and 1 had otherwise.
_TO_VERSION_4 = (
    "DROP INDEX ix_transactions_original",
    *(f"ALTER TABLE transactions DROP COLUMN {name}" for name in ("payer", "original", "shift")),
    "ALTER TABLE terminals DROP COLUMN sale_limit_minor",
    *(f"DROP TABLE {name}" for name in ("postings", "ledger_entries", "accounts")),
    *(f"DROP TABLE {name}" for name in ("orders", "reversals", "differences")),
    "UPDATE meta SET value = '4' WHERE name = 'schema'",
)
_TO_VERSION_1 = (
    *_TO_VERSION_4,
    "ALTER TABLE terminals DROP COLUMN is_pin_freed",
    "ALTER TABLE terminals DROP COLUMN pin_told",
    "ALTER TABLE terminals DROP COLUMN trail",
    "ALTER TABLE terminals DROP COLUMN lock_until",
    "ALTER TABLE terminals DROP COLUMN lock_text",
    "ALTER TABLE key_sets DROP COLUMN operator",
    "ALTER TABLE key_sets DROP COLUMN must_change",
    "DROP TABLE audit",
    "DROP TABLE terminal_audit",
    "CREATE TABLE audit (id INTEGER PRIMARY KEY, at DATETIME, event VARCHAR(32), tid VARCHAR(8), detail TEXT)",
    "INSERT INTO audit VALUES (1, '2026-11-20 11:15:30.000000', 'merchant', '', '123456789012345')",
    "INSERT INTO audit VALUES (5, '2026-11-20 11:15:31.250000', 'terminal_controlled', '10000001', 'barred 0')",
    "DELETE FROM meta WHERE name = 'audit'",
    "UPDATE meta SET value = '1' WHERE name = 'schema'",
)


def test_c3_books_of_version_1_are_upgraded(host_dir: Path, clock: TestClock) -> None:
    """C3: a terminal signed in before goes on after it, and the old audit is the beginning of the chain."""
    url = file_url(host_dir / "host.db")
    host = Host(url, host_dir / "pki", clock=clock)
    client = TerminalClient(host.enrolment.terminal(TID, MID, "E32-1", keys=KEYS), host.start(), clock)
    client.sign_in()
    client.sell(100)
    client.close()
    host.close()
    db = Database(url)
    with db.writing() as session:
        for statement in _TO_VERSION_1:
            session.execute(text(statement))
    db.close()
    desk = Desk(host_dir)
    assert "version 1, this host needs version 5: run 'host upgrade'" in desk.bad("terminals")
    assert "are upgraded" in desk.good("upgrade")
    assert "up to date" in desk.good("upgrade")
    assert "2 records are good" in desk.good("audit", "verify")
    host = Host(url, host_dir / "pki", clock=clock)
    client.port = host.start()
    assert client.sell(200).code == "00"
    assert client.sign_in().code == "00"
    client.close()
    events = [(row.serial, row.at.microsecond, row.event) for row in host.books.audit()]
    assert events[:3] == [(1, 0, "merchant"), (2, 250_000, "terminal_controlled"), (3, 0, "sign_in")]
    assert host.books.totals(TID, 1).debit_minor == 300
    assert host.books.balances() == {f"drawer:{TID}": 300, f"takings:{MID}": -300}
    host.close()


def test_c3_the_ledger_of_version_5_begins_with_what_is_booked(host_dir: Path, clock: TestClock) -> None:
    """C3: disputed records wait in suspense; entries of the upgrade sum to zero like all others."""
    url = file_url(host_dir / "host.db")
    host = Host(url, host_dir / "pki", clock=clock)
    client = TerminalClient(host.enrolment.terminal(TID, MID, "E32-1", keys=KEYS), host.start(), clock)
    client.sign_in()
    client.sell(100)
    client.sell(250)
    client.settle(100, 1)
    client.upload((client.stan - 2, 100))
    assert client.end_batch(1, "202").code == "00"
    client.close()
    before = host.books.balances()
    host.close()
    db = Database(url)
    with db.writing() as session:
        for statement in _TO_VERSION_4:
            session.execute(text(statement))
    assert db.upgrade()
    db.close()
    host = Host(url, host_dir / "pki", clock=clock)
    after = {f"drawer:{TID}": 350, f"takings:{MID}": -100, f"suspense:{MID}": -250}
    assert before == host.books.balances() == after
    assert host.books.verify_ledger() == []
    host.close()


def test_c4_a_failed_upgrade_leaves_the_books_as_they_were(host_dir: Path) -> None:
    """C4: one transaction, columns included."""
    db = Database(file_url(host_dir / "host.db"))
    with db.writing() as session:
        for statement in _TO_VERSION_1:
            if "must_change" not in statement:  # a column that is there already stops it, after three others
                session.execute(text(statement))
    desk = Desk(host_dir)
    assert "does not answer" in desk.bad("upgrade")
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM audit")).scalar_one() == 2
        assert not {"trail", "is_pin_freed"} & {
            row.name for row in session.execute(text("PRAGMA table_info(terminals)"))
        }
        assert session.execute(text("SELECT value FROM meta WHERE name = 'schema'")).scalar_one() == "1"
    db.close()
    assert "init" in desk.bad("--db", str(host_dir / "none.db"), "upgrade")
