# SPDX-License-Identifier: MIT
"""Each response code of the profile: its words in both languages, and what it leads to at the sign-in (S3, E2)."""

from typing import Final

import pytest

from tests_host.conftest import MakeBench
from tests_host.journeys.bench import Bench
from tests_host.journeys.fault_bench import (
    ALL_TRIES_S,
    SIGN_IN,
    decline,
    durable,
    expect_light,
    expect_trouble,
    quick_fingers,
)
from tools.play.tongues import catalogue
from tools.rig import CASHIER

# The profile's table (DE39): what the operator is told to do, by code.
ACTIONS: Final[dict[tuple[str, str], str]] = {
    ("请联系客服", "Call support"): "03 97 12 30 40 58 63 25",
    ("请稍候", "Please wait"): "09",
    ("请重新输入", "Enter it again"): "13 61 55",
    ("请等待或找主管", "Wait or supervisor"): "75",
    ("请找主管", "Ask the supervisor"): "62",
    ("请稍后重试", "Try again later"): "68 98 90 91 92 96",
    ("请重新签到", "Sign in again"): "77 99 A0 A7",
    ("自动完成", "Done by itself"): "78",
    ("自动上传明细", "Sending the details"): "79 95",
    ("已处理", "Done already"): "94",
}
CODES: Final = sorted(code for codes in ACTIONS.values() for code in codes.split())
UNKNOWN: Final = "05"
LANGUAGES: Final = ("zh", "en")
_PART: Final = 4  # codes to one terminal


def _part(number: int, language: int) -> list[str]:
    """Every second code in one language, the others in the other."""
    return [*CODES, UNKNOWN][number * _PART : (number + 1) * _PART][language::2]


_PARTS: Final = range(-(-(len(CODES) + 1) // _PART))


@pytest.mark.parametrize("place", [0, 1], ids=LANGUAGES)
def test_s3_the_catalogue_says_what_the_profile_says(place: int) -> None:
    """S3: each code has its own name and the action of the profile's table, and no other code has words."""
    words = catalogue(LANGUAGES[place])
    for actions, codes in ACTIONS.items():
        for code in codes.split():
            assert words[f"do.H{code}"] == actions[place], code
            assert words[f"err.H{code}"], code
    assert sorted(key[5:] for key in words if key.startswith("err.H")) == CODES
    assert sorted(key[4:] for key in words if key.startswith("do.H")) == CODES


def _type_pin(bench: Bench, language: str, pin: str = CASHIER.pin) -> None:
    """From the lock screen, in any language."""
    words = catalogue(language)
    bench.press("ENTER")
    bench.expect(words["operator.title"])
    bench.press(*CASHIER.number, "ENTER")
    bench.expect(words["shift.title"])
    bench.press("1", "ENTER")
    bench.expect(words["pin.title"].format(CASHIER.number))
    bench.press(*pin, "ENTER")


def _started(make_bench: MakeBench, language: str) -> Bench:
    bench = make_bench().provisioned(language)
    quick_fingers(bench)
    bench.start_linked(catalogue(language)["lock.sign_in"])
    return bench


def _refuse_each(bench: Bench, codes: list[str], language: str) -> None:
    """The words on the screen, nothing stored, no key taken, locked as before; then the right answer signs in."""
    before = durable(bench)
    for code in codes:
        bench.host.faults.answer(bench.tid, code, SIGN_IN)
        _type_pin(bench, language)
        expect_trouble(bench, f"H{code}", ALL_TRIES_S, language)
        decline(bench, language)
        expect_light(bench, "steady red")
        assert durable(bench) == before
    assert not [note for note in bench.host.heard[bench.tid] if note.fields["53"][:2] != "00"]
    _type_pin(bench, language)
    bench.expect(catalogue(language)["sign_in.done"])


@pytest.mark.parametrize("language", [0, pytest.param(1, marks=pytest.mark.long)], ids=LANGUAGES)
@pytest.mark.parametrize("part", _PARTS)
def test_s3_a_refused_sign_in_says_what_to_do(make_bench: MakeBench, part: int, language: int) -> None:
    """S3: every code of the profile, and one that it does not know, in one of the languages."""
    _refuse_each(_started(make_bench, LANGUAGES[language]), _part(part, language), LANGUAGES[language])


@pytest.mark.long
@pytest.mark.parametrize("language", [0, 1], ids=LANGUAGES)
@pytest.mark.parametrize("part", _PARTS)
def test_s3_a_refused_sign_in_says_so_in_the_other_language(make_bench: MakeBench, part: int, language: int) -> None:
    """S3: the same codes in the language that the short form leaves out."""
    _refuse_each(_started(make_bench, LANGUAGES[language]), _part(part, 1 - language), LANGUAGES[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_e2_wrong_and_locked_have_the_hosts_numbers(make_bench: MakeBench, language: str) -> None:
    """E2: 55 with the tries left, 75 with the minutes."""
    bench, words = _started(make_bench, language), catalogue(language)
    _type_pin(bench, language, "1357")
    bench.expect(words["pin.left"].format(4).split("\n")[0])
    assert bench.shows(words["pin.wrong"])
    bench.host.alter_books("UPDATE pin_guards SET failures = 4 WHERE mid = ? AND number = '001'", bench.mid)
    bench.press("ENTER")
    bench.expect(words["pin.title"].format(CASHIER.number))
    bench.press(*"1357", "ENTER")
    bench.expect(words["pin.locked"].format(30))
