# SPDX-License-Identifier: MIT
"""The terminals' own trails at the host: tags AU and AN of message 2 (mission C3, W6)."""

import hashlib
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests_host.host.client import TerminalClient, TestClock
from tests_host.host.conftest import KEYS, MID, TID
from tests_host.host.test_cli import Desk
from tools.host import Host
from tools.host.db import Database, file_url
from tools.host.terminal_trail import EVENTS, Record

_TIME = 848_488_530  # 2026-11-20 11:15:30 UTC in seconds since 2000


class Trail:
    """A terminal's trail as the board keeps it."""

    def __init__(self, chain: bytes = bytes(8), sequence: int = 0) -> None:
        self.chain, self.sequence = chain, sequence

    def add(self, event: int = 1, operator: int = 255, detail: int = 0) -> str:
        self.sequence += 1
        body = struct.pack(">IIBBH", self.sequence, _TIME, event, operator, detail)
        self.chain = hashlib.sha256(self.chain + body).digest()[:8]
        return (body + self.chain).hex()

    def several(self, count: int) -> list[str]:
        return [self.add(number % 15 + 1, number) for number in range(count)]


@pytest.fixture
def desk(host: Host, host_dir: Path) -> Desk:
    return Desk(host_dir)


@pytest.fixture
def books(host: Host, host_dir: Path) -> Iterator[Database]:
    db = Database(file_url(host_dir / "host.db"))
    yield db
    db.close()


def _send(client: TerminalClient, *records: str) -> str:
    """Highest sequence number held, as the host says."""
    answer = client.echo(("AU", "".join(records)))
    assert (answer.code, answer.is_signed) == ("00", True)
    return answer.tags["AN"]


def _broken(host: Host) -> list[str]:
    return [row.detail for row in host.books.audit() if row.event == "trail_broken"]


def _marks(host: Host) -> list[tuple[int, int, str]]:
    return [(row.trail, row.sequence, row.mark) for row in host.books.terminal_audit(TID)]


def test_c3_records_are_held_and_read(host: Host, desk: Desk, terminal: TerminalClient) -> None:
    """C3: what the terminal wrote down, under its own time; both trails verify."""
    own = Trail()
    assert _send(terminal) == "0"
    assert _send(terminal, own.add(1), own.add(5, 1, 4), own.add(6, 1)) == "3"
    assert _send(terminal, own.add(200, 98)) == "4"
    shown = desk.good("audit", "show", "--tid", TID, "--csv").splitlines()
    assert f"2026-11-20 11:15:30Z,terminal,1.2,{TID},001,pin_failed,4" in shown
    assert f"2026-11-20 11:15:30Z,terminal,1.4,{TID},098,event_200,0" in shown
    assert "pin_locked" in desk.good("audit", "show", "--operator", "001")
    assert "Terminals: 4 records are good" in desk.good("audit", "verify")
    assert _broken(host) == []


def test_c3_vector_of_one_record() -> None:
    """C3: sequence 1, 2026-11-20 11:15:30 UTC, sign-in, operator 001, detail 2."""
    record = Record.parse("00000001" + "3292E852" + "02" + "01" + "0002" + "00" * 8)
    assert (record.sequence, record.event, record.operator, record.detail) == (1, "sign_in", "001", 2)
    assert record.at.isoformat() == "2026-11-20T11:15:30+00:00"
    assert record.body == bytes.fromhex("000000013292e85202010002")
    assert sorted(EVENTS) == list(range(1, 18))


def test_c3_records_sent_again_change_nothing(host: Host, terminal: TerminalClient) -> None:
    """C3: under new STANs, in either case of the digits, overlapping what is new."""
    records = Trail().several(5)
    assert _send(terminal, *records[:3]) == "3"
    assert _send(terminal, *(record.upper() for record in records[:3])) == "3"
    assert _send(terminal, *records[1:]) == "5"
    assert _marks(host) == [(1, number, "") for number in range(1, 6)]
    assert len([row for row in host.books.audit() if row.event == "trail_held"]) == 2


def test_c3_a_repeat_gets_the_stored_answer(host: Host, terminal: TerminalClient) -> None:
    """C3, S2: 0801 with the same records."""
    fields = terminal.fields("0800", "00", "301", [("AU", Trail().add())])
    assert terminal.ask(fields).raw == terminal.repeat(fields).raw


def test_c3_a_gap_is_loud_and_the_records_are_kept(host: Host, desk: Desk, terminal: TerminalClient) -> None:
    """C3: what follows a gap is held with a mark; the trail goes on from there; verify names it."""
    records = Trail().several(6)
    assert _send(terminal, *records[:2]) == "2"
    assert _send(terminal, *records[3:]) == "6"
    assert _marks(host) == [(1, 1, ""), (1, 2, ""), (1, 4, "gap"), (1, 5, ""), (1, 6, "")]
    assert _broken(host) == ["trail 1 record 4: gap"]
    assert _send(terminal, *records[3:]) == "6"
    assert len(_broken(host)) == 1
    assert f"terminal {TID} trail 1 record 4: gap" in desk.bad("audit", "verify")
    assert "BROKEN: gap" in desk.good("audit", "show", "--csv")


