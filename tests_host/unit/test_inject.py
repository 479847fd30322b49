# SPDX-License-Identifier: MIT
"""firmware/store/inject.py on MicroPython: key blocks and components as the host makes them, and refusals (C4)."""

import secrets
from collections.abc import Iterator

import pytest

from tests_host.unit.fakes import PRELUDE
from tests_host.unit.mp import MicroPython, Raised
from tools.host import crypto
from tools.host.components import Components

_CODE = f"""{PRELUDE}
from firmware.store import inject

given = []

def keys_of(tmk, tak0, tpk0, first, second):
    given[:] = [bytearray(first), bytearray(second)]
    return [bytes(key) for key in inject.keys_of((tmk, tak0, tpk0), given)]

def is_wiped():
    return not any([any(part) for part in given])
"""
_PURPOSES = (crypto.TMK, crypto.TAK, crypto.TPK)


@pytest.fixture(scope="module")
def board() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def _keys() -> list[bytes]:
    return [secrets.token_bytes(16) for _ in _PURPOSES]


def _blocks(over: bytes, keys: list[bytes]) -> list[bytes]:
    return [crypto.wrap(over, purpose, key).encode() for purpose, key in zip(_PURPOSES, keys, strict=True)]


@pytest.mark.parametrize("size", [16, 32])
def test_c4_blocks_open_under_the_two_components(board: MicroPython, size: int) -> None:
    """C4: the board puts the transport key together, of either size; what it was given is wiped."""
    entered, keys = Components.of(secrets.token_bytes(size)), _keys()
    assert board.call("keys_of", *_blocks(entered.key, keys), entered.first, entered.second) == keys
    assert board.call("is_wiped")


@pytest.mark.parametrize("size", [16, 32])
def test_c4_the_components_may_make_the_tmk(board: MicroPython, size: int) -> None:
    """C4: no block of it; the other two are under it. No other block may be left out."""
    entered, keys = Components.of(secrets.token_bytes(size)), _keys()
    blocks = _blocks(entered.key, keys)
    found = board.call("keys_of", b"", *blocks[1:], entered.first, entered.second)
    assert found == [entered.key, *keys[1:]]
    with pytest.raises(Raised, match="KeyBlockError: malformed block"):
        board.call("keys_of", blocks[0], b"", blocks[2], entered.first, entered.second)


@pytest.mark.parametrize(
    ("order", "words"),
    [((1, 1, 2), "not a key for this purpose"), ((0, 2, 1), "purpose"), ((0, 1, 1), "purpose"), ((2, 1, 2), "purpose")],
)
def test_c4_a_block_for_another_use_is_refused(board: MicroPython, order: tuple[int, ...], words: str) -> None:
    """C4: in each place."""
    entered = Components.fresh()
    blocks = _blocks(entered.key, _keys())
    with pytest.raises(Raised, match=words):
        board.call("keys_of", *(blocks[at] for at in order), entered.first, entered.second)
    assert board.call("is_wiped")


def test_c4_another_mode_is_refused(board: MicroPython) -> None:
    """C4: a TAK that may only check, a TPK that may only decrypt, even under a good MAC."""
    entered, keys = Components.fresh(), _keys()
    for place, (usage, mode) in enumerate((("K1", "B"), ("M6", "V"), ("P0", "D"))):
        blocks = _blocks(entered.key, keys)
        blocks[place] = crypto.wrap(entered.key, (usage, mode), keys[place]).encode()
        with pytest.raises(Raised, match="not a key for this purpose"):
            board.call("keys_of", *blocks, entered.first, entered.second)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_c4_a_weak_key_is_refused_by_the_board(board: MicroPython, place: int) -> None:
    """C4: one byte throughout, or hardly more; one key twice; the transport key again."""
    entered, keys = Components.of(secrets.token_bytes(16)), _keys()
    for bad, word in (
        (b"\xa5" * 16, "weak"),
        (b"\x01\x02" * 8, "weak"),
        (keys[place - 1], "same"),
        (entered.key, "same"),
    ):
        blocks = _blocks(entered.key, [bad if at == place else key for at, key in enumerate(keys)])
        with pytest.raises(Raised, match=rf"C2.*{word}"):
            board.call("keys_of", *blocks, entered.first, entered.second)


def test_c4_components_that_give_the_key_away_are_refused(board: MicroPython) -> None:
    """C4: one of zeros, both the same, two lengths, another's, and one byte wrong."""
    entered, keys = Components.fresh(), _keys()
    blocks = _blocks(entered.key, keys)
    pairs = {
        "weak": (bytes(32), entered.key),
        "same": (entered.first, entered.first),
        "parts": (entered.first, entered.second[:16]),
        "wrong block MAC": (entered.first, secrets.token_bytes(32)),
        "block MAC": (entered.first, entered.second[:-1] + bytes([entered.second[-1] ^ 1])),
    }
    for words, pair in pairs.items():
        with pytest.raises(Raised, match=words) as fault:
            board.call("keys_of", *blocks, *pair)
        assert not [part for part in (*pair, *keys) if part.hex() in str(fault.value)]
        assert board.call("is_wiped")
