# SPDX-License-Identifier: MIT
"""The catalogue of words: complete in every language, used, drawable, and fitting where it is shown in one row.

Widths are those of the terminal's own glyphs; lookup and line breaking run on MicroPython.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests_host.unit.mp import MicroPython
from tests_host.unit.typesetter import ROW, typesetter, width
from tools.emulator import Board, flash_image
from tools.glyphs import container

_FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
_LANGUAGES = sorted(path.stem for path in (_FIRMWARE / "words").glob("*.txt"))
_DYNAMIC = (
    "err.",
    "do.",
    "lock.",
    "out.",
    "refused.",
    "menu.",
    "test.",
    "weak.",
    "order.told",
    "ready.ended",
    "kind.",
    "status.",
    "cause.",
)
_PAGE_ROWS = 2

# Shown in the body of a message, where lines are broken; all other words stand in one row.
_BODIES = re.compile(
    "|".join(
        (
            r"approval\.refused",
            r"handover\.done",
            r"credit\.unknown",
            r"facts\.",
            r"echo\.(time|host)",
            r"keys\.all",
            r"display\.look",
            r"order\.told",
            r"history\.none",
            r"void\.(not|ask|done)",
            r"refund\.(ask|done|no_date)",
            r"balance\.(host|own)",
            r"pin\.(left|locked|local|first|changed|differs)",
            r"recover\.ask",
            r"weak\.",
            r"refused\.(?!title)",
            r"sale\.(?!done)",
            r"service\.(ask|records|refused)",
            r"sign_in\.(welcome|last|failures)",
            r"sign_out\.(confirm|closed)",
            r"support(\.(free|sign_in|maintenance))?",
            r"test\.fault",
        )
    )
)
# The widest that a row has to take, by key; a row that is not named here takes "00".
_WIDEST = {
    "lock.hardware": ("P11",),
    "lock.title": ("\ue000",),
    "terminal": ("99999999",),
    "pin.title": ("099",),
    "ready.batch": ("999999", 900),
    "ready.line": ("099", 9),
    "ready.waiting": (900,),
    "report.batch": ("999999",),
    "report.all": ("", 900, "9999999.99"),
    "report.operator": ("099", 900, "999999.99"),
    "totals.credit": (900, "9999999.99"),
    "ready.open": (900,),
    "ready.full": (100,),
    **{f"ready.ended{how}": ("9999999.99",) for how in range(4)},
    "history.title": (900, 900),
    "order.left": ("2:00",),
    "sign_out.details": (896, 900),
    "sign_out.open": (900,),
    "sign_out.upload": (899, 900, "99.9"),
    "totals.amount": ("99999999.99",),
    "totals.count": (900,),
    "totals.waiting": (900,),
    "trouble.code": ("H99", "*"),
}
_DE39 = {"03", "09", "12", "13", "25", "30", "40", "55", "58", "61", "62", "63", "68", "75", "77", "78", "79", "90"}
_DE39 |= {"91", "92", "94", "95", "96", "97", "98", "99", "A0", "A7"}
_CODE = re.compile(r"[WNKEBCJST]\d")
_GLYPHS = container.load()


def _lines(language: str) -> list[str]:
    return (_FIRMWARE / "words" / f"{language}.txt").read_text(encoding="utf-8").split("\n")


def _catalogue(language: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in _lines(language) if line)


def _constants(node: ast.AST) -> Iterator[str]:
    """Strings that an expression may give."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def _sources() -> list[ast.AST]:
    return [ast.parse(path.read_text(encoding="utf-8")) for path in _FIRMWARE.rglob("*.py")]


def _strings() -> set[str]:
    return {text for tree in _sources() for node in ast.walk(tree) for text in _constants(node)}


def _said() -> set[str]:
    """Keys that the firmware names where it looks them up."""
    calls = [node for tree in _sources() for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "say"]
    return {key for call in named for key in _constants(call.args[0])}


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with typesetter() as process:
        yield process


def test_w5_every_language_has_the_same_keys_and_places_to_fill() -> None:
    """W5: nothing falls back to a key in the middle of a sentence."""
    first = _catalogue("zh")
    for language in _LANGUAGES:
        words = _catalogue(language)
        assert words.keys() == first.keys()
        for key, text in words.items():
            assert sorted(re.findall(r"\{\d\}", text)) == sorted(re.findall(r"\{\d\}", first[key])), key
            assert text.strip() == text != "", key


def test_every_word_that_is_said_exists_and_every_word_is_said() -> None:
    keys = set(_catalogue("zh"))
    assert _said() <= keys
    strings = _strings()
    unused = {key for key in keys - _said() if key not in strings and not key.startswith(_DYNAMIC)}
    assert not unused


@pytest.mark.parametrize("language", _LANGUAGES)
def test_w5_every_character_has_a_glyph(language: str) -> None:
    assert not {
        character for text in _catalogue(language).values() for character in text if ord(character) not in _GLYPHS
    }


@pytest.mark.parametrize("language", _LANGUAGES)
def test_w5_what_stands_in_one_row_fits_it(language: str) -> None:
    """L1, P2, O3, W5: titles, hints, reasons, ways out, progress, menus; filled with the widest that comes."""
    words = _catalogue(language)
    for key, text in words.items():
        if _BODIES.match(key):
            continue
        filled = text.format(
            *[words["trouble.title"] if value == "*" else value for value in _WIDEST.get(key, ("00",))]
        )
        prefix = "9 " if key.startswith("menu.") else ""
        assert width(prefix + filled) <= ROW, key


