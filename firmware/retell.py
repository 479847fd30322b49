# SPDX-License-Identifier: MIT
"""The next language, at once and whatever is on the screen (W5): its words are found in the old language's catalogue,
with what fills them in, and said again in the new one. On loan while it is done.
"""

from micropython import const

from firmware import text
from firmware.errors import StoreError
from firmware.tongue import choose

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal
    from firmware.ui.screen import Screen

_LEAST = const(1)  # bytes that a text must have beside its holes, or anything would be one
_CLEAR = const(4)  # with fewer of them only numbers are taken for what fills the holes
_NUMBER = const("0123456789.,:-/")


def _parts(words: str) -> "tuple[list[str], list[int]]":
    """The literal pieces of a text, and the numbers of the holes between them."""
    pieces = words.split("{")
    return pieces[:1] + [piece[2:] for piece in pieces[1:]], [int(piece[0]) for piece in pieces[1:]]


def _values(words: str, literals: "list[str]", holes: "list[int]") -> "list[str] | None":
    """What stands in the holes, when the words are this text."""
    if not words.startswith(literals[0]):
        return None
    found = [""] * (max(holes) + 1)
    at = len(literals[0])
    for place in range(len(holes)):
        literal = literals[place + 1]
        is_last = place == len(holes) - 1
        end = (len(words) if not literal else words.rfind(literal, at)) if is_last else words.find(literal, at)
        if end < at or is_last and end + len(literal) != len(words):
            return None
        found[holes[place]] = words[at:end]
        at = end + len(literal)
    return found


def _are_numbers(values: "list[str]") -> bool:
    return all(character in _NUMBER for value in values for character in value)


def _key_of(words: str, language: str) -> "tuple[str, list[str]]":
    """The key of a text with its values; "" if the catalogue has none. The text that says most itself is meant."""
    key, values, most = "", [], _LEAST - 1
    with open(text.path(language)) as file:
        for line in file:
            name, _, words_of_it = line[:-1].partition("=")
            if words_of_it == words:
                return name, []
            if "{" not in words_of_it:
                continue
            literals, holes = _parts(words_of_it)
            size = sum([len(literal.strip().encode()) for literal in literals])
            found = _values(words, literals, holes) if size > most else None
            if found is not None and (size >= _CLEAR or _are_numbers(found)):
                key, values, most = name, found, size
    return key, values


def _line(words: str, language: str) -> str:
    head = ""
    key, values = _key_of(words, language)
    if not key and " " in words:  # a code and what it means
        head, _, tail = words.partition(" ")
        key, values = _key_of(tail, language)
        head += " "
    return head + text.say(key, *values) if key else words


def told(words: str, language: str) -> str:
    """The same in the language of now; what is no text of the catalogue stays as it is."""
    return "\n".join([_line(line, language) for line in words.split("\n")])


def switch(t: "Terminal", screen: "Screen") -> None:
    """A flash that does not keep the choice keeps nobody from reading."""
    before = text.language
    after = text.LANGUAGES[(text.LANGUAGES.index(before) + 1) % len(text.LANGUAGES)]
    try:
        choose(t, after)
    except StoreError:
        text.load(after)
    screen.reword(lambda words: told(words, before))
