# SPDX-License-Identifier: MIT
"""The operator's guide: the same pages in each language, every picture and link leads somewhere, keys and screens have
the firmware's words, and all of it can be printed.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest
from pypdf import PdfReader

from tools.emulator.script import read_script
from tools.manual import card
from tools.manual.book import Book
from tools.manual.guide import FOLDER, LANGUAGES, GuideError, Page, pages, read
from tools.manual.press import press
from tools.play.pictures import guide_scripts
from tools.play.tongues import catalogue

_PAGES: Final = [(language, page) for language in LANGUAGES for page in pages(language)]
_every_page: Final = pytest.mark.parametrize(("language", "page"), _PAGES, ids=lambda value: getattr(value, "name", ""))
_NUMBER: Final = re.compile(r"^\d+ ")  # of an item in a menu
_LEAST_CHARACTERS: Final = 60  # of a page that is not empty
_MOST_BYTES: Final = 8_000_000


class _Targets(HTMLParser):
    """What a page refers to, and the places in it that can be referred to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src"):
                self.links.append(value or "")
            elif name == "id":
                self.places.add(value or "")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide as HTML, in both languages."""
    folder = tmp_path_factory.mktemp("manual")
    for language in LANGUAGES:
        Book(folder, language).write()
    return folder


def test_the_languages_have_the_same_pages_with_the_same_pictures() -> None:
    ours, theirs = (pages(language) for language in LANGUAGES)
    assert len(ours) == 12
    assert [page.name for page in ours] == [page.name for page in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert [Path(name).name for name in one.pictures] == [Path(name).name for name in other.pictures], one.name
        assert one.links == other.links, one.name


def test_every_picture_that_the_scripts_take_is_shown() -> None:
    taken = [line.split()[1] for path in guide_scripts() for line in read_script(path).splitlines() if _takes(line)]
    assert len(taken) == len(set(taken)) > 50
    for language in LANGUAGES:
        shown = {Path(name).stem for page in pages(language) for name in page.pictures}
        assert shown == set(taken), language


def _takes(line: str) -> bool:
    return line.startswith("picture ")


@_every_page
def test_pictures_and_pages_that_a_page_names_are_there(language: str, page: Page) -> None:
    assert page.pictures
    for name in (*page.pictures, *page.links):
        assert (FOLDER / language / name).is_file(), name
    assert all(f"/{language}/" in name for name in page.pictures)


@_every_page
def test_what_a_page_says_of_keys_and_screens_is_what_the_firmware_says(language: str, page: Page) -> None:
    keys = {*card.key_names(language).values(), *card.key_marks().values(), *"0123456789"}
    assert [key for key in page.keys if key not in keys] == []
    texts = [text.replace(" ", "") for text in catalogue(language).values()]
    said = [_NUMBER.sub("", quote).replace(" ", "") for quote in page.quotes]
    assert [words for words in said if not any(words in text for text in texts)] == []


def test_a_page_without_a_title_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "01-nameless.md"
    path.write_text("No title.\n", encoding="utf-8")
    with pytest.raises(GuideError, match="title"):
        read(path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_print_every_link_and_picture_leads_somewhere(printed: Path, language: str) -> None:
    """Nothing is loaded from elsewhere either."""
    files = sorted((printed / language).glob("*.html"))
    assert len(files) == len(pages(language)) + 3  # index, whole guide, card
    targets = {path.resolve(): _Targets(path) for folder in LANGUAGES for path in (printed / folder).glob("*.html")}
    for path in files:
        assert list(_lost(path, targets)) == []


def _lost(path: Path, targets: dict[Path, _Targets]) -> Iterator[str]:
    """What a page refers to in vain."""
    for link in targets[path.resolve()].links:
        name, _, place = link.partition("#")
        target = (path.parent / name).resolve() if name else path.resolve()
        if not target.is_file() or (place and place not in targets[target].places):
            yield f"{path.name}: {link}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_printed_card_has_every_step(printed: Path, language: str) -> None:
    text = (printed / language / "card.html").read_text(encoding="utf-8")
    for task in card.tasks(language):
        assert task.title in text
        assert [step.sees for step in task.steps if f"<strong>{step.sees}</strong>" not in text] == []


@pytest.mark.long
def test_no_printed_page_is_empty(printed: Path) -> None:
    """The guide on A4 in many pages, the card on one of A5."""
    sheets = [printed / language / name for language in LANGUAGES for name in ("guide.html", "card.html")]
    for path in press(sheets):
        assert path.stat().st_size < _MOST_BYTES
        found = PdfReader(path).pages
        assert (len(found) == 1) == (path.stem == "card"), path
        for number, sheet in enumerate(found, 1):
            assert len(sheet.extract_text().strip()) >= _LEAST_CHARACTERS, f"{path}, page {number}"
            sides_mm = {round(float(side) / 72 * 25.4) for side in sheet.mediabox[2:]}
            assert sides_mm == ({148, 210} if path.stem == "card" else {210, 297})
