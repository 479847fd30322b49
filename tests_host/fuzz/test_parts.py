# SPDX-License-Identifier: MIT
"""Each part of `make fuzz` in short (S3, W3, L6, P3, C4): nothing is found, and the cases go where they must."""

import pytest

from tools.fuzz.parts import PARTS
from tools.fuzz.run import Order

_SEED = 20
_REACHED = {
    "codec": ("unpacked", "framed", "answered", "unanswered", "key blocks"),
    "keys": ("refused", "same"),
    "host": ("answered", "changed", "closed"),
    "console": ("answers", "ok", "silent"),
    "loans": ("answers",),
    "records": ("right", "fault"),
    "journal": ("mounted", "fault", "goes on"),
    "mitm": ("flip", "spoil"),
}


def test_every_part_is_tried() -> None:
    assert _REACHED.keys() == PARTS.keys()


@pytest.mark.parametrize("name", PARTS)
def test_hostile_input_finds_nothing(name: str) -> None:
    report = PARTS[name].run(Order(_SEED, 0, PARTS[name].short))
    assert report.findings == []
    assert [what for what in _REACHED[name] if not report.counts.get(what)] == []


def test_a_case_comes_again() -> None:
    """What is told of a finding is enough to have it once more."""
    again = [PARTS["keys"].run(Order(_SEED, 77, 1)).counts for _ in range(2)]
    assert again[0] == again[1]
