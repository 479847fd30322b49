# SPDX-License-Identifier: MIT
"""Recognises the signed-in operator's PIN again (sign-out, idle lock) without keeping it.

A salted, iterated SHA-256 in RAM only: gone with the session, never in flash, not comparable between sessions.
"""

import hashlib
import os

from micropython import const
from secret import is_equal

_ROUNDS = const(200)


class PinCheck:
    """Holds the digest of one PIN between `learn` and `forget`."""

    def __init__(self) -> None:
        self._salt = b""
        self._digest = b""

    def _stretch(self, pin: "bytes | memoryview") -> bytes:
        digest = hashlib.sha256(self._salt)
        digest.update(pin)
        value = digest.digest()
        for _ in range(_ROUNDS):
            value = hashlib.sha256(value + self._salt).digest()
        return value

    def learn(self, pin: "bytes | memoryview") -> None:
        self._salt = os.urandom(16)
        self._digest = self._stretch(pin)

    def matches(self, pin: "bytes | memoryview") -> bool:
        """Compared in constant time; False when nothing was learnt."""
        if not self._digest:
            return False
        return is_equal(self._stretch(pin), self._digest)

    def forget(self) -> None:
        self._salt = self._digest = b""
