# SPDX-License-Identifier: MIT
"""Wear of the journal in its steady state, beside the same records appended to a littlefs file on the same flash.

A month of sales runs through the firmware's own journal when its ring has gone round once; then littlefs gets the
partition.
"""

from typing import Final

from tools.bench.figure import Figure, rounded
from tools.bench.stand import Stand
from tools.emulator import Board

_BATCHES: Final = 30
_SALES: Final = 70  # with two records a sale, a little more than one lap of the ring
_APPENDS: Final = 400
_JOURNAL: Final = f"""
import gc, struct
from flash_log import FlashLog
count = 0
plain = FlashLog.append
def append(self, kind, payload):
    global count
    count += 1
    return plain(self, kind, payload)
FlashLog.append = append
from firmware.store.journal import ACKED, Journal, Txn
blank = bytes(struct.calcsize(Txn.FORMAT))
journal = Journal()
journal.mount()
first = journal.state.batch + 1
for batch in range(first, first + {_BATCHES}):
    for _ in range({_SALES}):
        txn = Txn()
        txn.load(blank)
        txn.epoch, txn.batch, txn.stan, txn.amount = journal.state.epoch, batch, journal.next_stan(), 1234
        journal.record(txn)
        txn.status = ACKED
        journal.record(txn)
        journal.prepare()
    journal.change(epoch=journal.state.epoch + 1, batch=batch + 1)
    gc.collect()
print("records", count)
"""
_LITTLEFS: Final = f"""
import esp32, vfs
part = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0]
vfs.VfsLfs2.mkfs(part)
system = vfs.VfsLfs2(part)
vfs.mount(system, "/reference")
record = bytes(64)
print("mounted")
with open("/reference/log", "ab") as file:
    for _ in range({_APPENDS}):
        file.write(record)
        file.flush()
print("records", {_APPENDS})
"""


def _wear(board: Board, code: str) -> tuple[float, float, float, int]:
    """Bytes programmed, program operations and sector erases of one record, and how many there were."""
    flash = board.flash
    before = (flash.bytes_programmed, flash.programs, flash.erases.total())
    lines = board.exec(code).splitlines()
    records = int(next(line.split()[1] for line in lines if line.startswith("records")))
    after = (flash.bytes_programmed, flash.programs, flash.erases.total())
    programmed, programs, erases = ((end - start) / records for start, end in zip(before, after, strict=True))
    return programmed, programs, erases, records


def measure(stand: Stand) -> list[Figure]:
    """By record, and by transaction: its record, the host's answer to it, and its share of reserved numbers."""
    board = stand.board()
    _wear(board, _JOURNAL)  # the first lap finds sectors that provisioning has erased
    *ours, records = _wear(board, _JOURNAL)
    *theirs, _ = _wear(board, _LITTLEFS)
    reference = "append + flush to a littlefs file"
    names = (
        ("journal_bytes_programmed_per_record", "bytes"),
        ("journal_programs_per_record", "operations"),
        ("journal_erases_per_record", "sectors"),
    )
    figures = [
        Figure(name, rounded(value), unit, reference, rounded(other), is_limit=True)
        for (name, unit), value, other in zip(names, ours, theirs, strict=True)
    ]
    each = records / (_BATCHES * _SALES)
    for (name, unit), value, other in zip(names, ours, theirs, strict=True):
        if "programs" not in name:
            whole = name.replace("_per_record", "_per_transaction")
            figures.append(Figure(whole, rounded(value * each), unit, "two appends", rounded(2 * other), is_limit=True))
    return figures
