# SPDX-License-Identifier: MIT
"""Codec, tagged values and cryptography against the vectors of protocol.md (clauses 2, 3), and random input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.host import codec, crypto, message, spec, tlv
from tools.host.codec import CodecError, Fields

DIGITS = "0123456789"
HEAD = "0800"


def values(name: str) -> st.SearchStrategy[str]:
    """Values that a field may have."""
    rule = spec.build()[name]
    longest = rule["max_len"]
    if name in spec.DECIMAL:
        shortest = longest if rule["len_type"] == 0 else 0
        return st.text(DIGITS, min_size=shortest, max_size=longest)
    if rule["data_enc"] == "b":
        return st.binary(min_size=longest, max_size=longest).map(lambda data: data.hex().upper())
    text = st.characters(max_codepoint=0xFF)
    if name in spec.FIXED_TEXT:
        return st.text(text, min_size=longest, max_size=longest)
    return st.text(text, max_size=min(longest, 40))


NAMES = [str(number) for number in range(2, 129) if number != 65]
MESSAGES = st.lists(st.sampled_from(NAMES), unique=True, max_size=12).flatmap(
    lambda names: st.fixed_dictionaries({name: values(name) for name in names})
)


@given(MESSAGES)
def test_pack_and_unpack_are_inverse(fields: Fields) -> None:
    """Every field of the table survives."""
    full = {"t": HEAD, **fields}
    assert codec.unpack(codec.pack(full)) == full


@given(st.binary(max_size=200))
def test_unpack_never_fails_otherwise(data: bytes) -> None:
    """Whatever comes is a message or a CodecError; a message packs to something that means the same."""
    try:
        fields = codec.unpack(data)
    except CodecError:
        return
    assert codec.unpack(codec.pack(fields)) == fields


@given(st.binary(max_size=120))
def test_parse_never_fails_otherwise(data: bytes) -> None:
    """A frame is a request or not one."""
    try:
        request = message.parse(b"\x60\x00\x03\x00\x00" + data)
    except message.UnanswerableError:
        return
    assert request.fields["t"][0] == "0"


def test_every_field_has_a_rule() -> None:
    """2 to 128."""
    assert {str(number) for number in range(2, 129)} <= spec.build().keys()


@pytest.mark.parametrize(
    ("wire", "fields"),
    [
        ("0800 0000010000000000 0003", {"24": "003"}),
        ("0800 0000008000000000 12", {"25": "12"}),
        ("0800 4000000000000000 05 123450", {"2": "12345"}),
        ("0800 4000000000000000 00", {"2": ""}),
        ("0800 0000000002000000 3030", {"39": "00"}),
        ("0800 0000000000000004 0004 e4b8ad41", {"62": "\xe4\xb8\xadA"}),
        ("0800 8000000000000000 0400000000000000 0301", {"70": "301"}),
    ],
)
def test_forms_of_the_table(wire: str, fields: Fields) -> None:
    """Clause 2, one of each kind."""
    data = bytes.fromhex(wire)
    assert codec.unpack(data) == {"t": "0800", **fields}
    assert codec.pack({"t": "0800", **fields}) == data


@pytest.mark.parametrize(
    "wire",
    [
        "08",
        "0A00 0000000000000000",
        "0800 00000000000000",
        "0800 0000010000000000 000A",
        "0800 0000010000000000 1003",
        "0800 0000010000000000 00",
        "0800 0000010000000000 000300",
        "0800 4000000000000000 20 00000000000000000000",
        "0800 4000000000000000 05 123451",
        "0800 4000000000000000 0A 1234567890",
        "0800 0000000000000004 1000 41",
        "0800 0000000000000004 0002 41",
        "0800 8000000000000000 8000000000000000 00",
    ],
)
def test_malformed_messages_are_refused(wire: str) -> None:
    """Non-decimal digits, lengths beyond the maximum, short messages, trailing bytes, the unused bit 65."""
    with pytest.raises(CodecError):
        codec.unpack(bytes.fromhex(wire))


def test_text_is_padded_and_numbers_are_exact() -> None:
    """The two things that pyiso8583 leaves to its user."""
    assert codec.unpack(codec.pack({"t": "0800", "42": "AB"}))["42"] == "AB".ljust(15)
    for fields in ({"11": "1"}, {"11": "00000A"}, {"41": "123456789"}, {"62": "x" * 1000}, {"62": "中"}):
        with pytest.raises(CodecError):
            codec.pack({"t": "0800", **fields})


def test_tagged_values() -> None:
    """Bytes are counted, not characters; duplicates and cuts are errors."""
    text = tlv.pack([("ON", "李雷"), ("RL", "0"), ("DT", "")])
    assert text.startswith("ON006")
    assert tlv.unpack(text) == {"ON": "李雷", "RL": "0", "DT": ""}
    for bad in ("A", "AB01", "AB0x1Z", "AB002Z", "AB001ZAB001Z", "AB001\xff", "AB\u0661\u0661\u0661"):
        with pytest.raises(tlv.TlvError):
            tlv.unpack(bad)
    with pytest.raises(tlv.TlvError):
        tlv.pack([("ABC", "")])


@pytest.mark.parametrize(
    ("length", "mac"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_cmac_vectors(length: int, mac: str) -> None:
    """RFC 4493, as quoted in clause 3."""
    text = bytes.fromhex(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
    )
    assert crypto.cmac(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"), text[:length]).hex() == mac


def test_key_block_vector_and_purpose() -> None:
    """Clause 3: the block unwraps; a block for another use, or damaged, is refused."""
    kbpk = bytes.fromhex("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6")
    block = "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A2"
    block += "7E8E31DA05F7425509593D03A457DC34"
    assert crypto.unwrap(kbpk, crypto.TPK, block).hex().upper() == "3F419E1CB7079442AA37474C2EFBF8B8"
    for bad, purpose in ((block, crypto.TAK), (block[:-1] + "5", crypto.TPK), ("D0112", crypto.TPK), ("", crypto.TPK)):
        with pytest.raises(crypto.KeyBlockError):
            crypto.unwrap(kbpk, purpose, bad)
    assert len(crypto.wrap(bytes(16), crypto.TAK, bytes(16))) == 112


def test_kcv_vector() -> None:
    """Clause 6: KCV of TAK1."""
    assert crypto.kcv(bytes(range(0xC0, 0xD0))) == "227DCE"


def test_pin_block_vectors() -> None:
    """Clause 3; what does not decode says nothing of what was in it."""
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    assert crypto.read_pin(key, "28B41FDDD29B743E93124BD8E32D921E", "1234567890123456789") == "1234"
    second = bytes.fromhex("C1D0F8FB4958670DBA40AB1F3752EF0D")
    assert crypto.read_pin(second, "CC17F65586BFD0953010226C4FC5B3CA", "432198765432109870") == "1234"
    for bad in ("28B41FDDD29B743E93124BD8E32D921F", "00", "xyz", ""):
        with pytest.raises(crypto.PinBlockError, match="^PIN block does not decode$") as caught:
            crypto.read_pin(key, bad, "1234567890123456789")
        assert caught.value.__cause__ is None
    assert crypto.pin_account("10000001", "001") == "100000010001"
