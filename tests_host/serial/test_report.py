# SPDX-License-Identifier: MIT
"""`qiandao report` (W2): X and Z by operator, from slots as a terminal writes them."""

import csv
import json
import struct
import zlib
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from tools import backup
from tools.cli import main
from tools.journal import FORMATS, KIND_STATE, KIND_TXN, SLOT, Status

_OPEN: Final = 7  # ordinal of the open batch
_CASH, _QR, _VOID, _REFUND = 1, 2, 3, 4


def _slot(sequence: int, kind: int, payload: bytes) -> bytes:
    head = struct.pack("<IBB", sequence, kind, len(payload)) + payload
    body = head.ljust(SLOT - 4, b"\xff")
    return body + struct.pack("<I", zlib.crc32(body))


def _txn(epoch: int, stan: int, kind: int, amount: int, status: Status, operator: int = 1) -> bytes:
    return struct.pack(FORMATS[1], epoch, epoch + 1, stan, amount, 0, status, kind, operator, 1, 0, 480, b"", b"00", 0)


def _state() -> bytes:
    values = [0] * (len(struct.unpack(FORMATS[0], bytes(struct.calcsize(FORMATS[0])))))
    values[7], values[8] = _OPEN, _OPEN + 1  # epoch, batch
    return struct.pack(FORMATS[0], *values)


_TXNS: Final = (
    _txn(_OPEN - 2, 1, _CASH, 77, Status.ACKED),
    _txn(_OPEN - 1, 1, _CASH, 1000, Status.ACKED),
    _txn(_OPEN - 1, 2, _QR, 250, Status.ACKED, 2),
    _txn(_OPEN, 3, _CASH, 1234, Status.QUEUED),
    _txn(_OPEN, 3, _CASH, 1234, Status.ACKED),  # the newer state of the same
    _txn(_OPEN, 4, _CASH, 500, Status.VOIDED),
    _txn(_OPEN, 5, _VOID, 500, Status.ACKED),
    _txn(_OPEN, 6, _QR, 999, Status.UNDONE),
    _txn(_OPEN, 7, _QR, 321, Status.OPEN, 2),
    _txn(_OPEN, 8, _REFUND, 200, Status.ACKED, 2),
    _txn(_OPEN, 9, _CASH, 60, Status.QUEUED, 2),
    _txn(_OPEN, 10, _CASH, 40, Status.REJECTED, 2),
)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    slots = [_slot(1, KIND_STATE, _state())]
    slots += [_slot(number, KIND_TXN, payload) for number, payload in enumerate(_TXNS, 2)]
    path = tmp_path / "shop.backup"
    backup.save(backup.Backup("10000001", "0.1.0", datetime(2026, 3, 2, tzinfo=UTC), b"".join(slots)), path)
    return path


def _report(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", *arguments])


def test_w2_totals_are_by_operator_and_by_the_rules_of_the_settlement(saved: Path) -> None:
    """W2: undone and rejected count for nothing, what is not known is named apart, credits are taken off."""
    document = json.loads(_report(str(saved), "--format", "json").stdout)
    assert document["tid"] == "10000001"
    by_name = {report["report"]: {row["operator"]: row for row in report["totals"]} for report in document["reports"]}
    assert {name: row["net_minor"] for name, row in by_name["X"].items()} == {"001": 1234, "002": -140, "all": 1094}
    everything = by_name["X"]["all"]
    assert (everything["sales"], everything["sales_minor"]) == (3, 1794)
    assert (everything["credits"], everything["credits_minor"]) == (2, 700)
    assert (everything["not_uploaded"], everything["unknown"]) == (1, 1)
    assert {name: row["sales_minor"] for name, row in by_name["Z"].items()} == {"001": 1000, "002": 250, "all": 1250}


def test_w2_every_transaction_has_its_receipt_number(saved: Path) -> None:
    rows = list(csv.DictReader(StringIO(_report(str(saved), "--format", "csv", "--records", "--batch", "x").stdout)))
    assert [(row["receipt"], row["kind"], row["amount"], row["state"]) for row in rows[:3]] == [
        ("000008000003", "cash", "12.34", "acknowledged"),
        ("000008000004", "cash", "5.00", "voided"),
        ("000008000005", "void", "5.00", "acknowledged"),
    ]
    assert len(rows) == 8


def test_w2_a_person_reads_a_table(saved: Path) -> None:
    shown = _report(str(saved), "--records").stdout
    for words in ("X  terminal 10000001, batch 000008, open", "Z  terminal 10000001, batch 000007, closed", "10.94"):
        assert words in shown
    assert CliRunner().invoke(main, ["backup", "show", str(saved)]).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((), "--serial PORT or --flash FILE"), (("no.backup",), "no.backup"), (("x.backup", "--serial", "p"), "not both")],
)
def test_w2_what_cannot_be_read_is_said(arguments: tuple[str, ...], words: str) -> None:
    result = _report(*arguments)
    assert result.exit_code == 1
    assert words in result.stderr
