# SPDX-License-Identifier: MIT
"""Operators' PINs at the host: Argon2id verifiers and the rules for new ones.

Invariant: a PIN is never stored, logged or quoted in an error. Cost: 19 MiB and two passes, the least that the OWASP
password storage cheat sheet asks of Argon2id; a verifier keeps its own parameters, so they can be raised later.
"""

import functools
import itertools
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)  # memory in KiB


LEAST: Final = 6  # digits of a new PIN; older ones may be shorter
_LONGEST_PERIOD: Final = 3

# Why a new PIN is refused, as the operator reads it (tag DT, at most 60 bytes).
REASONS: Final = {
    "short": f"密码至少{LEAST}位 at least {LEAST} digits",
    "repeat": "密码有重复 digits repeat",
    "sequence": "密码是连号 digits in sequence",
    "number": "密码含操作员号或终端号 contains a number",
    "same": "与旧密码相同 same as the old PIN",
}


class PinError(ValueError):
    """A PIN that may not be enrolled."""


def check_form(pin: str) -> None:
    """4 to 12 decimal digits, as the PIN block can carry."""
    if not (4 <= len(pin) <= 12 and pin.isascii() and pin.isdigit()):
        raise PinError("a PIN has 4 to 12 digits")


def _repeats(pin: str, period: int) -> bool:
    return 2 * period <= len(pin) and all(pin[i] == pin[i - period] for i in range(period, len(pin)))


def _is_number(pin: str, operator: str, tid: str) -> bool:
    """Whether a PIN can be read off the terminal or the roster."""
    is_operator = operator.isdigit() and (int(pin) == int(operator) or pin == (operator * len(pin))[: len(pin)])
    return is_operator or (bool(tid) and (pin in tid or tid in pin))


def weakness(pin: str, operator: str, tid: str, old: str = "") -> str:
    """Why digits may not become an operator's PIN, a key of `REASONS`; empty if they may."""
    if len(pin) < LEAST:
        return "short"
    if any(_repeats(pin, period) for period in range(1, _LONGEST_PERIOD + 1)):
        return "repeat"
    if len({(int(right) - int(left)) % 10 for left, right in itertools.pairwise(pin)}) == 1:
        return "sequence"
    if _is_number(pin, operator, tid):
        return "number"
    return "same" if pin == old else ""


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
