# SPDX-License-Identifier: MIT
"""Keys that are refused at provisioning (mission C4)."""

import pytest

from tests_host.host.conftest import KEYS
from tools import weak_keys


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (bytes(16), "all zeros"),
        (b"\x5a" * 16, "bytes repeat"),
        (bytes.fromhex("0123456789ABCDEE") * 2, "bytes repeat"),
        (bytes.fromhex("3AC1") * 8, "bytes repeat"),
        (bytes(range(0x30, 0x40)), "sequence"),
        (bytes(range(0xFF, 0xEF, -1)), "sequence"),
        (bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), "sequence"),
        (bytes.fromhex("3456789ABCDEF0123456789ABCDEF012"), "bytes repeat"),
        (bytes.fromhex("3456789ABCDEF012456789ABCDEF0123"), "sequence"),
        (bytes.fromhex("01020304050607010203040506070103"), "too few"),
        (KEYS.tmk, "published sample"),
        (KEYS.tak0, "published sample"),
        (bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C"), "published sample"),
        (b"123456789012345", "not 16 or 32"),
    ],
)
def test_c4_a_weak_key_is_refused(key: bytes, words: str) -> None:
    """C4: why, and not which bytes."""
    good_keys = {"TAK0": bytes.fromhex("C7F2A9015B3E4D8890AB12CD34EF5679")}
    text = weak_keys.weakest({"TMK": key, **good_keys})
    assert "TMK is weak" in text and words in text
    assert key.hex() not in text.lower()


def test_c4_good_keys_are_taken_and_one_key_for_two_uses_is_not() -> None:
    """C4: TMK = TAK0 and the like."""
    first, second = bytes.fromhex("C7F2A9015B3E4D8890AB12CD34EF5679"), bytes.fromhex("19F2A9015B3E4D8890AB12CD34EF5679")
    assert weak_keys.weakest({"TMK": first, "TAK0": second}) == ""
    assert "TPK0 and TMK are the same key" in weak_keys.weakest({"TMK": first, "TAK0": second, "TPK0": first})
