# SPDX-License-Identifier: MIT
"""Cryptography of the profile (protocol.md clause 3): CMAC, TR-31 version D key blocks, PIN blocks of format 4.

`cryptography` computes the CMAC, psec wraps keys and decodes PIN blocks. Errors carry no key, PIN or block.
"""

import hmac
from collections.abc import Mapping
from typing import Final

import psec
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from tools.host import codec

KEY_BYTES: Final = 16
MAC_BYTES: Final = 8

# (usage, mode) of the keys of a terminal: protects key blocks, makes and checks MACs, encrypts PINs.
TMK: Final = ("K1", "D")
TAK: Final = ("M6", "C")
TPK: Final = ("P0", "E")


class KeyBlockError(ValueError):
    """A key block that is damaged, under another key, or for another use."""


class PinBlockError(ValueError):
    """A PIN block that does not decode: another key, another terminal or operator, or damage."""


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC, 16 bytes (RFC 4493)."""
    state = CMAC(AES(key))
    state.update(data)
    return state.finalize()


def kcv(key: bytes) -> str:
    """Key check value: left three bytes of the CMAC of a block of zeros, upper-case hexadecimal."""
    return cmac(key, bytes(16))[:3].hex().upper()


def seal(fields: Mapping[str, str], key: bytes) -> bytes:
    """Packed message with its MAC in the field that its bitmap asks for."""
    packed = codec.pack({**fields, codec.mac_field(fields): "00" * MAC_BYTES})
    body = packed[:-MAC_BYTES]
    return body + cmac(key, body)[:MAC_BYTES]


def is_sealed(packed: bytes, fields: Mapping[str, str], key: bytes) -> bool:
    """Whether the message ends with the right MAC in the right field."""
    if codec.mac_field(fields) not in fields:
        return False
    body, mac = packed[:-MAC_BYTES], packed[-MAC_BYTES:]
    return hmac.compare_digest(mac, cmac(key, body)[:MAC_BYTES])


def wrap(kbpk: bytes, purpose: tuple[str, str], key: bytes) -> str:
    """TR-31 version D block of `key`, not exportable, length not masked (112 characters for AES-128)."""
    usage, mode = purpose
    header = psec.tr31.Header("D", usage, "A", mode, "00", "N")
    return psec.tr31.wrap(kbpk, header, key, masked_key_len=len(key))


def unwrap(kbpk: bytes, purpose: tuple[str, str], block: str) -> bytes:
    """Key of a block made for `purpose`; anything else is a `KeyBlockError`."""
    try:
        header, key = psec.tr31.unwrap(kbpk, block)
    except (psec.tr31.KeyBlockError, psec.tr31.HeaderError):
        raise KeyBlockError("key block is damaged or under another key") from None
    if (header.version_id, header.algorithm, header.key_usage, header.mode_of_use) != ("D", "A", *purpose):
        raise KeyBlockError("key block is for another use")
    return key


def pin_account(tid: str, operator: str) -> str:
    """What stands for the PAN in a PIN block: terminal number and operator number as four digits."""
    return tid + operator.zfill(4)


def read_pin(key: bytes, block_hex: str, account: str) -> str:
    """PIN of a format 4 block given as 32 hexadecimal characters."""
    try:
        block = bytes.fromhex(block_hex)
        if len(block) != KEY_BYTES:
            raise ValueError
        return psec.pinblock.decipher_pinblock_iso_4(key, block, account)
    except ValueError:
        # The library's message quotes digits of what it decoded: drop it.
        raise PinBlockError("PIN block does not decode") from None
