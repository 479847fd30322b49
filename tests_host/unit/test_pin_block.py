# SPDX-License-Identifier: MIT
"""lib/pin_block and pin_block_decode on MicroPython: published vectors, psec, and where the PIN stays."""

import random
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from psec import pinblock

from tests_host.unit.mp import MicroPython, Raised, run

_CODE = """
import pin_block, pin_block_decode

def encode(key, pin, pan, random8):
    return pin_block.encode(key, bytearray(pin), pan, random8)

def encode_view(key, pin, pan, random8):
    buf = bytearray(pin + b"??")
    return pin_block.encode(bytearray(key), memoryview(buf)[:-2], pan, random8)

def decode(key, block, pan):
    return pin_block_decode.decode(key, block, pan)
"""

# Counts the copies of a PIN in the whole GC heap, free memory included. The PIN exists over there only as differences
# until the snippet adds them up, so that neither source nor constants hold it.
_COPIES = """
import gc, uctypes
import pin_block
from secret import wipe

def bounds():
    chain = None
    reserve = bytearray(512)
    low = high = uctypes.addressof(bytearray(64))
    try:
        while True:
            chain = (chain, bytearray(64))
            low = min(low, uctypes.addressof(chain[1]))
            high = max(high, uctypes.addressof(chain[1]))
    except MemoryError:
        reserve = None
        return low, high

def count(memory, masked):
    found = 0
    for at in range(len(memory) - len(masked)):
        for i in range(len(masked)):
            if memory[at + i] ^ 0x55 != masked[i]:
                break
        else:
            found += 1
    return found

start, end = bounds()
gc.collect()
memory = uctypes.bytearray_at(start, end - start)
clear = bytes([c ^ 0x55 for c in (0x46, 0x86, 0x42, 0x09)])  # control, length and first digits of the PIN field
text = bytes([c ^ 0x55 for c in (56, 54, 52, 50, 48, 57)])
pin = bytearray([c ^ 0x55 for c in text])
block = pin_block.encode(bytes(range(16)), pin, "100000010001", bytes(8))
print(block.hex(), count(memory, text), count(memory, clear))
wipe(pin)
print(pin == bytes(6), count(memory, text))
pin = bytearray([c ^ 0x55 for c in text])
careless = pin.decode()
wipe(pin)
print(count(memory, text))
"""

