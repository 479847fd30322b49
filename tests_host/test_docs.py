# SPDX-License-Identifier: MIT
"""The manual leads nowhere in vain: its links, its pictures and the scripts that take them."""

import re
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from tools.emulator.script import read_script, understand
from tools.play.pictures import is_same

_TOP: Final = Path(__file__).parents[1]
_SECURITY: Final = _TOP / "SECURITY.md"
_PAGES: Final = [_TOP / "README.md", _SECURITY, *sorted((_TOP / "docs").rglob("*.md"))]
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


def _anchors(page: Path) -> set[str]:
    """As the usual renderers make them of headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = ["".join(match) for match in _LINK.findall(page.read_text(encoding="utf-8"))]
    for link in links:
        if link.startswith(("https:", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


def test_what_the_security_page_names_as_proof_exists() -> None:
    """Each `file: test` is a test of that file; a file alone is there."""
    text = _SECURITY.read_text(encoding="utf-8")
    proofs = re.findall(r"`((?:[\w/]+/)?test_\w+\.py)(?:: (test_\w+))?`", text)
    assert len(proofs) > 15
    for name, test in proofs:
        path = _TOP / (name if "/" in name else f"tests_host/journeys/{name}")
        assert path.exists(), name
        assert f"def {test or 'test_'}" in path.read_text(encoding="utf-8"), f"{name}: {test}"


def test_every_picture_is_shown_somewhere() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in _PAGES)
    names = [path.name for pattern in ("*.png", "*.svg") for path in (_TOP / "docs").rglob(pattern)]
    assert len(names) > 8
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize("script", sorted((_TOP / "docs").rglob("*.txt")), ids=lambda path: path.name)
def test_the_scripts_of_the_pictures_are_understood(script: Path) -> None:
    assert understand(read_script(script))


def test_pictures_are_compared_by_their_pixels(tmp_path: Path) -> None:
    """However a file is packed; another size, another pixel and no file are other pictures."""
    picture, path = Image.new("RGB", (8, 4), "red"), tmp_path / "a.png"
    assert not is_same(path, picture)
    picture.convert("P").save(path, compress_level=0)
    assert is_same(path, picture)
    assert not is_same(path, Image.new("RGB", (8, 5), "red"))
    picture.putpixel((3, 3), (255, 0, 1))
    assert not is_same(path, picture)
