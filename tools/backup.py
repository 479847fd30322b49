# SPDX-License-Identifier: MIT
"""A terminal's journal outside the terminal (mission C1): a zip file with the raw 64-byte slots and a manifest.

The manifest says whose they are, when they were read and what they add up to, so that a reader needs no board to know
whether the file is whole. Slots are judged by `tools.journal`, independently of the firmware.
"""

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from tools.errors import RefusedError
from tools.journal import SLOT, JournalImage, JournalRecord, Status, live, read_journal
from tools.reports import sums_of

_FORM: Final = "qiandao-journal"
_VERSION: Final = 1
_MANIFEST: Final = "manifest.json"
_SLOTS: Final = "slots.bin"
_BOOKS: Final = ("epoch", "batch")
_MOST: Final = 4 << 20  # bytes of slots: the largest flash there is


@dataclass(frozen=True)
class BatchTotal:
    """What a batch of the journal adds up to; amounts in minor units. `epoch`: its ordinal on the terminal."""

    epoch: int
    batch: int
    records: int
    amount: int
    queued: int
    acked: int
    rejected: int


@dataclass(frozen=True)
class Backup:
    """`slots` are whole raw slots in no order; `tid` is empty where the board did not know it."""

    tid: str
    firmware: str
    taken_at: datetime
    slots: bytes

    @property
    def image(self) -> JournalImage:
        try:
            return read_journal(self.slots)
        except (ValueError, struct.error):
            raise RefusedError("the journal is of another version than these tools") from None

    @property
    def live(self) -> list[tuple[int, bytes]]:
        return live(self.slots)


def totals(image: JournalImage) -> list[BatchTotal]:
    """By batch, oldest first. The amount is what a settlement comes to: sales less what went back."""
    batches: dict[tuple[int, int], list[JournalRecord]] = {}
    for record in image.transactions:
        batches.setdefault((record.epoch, record.batch), []).append(record)
    result = []
    for (epoch, batch), records in sorted(batches.items()):
        count = {status: sum(record.status is status for record in records) for status in Status}
        amount = sums_of(records).net_minor
        numbers = (count[Status.QUEUED], count[Status.ACKED], count[Status.REJECTED])
        result.append(BatchTotal(epoch, batch, len(records), amount, *numbers))
    return result


def open_records(image: JournalImage) -> int:
    """Transactions of the batch that is open."""
    return sum(record.epoch == image.state.get("epoch", 0) for record in image.transactions)


def is_unused(image: JournalImage) -> bool:
    """A journal in which nothing has been done yet."""
    return not image.transactions and not image.state.get("epoch", 0)


def distinct(slots: Iterable[bytes]) -> bytes:
    """The slots, each once and no blank ones; a journal that is read twice grows only by what is new."""
    blank = b"\xff" * SLOT
    return b"".join(dict.fromkeys(slot for slot in slots if slot != blank))


def split(data: bytes) -> list[bytes]:
    return [data[at : at + SLOT] for at in range(0, len(data), SLOT)]


def _manifest(backup: Backup) -> dict[str, Any]:
    image = backup.image
    return {
        "form": _FORM,
        "version": _VERSION,
        "tid": backup.tid,
        "firmware": backup.firmware,
        "taken_at": backup.taken_at.isoformat(timespec="seconds"),
        "batch": image.state.get("batch", 0),
        "open_records": open_records(image),
        "totals": [asdict(total) for total in totals(image)],
        "slots": len(backup.slots) // SLOT,
        "sha256": hashlib.sha256(backup.slots).hexdigest(),
    }


def save(backup: Backup, path: Path) -> None:
    """Write the file, which only its owner can read, whole or not at all; it is read again before it counts."""
    fresh = path.with_name(path.name + ".part")
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_MANIFEST, json.dumps(_manifest(backup), indent=2, ensure_ascii=False))
        archive.writestr(_SLOTS, backup.slots)
    try:
        fresh.touch(mode=0o600)
        fresh.write_bytes(buffer.getvalue())
        if load(fresh).slots != backup.slots:
            raise RefusedError(f"{path}: what was written does not read back; another disk?")
        fresh.replace(path)
    except OSError as fault:
        raise RefusedError(f"{path}: {fault.strerror}") from None
    finally:
        fresh.unlink(missing_ok=True)


def load(path: Path) -> Backup:
    """A backup file, checked against its own manifest; RefusedError says what is wrong with it."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(_SLOTS).file_size > _MOST:
                raise RefusedError(f"{path}: larger than any terminal's journal")
            manifest = json.loads(archive.read(_MANIFEST))
            slots = archive.read(_SLOTS)
        if manifest["form"] != _FORM or manifest["version"] != _VERSION:
            raise RefusedError(f"{path}: a backup of another version")
        taken_at = datetime.fromisoformat(manifest["taken_at"])
        backup = Backup(str(manifest["tid"]), str(manifest["firmware"]), taken_at, slots)
        is_whole = len(slots) % SLOT == 0 and _manifest(backup) == manifest
    except OSError as fault:
        raise RefusedError(f"{path}: {fault.strerror or 'cannot be read'}") from None
    except (zipfile.BadZipFile, zlib.error, ValueError, KeyError, TypeError, EOFError, NotImplementedError):
        raise RefusedError(f"{path}: damaged, or no backup of a journal") from None
    if not is_whole:
        raise RefusedError(f"{path}: damaged: the records do not match the manifest")
    return backup


def taken(tid: str, firmware: str, slots: bytes) -> Backup:
    """A backup as of now."""
    return Backup(tid, firmware, datetime.now(UTC).replace(microsecond=0), slots)


def _describe(record: JournalRecord) -> str:
    return f"{record.amount / 100:.2f} {record.status.name.lower()}"


def differences(wanted: JournalImage, found: JournalImage) -> list[str]:
    """What two journals say differently, a line each; empty when the books are the same. The rest of the state moves on
    by itself, with every start."""
    ours = {(record.epoch, record.stan): record for record in wanted.transactions}
    theirs = {(record.epoch, record.stan): record for record in found.transactions}
    lines = []
    for key in sorted(ours.keys() | theirs.keys()):
        first, second = ours.get(key), theirs.get(key)
        if first != second:
            words = [_describe(record) if record else "nothing" for record in (first, second)]
            batch = (first or second).batch  # type: ignore[union-attr]  # one of them is there
            lines.append(f"batch {batch} STAN {key[1]:06d}: backup {words[0]}, board {words[1]}")
    for name in _BOOKS:
        values = wanted.state.get(name, 0), found.state.get(name, 0)
        if values[0] != values[1]:
            lines.append(f"state {name}: backup {values[0]}, board {values[1]}")
    return lines


def is_newer(board: JournalImage, backup: JournalImage) -> bool:
    """Has the board's journal gone on since the backup, or gone another way?"""
    if board.state.get("epoch", 0) != backup.state.get("epoch", 0):
        return board.state.get("epoch", 0) > backup.state.get("epoch", 0)
    saved = {(record.epoch, record.stan): record for record in backup.transactions}
    for record in board.transactions:
        old = saved.get((record.epoch, record.stan))
        if old is None or record.status is not old.status and old.status is Status.QUEUED:
            return True
    return board.state.get("clock", 0) > backup.state.get("clock", 0)