keys = st.one_of(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
pins = st.text("0123456789", min_size=4, max_size=12)
pans = st.text("0123456789", min_size=12, max_size=19)
randoms = st.binary(min_size=8, max_size=8)


@pytest.fixture(scope="module")
def board() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def test_e1_published_vectors(board: MicroPython) -> None:
    """E1: the PIN leaves the terminal only inside an encrypted block."""
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    block = board.call("encode", key, b"1234", "1234567890123456789", b"\xff" * 8)
    assert block.hex().upper() == "28B41FDDD29B743E93124BD8E32D921E"
    assert board.call("decode", key, block, "1234567890123456789") == b"1234"
    key = bytes.fromhex("C1D0F8FB4958670DBA40AB1F3752EF0D")
    block = bytes.fromhex("CC17F65586BFD0953010226C4FC5B3CA")
    assert board.call("decode", key, block, "432198765432109870") == b"1234"


@settings(max_examples=150, deadline=None)
@given(key=keys, pin=pins, pan=pans, random8=randoms)
def test_e1_psec_reads_our_block(board: MicroPython, key: bytes, pin: str, pan: str, random8: bytes) -> None:
    block = board.call("encode", key, pin.encode(), pan, random8)
    assert pinblock.decipher_pinblock_iso_4(key, block, pan) == pin
    assert board.call("encode_view", key, pin.encode(), pan, random8) == block
    assert board.call("decode", key, block, pan) == pin.encode()


@settings(max_examples=150, deadline=None)
@given(key=keys, pin=pins, pan=pans)
def test_e1_we_read_the_block_of_psec(board: MicroPython, key: bytes, pin: str, pan: str) -> None:
    block = pinblock.encipher_pinblock_iso_4(key, pin, pan)
    assert board.call("decode", key, block, pan) == pin.encode()


@pytest.mark.parametrize(
    ("pin", "pan", "random8", "text"),
    [
        (b"123", "100000010001", bytes(8), "PIN must be 4 to 12 digits"),
        (b"1234567890123", "100000010001", bytes(8), "PIN must be 4 to 12 digits"),
        (b"", "100000010001", bytes(8), "PIN must be 4 to 12 digits"),
        (b"12a4", "100000010001", bytes(8), "PIN must be 4 to 12 digits"),
        (b"123:", "100000010001", bytes(8), "PIN must be 4 to 12 digits"),
        (b"123/", "100000010001", bytes(8), "PIN must be 4 to 12 digits"),
        (b"1234", "10000001001", bytes(8), "PAN must be 12 to 19 digits"),
        (b"1234", "1" * 20, bytes(8), "PAN must be 12 to 19 digits"),
        (b"1234", "10000001000x", bytes(8), "PAN must be 12 to 19 digits"),
        (b"1234", "签签签签", bytes(8), "PAN must be 12 to 19 digits"),
        (b"1234", "100000010001", bytes(7), "random must be 8 bytes"),
        (b"1234", "100000010001", bytes(9), "random must be 8 bytes"),
    ],
)
def test_e1_wrong_input_is_refused(board: MicroPython, pin: bytes, pan: str, random8: bytes, text: str) -> None:
    """E1: and the refusal holds no digit of the PIN."""
    with pytest.raises(Raised) as caught:
        board.call("encode", bytes(16), pin, pan, random8)
    assert (caught.value.kind, caught.value.text) == ("PinBlockError", text)


def test_e1_another_terminal_or_operator_cannot_use_the_block(board: MicroPython) -> None:
    """E1: the block is bound to terminal number and operator; another PAN opens nothing."""
    key = bytes(range(16))
    block = board.call("encode", key, b"246810", "100000010001", b"\x11" * 8)
    assert board.call("decode", key, block, "100000010001") == b"246810"
    answers = board.call_all("decode", [(key, block, f"10000001{operator:04d}") for operator in range(2, 100)])
    assert {(answer.kind, answer.text) for answer in answers} == {
        ("PinBlockError", "not a format 4 block under this key and PAN")
    }


def test_e1_malformed_fields_are_refused(board: MicroPython) -> None:
    """E1: every nibble before the random half counts."""
    key, pan = bytes(range(16)), "1" * 12
    good = _forged(key, bytes.fromhex("46135792AAAAAAAA") + bytes(8), pan)
    assert board.call("decode", key, good, pan) == b"135792"
    bad = [
        "36135792AAAAAAAA",
        "43135AAAAAAAAAAA",
        "4D1357924680135A",
        "4E13579246801357",
        "46A35792AAAAAAAA",
        "4613579FAAAAAAAA",
    ]
    bad += ["46135792BAAAAAAA", "46135792AAAAAAA0", "47135792AAAAAAAA", "45135792AAAAAAAA", "40AAAAAAAAAAAAAA"]
    answers = board.call_all(
        "decode", [(key, _forged(key, bytes.fromhex(field) + bytes(8), pan), pan) for field in bad]
    )
    assert [answer.kind for answer in answers] == ["PinBlockError"] * len(bad)


def _forged(key: bytes, field: bytes, pan: str) -> bytes:
    """An encrypted block around any clear PIN field."""

    def encrypt(block: bytes) -> bytes:
        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)

    pan_field = pinblock.encode_pan_field_iso_4(pan)
    return encrypt(bytes(a ^ b for a, b in zip(encrypt(field), pan_field, strict=True)))


def test_random_blocks_give_a_pin_or_an_error(board: MicroPython) -> None:
    rng = random.Random(4)
    cases = [(rng.randbytes(16), rng.randbytes(rng.choice((0, 15, 16, 16, 16, 17))), "1" * 12) for _ in range(20_000)]
    answers = board.call_all("decode", cases)
    assert {answer.kind for answer in answers} <= {None, "PinBlockError"}
    assert all(answer.value.isdigit() for answer in answers if answer.kind is None)


def test_e1_one_copy_of_the_pin_while_encoding_and_none_after_the_wipe() -> None:
    """E1: searched for in the whole heap, as text and as the first bytes of the clear PIN field."""
    encoded, wiped, careless = run(_COPIES).splitlines()
    block, as_text, as_field = encoded.split()
    assert pinblock.decipher_pinblock_iso_4(bytes(range(16)), bytes.fromhex(block), "100000010001") == "864209"
    assert (as_text, as_field) == ("1", "0")
    assert wiped == "True 0"
    assert careless == "1"  # the search finds what a str would leave behind
