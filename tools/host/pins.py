# SPDX-License-Identifier: MIT
"""Operators' PINs at the host: Argon2id verifiers and the rule for what may be enrolled.

Invariant: a PIN is never stored, logged or quoted in an error. Cost: 19 MiB and two passes, the least that the OWASP
password storage cheat sheet asks of Argon2id; a verifier keeps its own parameters, so they can be raised later.
"""

import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)  # memory in KiB


class PinError(ValueError):
    """A PIN that may not be enrolled."""


def check_form(pin: str) -> None:
    """4 to 12 decimal digits, as the PIN block can carry."""
    if not (4 <= len(pin) <= 12 and pin.isascii() and pin.isdigit()):
        raise PinError("a PIN has 4 to 12 digits")


def make_verifier(pin: str) -> str:
    """Argon2id verifier with its own random salt."""
    check_form(pin)
    return HASHER.hash(pin)


@functools.cache
def _nobody() -> str:
    """Checked when there is no such operator, so that the time of an answer does not tell who exists."""
    return HASHER.hash(secrets.token_hex(16))


def is_right(verifier: str | None, pin: str) -> bool:
    """Whether the PIN is the one; with no verifier, the same work and no."""
    try:
        return HASHER.verify(verifier or _nobody(), pin) and verifier is not None
    except (VerificationError, InvalidHashError):
        return False
