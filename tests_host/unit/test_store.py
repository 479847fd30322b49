# SPDX-License-Identifier: MIT
"""firmware/store on MicroPython: what a replay of the journal knows, numbers never used twice, settings and records
that survive a power cut (W3, W2, O5, E2, P3)."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests_host.unit.fakes import PRELUDE
from tests_host.unit.mp import MicroPython, Raised
from tools.emulator import Board, BoardError, flash_image
from tools.emulator.flash import MODES
from tools.journal import JournalRecord, Status, read_journal

_CHIP = Path(__file__).parent / "fakes" / "chip"
_PATHS = f"{PRELUDE}\nsys.path += [{str(_CHIP)!r}]\n"
_STAN_LAST = 999_999

_SETTINGS = {
    **{"tid": "10000001", "mid": "123456789012345", "serial": "E32-0001", "address": "192.168.4.10", "port": 8583},
    **{"server": "host.qiandao.test", "ssid": "shop", "psk": "correct horse"},
}


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with MicroPython(_PATHS + "from shop_journal import *\n") as process:
        yield process


@pytest.fixture(scope="module")
def schema() -> Iterator[MicroPython]:
    code = """
import json
from firmware.store import settings

def checked(text):
    return json.dumps(settings.checked(json.loads(text)))
"""
    with MicroPython(_PATHS + code) as process:
        yield process


def _read(chip: MicroPython) -> tuple[dict[str, int], list[JournalRecord]]:
    """The flash as the independent reader sees it."""
    image = read_journal(chip.call("image"))
    return image.state, image.transactions


def test_a_state_record_keeps_every_field(chip: MicroPython) -> None:
    """L1, S5: the largest values too; read back by the firmware and by the tool that knows only the format."""
    chip.call("format", 4, 1024)
    values = {
        **{"code": 5, "host_lock": 2, "operator": 99, "role": 9, "shift": 9, "attempts": 255, "language": 2},
        **{"epoch": 70_000, "batch": 999_999, "stan_limit": 999_998, "settle_stan": 999_997, "clock": 0xFFFFFFFE},
        **{"settle_time": 0xFFFFFFFF, "notice": 9999, "parameters": 9998, "zone": -720, "pointer": 900},
        **{"approvals": 255, "lock_end": 0xFFFFFFFD},
    }
    for name, value in values.items():
        chip.call("change", name, value)
    state, _ = chip.call("restart")
    assert state == [values[name] for name in _read(chip)[0]]
    assert _read(chip)[0] == values


def test_w3_a_transaction_keeps_every_field(chip: MicroPython) -> None:
    """W3: as the tool reads it from flash, queued and answered."""
    chip.call("format", 4, 1024)
    chip.call("change", "batch", 7)
    stan = chip.call("sell", 99_999_999_999)
    assert _read(chip)[1] == [JournalRecord(0, 7, stan, 99_999_999_999, Status.QUEUED, 7, "", 1)]
    chip.call("settle", "rejected")
    assert _read(chip)[1] == [JournalRecord(0, 7, stan, 99_999_999_999, Status.REJECTED, 7, "13", 1)]


def test_w2_totals_are_replayed_and_rejected_sales_count_for_nothing(chip: MicroPython) -> None:
    """W2, O3: before and after a restart."""
    chip.call("format", 4, 1024)
    for amount in (100, 2000, 30, 4):
        chip.call("sell", amount)
    for which in ("acked", "rejected"):
        chip.call("settle", which)
    assert chip.call("totals") == [3, 134, 2, 1]
    chip.call("restart")
    assert chip.call("totals") == [3, 134, 2, 1]
    assert chip.call("queued") == chip.call("know")[1][2][0]


def test_w4_totals_tell_money_taken_given_back_and_not_known(chip: MicroPython) -> None:
    """W1, W4: by kind and status; what is not known is found again after a restart, and counts for nothing yet."""
    chip.call("format", 4, 1024)
    cash, order, void = 1, 2, 3
    chip.call("take", cash, Status.VOIDED, 100)
    chip.call("take", order, Status.ACKED, 2000)
    asked = chip.call("take", order, Status.OPEN, 30_000)
    chip.call("take", order, Status.UNDONE, 400_000)
    undoing = chip.call("take", void, Status.UNDOING, 2000)
    chip.call("take", void, Status.ACKED, 100)
    for _ in range(2):
        assert chip.call("sums") == [2, 2100, 1, 100, 2, 3]
        assert chip.call("unknown") == [asked, undoing]
        chip.call("restart")


def test_w3_records_of_a_time_without_voids_are_read(chip: MicroPython) -> None:
    """W3: an update of the software finds the batch as it was."""
    chip.call("format", 4, 1024)
    stan = chip.call("take_old", 1234)
    chip.call("restart")
    assert chip.call("know")[1] == [[stan, 1234, Status.ACKED]]
    assert [record.amount for record in _read(chip)[1]] == [1234]


def test_o3_a_closed_batch_is_gone_from_the_totals_and_kept_in_flash(chip: MicroPython) -> None:
    """O3, C1: its records stay until the ring needs room a batch later; today's and yesterday's outlive any churn."""
    chip.call("format", 4, 1024)
    for _ in range(8):
        chip.call("sell", 100)
        chip.call("settle", "acked")
    chip.call("close_batch")
    assert chip.call("totals") == [0, 0, 0, 0]
    today = [chip.call("sell", 200) for _ in range(5)]
    chip.call("churn", 400)
    state, known = chip.call("restart")
    assert [stan for stan, _, _ in known] == today
    kept = _read(chip)[1]
    assert [record.amount for record in kept] == [100] * 8 + [200] * 5
    for _ in range(5):
        chip.call("settle", "acked")
    chip.call("close_batch")
    chip.call("churn", 400)
    assert [record.amount for record in _read(chip)[1]] == [200] * 5
    assert state[7] == 1


def test_w3_a_journal_full_of_live_records_says_so_and_loses_nothing(chip: MicroPython) -> None:
    """W3: the sale that does not fit is refused, all others are there."""
    chip.call("format", 4, 1024)
    count, code = chip.call("fill")
    assert code == "J2"
    _, known = chip.call("restart")
    assert len(known) == count > 40


def test_w3_a_ring_that_has_gone_round_is_not_full(chip: MicroPython) -> None:
    """W3, L6: thousands of records of state changes are no reason to refuse a sale."""
    chip.call("format", 4, 1024)
    chip.call("sell", 100)
    chip.call("churn", 400)
    assert chip.call("is_full") is False
    chip.call("restart")
    assert chip.call("is_full") is False


def test_s4_the_ring_goes_round_with_records_of_the_audit_trail_in_it(chip: MicroPython) -> None:
    """S4, O5: they are carried on like everything that is still needed."""
    chip.call("format", 4, 1024)
    kept = [chip.call("told", bytes([number]) * 20) for number in range(3)][-1]
    chip.call("churn", 400)
    assert chip.call("told", b"\x03" * 20)[:3] == kept


def test_w3_a_transaction_is_found_wherever_it_stands(chip: MicroPython) -> None:
    """W3: in turn, from the end, and behind one whose record is damaged; nothing is counted twice."""
    chip.call("format", 8, 1024)
    chip.call("change", "stan_limit", _STAN_LAST - 5)
    chip.call("restart")
    stans = [chip.call("sell", 100) for _ in range(24)]
    assert stans[-1] < stans[0], "the numbers have begun anew meanwhile"
    for stan in (*stans[3:9], *reversed(stans[9:]), *stans[:3]):
        assert chip.call("pay", stan) == stans.index(stan)
    chip.call("spoil_sale", stans[11])
    for stan in (stans[20], stans[2], stans[12]):
        assert chip.call("pay", stan) == stans.index(stan)
    assert len(chip.call("restart")[1]) == len(stans)


def test_p3_a_region_that_is_missing_or_unreadable_has_its_code(chip: MicroPython) -> None:
    """P3: J1."""
    assert chip.call("without_region") == "J1"
    assert chip.call("unreadable") == "J1"


def test_w3_numbers_go_from_the_last_to_the_first_and_are_not_used_twice(chip: MicroPython) -> None:
    """W3: 999999 is followed by 000001, restarts on either side of it."""
    chip.call("format", 6, 1024)
    chip.call("change", "stan_limit", _STAN_LAST - 40)
    used: list[int] = []
    for _ in range(10):
        chip.call("restart")
        used += [chip.call("stan") for _ in range(5)]
    assert len(set(used)) == len(used)
    assert min(used) >= 1 and max(used) <= _STAN_LAST
    turn = next(place for place, number in enumerate(used) if number < 1000)
    assert used[:turn] == sorted(used[:turn])
    assert used[turn:] == sorted(used[turn:])


def test_w3_no_number_is_used_twice_when_its_reservation_is_damaged(chip: MicroPython) -> None:
    """W3, design invariant 3: the newest state record is lost, the transactions that used its numbers are not."""
    chip.call("format", 4, 1024)
    used = [chip.call("sell", 100) for _ in range(18)]
    chip.call("spoil_state")
    chip.call("restart")
    used += [chip.call("sell", 200) for _ in range(20)]
    assert len(set(used)) == len(used)
    assert len(chip.call("restart")[1]) == len(used)


def test_w3_a_batch_outlives_the_record_that_opened_it(chip: MicroPython) -> None:
    """W3, design invariant 2: its transactions prove that the batch before was closed."""
    chip.call("format", 4, 1024)
    chip.call("change", "stan_limit", 500)  # the sales need no new state record
    chip.call("restart")
    first = chip.call("sell", 100)
    chip.call("settle", "acked")
    chip.call("close_batch")
    kept = [[chip.call("sell", amount), amount, 1] for amount in (300, 400)]
    chip.call("spoil_state")
    state, known = chip.call("restart")
    assert known == kept and state[7:9] == [1, 1]
    later = chip.call("sell", 500)
    assert later not in (first, *[entry[0] for entry in kept])
    assert chip.call("restart")[1] == [*kept, [later, 500, 1]]


def test_p3_a_record_of_another_form_is_told_and_not_counted_wrong(chip: MicroPython) -> None:
    """P3: J1, not a fault in the middle of a sale."""
    chip.call("format", 4, 1024)
    chip.call("append_odd", 30)
    with pytest.raises(Raised, match="J1"):
        chip.call("restart")


def test_l1_a_state_record_of_the_first_version_is_read(chip: MicroPython) -> None:
    """C2: what it did not know is zero."""
    chip.call("format", 4, 1024)
    chip.call("change", "batch", 77)
    chip.call("append_old_state", 39)
    state, _ = chip.call("restart")
    assert state[8] == 77 and state[-2:] == [0, 0]


_ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.integers(1, 10**11)),
        st.tuples(st.just("sell"), st.integers(1, 10**6)),
        st.tuples(st.just("settle"), st.sampled_from(["acked", "rejected"])),
        st.tuples(st.just("settle"), st.just("acked")),
        st.tuples(st.just("restart")),
        st.tuples(st.just("churn"), st.integers(1, 40)),
        st.tuples(st.just("close_batch")),
    ),
    max_size=50,
)


@settings(deadline=None, max_examples=60)
@given(_ACTIONS)
def test_w3_o5_the_journal_is_a_list_of_sales(chip: MicroPython, actions: list[tuple[object, ...]]) -> None:
    """W3, O5: against a list, in a ring so small that it goes round; no STAN twice in a batch, restarts included."""
    chip.call("format", 8, 1024)
    model: list[list[int]] = []
    numbers: set[int] = set()
    for name, *arguments in actions:
        answer = chip.call(str(name), *arguments)
        if name == "sell":
            assert answer not in numbers and 1 <= answer <= _STAN_LAST
            numbers.add(answer)
            model.append([answer, arguments[0], 1])  # type: ignore[list-item]
        elif name == "settle":
            waiting = next((entry for entry in model if entry[2] == 1), None)
            assert answer == (waiting[0] if waiting else 0)
            if waiting:
                waiting[2] = 2 if arguments[0] == "acked" else 3
        elif name == "close_batch":
            if any(entry[2] == 1 for entry in model):
                return  # never with an open upload (O1)
            model, numbers = [], set()
        assert chip.call("know")[1] == model
    assert chip.call("restart")[1] == model


@pytest.mark.parametrize("size", [256, 1024])
def test_o5_power_gone_before_each_flash_operation_of_a_day(chip: MicroPython, size: int) -> None:
    """O5: every sale that returned is there, at most the one in flight more; a batch is closed wholly or not at all."""
    amounts = [11, 22, 33, 44]
    for count in range(100):
        chip.call("format", 6, size)
        chip.call("change", "batch", 1)
        chip.call("cut_after", count)
        done = chip.call("day", amounts)
        state, known = chip.call("restart")
        batch = state[8]
        if batch == 2:
            assert known == []
            assert done and len(done) == len(amounts)
            break
        assert [stan for stan, _, _ in known[: len(done)]] == done
        assert [amount for _, amount, _ in known] == amounts[: len(known)]
        assert len(known) - len(done) in (0, 1)
    else:
        raise AssertionError("the day never ends")
    assert count > 2 * len(amounts)


def test_p3_settings_are_completed_with_defaults(schema: MicroPython) -> None:
    """P3, C4: what is not named has a default; what is not known is dropped."""
    found = json.loads(schema.call("checked", json.dumps({**_SETTINGS, "colour": "red"})))
    defaults = {
        "profile": "reference",
        "support": "",
        "currency": "156",
        "zone": 480,
        "bench": 0,
        "idle": 300,
        "dim": 30,
        "dark": 120,
        "language": "zh",
        "since": 0,
    }
    assert found == {**defaults, **_SETTINGS}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("tid", value) for value in ("1000001", "100000012", "1000000A", 10000001, None)),
        *(("mid", value) for value in ("", "1" * 16, 5, None)),
        *(("port", value) for value in (0, 65536, -1, "8583", True, 8583.0, None)),
        *(("ssid", value) for value in ("", "s" * 33, "号" * 11, None)),
        *(("psk", value) for value in ("p" * 64, 12345678)),
        *(("address", value) for value in ("", "a" * 65)),
        *(("zone", value) for value in (-721, 841, "480")),
        *(("since", value) for value in (-1, 1 << 32)),
        *(("currency", value) for value in ("", "15", 156)),
        *(("language", value) for value in ("", "z", "cantonese")),
        *(("serial", value) for value in ("", "s" * 25)),
        *(("server", value) for value in ("", None)),
    ],
)
def test_p3_bad_settings_are_refused_by_name(schema: MicroPython, name: str, value: object) -> None:
    """P3, C4: type, length in bytes, range; the first bad one is named, its value is not."""
    values = {key: kept for key, kept in {**_SETTINGS, name: value}.items() if kept is not None}
    with pytest.raises(Raised) as caught:
        schema.call("checked", json.dumps(values))
    assert (caught.value.kind, caught.value.text) == ("StoreError", f"('C1', '{name}')")


def _save(text: str) -> str:
    return f"from firmware.store import settings\nsettings.save('key', {text.encode()!r})"


_LOAD = "from firmware.store.vault import LARGEST, Vault\nprint(bytes(Vault('key').load(bytearray(LARGEST)) or b'-'))"


def _operations(path: Path, code: str) -> int:
    with Board(path) as board:
        before = board.flash.operations
        board.exec(code)
        return board.flash.operations - before


@pytest.mark.parametrize(("mode", "saves"), [*((mode, 1) for mode in MODES), ("torn", 20)])  # the 21st clears a page
def test_p3_a_power_cut_while_saving_leaves_the_old_record_or_the_new(tmp_path: Path, mode: str, saves: int) -> None:
    """P3, C4: at every flash operation of a save, before it, torn in it, after it; and the next save works."""
    start = flash_image(tmp_path / "start.bin")
    old, new = "o" * 900, "n" * 900
    with Board(start) as board:
        board.exec(f"for _ in range({saves}):\n    " + _save(old).replace("\n", "\n    "))
    count = _operations(Path(shutil.copy(start, tmp_path / "counted.bin")), _save(new))
    found = []
    for operation in range(1, count + 1):
        path = Path(shutil.copy(start, tmp_path / "cut.bin"))
        with Board(path) as board:
            board.flash.cut_at(operation, mode)
            with pytest.raises(BoardError):
                board.exec(_save(new))
            found.append(board.exec(_LOAD).strip())
            board.exec(_save("later"))
            assert board.exec(_LOAD).strip() == "b'later'"
    assert set(found) <= {repr(old.encode()), repr(new.encode())}
    assert found == sorted(found, reverse=True)  # once new, new for good
    assert repr(old.encode()) in found
