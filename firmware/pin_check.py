# SPDX-License-Identifier: MIT
"""Recognises the signed-in operator's PIN again (sign-out, idle lock) without keeping it.

A salted, iterated SHA-256, held by the caller in RAM only: gone with the session, never in flash, and not comparable
between sessions.
"""

import hashlib
import os

from micropython import const

from secret import is_equal

_ROUNDS = const(200)
_SALT = const(16)


def _stretch(salt: bytes, pin: "bytes | memoryview") -> bytes:
    digest = hashlib.sha256(salt)
    digest.update(pin)
    value = digest.digest()
    for _ in range(_ROUNDS):
        value = hashlib.sha256(value + salt).digest()
    return value


def learn(pin: "bytes | memoryview") -> bytes:
    """Salt and digest."""
    salt = os.urandom(_SALT)
    return salt + _stretch(salt, pin)


def matches(learnt: bytes, pin: "bytes | memoryview") -> bool:
    """Compared in constant time; False when nothing was learnt."""
    return len(learnt) > _SALT and is_equal(_stretch(learnt[:_SALT], pin), learnt[_SALT:])