def test_c3_an_altered_record_breaks_the_trail(host: Host, terminal: TerminalClient) -> None:
    """C3: of another event, before the host has it or afterwards."""
    first, second, third = Trail().several(3)
    altered = second[:16] + "08" + second[18:]
    assert _send(terminal, first, altered) == "2"
    assert _send(terminal, second, third) == "3"
    assert _broken(host) == ["trail 1 record 2: chain", "trail 1 record 2: conflict"]
    assert [row.record for row in host.books.terminal_audit(TID)][1:3] == [altered.upper(), second.upper()]


def test_c3_a_trail_begun_anew_is_loud_and_held_apart(host: Host, desk: Desk, terminal: TerminalClient) -> None:
    """C3: a board whose flash was wiped counts from 1; nothing of either trail is lost."""
    _send(terminal, *Trail().several(3))
    wiped = Trail()
    assert _send(terminal, wiped.add(13)) == "1"
    assert _send(terminal, wiped.add(2)) == "2"
    assert _marks(host) == [(1, 1, ""), (1, 2, ""), (1, 3, ""), (2, 1, "restart"), (2, 2, "")]
    assert "restart" in desk.bad("audit", "verify")


def test_c4_new_device_begins_a_trail_of_its_own(
    host: Host, desk: Desk, terminal: TerminalClient, clock: TestClock
) -> None:
    """C4, C3: renewed at the desk, a new board may begin at 1, and the same board may go on."""
    old = Trail()
    _send(terminal, *old.several(3))
    for trail, expected in ((Trail(), ["1", "2"]), (old, ["3", "4"])):
        clock.advance(seconds=1)
        client = TerminalClient(host.enrolment.terminal(TID, MID, "E32-2", is_renewed=True), host.port, clock)
        if trail is old:
            trail = Trail(bytes.fromhex(host.books.terminal_audit(TID)[-1].record[-16:]), 2)
        assert [_send(client, trail.add()), _send(client, trail.add())] == expected
        client.close()
    assert _broken(host) == []
    assert "7 records are good" in desk.good("audit", "verify")


@pytest.mark.parametrize("value", ["0", "zz" * 20, "00" * 21, "00" * 19, "００" * 20])
def test_c3_half_records_are_30(host: Host, terminal: TerminalClient, value: str) -> None:
    """C3: nothing of them is held."""
    assert terminal.echo(("AU", value)).code == "30"
    assert host.books.terminal_audit() == []


def test_c3_as_many_records_as_a_tag_carries(terminal: TerminalClient) -> None:
    """C3: 24 records, 960 of the 999 bytes."""
    assert _send(terminal, *Trail().several(24)) == "24"


def test_c3_first_pin_does_not_stop_the_trail(host: Host, terminal: TerminalClient) -> None:
    """C3, E3: while the PIN must be changed, the trail still comes in."""
    host.enrolment.reset_pin(MID, "001", "135790")
    terminal.sign_in("135790")
    assert _send(terminal, Trail().add()) == "1"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE terminal_audit SET record = '0000000232' || substr(record, 11) WHERE sequence = 2", ""),
        (
            "UPDATE terminal_audit SET record = substr(record, 1, 16) || '0F' || substr(record, 19) WHERE sequence = 2",
            "2",
        ),
        ("UPDATE terminal_audit SET sequence = 7 WHERE sequence = 2", "3"),
        ("DELETE FROM terminal_audit WHERE sequence = 2", "3"),
        ("DELETE FROM terminal_audit WHERE sequence = 1", "2"),
        ("DELETE FROM terminal_audit WHERE sequence = 4", "4"),
        ("DELETE FROM terminal_audit", "4"),
    ],
)
def test_c3_tampering_with_a_held_trail_is_named(
    desk: Desk, terminal: TerminalClient, books: Database, statement: str, named: str
) -> None:
    """C3: at the host as well, the end of the trail included."""
    _send(terminal, *Trail().several(4))
    with books.writing() as session:
        session.execute(text(statement))
    if named:
        assert f"terminal {TID} trail 1 record {named}" in desk.bad("audit", "verify")
    else:
        desk.good("audit", "verify")  # the same digits: nothing was changed


def test_c3_trails_of_terminals_do_not_mix(host: Host, make_terminal: Callable[..., TerminalClient]) -> None:
    """C3: each has its own numbers."""
    first, second = make_terminal(), make_terminal("10000002", keys=KEYS)
    assert [_send(first, *Trail().several(3)), _send(second, *Trail().several(2))] == ["3", "2"]
    assert _broken(host) == []
