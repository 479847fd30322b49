# SPDX-License-Identifier: MIT
"""Every screen in every language, judged by its pixels: no text cut, none over another, none torn, no missing glyph.

Each rule finds what breaks it: a spoilt text shown by the firmware itself, or a picture with a part moved.
"""

from collections.abc import Callable
from functools import cache

import pytest

from tools.emulator.frame import WIDTH
from tools.gallery import judge, listing, studio
from tools.gallery.judge import PITCH
from tools.gallery.listing import LANGUAGES, Screen
from tools.gallery.studio import Picture, Text

_LONG = "a line that no row of the panel can hold"
_UNKNOWN = "\u0e01"  # a Thai letter
_GALLERY_LEAST = 190


@cache
def _gallery(language: str) -> list[Picture]:
    return studio.pictures(language, listing.screens())


def _shown(kind: str, **facts: object) -> list[Picture]:
    """A screen of the test's own."""
    order = {"kind": kind, "status": "open", "text": ["words"], "percent": 40, **facts}
    return studio.pictures("en", [Screen("test", "spoilt", order)])


def _message(*text: str, title: str = "title", hint: str = "hint") -> list[Picture]:
    return _shown("message", title=title, text=list(text), hint=hint)


def _found(pictures: list[Picture]) -> set[str]:
    return {fault.split(" ", 1)[1].split(":")[0] for fault in judge.faults(pictures)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_w5_every_word_of_the_catalogue_is_on_a_picture(language: str) -> None:
    assert listing.catalogue(language).keys() - judge.shown(_gallery(language)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_w5_no_screen_shows_a_text_cut_or_over_another_or_without_a_glyph(language: str) -> None:
    pictures = _gallery(language)
    assert len(pictures) > _GALLERY_LEAST
    assert judge.faults(pictures) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_torn_and_none_holds_one_character(language: str) -> None:
    assert [fault for pages in judge.screens_of(_gallery(language)) for fault in judge.torn(pages)] == []


def test_every_screen_has_a_name_of_its_own_and_words_in_places_of_their_own() -> None:
    """The status row stands on top, title, body and hint below it; only a screen that fills the panel has none."""
    screens = listing.screens()
    assert len({screen[:2] for screen in screens}) == len(screens)
    for picture in _gallery("zh"):
        places = {text.y for text in picture.texts}
        is_filled = picture.screen.order["kind"] in ("code", "alone")
        assert places <= {row * PITCH for row in range(5)}
        assert (0 in places) == (picture.screen.order["status"] != "" and not is_filled) or is_filled


def test_what_is_in_order_passes() -> None:
    assert judge.faults(_message("words", "more words")) == []


@pytest.mark.parametrize(
    "pictures",
    [
        lambda: _message("words", title=_LONG),
        lambda: _message("words", hint=_LONG),
        lambda: _shown("progress", title="title", text=_LONG, hint=""),
        lambda: _shown("entry", title=_LONG, shown="plain", typed="1"),
        lambda: _shown("menu", title=_LONG, items="lock"),
    ],
)
def test_a_text_wider_than_its_row_is_found(pictures: Callable[[], list[Picture]]) -> None:
    assert _found(pictures()) == {"cut", "astray"}


def test_a_character_without_a_glyph_is_found_by_name_and_by_its_box() -> None:
    """In the body, light on dark, and in the title; each in two ways."""
    for pictures in (_message(f"一{_UNKNOWN}二"), _message("words", title=f"a{_UNKNOWN}")):
        assert {rule for rule in judge.RULES for picture in pictures if list(rule(picture))} >= {
            judge.unknown,
            judge.boxes,
        }


def _moved(picture: Picture, at: int, dx: int, dy: int) -> Picture:
    """One text elsewhere, its pixels too."""
    text = picture.texts[at]
    there = text._replace(x=text.x + dx, y=text.y + dy)
    frame = bytearray(picture.frame)
    for x, y in judge.ink(text):
        frame[y * WIDTH + x] = 0
    for x, y in judge.ink(there):
        frame[y * WIDTH + x] = 1
    texts = (*picture.texts[:at], there, *picture.texts[at + 1 :])
    return picture._replace(frame=bytes(frame), texts=texts)


def _of(picture: Picture, words: str) -> int:
    return [text.words for text in picture.texts].index(words)


def test_texts_that_touch_are_found() -> None:
    """Title into the status row, hint into the body: cells meet before their pixels do."""
    (picture,) = _message("words", "more words")
    for words in ("title", "hint"):
        moved = _moved(picture, _of(picture, words), 0, -2)
        assert "overlap" in _found([moved])


@pytest.mark.parametrize("dy", [-3, 1])
def test_a_text_that_leaves_its_row_is_found_though_nothing_is_near(dy: int) -> None:
    (picture,) = _message("words")
    assert "cut" in _found([_moved(picture, _of(picture, "hint"), 0, dy)])


def test_a_text_over_a_bar_and_beside_its_code_is_found() -> None:
    (bar,) = _shown("progress", title="title", text="words", hint="")
    assert "overlap" in _found([_moved(bar, _of(bar, "words"), 0, PITCH)])
    (code,) = [picture for picture in _gallery("en") if picture.screen.name == "code"]
    side = min(code.texts, key=lambda text: text.y)
    assert "overlap" in _found([_moved(code, code.texts.index(side), -10, 0)])


def test_pixels_that_no_text_explains_are_found() -> None:
    (picture,) = _message("words")
    for at in (0, 30 * WIDTH + 5, len(picture.frame) - 1):
        frame = bytearray(picture.frame)
        frame[at] ^= 1
        assert _found([picture._replace(frame=bytes(frame))]) == {"astray"}


@pytest.mark.parametrize(
    "words", ["supercalifragilistic1234567", "一二三四五六七八九十一", "一二三四五六七八九十。\n二。"]
)
def test_a_torn_word_and_a_lone_character_are_found(words: str) -> None:
    assert list(judge.torn(_message(words)))


def test_a_text_that_outlives_its_screen_is_found() -> None:
    """The row that a large text took is not cleared by the one above it alone."""
    (picture,) = _message("words")
    left_over = Text("12.50", 40, 2 * PITCH, 2)
    assert {"overlap", "astray"} <= _found([picture._replace(texts=(*picture.texts, left_over))])


@pytest.mark.parametrize(("key", "words"), [("hint.ok", _LONG), ("pin.title", _LONG)])
def test_a_picture_without_a_key_does_not_show_it(key: str, words: str) -> None:
    """A word counts as shown only where it can be read."""
    (picture,) = _message("words")
    assert key not in judge.shown([picture._replace(said=((key, words),))])
    assert key in judge.shown([picture._replace(said=((key, "words"),))])
