# SPDX-License-Identifier: MIT
"""The pages of the guide: Markdown of docs/guide/LANGUAGE/, a page for each task, in the order of the file names.

In a page `code` is a key, **strong** is what the screen says, and a picture stands in the step that leads to it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

FOLDER: Final = Path(__file__).parents[2] / "docs" / "guide"
LANGUAGES: Final = ("zh", "en")


class GuideError(Exception):
    """A page of the guide is not as it should be."""


@dataclass(frozen=True)
class Page:
    """`name` is that of its file without an ending; `body` is HTML without the title."""

    name: str
    title: str
    body: str
    pictures: tuple[str, ...]  # as the page names them, from its own folder
    links: tuple[str, ...]
    keys: tuple[str, ...]
    quotes: tuple[str, ...]  # what it says that a screen says


def _pictures_first(state: StateCore) -> None:
    """The pictures of a step stand before its words, so that they can float beside them."""
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children.sort(key=lambda part: part.type != "image")


def _link_to_page(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: object, environment: object
) -> str:
    """Pages link to each other's Markdown; in print the neighbour is HTML."""
    target = str(tokens[at].attrGet("href"))
    tokens[at].attrSet("href", target.replace(".md", ".html"))
    return renderer.renderToken(tokens, at, options, environment)  # type: ignore[arg-type]


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.push("pictures_first", _pictures_first)
    parser.add_render_rule("link_open", _link_to_page)
    return parser


def _parts(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _quotes(parts: Sequence[Token]) -> Iterator[str]:
    """What stands between the marks of strong."""
    for at, part in enumerate(parts):
        if part.type == "strong_open":
            yield parts[at + 1].content


def read(path: Path) -> Page:
    """One page; GuideError without a title."""
    parser = _parser()
    tokens = parser.parse(path.read_text(encoding="utf-8"))
    if [token.tag for token in tokens[:1]] != ["h1"]:
        raise GuideError(f"{path}: does not begin with its title")
    parts = list(_parts(tokens))
    return Page(
        name=path.stem,
        title=tokens[1].content,
        pictures=tuple(str(part.attrGet("src")) for part in parts if part.type == "image"),
        links=tuple(str(part.attrGet("href")) for part in parts if part.type == "link_open"),
        keys=tuple(part.content for part in parts if part.type == "code_inline"),
        quotes=tuple(_quotes(parts)),
        body=parser.renderer.render(tokens[3:], parser.options, {}),
    )


def pages(language: str) -> list[Page]:
    """All of them, in their order."""
    return [read(path) for path in sorted((FOLDER / language).glob("*.md"))]
