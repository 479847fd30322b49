# SPDX-License-Identifier: MIT
"""Operators' PINs at the host: Argon2id verifiers and the rule for what may be enrolled.

Invariant: a PIN is never stored, logged or quoted in an error. Parameters follow RFC 9106 for a server that checks a
few PINs a second.
"""

import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)  # memory in KiB


class PinError(ValueError):
    """A PIN that may not be enrolled."""


def check_form(pin: str) -> None:
    """4 to 12 decimal digits, as the PIN block can carry."""
    if not (4 <= len(pin) <= 12 and pin.isascii() and pin.isdigit()):
        raise PinError("a PIN has 4 to 12 digits")


def make_verifier(pin: str) -> str:
    """Argon2id verifier with its own random salt."""
    check_form(pin)
    return _HASHER.hash(pin)


@functools.cache
def _nobody() -> str:
    """Checked when there is no such operator, so that the time of an answer does not tell who exists."""
    return _HASHER.hash(secrets.token_hex(16))


def is_right(verifier: str | None, pin: str) -> bool:
    """Whether the PIN is the one; with no verifier, the same work and no."""
    try:
        return _HASHER.verify(verifier or _nobody(), pin) and verifier is not None
    except (VerificationError, InvalidHashError):
        return False
