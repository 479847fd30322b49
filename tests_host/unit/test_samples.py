# SPDX-License-Identifier: MIT
"""The deterministic frames of POS-ISO profile 1, section 6, built from their fields on MicroPython and parsed back."""

from collections.abc import Iterator
from typing import Any

import pytest
from psec import pinblock, tr31

from tests_host.unit.mp import MicroPython

_CODE = """
import iso8583, pin_block, pin_block_decode, secret, tlv
import tr31

def frame(message):
    tpdu = bytes.fromhex("6000030000")
    return (len(tpdu) + len(message)).to_bytes(2, "big") + tpdu + message

def sign_in(tak, tpk):
    pin = bytearray(b"246810")
    block = pin_block.encode(tpk, pin, "10000001" + "0001", b"\\x11" * 8)
    secret.wipe(pin)
    tags = [("SN", "E32-0001"), ("FV", "1.0.0"), ("PV", "0003"), ("NV", "0002")]
    fields = {
        "t": "0800", 7: "1120111530", 11: "000101", 12: "191530", 13: "1120", 24: "003", 41: "10000001",
        42: "123456789012345", 53: "0000040500000000", 60: "00000007001", 62: tlv.pack(tags), 63: "001", 70: "001",
        110: tlv.pack([("PB", block.hex().upper())]),
    }
    return frame(iso8583.seal(fields, tak)), pin == bytes(6)

def settlement(tak):
    fields = {
        "t": "0500", 7: "1120111530", 11: "000106", 12: "191530", 13: "1120", 24: "003", 41: "10000001",
        42: "123456789012345", 48: "%012d%03d%012d%03d0" % (2460, 2, 0, 0) + "0" * 31, 49: "156",
        53: "0100000500000000", 60: "00000007201", 63: "001",
    }
    return frame(iso8583.seal(fields, tak))

def parse(frame, tak):
    view = memoryview(frame)
    size = view[0] << 8 | view[1]
    message = view[7:]
    return size == len(view) - 2, iso8583.verify(message, tak), list(iso8583.unpack(message).items())

def tags(data):
    return list(tlv.unpack(data).items())

def decode(tpk, block, pan):
    return pin_block_decode.decode(tpk, block, pan)

def working_key(tmk, block, usage, mode):
    key = tr31.unwrap(tmk, block, usage, mode)
    return key, tr31.kcv(key)
"""

_SIGN_IN = bytes.fromhex(
    "00b3600003000008008238010000c008160400000000040001112011153000010119153011200003313030303030303131323334"
    + "35363738393031323334350000040500000000001130303030303030373030310041534e3030384533322d303030314656303035"
    + "312e302e305056303034303030334e56303034303030320003303031000100375042303332393437433843433336414531373834"
    + "353131333544463337363937423737373735e39b2321f151e3"
)
_SETTLEMENT = bytes.fromhex(
    "009a600003000005000238010000c188131120111530000106191530112000033130303030303031313233343536373839303132"
    + "33343500623030303030303030323436303030323030303030303030303030303030303030303030303030303030303030303030"
    + "30303030303030303030303030303031353601000005000000000011303030303030303732303100033030317812672327c0f0ea"
)

_TMK = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
_TAK0 = bytes(range(0xA0, 0xB0))
_TPK0 = bytes(range(0xB0, 0xC0))
_TAK1 = bytes(range(0xC0, 0xD0))
_TPK1 = bytes(range(0xD0, 0xE0))


@pytest.fixture(scope="module")
def board() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def parsed(board: MicroPython, frame: bytes, tak: bytes) -> dict[str | int, Any]:
    """The fields of a frame whose length and MAC are right."""
    is_whole, is_signed, fields = board.call("parse", frame, tak)
    assert (is_whole, is_signed) == (True, True)
    return dict(fields)


def test_s2_sign_in_frame_is_built_byte_for_byte(board: MicroPython) -> None:
    """S2, E1: with MAC and PIN block; the PIN buffer is zero afterwards."""
    assert board.call("sign_in", _TAK0, _TPK0) == [_SIGN_IN, True]


def test_s2_sign_in_frame_is_read_back(board: MicroPython) -> None:
    fields = parsed(board, _SIGN_IN, _TAK0)
    assert fields.pop(128).hex() == "35e39b2321f151e3"
    assert dict(board.call("tags", fields.pop(62))) == {"SN": "E32-0001", "FV": "1.0.0", "PV": "0003", "NV": "0002"}
    [[tag, block]] = board.call("tags", fields.pop(110))
    assert tag == "PB"
    assert board.call("decode", _TPK0, bytes.fromhex(block), "100000010001") == b"246810"
    assert pinblock.decipher_pinblock_iso_4(_TPK0, bytes.fromhex(block), "100000010001") == "246810"
    assert fields == {
        "t": "0800",
        7: "1120111530",
        11: "000101",
        12: "191530",
        13: "1120",
        24: "003",
        41: "10000001",
        42: "123456789012345",
        53: "0000040500000000",
        60: b"00000007001",
        63: b"001",
        70: "001",
    }


def test_o3_settlement_frame_is_built_byte_for_byte(board: MicroPython) -> None:
    """O3: two sales, 24.60, under the TAK of the sign-in."""
    assert board.call("settlement", _TAK1) == _SETTLEMENT


def test_o3_settlement_frame_is_read_back(board: MicroPython) -> None:
    fields = parsed(board, _SETTLEMENT, _TAK1)
    assert fields.pop(64).hex() == "7812672327c0f0ea"
    assert fields == {
        "t": "0500",
        7: "1120111530",
        11: "000106",
        12: "191530",
        13: "1120",
        24: "003",
        41: "10000001",
        42: "123456789012345",
        48: b"000000002460002" + b"0" * 47,
        49: "156",
        53: "0100000500000000",
        60: b"00000007201",
        63: b"001",
    }


def test_s2_a_frame_under_another_key_does_not_count(board: MicroPython) -> None:
    """S2: the sign-in under TAK1, the settlement under TAK0."""
    assert board.call("parse", _SIGN_IN, _TAK1)[:2] == [True, False]
    assert board.call("parse", _SETTLEMENT, _TAK0)[:2] == [True, False]


@pytest.mark.parametrize(("usage", "mode", "key"), [("M6", "C", _TAK1), ("P0", "E", _TPK1)])
def test_s2_working_keys_come_out_of_blocks_under_the_tmk(
    board: MicroPython, usage: str, mode: str, key: bytes
) -> None:
    """S2: as the host wraps them; the KCV of TAK1 is the profile's."""
    for masked in (None, 16):
        block = tr31.wrap(_TMK, tr31.Header("D", usage, "A", mode), key, masked)
        found, kcv = board.call("working_key", _TMK, block, usage, mode)
        assert found == key
        assert (kcv == "227DCE") == (key == _TAK1)
