# SPDX-License-Identifier: MIT
"""What only journeys need: parts of the chip that can be made to fail, and a choice of cases for the shorter run."""

from pathlib import Path

import pytest

from tests_host.journeys.bench import BrokenFlash
from tools.emulator.chip import Chip
from tools.emulator.rpc import Reply, Request

_FAILED = -1  # ESP_FAIL
_HERE = Path(__file__).parent
_FEW = 5  # of a test with as many cases and more, one of so many is tried in the shorter run


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a test with many cases `make test` tries every fifth one, `make test-long` the rest."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        if _HERE in item.path.parents and "[" in item.name and item.get_closest_marker("long") is None:
            groups.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for cases in groups.values():
        for place, item in enumerate(cases):
            if len(cases) >= _FEW and place % _FEW:
                item.add_marker(pytest.mark.long)


@pytest.fixture
def flash(monkeypatch: pytest.MonkeyPatch) -> BrokenFlash:
    """The flash of boards that are switched on from now on, sound until told otherwise."""
    switch = BrokenFlash()
    sound_program, sound_erase = Chip._flash_program, Chip._flash_erase

    def program(chip: Chip, request: Request) -> Reply:
        return Reply(_FAILED) if switch.is_broken else sound_program(chip, request)

    def erase(chip: Chip, request: Request) -> Reply:
        return Reply(_FAILED) if switch.is_broken else sound_erase(chip, request)

    monkeypatch.setattr(Chip, "_flash_program", program)
    monkeypatch.setattr(Chip, "_flash_erase", erase)
    return switch
