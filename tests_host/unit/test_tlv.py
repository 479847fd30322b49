# SPDX-License-Identifier: MIT
"""lib/tlv.py on MicroPython: round trips, refusals, and 20,000 damaged inputs."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests_host.unit.mp import MicroPython, Raised

_CODE = """
import tlv

def pack(items):
    return tlv.pack(items)

def unpack(data):
    return sorted(tlv.unpack(data).items())

def unpack_view(data):
    return sorted(tlv.unpack(memoryview(bytearray(data))).items())
"""

_SIGN_IN = b"SN008E32-0001FV0051.0.0PV0040003NV0040002"

tags = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=2, max_size=2)
texts = st.text(max_size=60)


@pytest.fixture(scope="module")
def board() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def test_s2_tags_of_the_sign_in_sample(board: MicroPython) -> None:
    """S2, S4: the terminal's tags in their order, byte for byte."""
    items = [["SN", "E32-0001"], ["FV", "1.0.0"], ["PV", "0003"], ["NV", "0002"]]
    assert board.call("pack", items) == _SIGN_IN
    assert board.call("unpack", _SIGN_IN) == sorted(items)


def test_s4_length_counts_bytes_not_characters(board: MicroPython) -> None:
    """S4: a notice in Chinese."""
    data = "DT012签到成功".encode()
    assert board.call("pack", [["DT", "签到成功"]]) == data
    assert board.call("unpack", data) == [["DT", "签到成功"]]


@settings(max_examples=200, deadline=None)
@given(items=st.dictionaries(tags, texts, max_size=8))
def test_s4_any_text_comes_back(board: MicroPython, items: dict[str, str]) -> None:
    expected = "".join(f"{tag}{len(value.encode()):03d}{value}" for tag, value in items.items()).encode()
    data = board.call("pack", list(items.items()))
    assert data == expected
    assert dict(board.call("unpack", data)) == items
    assert dict(board.call("unpack_view", data)) == items


def test_unknown_tags_and_empty_values_are_kept(board: MicroPython) -> None:
    assert board.call("unpack", b"Z9000??001!") == [["??", "!"], ["Z9", ""]]
    assert board.call("unpack", b"") == []


def test_longest_value(board: MicroPython) -> None:
    data = b"PD999" + b"x" * 999
    assert board.call("pack", [["PD", "x" * 999]]) == data
    assert board.call("unpack", data) == [["PD", "x" * 999]]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"PR0011PR0012", "PR"),
        (b"PR003ab", "PR"),
        (b"PR001", "PR"),
        (b"P", ""),
        (b"PR00", ""),
        (b"PR0011L", "PR"),
        (b"PR+01x", ""),
        (b"PR 01x", ""),
        (b"PR1_0" + b"x" * 10, ""),
        (b"P 0011", ""),
        ("签001".encode(), ""),
        (b"DT001\xff", "DT"),
        (b"DT002\xe7\xad", "DT"),
    ],
)
def test_malformed_is_refused(board: MicroPython, data: bytes, text: str) -> None:
    with pytest.raises(Raised) as caught:
        board.call("unpack", data)
    assert (caught.value.kind, caught.value.text) == ("TlvError", text)


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([["PR", "1"], ["PR", "2"]], "PR"),
        ([["PD", "x" * 1000]], "PD"),
        ([["PD", "签" * 334]], "PD"),
        ([["P", "1"]], "P"),
        ([["P", "x" * 1000]], "P"),
        ([["PRX", "1"]], "PRX"),
        ([["签", "1"]], "签"),
        ([["签到", "1"]], "签到"),
    ],
)
def test_what_cannot_be_packed_is_refused(board: MicroPython, items: list[list[str]], text: str) -> None:
    with pytest.raises(Raised) as caught:
        board.call("pack", items)
    assert (caught.value.kind, caught.value.text) == ("TlvError", text)


def _damaged(rng: random.Random) -> bytes:
    if rng.random() < 0.2:
        return rng.randbytes(rng.randrange(40))
    data = bytearray(_SIGN_IN)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data))
        change = rng.randrange(3)
        if change == 0:
            data[at] = rng.randrange(256)
        elif change == 1:
            data[at : at + rng.randrange(8)] = b""
        else:
            data[at:at] = rng.choice((b"SN", b"0", b"999", rng.randbytes(3)))
        if not data:
            break
    return bytes(data)


def test_damaged_input_gives_items_or_a_tlv_error(board: MicroPython) -> None:
    rng = random.Random(62)
    answers = board.call_all("unpack", [(_damaged(rng),) for _ in range(20_000)])
    assert {answer.kind for answer in answers} == {None, "TlvError"}
