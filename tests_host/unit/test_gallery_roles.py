# SPDX-License-Identifier: MIT
"""The list of screens says what the journeys do: what they show as a title, a text or a hint stands there in its place.

Read from the syntax of the calls that make a screen, where the key stands in the call itself.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.gallery import listing

_FLOWS = Path(__file__).resolve().parents[2] / "firmware" / "flows"
# By the function that is called: the kind of screen, and which argument is what.
_CALLS: dict[str, tuple[str, dict[int | str, str]]] = {
    "Message": ("message", {1: "title", 2: "text", 4: "hint", "hint": "hint"}),
    "ask_yes": ("message", {1: "title", 2: "text"}),
    "progress": ("progress", {0: "title", 1: "text", 3: "hint", "warning": "hint"}),
    "Entry": ("entry", {1: "title"}),
    "ask_number": ("entry", {1: "title"}),
    "offer": ("entry", {1: "hint"}),
    "Menu": ("menu", {1: "title"}),
}
_LEAST = 60

Role = tuple[str, str, str]  # kind, place, key


def _said(node: ast.AST) -> Iterator[str]:
    """Keys of the calls of `say` in an expression; of those with a choice, both."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "say":
            chosen = call.args[0]
            parts = [chosen.body, chosen.orelse] if isinstance(chosen, ast.IfExp) else [chosen]
            yield from (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _roles(call: ast.Call) -> Iterator[Role]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    kind, places = _CALLS.get(name, ("", {}))
    arguments = [*enumerate(call.args), *((keyword.arg, keyword.value) for keyword in call.keywords)]
    for place, value in arguments:
        if place in places:
            yield from ((kind, places[place], key) for key in _said(value))


def of_source(text: str) -> set[Role]:
    return {role for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) for role in _roles(node)}


def _keys(words: Any) -> Iterator[str]:
    """Of a text of the list: its strings, a key among them."""
    if isinstance(words, str):
        yield words
    else:
        for part in words:
            yield from _keys(part)


def _listed() -> set[Role]:
    orders = [screen.order for screen in listing.screens()]
    drawn: set[Role] = {("progress", "title", "welcome"), ("progress", "text", "test.journal")}  # by the kind `tests`
    drawn.add(("message", "title", "test.failed"))  # by the kind `failures`
    return drawn | {
        (order["kind"] if order["kind"] != "fault" else "message", place, key)
        for order in orders
        for place in ("title", "text", "hint")
        for key in _keys(order.get(place, ""))
    }


def test_what_a_journey_shows_stands_in_the_list_in_the_same_place() -> None:
    shown = {role for path in _FLOWS.glob("*.py") for role in of_source(path.read_text(encoding="utf-8"))}
    assert len(shown) >= _LEAST
    assert sorted(shown - _listed()) == []


def test_a_screen_that_is_not_in_the_list_is_noticed() -> None:
    for call in (
        'Message(t.ui, say("hint.ok"), words)',
        'screens.Message(t.ui, title, say("sale.done"))',
        'Message(t.ui, title, words, hint=say("menu"))',
        'ui.progress("", say("menu" if x else "wait"), 5)',
        'ask_number(t, say("pin.wrong"), 3)',
    ):
        assert of_source(call) - _listed(), call
