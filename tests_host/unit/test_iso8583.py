# SPDX-License-Identifier: MIT
"""lib/iso8583.py on MicroPython: pyiso8583 as the oracle in both directions, refusals, damaged input, and the MAC."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

import iso8583
from tests_host.unit.iso_oracle import (
    AMOUNT,
    BINARY,
    COMMON,
    COUNTED_DIGITS,
    DIGITS,
    RULES,
    SPEC,
    TEXT,
    VARIABLE,
    Fields,
    as_document,
    oracle_packs,
    random_fields,
)
from tests_host.unit.mp import MicroPython, Raised

_CODE = """
import iso8583

def pack(fields):
    return iso8583.pack(dict(fields))

def unpack(data):
    return list(iso8583.unpack(data).items())

def repack(data):
    # A memoryview into a larger buffer, as a frame is received.
    frame = bytearray(7) + bytearray(data) + bytearray(3)
    fields = iso8583.unpack(memoryview(frame)[7:-3])
    return iso8583.pack(fields) == data, max([de for de in fields if de != "t"] or [0])

def seal(fields, key):
    fields = dict(fields)
    before = sorted(fields, key=str)
    packed = iso8583.seal(fields, key)
    return packed if sorted(fields, key=str) == before else None

def verify(packed, key):
    return iso8583.verify(packed, key)
