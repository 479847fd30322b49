# SPDX-License-Identifier: MIT
"""lib/tr31.py on MicroPython: the published block, psec in both directions, and every way to be refused."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psec import tr31

from tests_host.unit.mp import MicroPython, Raised

_CODE = """
import tr31, tr31_wrap

def unwrap(kbpk, block, usage="M6", mode="C"):
    return tr31.unwrap(kbpk, block, usage, mode)

def wrap(kbpk, usage, mode, key):
    return tr31_wrap.wrap(kbpk, usage, mode, key)

def wrap_with(kbpk, usage, mode, key, fill, exportability):
    return tr31_wrap.wrap(kbpk, usage, mode, key, lambda size: bytes([fill]) * size, exportability)

def forge(kbpk, header, payload):
    # Any header and clear payload, under a MAC that is right for them.
    payload = bytearray(payload)
    mac = tr31._mac(kbpk, header.encode(), payload)
    tr31._cipher(kbpk, mac).encrypt(payload, payload)
    return header + payload.hex().upper() + mac.hex().upper()

def derived(kbpk, purpose):
    return tr31._derive(kbpk, purpose)

def kcv(key):
    return tr31.kcv(key)
"""

_KBPK = "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6"
_BLOCK = (
    "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A27E8E31DA05F7425509593D03A457DC34"
)
_KEY = "3F419E1CB7079442AA37474C2EFBF8B8"
_TMK = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
_TAK = bytes(range(0xC0, 0xD0))

# All that an error may say: constants, so that nothing of a key or block can be among them.
_TEXTS = {
    "malformed block",
    "malformed header",
    "not a key for this purpose",
    "wrong block MAC",
    "wrong key length",
    "KBPK must be AES-128 or AES-256",
    "key must be AES",
}

kbpks = st.one_of(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
aes_keys = st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
purposes = st.sampled_from([("M6", "C"), ("P0", "E"), ("K1", "B"), ("K0", "D")])


@pytest.fixture(scope="module")
def board() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def refusal(board: MicroPython, function: str, *arguments: object) -> str:
    """The text of the KeyBlockError that the call must raise."""
    with pytest.raises(Raised) as caught:
        board.call(function, *arguments)
    assert caught.value.kind == "KeyBlockError"
    assert caught.value.text in _TEXTS
    return caught.value.text


def test_s2_published_block(board: MicroPython) -> None:
    """S2: working keys arrive as key blocks of version D."""
    kbpk = bytes.fromhex(_KBPK)
    assert board.call("unwrap", kbpk, _BLOCK, "P0", "E").hex().upper() == _KEY
    assert board.call("unwrap", kbpk, _BLOCK.encode(), "P0", "E").hex().upper() == _KEY
    assert (
        board.call("derived", kbpk, 0).hex().upper()
        == "396C9382A6E2E66A088774E1D6E46541F5EAD67D7204F8DD0D7AE8FDA334D3AC"
    )
    assert (
        board.call("derived", kbpk, 1).hex().upper()
        == "4EF24317696213840451890756757E573E0673483888F9B7F9B7517827F95022"
    )


def test_s2_key_check_value(board: MicroPython) -> None:
    assert board.call("kcv", _TAK) == "227DCE"


@settings(max_examples=150, deadline=None)
@given(
    kbpk=kbpks, key=aes_keys, purpose=purposes, masked=st.sampled_from([None, 16]), exportability=st.sampled_from("ENS")
)
def test_s2_blocks_of_psec_open(
    board: MicroPython, kbpk: bytes, key: bytes, purpose: tuple[str, str], masked: int | None, exportability: str
) -> None:
    """S2: masked as a longer key (144 characters) or not (112)."""
    usage, mode = purpose
    block = tr31.wrap(kbpk, tr31.Header("D", usage, "A", mode, "00", exportability), key, masked)
    assert len(block) == (112 if masked and len(key) < 32 else 144)
    assert board.call("unwrap", kbpk, block, usage, mode) == key


@settings(max_examples=150, deadline=None)
@given(kbpk=kbpks, key=aes_keys, purpose=purposes)
def test_s2_psec_opens_our_blocks(board: MicroPython, kbpk: bytes, key: bytes, purpose: tuple[str, str]) -> None:
    usage, mode = purpose
    block = board.call("wrap", kbpk, usage, mode, key)
    header, found = tr31.unwrap(kbpk, block)
    assert found == key
    assert (header.version_id, header.key_usage, header.algorithm, header.mode_of_use) == ("D", usage, "A", mode)
    assert (header.exportability, header.version_num, len(header.blocks)) == ("N", "00", 0)
    assert board.call("unwrap", kbpk, block, usage, mode) == key


def test_s2_padding_is_random_and_given(board: MicroPython) -> None:
    """S2: two blocks of one key differ; the source of randomness can be given."""
    assert board.call("wrap", _TMK, "M6", "C", _TAK) != board.call("wrap", _TMK, "M6", "C", _TAK)
    block = board.call("wrap_with", _TMK, "M6", "C", _TAK, 0x11, "E")
    assert block == board.call("wrap_with", _TMK, "M6", "C", _TAK, 0x11, "E")
    assert block == board.call("forge", _TMK, "D0112M6AC00E0000", b"\x00\x80" + _TAK + b"\x11" * 14)
    assert board.call("unwrap", _TMK, block) == _TAK


def test_s3_a_key_for_another_purpose_is_refused_though_its_mac_is_right(board: MicroPython) -> None:
    """S3: a PIN key is no MAC key, a key to verify none to generate."""
    for usage, mode in (("P0", "E"), ("P0", "C"), ("M6", "E"), ("M6", "V"), ("M6", "G"), ("M3", "C"), ("K1", "B")):
        block = tr31.wrap(_TMK, tr31.Header("D", usage, "A", mode), _TAK)
        assert board.call("unwrap", _TMK, block, usage, mode) == _TAK
        assert refusal(board, "unwrap", _TMK, block) == "not a key for this purpose"
    for algorithm in "TDHR0":
        block = tr31.wrap(_TMK, tr31.Header("D", "M6", algorithm, "C"), _TAK, 16)
        assert refusal(board, "unwrap", _TMK, block) == "not a key for this purpose"


def test_s3_every_altered_character_is_refused(board: MicroPython) -> None:
    """S3: nothing of a block can be changed, header included."""
    block = tr31.wrap(_TMK, tr31.Header("D", "M6", "A", "C"), _TAK)
    altered = [
        block[:at] + other + block[at + 1 :] for at in range(len(block)) for other in "0A1CEN" if other != block[at]
    ]
    answers = board.call_all("unwrap", [(_TMK, text) for text in altered])
    assert {answer.kind for answer in answers} == {"KeyBlockError"}
    assert {answer.text for answer in answers} <= _TEXTS


def test_s3_lower_case_hex_is_the_same_block(board: MicroPython) -> None:
    block = tr31.wrap(_TMK, tr31.Header("D", "M6", "A", "C"), _TAK)
    assert board.call("unwrap", _TMK, block[:16] + block[16:].lower()) == _TAK


def test_s3_another_kbpk_is_refused(board: MicroPython) -> None:
    block = tr31.wrap(_TMK, tr31.Header("D", "M6", "A", "C"), _TAK)
    assert refusal(board, "unwrap", bytes(16), block) == "wrong block MAC"
    assert refusal(board, "unwrap", bytes(32), block) == "wrong block MAC"
    assert refusal(board, "unwrap", bytes(24), block) == "KBPK must be AES-128 or AES-256"
    assert refusal(board, "unwrap", b"", block) == "KBPK must be AES-128 or AES-256"


@pytest.mark.parametrize(
    "header",
    [
        "A0112M6AC00E0000",
        "B0112M6AC00E0000",
        "E0112M6AC00E0000",
        "d0112M6AC00E0000",
        "D0112M6AC00E0001",
        "D0112M6AC00E0x00",
        "D0112M6AC00E+100",
        "D0111M6AC00E0000",
        "D0128M6AC00E0000",
        "D 112M6AC00E0000",
        "D+112M6AC00E0000",
        "D0112M6AC00Y0000",
        "D0112M6AC00 0000",
        "D0112M6AC00E0100",
        "D0112M6AC00E9900",
    ],
)
def test_s3_wrong_header_under_a_right_mac_is_refused(board: MicroPython, header: str) -> None:
    """S3: what the header says is checked, not only that it was signed."""
    payload = b"\x00\x80" + _TAK + bytes(14)
    assert refusal(board, "unwrap", _TMK, board.call("forge", _TMK, header, payload)) == "malformed block"


@pytest.mark.parametrize("bits", [0, 1, 64, 127, 129, 136, 256, 512, 0x8080, 0xFFFF])
def test_s3_wrong_key_length_under_a_right_mac_is_refused(board: MicroPython, bits: int) -> None:
    payload = bits.to_bytes(2, "big") + bytes(30)
    block = board.call("forge", _TMK, "D0112M6AC00N0000", payload)
    assert refusal(board, "unwrap", _TMK, block) == "wrong key length"


@pytest.mark.parametrize("size", [16, 64, 80])
def test_s3_wrong_payload_length_is_refused(board: MicroPython, size: int) -> None:
    block = board.call("forge", _TMK, f"D{48 + 2 * size:04d}M6AC00N0000", (b"\x00\x80" + _TAK + bytes(62))[:size])
    assert refusal(board, "unwrap", _TMK, block) == "malformed block"


@pytest.mark.parametrize(
    "block", ["", "D", "D0016M6AC00N000", "D0016M6AC00N0000", "D0048M6AC00N0000" + "0" * 32, "签到" * 20]
)
def test_s3_stumps_are_refused(board: MicroPython, block: str) -> None:
    assert refusal(board, "unwrap", _TMK, block)


@pytest.mark.parametrize("blocks", [{"KS": "x" * 12}, {"LB": "TAK 1", "KC": "00227DCE"}, {"IK": "y" * 300}, {"HM": ""}])
def test_optional_blocks_are_stepped_over(board: MicroPython, blocks: dict[str, str]) -> None:
    """Long ones with an extended length and the filling block among them; they are signed, too."""
    header = tr31.Header("D", "M6", "A", "C")
    header.blocks.update(blocks)
    block = tr31.wrap(_TMK, header, _TAK)
    assert board.call("unwrap", _TMK, block) == _TAK
    end = len(block) - 96 - 32  # of the header
    assert refusal(board, "unwrap", _TMK, block[: end - 1] + "1" + block[end:]) == "wrong block MAC"


@pytest.mark.parametrize(
    "optional",
    [
        "KS03" + "0" * 12,
        "KS00" + "0" * 12,
        "KS00020009000000",
        "KS00030000100000",
        "KS04",
        "KS88000000000000",
        "签到" * 8,
    ],
)
def test_optional_blocks_of_impossible_length_are_refused(board: MicroPython, optional: str) -> None:
    block = board.call(
        "forge", _TMK, f"D{112 + len(optional.encode()):04d}M6AC00N0100{optional}", b"\x00\x80" + _TAK + bytes(14)
    )
    assert refusal(board, "unwrap", _TMK, block) == "malformed block"


@pytest.mark.parametrize(
    ("usage", "mode", "key", "text"),
    [
        ("M6", "C", bytes(15), "key must be AES"),
        ("M6", "C", b"", "key must be AES"),
        ("M6", "C", bytes(33), "key must be AES"),
        ("M", "C", bytes(16), "malformed header"),
        ("M66", "C", bytes(16), "malformed header"),
        ("M6", "", bytes(16), "malformed header"),
        ("M", "CC", bytes(16), "malformed header"),
        ("签", "C", bytes(16), "malformed header"),
    ],
)
def test_what_cannot_be_wrapped_is_refused(board: MicroPython, usage: str, mode: str, key: bytes, text: str) -> None:
    assert refusal(board, "wrap", _TMK, usage, mode, key) == text


def _damaged(rng: random.Random, blocks: list[str]) -> str:
    block = rng.choice(blocks)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(block) + 1) if rng.random() < 0.5 else rng.randrange(40)
        change = rng.randrange(4)
        if change == 0:
            block = block[:at] + chr(rng.randrange(0x20, 0x100)) + block[at + 1 :]
        elif change == 1:
            block = block[:at] + block[at + rng.randrange(1, 20) :]
        elif change == 2:
            block = block[:at] + rng.choice("0123456789ABCDEF") * rng.choice((1, 2, 16, 32)) + block[at:]
        else:
            block = block[:1] + f"{len(block):04d}" + block[5:]
    return block


def test_s3_damaged_blocks_give_the_key_or_a_key_block_error(board: MicroPython) -> None:
    """S3: 20,000 of them; what opens is the very key."""
    rng = random.Random(31)
    header = tr31.Header("D", "M6", "A", "C")
    blocks = [tr31.wrap(_TMK, header, _TAK), tr31.wrap(_TMK, header, _TAK, 16)]
    header.blocks["LB"] = "label"
    blocks.append(tr31.wrap(_TMK, header, _TAK))
    answers = board.call_all("unwrap", [(_TMK, _damaged(rng, blocks)) for _ in range(20_000)])
    assert {answer.kind for answer in answers} <= {None, "KeyBlockError"}
    assert {answer.text for answer in answers} <= _TEXTS | {None}
    assert {answer.value for answer in answers} <= {None, _TAK}
