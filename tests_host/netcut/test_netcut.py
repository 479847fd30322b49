# SPDX-License-Identifier: MIT
"""A sample of `make netcut`, and the proof that it finds what it is for: defects put in on purpose."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests_host.netcut.cases import Case, cases_of
from tests_host.netcut.network import OTHERS, Disturbance, Passed
from tests_host.netcut.worker import all_cases

_TOP: Final = Path(__file__).parents[2]
_CUTS: Final = ("1:up:0", "3:up:60", "6:down:1", "9:down:51", "11:up:156", "12:down:103")
_SAMPLE: Final = (
    *(f"balanced:{7 * n % 16}:{kind}:{at}" for n, (kind, at) in enumerate(OTHERS)),
    *(f"unbalanced:{cut}" for cut in _CUTS),
)
_PATIENCE_S: Final = 300  # on a machine with much else to do
_HARMLESS: Final = "balanced:0:up:7"  # the first status request cut short


def _netcut(*options: str) -> tuple[int, str]:
    """Exit code and what is said; a process of its own, since it forks."""
    command = [sys.executable, "-m", "tests_host.netcut", "--jobs", "1", *options]
    done = subprocess.run(command, cwd=_TOP, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.timeout(_PATIENCE_S + 10)
def test_w4_o5_the_network_fails() -> None:
    """W4, O5: exactly once, whatever happened to one exchange."""
    code, words = _netcut(*(word for case in _SAMPLE for word in ("--case", case)))
    assert code == 0 and f"{len(_SAMPLE)} network faults, 0 not survived" in words, words


@pytest.mark.timeout(_PATIENCE_S + 10)
@pytest.mark.parametrize(
    ("spoil", "case"),
    [
        pytest.param("new-number", "balanced:8:up:7", marks=pytest.mark.long),
        ("forgotten-void", "balanced:14:down:10"),
        pytest.param("forgetful-host", "balanced:8:up:7", marks=pytest.mark.long),
    ],
)
def test_a_defect_is_found(spoil: str, case: str) -> None:
    """The same cases are survived by what is not spoilt, as the sample shows."""
    code, words = _netcut("--spoil", spoil, "--case", case, "--case", _HARMLESS)
    assert code == 1, words
    assert "2 network faults, 1 not survived" in words and f'--case {case}"' in words, words


@pytest.mark.timeout(_PATIENCE_S + 10)
@pytest.mark.parametrize(
    "case",
    [
        "balanced:3:stop_before:3",
        pytest.param("unbalanced:10:stop_after:3", marks=pytest.mark.long),
        pytest.param("unbalanced:8:down:40", marks=pytest.mark.long),
    ],
)
def test_w4_o5_the_host_is_killed(case: str) -> None:
    """W4, O5: on the emulated board; SIGKILL in the middle of a commit, behind one, in the middle of an answer."""
    code, words = _netcut("--board-case", case)
    assert code == 0 and "1 hosts killed, 0 not survived" in words, words


def test_all_days_are_lived_in_one_process() -> None:
    """As the whole run begins; each has exchanges enough to be cut at."""
    assert len(all_cases(1)) > 9000


def test_the_cases_of_an_exchange() -> None:
    """Every byte both ways, none at all and all of them; each other thing once."""
    cases = list(cases_of("balanced", [Passed("0800/001", 3, 5)]))
    assert len(cases) == len(set(cases)) == 4 + 6 + len(OTHERS)
    assert Case("balanced", 0, Disturbance("up", 0)) in cases and Case("balanced", 0, Disturbance("down", 5)) in cases
    assert all(Case.parse(str(case)) == case for case in cases)
