# SPDX-License-Identifier: MIT
"""Reads a board's journal: over the firmware's console, where the terminal goes on working, or over a REPL.

And writes one into an empty journal, through the firmware's own log, record by record. Meanwhile the board has no
identity: an interrupted restore leaves a terminal that says it is not set up, never one with half of its books.
"""

import binascii
import json
from collections.abc import Callable
from typing import Final

from tools import backup
from tools.errors import RefusedError
from tools.journal import FORMATS, SLOT
from tools.provision import ProvisionError, Transport, ask_snippet, probe, tidy
from tools.serial_line import Answer, SerialLine

Progress = Callable[[int, int], None]
"""Told (done, total)."""

_PASSES: Final = 6  # a terminal that works moves records while they are read
_SECTORS: Final = 8  # read in one snippet
_RECORDS: Final = 32  # written in one snippet
_SIZE: Final = """
def work():
    import esp32
    print("SECTORS", esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0].ioctl(4, 0))
work()
"""
_READ: Final = """
def work(first, last):
    import binascii, esp32
    part = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0]
    buffer = bytearray(512)
    view = memoryview(buffer)
    blank = b"\\xff" * 64
    for sector in range(first, last):
        for at in range(0, 4096, 512):
            part.readblocks(sector, buffer, at)
            for slot in range(0, 512, 64):
                if view[slot : slot + 64] != blank:
                    print("SLOT", binascii.b2a_base64(view[slot : slot + 64]).decode().strip())
    print("READ", last - first)
work({first}, {last})
"""
_FORMATS: Final = """
def work():
    from firmware.store.state import State
    from firmware.store.journal import Txn
    print("FORMATS", State.FORMAT, Txn.FORMAT)
work()
"""
_PARK: Final = """
def work():
    import esp32, flash_log
    from firmware.store import settings
    from firmware.store.vault import LARGEST, Vault
    known = Vault("cfg").load(bytearray(LARGEST))
    if known:
        settings.save("rst", bytes(known))
        settings.withdraw()
    flash_log.FlashLog(esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0]).erase_all()
    print("PARKED")
work()
"""
_WRITE: Final = """
def work(records):
    import esp32, flash_log
    from binascii import unhexlify
    log = flash_log.FlashLog(esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0])
    log.mount()
    for kind, payload in records:
        log.append(kind, unhexlify(payload))
    print("WRITTEN", len(records))
work({records})
"""
_UNPARK: Final = """
def work():
    from firmware.store import settings
    from firmware.store.vault import LARGEST, Vault
    parked = Vault("rst").load(bytearray(LARGEST))
    if parked:
        settings.save("cfg", bytes(parked))
        settings.save("rst", b"")
    print("BACK", settings.load()["tid"] if parked else "")
work()
"""
_PARKED: Final = """
def work():
    import json
    from firmware.store.vault import LARGEST, Vault
    parked = Vault("rst").load(bytearray(LARGEST))
    is_withdrawn = Vault("cfg").load(bytearray(LARGEST)) == b""
    print("ASIDE", json.loads(bytes(parked))["tid"] if parked and is_withdrawn else "")
work()
"""


def read_console(line: SerialLine, status: Answer, progress: Progress) -> backup.Backup:
    """While the terminal works, which may move a record from where nothing was read yet to what was read already: read
    until there is nothing new and the open batch has as many records as the terminal says."""
    slots: dict[bytes, None] = {}
    before: list[tuple[int, bytes]] | None = None
    for _ in range(_PASSES):
        slots.update(dict.fromkeys(_console_pass(line, progress)))
        found = backup.taken(str(status.get("tid", "")), str(status.get("v", "")), backup.distinct(slots))
        count = line.order("status").get("records", 0)
        if found.live == before and backup.open_records(found.image) == count:
            return found
        before = found.live
    raise RefusedError(f"{line.port}: the journal changes faster than it can be read; try again when it is quiet")


def _console_pass(line: SerialLine, progress: Progress) -> list[bytes]:
    slots: list[bytes] = []
    place = 0
    while place >= 0:
        answer = line.order("journal", place)
        try:
            data = binascii.a2b_base64(answer["data"])
            total, following = int(answer["slots"]), int(answer["next"])
        except (KeyError, ValueError, TypeError, binascii.Error):
            raise RefusedError(f"{line.port}: the answer to @journal makes no sense; is it this firmware?") from None
        if len(data) % SLOT or 0 <= following <= place:
            raise RefusedError(f"{line.port}: the answer to @journal makes no sense; is it this firmware?")
        slots += backup.split(data)
        place = following
        progress(place if place >= 0 else total, total)
    return slots


def _slots(board: Transport, progress: Progress) -> bytes:
    total = int(ask_snippet(board, _SIZE, "SECTORS"))
    slots: list[bytes] = []
    for first in range(0, total, _SECTORS):
        last = min(first + _SECTORS, total)
        said = board.exec(tidy(_READ.format(first=first, last=last))).splitlines()
        if f"READ {last - first}" not in said:
            raise RefusedError("the board stopped in the middle of its journal; repeat")
        try:
            parts = [binascii.a2b_base64(line[5:]) for line in said if line.startswith("SLOT ")]
        except binascii.Error:
            raise RefusedError("the serial line garbled the journal; repeat, perhaps with another cable") from None
        if any(len(part) != SLOT for part in parts):
            raise RefusedError("the serial line garbled the journal; repeat, perhaps with another cable")
        slots += parts
        progress(last, total)
    return backup.distinct(slots)


def read_repl(board: Transport, progress: Progress) -> backup.Backup:
    """At the REPL; also where the firmware is missing or does not start."""
    try:
        found = probe(board)
    except (ProvisionError, RefusedError):
        return backup.taken("", "", _slots(board, progress))
    return backup.taken(found.tid or _aside(board), found.firmware, _slots(board, progress))


def _aside(board: Transport) -> str:
    """The terminal number of an identity that an interrupted restore has put aside."""
    return ask_snippet(board, _PARKED, "ASIDE")


def is_interrupted(board: Transport) -> bool:
    """Did an earlier restore not come to its end?"""
    return bool(_aside(board))


def write(board: Transport, source: backup.Backup, progress: Progress) -> backup.Backup:
    """Replace the board's journal; what it holds afterwards, read back."""
    if ask_snippet(board, _FORMATS, "FORMATS") != " ".join(FORMATS):
        raise RefusedError("the firmware there keeps another kind of journal; deploy the one of these tools")
    ask_snippet(board, _PARK, "PARKED")
    records = source.live
    for first in range(0, len(records), _RECORDS):
        part = [(kind, payload.hex()) for kind, payload in records[first : first + _RECORDS]]
        ask_snippet(board, _WRITE.format(records=json.dumps(part)), "WRITTEN")
        progress(min(first + _RECORDS, len(records)), 2 * len(records))
    found = backup.taken(source.tid, "", _slots(board, lambda done, total: None))
    progress(2 * len(records), 2 * len(records))
    return found


def finish(board: Transport) -> str:
    """Give the board its identity back; its terminal number, empty if it has none."""
    return ask_snippet(board, _UNPARK, "BACK")
