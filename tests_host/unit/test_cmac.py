# SPDX-License-Identifier: MIT
"""lib/cmac.py and lib/secret.py on MicroPython: RFC 4493's vectors, and `cryptography` as the oracle."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from tests_host.unit.mp import MicroPython, Raised

_CODE = """
from cmac import cmac
from secret import is_equal, wipe

def mac(key, *chunks):
    return cmac(key, *chunks)

def mac_of_views(key, data, step):
    view = memoryview(bytearray(data))
    return cmac(bytearray(key), *[view[at:at + step] for at in range(0, len(view), step)])

def wiped(size):
    buf = bytearray(b"\\xa5" * size)
    wipe(buf)
    return buf
"""

_KEY = "2b7e151628aed2a6abf7158809cf4f3c"
_KEY_256 = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
_MESSAGE = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)

keys = st.one_of(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))


@pytest.fixture(scope="module")
def board() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def oracle(key: bytes, data: bytes) -> bytes:
    mac = CMAC(AES(key))
    mac.update(data)
    return mac.finalize()


@pytest.mark.parametrize(
    ("key", "length", "expected"),
    [
        (_KEY, 0, "bb1d6929e95937287fa37d129b756746"),
        (_KEY, 16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (_KEY, 40, "dfa66747de9ae63030ca32611497c827"),
        (_KEY, 64, "51f0bebf7e3b9d92fc49741779363cfe"),
        (_KEY_256, 0, "028962f61b7bf89efc6b551f4667d983"),
    ],
)
def test_s2_published_vectors(board: MicroPython, key: str, length: int, expected: str) -> None:
    """S2: the signature of a message is AES-CMAC."""
    assert board.call("mac", bytes.fromhex(key), _MESSAGE[:length]).hex() == expected


@settings(max_examples=100, deadline=None)
@given(key=keys, data=st.binary(max_size=1000), step=st.integers(1, 100))
def test_s2_any_key_and_length_in_any_steps(board: MicroPython, key: bytes, data: bytes, step: int) -> None:
    """S2: as `cryptography` computes it, however the message comes in pieces."""
    assert board.call("mac_of_views", key, data, step) == oracle(key, data)


@settings(max_examples=100, deadline=None)
@given(key=keys, chunks=st.lists(st.binary(max_size=40), max_size=8))
def test_s2_chunks_of_any_size_empty_ones_included(board: MicroPython, key: bytes, chunks: list[bytes]) -> None:
    assert board.call("mac", key, *chunks) == oracle(key, b"".join(chunks))


def test_s2_every_length_up_to_1000(board: MicroPython) -> None:
    data = bytes(i * 7 & 0xFF for i in range(1000))
    for key in (bytes(range(16)), bytes(range(32))):
        answers = board.call_all("mac", [(key, data[:length]) for length in range(1001)])
        assert [answer.value for answer in answers] == [oracle(key, data[:length]) for length in range(1001)]


@pytest.mark.parametrize("size", [0, 8, 15, 17, 24, 33])
def test_a_key_that_cryptolib_does_not_take_is_refused(board: MicroPython, size: int) -> None:
    """AES-192 among them: the interpreter has none."""
    with pytest.raises(Raised, match="ValueError"):
        board.call("mac", bytes(size), b"")


def test_comparison_tells_every_difference(board: MicroPython) -> None:
    good = bytes(range(8))
    assert board.call("is_equal", good, good)
    assert board.call("is_equal", b"", b"")
    assert not board.call("is_equal", good, good[:7])
    assert not board.call("is_equal", good[:7], good)
    flipped = [(good, good[:i] + bytes([good[i] ^ 1 << bit]) + good[i + 1 :]) for i in range(8) for bit in range(8)]
    assert [answer.value for answer in board.call_all("is_equal", flipped)] == [False] * 64


@pytest.mark.parametrize("size", [0, 1, 16, 100])
def test_e1_wiping_leaves_zeroes(board: MicroPython, size: int) -> None:
    """E1, O6: a buffer is overwritten where it lies."""
    assert board.call("wiped", size) == bytes(size)
