# SPDX-License-Identifier: MIT
"""The grammar of the script language: the forms of a line, what stands in them, what is said when none fits.

`FORMS` is filled by the `form` decorator where the actions are; parser, error messages and docs/script.md come from it.
In a form capitals stand for a value (`KINDS`), `a|b` for a choice, `[...]` for what may be left out.
"""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeVar

from tools.emulator import keypad
from tools.emulator.led import colour_name
from tools.glyphs import icons

_DAY_MS: Final = 86_400_000
_UNITS: Final = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000}
_SPAN: Final = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(_UNITS)})")
_COUNT_MOST: Final = 1_000_000
_VOLTS_MOST: Final = 5.0
_RGB: Final = [(red, green, blue) for red in (0.0, 1.0) for green in (0.0, 1.0) for blue in (0.0, 1.0)]
KEYS: Final = (*keypad.LAYOUT, *keypad.ALIASES)
COLOURS: Final = tuple(sorted({colour_name(colour) for colour in _RGB} - {"off"}))
ICONS: Final = tuple(icons.names().values())

Action = TypeVar("Action", bound=Callable[..., None])


class ScriptError(Exception):
    """A line that is not understood, or an expectation that was not met; says the line and what the screen showed."""


class Kind(NamedTuple):
    """A value: the shape that tells it from its neighbours, what it means, and its reader (ValueError: not one)."""

    shape: str
    allowed: str
    read: Callable[[str], Any]


def _key(text: str) -> str:
    name = text.upper()
    if name not in KEYS:
        raise ValueError
    return name


def _characters(text: str) -> list[str]:
    return [_key(character) for character in "".join(text.split())]


def _span_ms(text: str) -> int:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError
    ms = round(float(match[1]) * _UNITS[match[2]])
    if ms > _DAY_MS:
        raise ValueError
    return ms


def _ms(text: str) -> int:
    return _span_ms(text + " ms" if text.isdecimal() else text)


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= _COUNT_MOST:
        raise ValueError
    return count


def _volts(text: str) -> float:
    volts = float(text)
    if not 0 <= volts <= _VOLTS_MOST:  # refuses nan too
        raise ValueError
    return volts


def _one_of(names: Iterable[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in names:
            raise ValueError
        return text

    return read


def _formed(pattern: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return read


_KEY_NAMES: Final = f"0 to 9, A to D, * and #, or {', '.join(keypad.ALIASES)}"
_WORD: Final = r"\S+"
_REST: Final = r"\S(?:.*?\S)??"
_TIMED: Final = r"\d\S*(?:\s+[a-z]+)?"
KINDS: Final = {
    "KEY": Kind(_WORD, f"a key: {_KEY_NAMES}", _key),
    "KEYS": Kind(_REST, f"keys with spaces between them: {_KEY_NAMES}", lambda text: [_key(k) for k in text.split()]),
    "TEXT": Kind(_REST, "characters that are keys: 0 to 9, A to D, * and #", _characters),
    "WORDS": Kind(_REST, "any words, to the end of the line", str),
    "NAME": Kind(_WORD, "a name of letters, digits, - and _", _formed(r"[\w-]+")),
    "ICON": Kind(_WORD, f"an icon: {', '.join(ICONS)}", _one_of(ICONS)),
    "COLOUR": Kind(_WORD, f"a colour: {', '.join(COLOURS)}", _one_of(COLOURS)),
    "SPAN": Kind(_TIMED, "a time of at most 24 h with its unit: 500 ms, 1.5 s, 10 min or 2 h", _span_ms),
    "MS": Kind(_TIMED, "milliseconds, or a time with its unit: 1600, 400 ms, 2 s", _ms),
    "COUNT": Kind(_WORD, f"a whole number from 1 to {_COUNT_MOST}", _count),
    "VOLTS": Kind(_WORD, f"the cell's voltage, 0 to {_VOLTS_MOST:g}, such as 3.7", _volts),
    "CODE": Kind(_WORD, "a response code (DE39) of two digits or capitals, such as 55 or A0", _formed("[0-9A-Z]{2}")),
    "MESSAGE": Kind(_WORD, "a request as type and function, such as 0800/001", _formed(r"\d{4}/\d{3}")),
}


@dataclass(frozen=True)
class Form:
    """One way to write a command: `words` as in "host answer CODE [to MESSAGE]", and the player's method for it."""

    words: str
    does: str
    example: str
    action: str

    @property
    def verb(self) -> str:
        return self.words.split()[0]

    @cached_property
    def kinds(self) -> list[str]:
        """The values in their order: names of `KINDS`, or a choice such as "on|off"."""
        return [token for token in re.findall(r"[^\s\[\]]+", self.words) if token in KINDS or "|" in token]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        pattern = ""
        for part in re.findall(r"\[[^]]*\]|[^\s\[\]]+", self.words):
            piece = r"\s+".join(self._shape(token) for token in part.strip("[]").split())
            pattern += rf"(?:\s+{piece})?" if part[0] == "[" else rf"\s+{piece}"
        return re.compile(pattern.removeprefix(r"\s+"))

    @staticmethod
    def _shape(token: str) -> str:
        if "|" in token:
            return f"({token})"
        return f"({KINDS[token].shape})" if token in KINDS else re.escape(token)

    def match(self, line: str) -> tuple[str | None, ...] | None:
        """The values as written; None when the line has another shape."""
        match = self._pattern.fullmatch(line)
        return match.groups() if match else None


class Command(NamedTuple):
    """A line that has been understood: the form that fits and its values, None for what was left out."""

    form: Form
    values: tuple[Any, ...]


FORMS: Final[list[Form]] = []


def form(words: str, does: str, example: str) -> Callable[[Action], Action]:
    """The decorated method does what a line of this form asks. Of two forms that fit, the one defined first counts."""

    def register(action: Action) -> Action:
        FORMS.append(Form(words, does, example, action.__name__))
        return action

    return register


def _value(kind: str, text: str | None) -> Any:
    if text is None or kind not in KINDS:
        return text
    try:
        return KINDS[kind].read(text)
    except ValueError:
        raise ScriptError(f"{kind} cannot be {text!r}: it is {KINDS[kind].allowed}") from None


def _unknown(verb: str) -> ScriptError:
    verbs = sorted({known.verb for known in FORMS})
    near = difflib.get_close_matches(verb, verbs, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return ScriptError(f"unknown command {verb!r}; {hint}there are {', '.join(verbs)}")


def parse(line: str) -> Command:
    """One command; ScriptError says what is allowed."""
    stripped = line.strip()
    verb = stripped.split(maxsplit=1)[0] if stripped else ""
    forms = [known for known in FORMS if known.verb == verb]
    if not forms:
        raise _unknown(verb)
    for known in forms:
        texts = known.match(stripped)
        if texts is not None:
            values = (_value(kind, text) for kind, text in zip(known.kinds, texts, strict=True))
            return Command(known, tuple(values))
    raise ScriptError(f"not understood; write {' or '.join(repr(known.words) for known in forms)}")
