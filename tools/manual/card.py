# SPDX-License-Identifier: MIT
"""The quick card, read from docs/guide/card.toml: what is pressed, and what the screen says then.

Invariant: the card holds no words of a screen; they are the catalogue's.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Final, Self, TypedDict

from tools.manual.guide import FOLDER
from tools.play.tongues import catalogue

SOURCE: Final = FOLDER / "card.toml"
KEYPAD: Final = (("1", "2", "3", "A"), ("4", "5", "6", "B"), ("7", "8", "9", "C"), ("*", "0", "#", "D"))
_PATIENCE_S: Final = 20
_HOLE: Final = re.compile(r"\{\d\}")


class Words(TypedDict):
    """The same in each language."""

    zh: str
    en: str


class _Key(Words):
    mark: str


class _Step(TypedDict, total=False):
    keys: list[str]
    sees: str
    again: bool
    within_s: int
    note: Words


class _Task(TypedDict):
    title: Words
    steps: list[_Step]


class Light(TypedDict):
    """A rhythm as scripts call it, how it looks, and what it means."""

    rhythm: str
    does: Words
    says: Words


class Source(TypedDict):
    """The file."""

    keys: dict[str, _Key]
    inputs: dict[str, Words]
    task: list[_Task]
    light: list[Light]


@dataclass(frozen=True)
class Step:
    """`keys` are names of keys and of what a person puts in; `sees` is what the screen reads at the end, in a row."""

    keys: tuple[str, ...]
    sees: str
    is_repeated: bool
    within_s: int
    note: str

    @classmethod
    def of(cls, step: _Step, language: str) -> Self:
        return cls(
            tuple(step["keys"]),
            seen(step["sees"], language),
            step.get("again", False),
            step.get("within_s", _PATIENCE_S),
            _in(step["note"], language) if "note" in step else "",
        )


@dataclass(frozen=True)
class Task:
    """One table of the card."""

    title: str
    steps: tuple[Step, ...]


def _in(words: Words, language: str) -> str:
    return words["zh"] if language == "zh" else words["en"]


def seen(key: str, language: str) -> str:
    """A text of the catalogue up to what the terminal fills in."""
    return _HOLE.split(catalogue(language)[key])[0].strip()


@cache
def source() -> Source:
    """What the file says. KeyError or TypeError later when it is not a card."""
    found: Source = tomllib.loads(SOURCE.read_text(encoding="utf-8"))  # type: ignore[assignment]
    return found


def tasks(language: str) -> list[Task]:
    return [
        Task(_in(task["title"], language), tuple(Step.of(step, language) for step in task["steps"]))
        for task in source()["task"]
    ]


def key_names(language: str) -> dict[str, str]:
    """What the keys beside the digits are called in this language, by the names that scripts use."""
    return {name: _in(key, language) for name, key in source()["keys"].items()}


def key_marks() -> dict[str, str]:
    """What is printed on those keys."""
    return {name: key["mark"] for name, key in source()["keys"].items()}


def inputs(language: str) -> dict[str, str]:
    """What a person puts in, by its name in the steps."""
    return {name: _in(words, language) for name, words in source()["inputs"].items()}


def lights(language: str) -> list[tuple[str, str, str]]:
    """(rhythm, how it looks, what it means) each."""
    return [
        (light["rhythm"], _in(light["does"], language), _in(light["says"], language)) for light in source()["light"]
    ]