"""


@pytest.fixture(scope="module")
def board() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def items(fields: Fields) -> list[tuple[str | int, Any]]:
    return list(fields.items())


def test_every_field_is_in_the_table() -> None:
    assert sorted(RULES) == list(range(2, 129))


def test_s2_ten_thousand_random_messages_both_ways(board: MicroPython) -> None:
    """S2, O3: what we pack pyiso8583 decodes, what it encodes we unpack, byte for byte the same."""
    rng = random.Random(8583)
    messages = [random_fields(rng) for _ in range(10_000)]
    assert {de for fields in messages for de in fields} == {"t", *COMMON}
    packed = board.call_all("pack", [(items(fields),) for fields in messages])
    encoded = [oracle_packs(fields) for fields in messages]
    unpacked = board.call_all("unpack", [(data,) for data in encoded])
    for fields, ours, theirs, back in zip(messages, packed, encoded, unpacked, strict=True):
        assert ours.value == theirs, fields
        document, _ = iso8583.decode(ours.value, SPEC)
        assert {key: value for key, value in document.items() if key not in ("h", "p", "1")} == as_document(fields)
        assert dict(back.value) == fields


@settings(max_examples=200, deadline=None)
@given(
    data=st.data(),
    numbers=st.sets(st.sampled_from(COMMON), max_size=12),
    mti=st.from_regex(r"[0-9]{4}", fullmatch=True),
)
def test_s2_any_message_both_ways(board: MicroPython, data: st.DataObject, numbers: set[int], mti: str) -> None:
    fields: Fields = {"t": mti}
    for de in sorted(numbers):
        fields[de] = data.draw(values(de), label=f"DE {de}")
    assert board.call("pack", items(fields)) == oracle_packs(fields)
    assert dict(board.call("unpack", oracle_packs(fields))) == fields


def values(de: int) -> st.SearchStrategy[Any]:
    kind, size, prefix = RULES[de]
    least = 0 if prefix else size
    size = min(size, 120) if prefix else size
    if kind in (DIGITS, COUNTED_DIGITS):
        return st.text("0123456789", min_size=least, max_size=size)
    if kind == AMOUNT:
        return st.from_regex(f"[CD][0-9]{{{size - 1}}}", fullmatch=True)
    if kind == TEXT:
        return st.text(st.characters(max_codepoint=0xFF), max_size=size).map(lambda text: text.rstrip(" "))
    return st.binary(min_size=least, max_size=size)


@pytest.mark.parametrize("de", sorted(RULES))
def test_each_field_at_its_limits(board: MicroPython, de: int) -> None:
    """The longest value and, where the length is free, the empty one; one more or (fixed) one less is refused."""
    kind, size, prefix = RULES[de]
    unit: Any = b"\xff" if kind in (VARIABLE, BINARY) else "9"
    head = "C" if kind == AMOUNT else unit[:0]
    good = [size, 0] if prefix else [size]
    for count in good:
        value = head + unit * (count - len(head))
        packed = board.call("pack", [("t", "0800"), (de, value)])
        assert dict(board.call("unpack", packed)) == {"t": "0800", de: value}
    for count in [size + 1] if prefix or kind == TEXT else [size + 1, size - 1]:
        with pytest.raises(Raised) as caught:
            board.call("pack", [("t", "0800"), (de, head + unit * (count - len(head)))])
        assert str(caught.value) == f"Iso8583Error: DE {de}"


def test_s4_variable_text_may_be_given_as_str_and_comes_back_as_bytes(board: MicroPython) -> None:
    """S4: as UTF-8, whose length counts in bytes."""
    packed = board.call("pack", [("t", "0810"), (44, "签到"), (62, "签到成功")])
    assert packed[10:] == b"\x06" + "签到".encode() + b"\x00\x12" + "签到成功".encode()
    assert dict(board.call("unpack", packed)) == {"t": "0810", 44: "签到".encode(), 62: "签到成功".encode()}


def test_fixed_text_is_padded_on_the_wire_and_stripped_from_it(board: MicroPython) -> None:
    packed = board.call("pack", [("t", "0810"), (37, "AB 1"), (41, " x "), (43, "é")])
    assert packed[10:] == b"AB 1        " + b" x      " + b"\xe9" + b" " * 39
    assert dict(board.call("unpack", packed)) == {"t": "0810", 37: "AB 1", 41: " x", 43: "é"}


@pytest.mark.parametrize(
    ("hexadecimal", "text"),
    [
        ("", "too short"),
        ("0800", "too short"),
        ("080000000000000000", "too short"),
        ("0800 8000000000000000", "too short"),
        ("0800 8000000000000000 00000000000000", "too short"),
        ("08A0 0000000000000000", "DE 0"),
        ("0800 0000000000000000 00", "too long"),
        ("0800 0020000000000000 000001 00", "too long"),
        ("0800 0020000000000000 0000", "DE 11"),
        ("0800 0020000000000000 00000A", "DE 11"),
        ("0800 0000010000000000 1003", "DE 24"),
        ("0800 0000010000000000 0F03", "DE 24"),
        ("0800 4000000000000000", "DE 2"),
        ("0800 4000000000000000 1A", "DE 2"),
        ("0800 4000000000000000 20 00000000000000000000", "DE 2"),
        ("0800 4000000000000000 03 1231", "DE 2"),
        ("0800 4000000000000000 03 12", "DE 2"),
        ("0800 4000000000000000 03 12D0", "DE 2"),
        ("0800 0000000000000004 00", "DE 62"),
        ("0800 0000000000000004 0001", "DE 62"),
        ("0800 0000000000000004 1000", "DE 62"),
        ("0800 0000000000000004 0A01 00", "DE 62"),
        ("0800 0000000000000400 0121" + "20" * 121, "DE 54"),
        ("0800 0000000000100000 26" + "20" * 26, "DE 44"),
        ("0800 0000001000000000 4500000001", "DE 28"),
        ("0800 0000001000000000 43000000A1", "DE 28"),
        ("0800 0000001000000000 43000000", "DE 28"),
        ("0800 0000000000000001 00000000000000", "DE 64"),
        ("0800 8000000000000000 0000000000000001 00000000000000", "DE 128"),
    ],
)
def test_s3_malformed_is_refused(board: MicroPython, hexadecimal: str, text: str) -> None:
    """S3: an answer that breaks a rule counts as none."""
    with pytest.raises(Raised) as caught:
        board.call("unpack", bytes.fromhex(hexadecimal))
    assert (caught.value.kind, caught.value.text) == ("Iso8583Error", text)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ([], "DE 0"),
        ([("t", "080")], "DE 0"),
        ([("t", "08000")], "DE 0"),
        ([("t", "08x0")], "DE 0"),
        ([("t", "0800"), (0, "")], "DE 0"),
        ([("t", "0800"), (1, "")], "DE 1"),
        ([("t", "0800"), (129, "")], "DE 129"),
        ([("t", "0800"), (3, "00000x")], "DE 3"),
        ([("t", "0800"), (3, "00 000")], "DE 3"),
        ([("t", "0800"), (3, b"000000")], "DE 3"),
        ([("t", "0800"), (4, 2460)], "DE 4"),
        ([("t", "0800"), (2, "12x")], "DE 2"),
        ([("t", "0800"), (28, "E00000001")], "DE 28"),
        ([("t", "0800"), (28, "C0000000x")], "DE 28"),
        ([("t", "0800"), (41, b"10000001")], "DE 41"),
        ([("t", "0800"), (43, "签到")], "DE 43"),
        ([("t", "0800"), (52, "12345678")], "DE 52"),
        ([("t", "0800"), (62, 7)], "DE 62"),
        ([("t", "0800"), (44, "签" * 9)], "DE 44"),
    ],
)
def test_what_cannot_be_packed_is_refused(board: MicroPython, fields: list[Any], text: str) -> None:
    with pytest.raises(Raised) as caught:
        board.call("pack", fields)
    assert (caught.value.kind, caught.value.text) == ("Iso8583Error", text)


def test_an_unneeded_secondary_bitmap_is_accepted(board: MicroPython) -> None:
    assert board.call("unpack", bytes.fromhex("0800 8000000000000000 0000000000000000")) == [["t", "0800"]]


def damaged(rng: random.Random, message: bytes) -> bytes:
    data = bytearray(message)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data)) if rng.random() < 0.6 else rng.randrange(min(18, len(data)))
        change = rng.randrange(4)
        if change == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif change == 1:
            data[at] = rng.randrange(256)
        elif change == 2:
            del data[at : at + rng.randrange(1, 9)]
        else:
            data[at:at] = rng.randbytes(rng.randrange(1, 5))
        if not data:
            break
    return bytes(data)


def test_s3_damaged_messages_give_fields_or_an_iso8583_error(board: MicroPython) -> None:
    """S3: 20,000 of them; what is accepted packs to the same bytes again (but for an empty secondary bitmap)."""
    rng = random.Random(1987)
    sound = [data for data in (oracle_packs(random_fields(rng)) for _ in range(1000)) if len(data) < 400]
    cases = [damaged(rng, rng.choice(sound)) for _ in range(18_000)]
    cases += [rng.randbytes(rng.randrange(120)) for _ in range(2_000)]
    answers = board.call_all("repack", [(case,) for case in cases])
    assert {answer.kind for answer in answers} == {None, "Iso8583Error"}
    for case, answer in zip(cases, answers, strict=True):
        if answer.kind is None:
            is_same, highest = answer.value
            assert is_same or (case[2] & 0x80 and highest <= 64), case.hex()


def mac(key: bytes, data: bytes) -> bytes:
    cmac = CMAC(AES(key))
    cmac.update(data)
    return cmac.finalize()[:8]


def test_s2_sealed_messages_carry_the_mac_in_the_last_field(board: MicroPython) -> None:
    """S2: over the message type to the byte before the MAC, the bitmap showing the MAC field already."""
    rng = random.Random(64)
    for _ in range(300):
        key = rng.randbytes(rng.choice((16, 32)))
        fields = {de: value for de, value in random_fields(rng).items() if de not in (64, 128)}
        field = 128 if any(de > 64 for de in fields if isinstance(de, int)) else 64
        expected = oracle_packs({**fields, field: bytes(8)})[:-8]
        sealed = board.call("seal", items(fields), key)
        assert sealed == expected + mac(key, expected)
        assert board.call("verify", sealed, key) is True
        assert board.call("verify", sealed, bytes(16)) is False


def test_s2_a_repeat_is_sealed_anew(board: MicroPython) -> None:
    """S2: fields that have a MAC already get the right one, in its one place."""
    key = bytes(range(16))
    for fields, stale in (([("t", "0820"), (11, "000001")], 64), ([("t", "0820"), (70, "301")], 128)):
        fresh = board.call("seal", [("t", "0821"), *fields[1:]], key)
        for extra in ([(64, b"x" * 8)], [(128, b"x" * 8)], [(64, b"x" * 8), (128, b"x" * 8)]):
            assert board.call("seal", [("t", "0821"), *fields[1:], *extra], key) == fresh
        assert dict(board.call("unpack", fresh))[stale] == mac(key, fresh[:-8])


def test_s3_any_altered_bit_breaks_the_mac(board: MicroPython) -> None:
    """S3: nothing of a signed message can be changed."""
    key = bytes(range(16))
    for fields in ([("t", "0810"), (39, "00"), (62, b"PR0011")], [("t", "0810"), (39, "00"), (70, "001")]):
        sealed = board.call("seal", fields, key)
        assert board.call("verify", sealed, key) is True
        altered = [
            sealed[: i >> 3] + bytes([sealed[i >> 3] ^ 1 << (i & 7)]) + sealed[(i >> 3) + 1 :]
            for i in range(8 * len(sealed))
        ]
        altered += [sealed[:-1], sealed + b"\0", sealed[:-8], b"", sealed[:10], sealed[:17], sealed[:18]]
        answers = board.call_all("verify", [(data, key) for data in altered])
        assert {answer.value for answer in answers} == {False}


def test_s3_a_mac_elsewhere_than_in_its_field_does_not_count(board: MicroPython) -> None:
    """S3: no bit for it, or DE 64 in a message with a secondary bitmap."""
    key = bytes(range(16))
    for bare in ("0810 0000000002000000 3030", "0810 8000000002000001 0400000000000000 3030 0001"):
        data = bytes.fromhex(bare)
        assert board.call("verify", data + mac(key, data), key) is False


def test_s3_verify_takes_any_bytes(board: MicroPython) -> None:
    rng = random.Random(128)
    answers = board.call_all("verify", [(rng.randbytes(rng.randrange(60)), bytes(16)) for _ in range(5_000)])
    assert {(answer.value, answer.kind) for answer in answers} == {(False, None)}
