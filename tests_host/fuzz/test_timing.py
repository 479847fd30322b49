# SPDX-License-Identifier: MIT
"""Comparisons of MACs and PINs take the same steps wherever they differ (E1, S2): counted, not clocked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.fuzz.device import Device

_ROUNDS = 201  # digests of a PIN


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """What each comparison did, by its name."""
    found: dict[str, list[dict[str, Any]]] = {}
    folder: Path = tmp_path_factory.mktemp("timing")
    with Device("timing", {}, folder) as device:
        while not (line := device.read()).startswith("end"):
            name, _, facts = line.partition(" ")
            assert facts.startswith("{"), line
            found.setdefault(name, []).append(json.loads(facts))
    yield found


@pytest.mark.parametrize(
    ("name", "digests"), [("is_equal", 0), ("verify", 0), ("matches", _ROUNDS), ("pin", _ROUNDS), ("unwrap", 0)]
)
def test_a_comparison_does_not_tell_where_it_differs(
    told: dict[str, list[dict[str, Any]]], name: str, digests: int
) -> None:
    """Every byte of both is read, in one order, whether none differs or any."""
    for facts in told[name]:
        results, sequences, steps = facts["traces"]
        assert results[0] is True and not any(results[1:])
        assert len(results) > 6
        assert (sequences, steps) == (1, digests + 2 * facts["size"])
