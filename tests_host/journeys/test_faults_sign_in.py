# SPDX-License-Identifier: MIT
"""Bad answers to the sign-in: each leads to a clear screen, changes nothing durable, and leaves the terminal able to
sign in, without a restart, as soon as the fault is gone (S3).
"""

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests_host.journeys.bench import Bench, Heard
from tests_host.journeys.crooked import Bend, CrookedHost, Edit, append_text, edit_tags, running
from tests_host.journeys.fault_bench import (
    ALL_TRIES_S,
    SIGN_IN,
    Silence,
    decline,
    durable,
    expect_light,
    expect_trouble,
    quick_fingers,
)
from tools.host import crypto
from tools.host.codec import Fields
from tools.host.server import Outgoing
from tools.rig import CASHIER


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrookedHost]:
    with running(tmp_path_factory.mktemp("crooked")) as host:
        yield host


@pytest.fixture
def bench(locked: Bench) -> Bench:
    quick_fingers(locked)
    return locked


def _type_pin(bench: Bench) -> None:
    bench.enter_operator()
    bench.press(*CASHIER.pin, "ENTER")


def _tries(bench: Bench) -> list[Heard]:
    """Sign-in requests as the host saw them."""
    return [note for note in bench.host.heard[bench.tid] if note.what.endswith("/001")]


def _results(bench: Bench) -> list[str]:
    return [row.result for row in bench.host.books.sign_ins(bench.tid)]


def _signs_in_after_all(bench: Bench) -> None:
    restarts = len(bench.board.resets)
    bench.sign_in()
    assert len(bench.board.resets) == restarts
    expect_light(bench, "steady green")
    assert _results(bench)[-1] == "00"


def _fails_clearly(bench: Bench, code: str) -> None:
    """The PIN is typed, the screen says what is wrong, nothing is stored, no key is installed."""
    before = durable(bench)
    _type_pin(bench)
    expect_trouble(bench, code, ALL_TRIES_S)
    decline(bench)
    expect_light(bench, "steady red")
    assert durable(bench) == before
    assert not [note for note in bench.host.heard[bench.tid] if note.fields["53"][:2] != "00"]


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


def _sent(make: Callable[[bytes], bytes]) -> Bend:
    return lambda frame: Outgoing([make(frame)])


def _cut(count: int) -> Bend:
    return lambda frame: Outgoing([frame[:count]], is_closing=True)


SPOILT: Final[dict[str, tuple[Bend, str]]] = {
    "garbage": (_sent(lambda _frame: bytes(range(251, 7, -1))), "N3"),
    "zero length": (_sent(lambda _frame: b"\0\0"), "N3"),
    "longer than 2048": (_sent(lambda frame: b"\x08\x01" + frame[2:7] + bytes(2044)), "N3"),
    "no message behind the TPDU": (_sent(lambda frame: b"\0\5" + frame[2:7]), "N3"),
    "not a TPDU": (_sent(lambda frame: frame[:2] + b"\x61" + frame[3:]), "N3"),
    "something behind the frame": (_sent(lambda frame: frame + b"\0"), "N3"),
    "a byte too many inside": (_sent(lambda frame: _framed(frame[2:] + b"\0")), "N3"),
    "a byte too few inside": (_sent(lambda frame: _framed(frame[2:-1])), "N3"),
    "wrong MAC": (_sent(lambda frame: frame[:-1] + bytes([frame[-1] ^ 1])), "N3"),
    "a bit of the body": (_sent(lambda frame: frame[:60] + bytes([frame[60] ^ 1]) + frame[61:]), "N3"),
    **{f"cut at byte {count}": (_cut(count), "N2") for count in (0, 1, 2, 3, 7, 40, -1)},
}


@pytest.mark.parametrize("name", SPOILT)
def test_s3_a_spoilt_answer_is_no_answer(bench: Bench, shop: CrookedHost, name: str) -> None:
    """S3, W4: three tries with one STAN and one PIN block, then the reason; the host has booked one sign-in."""
    bend, code = SPOILT[name]
    for _ in range(3):
        shop.bend(SIGN_IN, bend)
    _fails_clearly(bench, code)
    assert [note.mti for note in _tries(bench)] == ["0800", "0801", "0801"]
    assert len({(note.stan, note.fields["7"], note.fields["110"]) for note in _tries(bench)}) == 1
    assert _results(bench) == ["00"]
    _signs_in_after_all(bench)


@pytest.mark.parametrize(
    ("field", "value"),
    [("11", "999998"), ("7", "0101000000"), ("41", "87654321"), ("t", "0210"), ("t", "0800"), ("39", "")],
    ids=["STAN", "DE7", "DE41", "MTI", "request", "no code"],
)
def test_s3_an_answer_to_something_else_is_no_answer(bench: Bench, shop: CrookedHost, field: str, value: str) -> None:
    """S3: under a good MAC, but not what was asked for (profile clause 1)."""

    def change(fields: dict[str, str]) -> None:
        fields[field] = value
        if not value:
            del fields[field]

    for _ in range(3):
        shop.edit(SIGN_IN, change)
    _fails_clearly(bench, "N3")
    _signs_in_after_all(bench)


