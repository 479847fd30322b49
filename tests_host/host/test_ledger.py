# SPDX-License-Identifier: MIT
"""The ledger, totals and export of the books (mission C3, O3, W2)."""

import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import text

from tests_host.host.client import TerminalClient, TestClock
from tests_host.host.conftest import MID, PIN, TID
from tests_host.host.test_cli import Desk
from tools.host import Host, ledger
from tools.host.db import Database, file_url
from tools.host.models import Transaction


def _pay(host: Host, client: TerminalClient, amount_minor: int, payer: str = "payer") -> int:
    """STAN of an order that is made and paid."""
    fields = client.order_fields(amount_minor)
    host.phone.pay(client.ask(fields).fields["37"], payer)
    return int(fields["11"])


def test_c3_every_entry_sums_to_zero(host: Host, signed_in: TerminalClient) -> None:
    """C3: cash to the drawer, QR to the scheme; the merchants' accounts are what the records say."""
    signed_in.sell(300)
    _pay(host, signed_in, 500)
    entries = host.books.ledger(TID, 1)
    assert [sum(posting.amount_minor for posting in entry.postings) for entry in entries] == [0, 0]
    assert [entry.event for entry in entries] == ["book 30", "book 22"]
    assert host.books.balances() == {
        f"drawer:{TID}": 300,
        f"merchant:{MID}": -500,
        "scheme": 500,
        f"takings:{MID}": -300,
    }
    assert host.books.verify_ledger() == []


def test_c3_postings_that_do_not_sum_to_zero_are_never_written(clock: TestClock, host_dir: Path) -> None:
    """C3: a fault of the host stops the whole booking."""
    db = Database(file_url(host_dir / "host.db"))
    record = Transaction(tid=TID, batch=1, stan=1, kind="22", amount_minor=1, currency="156")
    with pytest.raises(ledger.LedgerError), db.writing() as session:
        ledger.post(session, record, "x", clock(), {"a": 1, "b": -2})
    db.close()


def test_c3_a_ledger_that_was_written_to_shows(host: Host, signed_in: TerminalClient, host_dir: Path) -> None:
    """C3: `host balances` names what is wrong and fails."""
    signed_in.sell(300)
    desk = Desk(host_dir)
    assert "3.00" in desk.good("balances")
    db = Database(file_url(host_dir / "host.db"))
    with db.writing() as session:
        session.execute(text("UPDATE postings SET amount_minor = -299 WHERE account LIKE 'takings%'"))
    db.close()
    assert len(host.books.verify_ledger()) == 2
    assert "entry 1 does not sum to zero" in desk.bad("balances")


def test_o3_the_ledger_follows_an_upload(host: Host, signed_in: TerminalClient, host_dir: Path) -> None:
    """O3: added, changed and disputed records by name, and what is disputed waits in suspense."""
    kept, disputed = _pay(host, signed_in, 100), _pay(host, signed_in, 400)
    signed_in.sell(200)
    changed, added = signed_in.stan, signed_in.next_stan()
    assert signed_in.settle(100 + 250 + 800, 3).code == "95"
    assert signed_in.upload((kept, 100), (added, 800), kind="22").code == "00"
    assert signed_in.upload((changed, 250)).code == "00"
    assert signed_in.end_batch(3, "202").code == "00"
    rows = host.books.differences(TID, 1)
    assert [(row.stan, row.what, row.host_minor, row.terminal_minor) for row in rows] == [
        (disputed, "disputed", 400, 0),
        (changed, "changed", 200, 250),
        (added, "added", 0, 800),
    ]
    assert host.books.balances() == {
        f"drawer:{TID}": 250,
        f"takings:{MID}": -250,
        f"merchant:{MID}": -900,
        "scheme": 1300,
        f"suspense:{MID}": -400,
    }
    assert host.books.verify_ledger() == []
    assert "disputed" in Desk(host_dir).good("differences", TID, "--batch", "1")
    signed_in.upload((kept, 101), kind="22")
    signed_in.end_batch(4, "202")
    assert [row.what for row in host.books.differences(TID, 1)][0] == "late"


