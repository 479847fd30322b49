# SPDX-License-Identifier: MIT
"""The tables of docs/script.md, from the grammar that the parser uses."""

from typing import Final

from tools.docs.page import table
from tools.emulator.script import FORMS
from tools.emulator.script_syntax import KINDS, Form

_CHAPTERS: Final = {
    "What is seen": ("expect", "led", "linked", "dark", "step", "picture"),
    "Hands": ("press", "type", "hold", "release", "wait"),
    "Power": ("power", "cut", "reset", "asleep", "awake", "off", "battery"),
    "The world outside": ("wifi", "network", "host"),
    "The serial line": ("serial",),
}


def _row(form: Form) -> tuple[str, str, str]:
    return f"`{form.words}`", form.does, f"`{form.example}`"


def parts() -> dict[str, str]:
    """Text by the name of its place in the page. A command without a chapter is a KeyError."""
    chapters: dict[str, list[Form]] = {title: [] for title in _CHAPTERS}
    titles = {verb: title for title, verbs in _CHAPTERS.items() for verb in verbs}
    for form in FORMS:
        chapters[titles[form.verb]].append(form)
    commands = [
        f"**{title}**\n\n{table(('Write', 'What happens', 'For example'), map(_row, forms))}"
        for title, forms in chapters.items()
    ]
    values = table(("Value", "What it is"), [(name, kind.allowed) for name, kind in KINDS.items()])
    return {"commands": "\n\n".join(commands), "values": values}