def test_s3_unsigned_refusals_are_shown_and_change_nothing(bench: Bench, shop: CrookedHost) -> None:
    """S3: 30, 58, 96, 97 and A0 may come without a MAC; the operator is told, nothing else happens."""
    for code in ("30", "58", "96", "97", "A0"):
        shop.faults.answer(bench.tid, code, SIGN_IN, is_signed=False)
        _fails_clearly(bench, f"H{code}")
    _signs_in_after_all(bench)


def test_s3_other_unsigned_codes_are_no_answer(bench: Bench, shop: CrookedHost) -> None:
    """S3: an approval, a wrong PIN or a lock-out without a MAC is worth nothing."""
    for code in ("00", "55", "75", "77"):
        for _ in range(3):
            shop.faults.answer(bench.tid, code, SIGN_IN, is_signed=False)
        _fails_clearly(bench, "N3")
    _signs_in_after_all(bench)


def _tag(name: str, value: str) -> Edit:
    return edit_tags(lambda tags: tags.update({name: value}))


def _drop(name: str) -> Edit:
    return edit_tags(lambda tags: [tags.pop(name)].clear())


def _rewrap(name: str, usage: str, mode: str) -> Callable[[bytes], Edit]:
    """A block under the right key whose header says something else."""
    return lambda tmk: _tag(name, crypto.wrap(tmk, (usage, mode), bytes(range(16))))


def _swap(tags: dict[str, str]) -> None:
    tags["KA"], tags["KP"], tags["CA"], tags["CP"] = tags["KP"], tags["KA"], tags["CP"], tags["CA"]


def _flip(name: str) -> Edit:
    def change(tags: dict[str, str]) -> None:
        tags[name] = tags[name][:-1] + ("0" if tags[name][-1] != "0" else "1")

    return edit_tags(change)


BAD_KEYS: Final[dict[str, Callable[[bytes], Edit]]] = {
    "usage of the TAK": _rewrap("KA", "P0", "C"),
    "mode of the TAK": _rewrap("KA", "M6", "V"),
    "usage of the TPK": _rewrap("KP", "M6", "E"),
    "mode of the TPK": _rewrap("KP", "P0", "D"),
    "keys swapped": lambda _tmk: edit_tags(_swap),
    "KCV of the TAK": lambda _tmk: _flip("CA"),
    "KCV of the TPK": lambda _tmk: _flip("CP"),
    "MAC of the TAK's block": lambda _tmk: _flip("KA"),
    "MAC of the TPK's block": lambda _tmk: _flip("KP"),
    "under another key": lambda _tmk: _tag("KA", crypto.wrap(bytes(16), crypto.TAK, bytes(range(16)))),
    "block cut short": lambda _tmk: edit_tags(lambda tags: tags.update(KA=tags["KA"][:-16])),
    "block that is text": lambda _tmk: _tag("KP", "D0112P0AE00E0000" + "我" * 32),
    "no TAK": lambda _tmk: _drop("KA"),
    "no KCV": lambda _tmk: _drop("CP"),
    "key set 0": lambda _tmk: _tag("KS", "00"),
    "key set 100": lambda _tmk: _tag("KS", "100"),
    "key set in letters": lambda _tmk: _tag("KS", "XX"),
    "no role": lambda _tmk: _drop("RL"),
    "role in letters": lambda _tmk: _tag("RL", "x"),
    "batch in letters": lambda _tmk: lambda fields: fields.update({"60": "00ABCDEF001"}),
    "no batch": lambda _tmk: lambda fields: [fields.pop("60")].clear(),
}


@pytest.mark.parametrize("part", range(3))
def test_s2_no_key_is_installed_unless_all_is_right(bench: Bench, shop: CrookedHost, part: int) -> None:
    """S2, S3: key blocks, usages, modes, check values and what comes with them, one wrong at a time."""
    assert bench.identity is not None
    for name in list(BAD_KEYS)[part::3]:
        shop.edit(SIGN_IN, BAD_KEYS[name](bench.identity.tmk))
        _fails_clearly(bench, "K1")
    _signs_in_after_all(bench)


@pytest.mark.parametrize("text", ["TM014", "TM01420261120090000", "TZ00x+0800", "XY005ab", "XY001\xff"], ids=ascii)
def test_s3_tags_that_cannot_be_read_are_no_answer(bench: Bench, shop: CrookedHost, text: str) -> None:
    """S3: a tag cut short, given twice, without a length or not in UTF-8 (profile clause 4)."""
    for _ in range(3):
        shop.edit(SIGN_IN, append_text(text))
    _fails_clearly(bench, "N3")
    _signs_in_after_all(bench)