def test_o3_upload_with_credits_of_every_kind(host: Host, signed_in: TerminalClient) -> None:
    """O3: a record's type is 60.1 of its message; a reversed one that the terminal does not send is no difference."""
    fields = signed_in.order_fields(900)
    host.phone.pay(signed_in.ask(fields).fields["37"])
    refund = signed_in.credit_fields("25", fields, 100)
    signed_in.ask(refund)
    assert signed_in.reverse(refund).tags["FS"] == "R"
    second = signed_in.credit_fields("25", fields, 300)
    signed_in.ask(second)
    lost = signed_in.next_stan()
    assert signed_in.settle(950, 2, credit=(300, 1)).code == "95"
    signed_in.upload((int(fields["11"]), 900), kind="22")
    signed_in.upload((int(second["11"]), 300), kind="25")
    signed_in.upload((lost, 50))
    assert signed_in.end_batch(3, "202").code == "00"
    assert [(row.stan, row.what) for row in host.books.differences(TID, 1)] == [(lost, "added")]
    assert [row.status for row in host.books.records(TID, 1)] == ["booked", "reversed", "booked", "booked"]
    assert host.books.verify_ledger() == []


def test_o3_a_reversed_record_that_the_terminal_holds_counts_again(host: Host, signed_in: TerminalClient) -> None:
    """O3: the terminal's records win over a reversal, too; the change is audited."""
    fields = signed_in.order_fields(900)
    host.phone.pay(signed_in.ask(fields).fields["37"])
    refund = signed_in.credit_fields("25", fields, 100)
    signed_in.ask(refund)
    signed_in.reverse(refund)
    signed_in.settle(900, 1, credit=(100, 1))
    signed_in.upload((int(fields["11"]), 900), kind="22")
    signed_in.upload((int(refund["11"]), 100), kind="25")
    assert signed_in.end_batch(2, "202").code == "00"
    assert host.books.balances() == {"scheme": 800, f"merchant:{MID}": -800}
    assert [row.event for row in host.books.audit(TID)].count("record_changed") == 1


def test_w2_totals_by_operator_and_shift(host: Host, signed_in: TerminalClient, host_dir: Path) -> None:
    """W2, O3: a sale counts for who made it and on which shift, also when it is sent by the next one."""
    host.enrolment.operator(MID, "002", "韩梅梅", "135792", must_change=False)
    _pay(host, signed_in, 100)
    stored = signed_in.sale_fields(30)
    signed_in.sign_out("O")
    signed_in.forget_keys()
    later = signed_in.sign_in_fields("135792", "002", journal=1)
    later["62"] = later["62"].replace("SH0012", "SH0013")
    signed_in.take_keys(signed_in.ask(later, signed_in.identity.tak0))
    signed_in.operator = "002"
    both = f"{signed_in.key_set:02d}" * 2 + "000500000000"
    assert signed_in.ask(stored | {"53": both}).code == "00"
    _pay(host, signed_in, 1000)
    by_operator = host.books.totals_by_operator(TID, 1)
    assert {name: sums.debit_minor for name, sums in by_operator.items()} == {"001": 130, "002": 1000}
    by_shift = host.books.totals_by_shift(TID, 1)
    assert {name: (sums.debit_minor, sums.debit_count) for name, sums in by_shift.items()} == {
        "2": (130, 2),
        "3": (1000, 1),
    }
    shown = Desk(host_dir).good("totals", TID, "--by", "operator")
    assert "10.00" in shown and "1.30" in shown


def test_c3_export_to_csv(host: Host, signed_in: TerminalClient, host_dir: Path, tmp_path: Path) -> None:
    """C3: read back by the csv module; nothing that a spreadsheet would take for a formula."""
    _pay(host, signed_in, 100, "=cmd|' /C calc'!A0")
    signed_in.sell(200)
    desk, path = Desk(host_dir), tmp_path / "books.csv"
    assert "2 records" in desk.good("export", str(path))
    first, second = csv.DictReader(path.open(encoding="utf-8", newline=""))
    assert (first["kind"], first["amount_minor"], first["tid"], first["batch"]) == ("22", "100", TID, "000001")
    assert first["payer"] == "'=cmd|' /C calc'!A0"
    assert (second["kind"], second["tender"], second["stan"]) == ("30", "CASH", f"{signed_in.stan:06d}")
    shown = desk.good("export", "--tid", TID, "--batch", "2", "-")
    assert len(list(csv.reader(io.StringIO(shown)))) == 1
    assert len(list(csv.reader(io.StringIO(desk.good("export", "--tid", TID, "--batch", "1", "-"))))) == 3
    assert PIN not in path.read_text()


def test_e4_a_renewed_terminal_never_reuses_a_batch_with_orders(host: Host, signed_in: TerminalClient) -> None:
    """P3: another device may number from 1: an unpaid order is reason enough for a new batch."""
    signed_in.order()
    host.enrolment.terminal(TID, MID, "E32-0002", is_renewed=True)
    assert host.books.terminal(TID).batch == 2
