# SPDX-License-Identifier: MIT
"""The words of journeys in other languages: what is taken for them on a screen, and what is not."""

from typing import Final

import pytest

from tools.play.tongues import catalogue, reads

_LOCKED: Final = "TerminallockedPleasesigninTerminal{0}ENTERsigninMENU"


@pytest.mark.parametrize("last", range(10))
def test_the_end_of_a_number_is_not_the_number_of_an_item(last: int) -> None:
    """W5: "1 Sign in" is an item of a menu; a terminal's number may end in 1, and a hint may begin after it."""
    locked = _LOCKED.format(10_000_110 + last)
    assert reads(locked, "请签到", "en") and not reads(locked, f"{last}签到", "en")
    assert reads(f"Menu{last}Signin", f"{last}签到", "en")


def test_numbers_stand_in_the_holes_of_a_text() -> None:
    """W5: the count in "3 to upload" is the one that was asked for."""
    assert reads("Ready3toupload", "3笔待上传", "en") and not reads("Ready4toupload", "3笔待上传", "en")
    assert reads("Ready3toupload", "笔待上传", "en") and not reads("Ready", "笔待上传", "en")


@pytest.mark.parametrize("language", ["zh", "en", "zh-Hant"])
def test_every_text_is_read_as_itself(language: str) -> None:
    """W5: what the catalogue has in a language is found by the words of the first one."""
    there = catalogue(language)
    whole = {key: text for key, text in catalogue("zh").items() if "{" not in text}
    assert not [key for key, text in whole.items() if not reads("".join(there[key].split()), text, language)]
