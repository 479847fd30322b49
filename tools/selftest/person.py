# SPDX-License-Identifier: MIT
"""The person before the board, asked in the terminal: what only a person can see, hear or press."""

from typing import Protocol

import click

from tools.errors import RefusedError


class Person(Protocol):
    """Whoever sits at the bench."""

    def tell(self, words: str) -> None:
        """Say what to do now."""
        ...

    def agrees(self, question: str) -> bool | None:
        """Yes, no, or None: show it again."""
        ...


class AtTheTerminal:
    """Asks on standard output, reads y, n or r from standard input."""

    def tell(self, words: str) -> None:
        click.echo(words)

    def agrees(self, question: str) -> bool | None:
        choice = click.Choice(["y", "n", "r"], case_sensitive=False)
        try:
            answer = str(click.prompt(f"{question} (yes, no, repeat)", type=choice, show_choices=True)).lower()
        except click.Abort:
            raise RefusedError("ended by the person at the bench") from None
        return None if answer == "r" else answer == "y"