def test_s2_tags_that_nobody_knows_are_passed_over(bench: Bench, shop: CrookedHost) -> None:
    """S2: a later host may say more; a clock, a lock or a role out of range does no harm."""
    shop.edit(SIGN_IN, append_text("ZZ000Z1003abcTQ006" + "签到".encode().decode("latin-1")))
    _signs_in_after_all(bench)


def test_s2_the_longest_answer_is_taken(bench: Bench, shop: CrookedHost) -> None:
    """S2: DE62 filled to its last byte, so that the frame is larger than the terminal's usual buffer."""
    sizes: list[int] = []

    def fill(fields: Fields) -> None:
        room = 999 - len(fields["62"])
        for name in ("Z1", "Z2", "Z3", "Z4"):
            part = min(room - 5, 300)
            if part >= 0:
                fields["62"] += f"{name}{part:03}" + "x" * part
                room -= part + 5
        sizes.append(len(fields["62"]))

    shop.edit(SIGN_IN, fill)
    _signs_in_after_all(bench)
    assert sizes == [999]


@pytest.mark.parametrize("tags", [{"TM": "20261399999999"}, {"TZ": "abcde"}, {"LK": "7"}, {"TM": ""}], ids=str)
def test_s2_values_that_make_no_sense_are_passed_over(bench: Bench, shop: CrookedHost, tags: dict[str, str]) -> None:
    """S2: a date that is none, a zone that is none, a lock level that nobody knows."""
    before = durable(bench)[0]
    shop.edit(SIGN_IN, edit_tags(lambda known: known.update(tags)))
    _signs_in_after_all(bench)
    after = durable(bench)[0]
    assert (after["zone"], after["host_lock"]) == (before["zone"], before["host_lock"])


def test_s3_a_single_fault_is_healed_by_the_repeat(bench: Bench, shop: CrookedHost) -> None:
    """S3: the operator sees one more try and is signed in; the host has booked it once."""
    shop.bend(SIGN_IN, SPOILT["wrong MAC"][0])
    _type_pin(bench)
    bench.expect("第1次重试", "签到成功")
    assert [note.mti for note in _tries(bench)] == ["0800", "0801"]
    assert _results(bench) == ["00"]


def test_s2_an_answer_given_twice_counts_once(bench: Bench, shop: CrookedHost) -> None:
    """S2: what comes behind the answer is not taken for the answer to something else."""
    shop.faults.duplicate(bench.tid, SIGN_IN)
    _signs_in_after_all(bench)
    bench.sell("1200")
    assert bench.uploaded(1)
    assert bench.differences(1) == []


def test_s3_no_answer_at_all(bench: Bench, shop: CrookedHost) -> None:
    """S3, W4: 30 s each, tried at 0, 5 and 15 s as a repeat with the same STAN; then the reason, and it works again."""
    silence = Silence(bench, 3)
    _fails_clearly(bench, "N2")
    silence.end()
    tries = _tries(bench)
    assert [note.mti for note in tries] == ["0800", "0801", "0801"]
    assert len({note.stan for note in tries}) == 1
    spans = [(after.at_ms - before.at_ms) // 1000 for before, after in zip(tries, tries[1:], strict=False)]
    assert 35 <= spans[0] <= 38 and 40 <= spans[1] <= 43
    assert _results(bench) == ["00"]
    _signs_in_after_all(bench)


def test_s3_a_late_answer_is_not_listened_to(bench: Bench, shop: CrookedHost) -> None:
    """S3: it arrives after the 30 s, on a connection that is closed; the repeat brings the same answer."""
    bench.enter_operator()
    bench.press(*CASHIER.pin)
    bench.board.link.latency_ms = 61_000
    bench.press("ENTER")
    bench.expect("第1次重试", within_s=40)
    bench.board.link.latency_ms = 40
    bench.expect("签到成功", within_s=40)
    assert [note.mti for note in _tries(bench)] == ["0800", "0801"]
    assert _results(bench) == ["00"]
    bench.board.run(40_000)  # the first answer would have come by now
    assert bench.shows("营业中")


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("count", [1, 60, 200])
def test_s3_the_connection_breaks_at_a_byte(bench: Bench, direction: str, count: int) -> None:
    """S3: in the request or in the answer; the repeat over a new connection completes it, booked once."""
    bench.enter_operator()
    bench.press(*CASHIER.pin)
    bench.board.link.cut_after(count, direction)
    bench.press("ENTER")
    bench.expect("第1次重试", "签到成功")
    assert not bench.board.link.is_cut_pending
    assert _results(bench) == ["00"]
    assert len({note.stan for note in _tries(bench)}) == 1
