# SPDX-License-Identifier: MIT
"""Scripts and journeys are written with the words of 简体中文. In another language the same words are looked for in
what the catalogue makes of them there: every text that may have been meant, with the numbers that stand in it.

With QIANDAO_LANGUAGE=en in the environment the terminals of the journeys are provisioned so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

_WORDS: Final = Path(__file__).parents[2] / "firmware" / "words"
_HOLE: Final = re.compile(r"(\{\d\})")
_HANZI: Final = re.compile(r"[\u4e00-\u9fff]")
_NUMBERED: Final = re.compile(r"([!-~]+)(.+)")  # as in a menu
FIRST: Final = "zh"
LANGUAGE: Final = os.environ.get("QIANDAO_LANGUAGE", FIRST)


def _squeezed(words: str) -> str:
    return "".join(words.split())


@cache
def catalogue(language: str = LANGUAGE) -> dict[str, str]:
    """Texts by key; of the language of this run, if no other is named."""
    lines = (_WORDS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def count_mark(language: str = LANGUAGE) -> str:
    """What stands between the two numbers above a transaction of the batch."""
    return _squeezed(_HOLE.split(catalogue(language)["history.title"])[2])


def _between(words: str, parts: list[str]) -> dict[str, str] | None:
    """What stands in the holes, when words begin in the first of these parts and end in the last one."""
    holes = "".join("(.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts[1:-1], 1))
    for head in range(len(parts[0]) + 1):
        for tail in range(len(parts[-1]), -1, -1):
            found = re.fullmatch(re.escape(parts[0][head:]) + holes + re.escape(parts[-1][:tail]), words)
            if found:
                return dict(zip(parts[1::2], found.groups(), strict=True))
    return None


def _without(words: str, values: dict[str, str]) -> str:
    """What the text itself says of the words."""
    for value in values.values():
        words = words.replace(value, "", 1)
    return words


def _values(words: str, text: str) -> Iterator[dict[str, str]]:
    """What stands in the holes of a text, for each way in which the words may be a part of it."""
    parts = _HOLE.split(text)  # literal, hole, literal .. literal
    for first in range(0, len(parts), 2):
        if _HANZI.search(words) and words in parts[first]:
            yield {}
        for last in range(first + 2, len(parts), 2):
            values = _between(words, parts[first : last + 1])
            if values is not None and _HANZI.search(_without(words, values)):
                yield values


def _pattern(text: str, values: dict[str, str]) -> str:
    pieces = [part if number % 2 else re.escape(part) for number, part in enumerate(_HOLE.split(text))]
    return "".join(
        re.escape(values[piece]) if piece in values else ".*?" if _HOLE.fullmatch(piece) else piece for piece in pieces
    )


def _items(words: str, language: str) -> Iterator[str]:
    """Patterns of texts that are these words and no more: one that only has them somewhere may begin with others, and
    the end of any number before it would be taken for the number of an item.
    """
    other = catalogue(language)
    for key, text in catalogue(FIRST).items():
        if _squeezed(text) == words:
            yield re.escape(_squeezed(other[key]))


def _renderings(words: str, language: str) -> Iterator[str]:
    """Patterns of texts that have these words in the first language, squeezed as a screen is read."""
    other = catalogue(language)
    for key, text in catalogue(FIRST).items():
        for values in _values(words, _squeezed(text)):
            yield _pattern(_squeezed(other[key]), values)


@cache
def meanings(words: str, language: str = LANGUAGE) -> re.Pattern[str]:
    """For a screen without its spaces: any of the texts that these words may have been."""
    words = _squeezed(words)
    found = {re.escape(words)}
    if language != FIRST:
        found.update(_renderings(words, language))
        if numbered := _NUMBERED.fullmatch(words):
            found.update(re.escape(numbered[1]) + text for text in _items(numbered[2], language))
    return re.compile("|".join(sorted(found, key=len, reverse=True)), re.DOTALL)


def reads(screen: str, words: str, language: str = LANGUAGE) -> bool:
    """Does a screen, squeezed, say so in this language?"""
    return meanings(words, language).search(screen) is not None