@pytest.mark.parametrize("language", _LANGUAGES)
def test_w5_reason_and_action_stand_on_one_page(language: str, chip: MicroPython) -> None:
    """S3, O4, L3: what is wrong and what to do are seen together, a refusal without turning the page."""
    words = _catalogue(language)
    for key in words:
        if key.startswith(("refused.", "sale.")):
            assert len(chip.call("wrapped", words[key])) <= _PAGE_ROWS, key
        if key.startswith("err."):
            pair = f"{words[key]}\n{words['do.' + key[4:]]}"
            assert len(chip.call("wrapped", pair)) <= _PAGE_ROWS, key


def test_s3_every_answer_of_the_host_and_every_error_raised_has_words() -> None:
    """S3, O4: DE39 as in the profile's table, and the terminal's own codes: what it is and what to do."""
    raised = {text for text in _strings() if _CODE.fullmatch(text)}
    assert {"W1", "W2", "N1", "N2", "N3", "N4", "N5", "C1", "C2", "J1", "J2", "B1", "K1"} <= raised
    words = _catalogue("zh")
    for code in raised | {f"H{code}" for code in _DE39}:
        assert f"err.{code}" in words, code
        assert f"do.{code}" in words, code


def test_l1_every_reason_has_words_for_itself_its_way_out_and_its_refusal() -> None:
    """L1, L3, L6: at the sign-in the hint is the way out."""
    tree = ast.parse((_FIRMWARE / "lock.py").read_text(encoding="utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    reasons = {text for node in assigned for text in _constants(node.value)}
    assert len(reasons) >= 8
    words = _catalogue("zh")
    for reason in reasons:
        assert f"lock.{reason}" in words
        assert f"refused.{reason}" in words
        assert (f"out.{reason}" in words) == (reason != "sign_in")


@pytest.mark.parametrize("language", _LANGUAGES)
def test_the_file_is_sorted_and_small_as_the_lookup_expects(language: str) -> None:
    """One line a key in the order of its bytes, ending in a newline, offsets of 16 bits, lines of 160 bytes."""
    lines = _lines(language)
    assert lines.pop() == ""
    marks = [(line.split("=")[0] + "=").encode() for line in lines]
    assert marks == sorted(marks)
    assert len(set(marks)) == len(marks)
    assert sum(len(line.encode()) + 1 for line in lines) < 1 << 16


@pytest.mark.parametrize("language", _LANGUAGES)
def test_w5_the_board_finds_every_word_and_no_other(language: str, tmp_path: Path) -> None:
    """W5: as the firmware looks it up in its own flash."""
    words = _catalogue(language)
    code = f"""
import json
from firmware import text
text.load({language!r})
for key in {sorted(words)!r}:
    print(json.dumps([key, text.say(key)]))
for key in ("", "a", "menu.none", "zzz", "err", "err."):
    print(json.dumps([key, "" if text.has(key) else "none"]))
"""
    with Board(flash_image(tmp_path / "flash.bin")) as board:
        found = dict(json.loads(line) for line in board.exec(code).splitlines() if line.startswith("["))
    assert found == {**words, **dict.fromkeys(("", "a", "menu.none", "zzz", "err", "err."), "none")}


@pytest.mark.parametrize(("before", "after"), [("zh", "en"), ("en", "zh-Hant"), ("zh-Hant", "zh")])
def test_w5_what_stands_on_a_screen_is_said_again_in_the_next_language(before: str, after: str, tmp_path: Path) -> None:
    """W5: every text with what fills it in; where two have the same words, as one of them."""
    old, new = _catalogue(before), _catalogue(after)
    code = f"""
import json
from firmware import retell, text
for key in {sorted(old)!r}:
    text.load({before!r})
    words = text.say(key, "12", "3.40", "56") if "{{" in text.say(key) else text.say(key)
    text.load({after!r})
    print(json.dumps([key, retell.told(words, {before!r})]))
print(json.dumps(["", retell.told("N1 xyz\\n99.95", {before!r})]))
"""
    with Board(flash_image(tmp_path / "flash.bin")) as board:
        found = dict(json.loads(line) for line in board.exec(code, 120_000).splitlines() if line.startswith("["))
    assert found.pop("") == "N1 xyz\n99.95"
    meant: dict[str, set[str]] = {}
    for key, words in old.items():
        meant.setdefault(words, set()).add(new[key].format("12", "3.40", "56"))
    wrong = {key: words for key, words in found.items() if words not in meant[old[key]]}
    assert found.keys() == old.keys() and not wrong


_TEXTS = st.text(st.sampled_from("ab 1.,中文签退，。\n"), max_size=80) | st.text(st.sampled_from("abc "), max_size=60)


@settings(deadline=None)
@given(_TEXTS)
def test_lines_are_broken_where_they_may_be(chip: MicroPython, text: str) -> None:
    """S4: no line is too wide, nothing is lost, and a Latin word that fits a line stays in one piece."""
    lines = chip.call("wrapped", text)
    assert all(lines)
    assert max(chip.call("widths", lines), default=0) <= ROW
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    whole = [word for word in re.findall(r"[a-z0-9.,]+", text) if width(word) <= ROW]
    assert all(any(word in line for line in lines) for word in whole)


def test_widths_on_the_chip_are_those_of_the_font(chip: MicroPython) -> None:
    for language in _LANGUAGES:
        texts = list(_catalogue(language).values())
        assert chip.call("widths", texts) == [width(text) for text in texts]
