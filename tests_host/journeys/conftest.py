# SPDX-License-Identifier: MIT
"""Fixtures that only journeys need: parts of the chip that can be made to fail."""

import pytest

from tests_host.journeys.bench import BrokenFlash
from tools.emulator.chip import Chip
from tools.emulator.rpc import Reply, Request

_FAILED = -1  # ESP_FAIL


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
