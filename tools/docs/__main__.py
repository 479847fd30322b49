# SPDX-License-Identifier: MIT
"""`python -m tools.docs`: renews what is generated of the manual; `--check` compares instead of writing.

Pictures of screens are not made here but by `python -m tools.play.pictures`, which needs the emulated board.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tools.docs import script_page, wiring_page
from tools.docs.page import PageError, fill
from tools.wiring import drawing, profile

_TOP: Final = Path(__file__).parents[2]
_PAGES: Final[dict[str, Callable[[], Mapping[str, str]]]] = {
    "README.md": wiring_page.pins,
    "docs/parts.md": wiring_page.lists,
    "docs/script.md": script_page.parts,
}
_DRAWING: Final = "docs/wiring.svg"
_DRAWN: Final = "reference"


def made() -> dict[str, str]:
    """Every generated file as it should be, by its path from the top of the tree."""
    files = {_DRAWING: drawing.draw(profile.load()[_DRAWN])}
    for name, parts in _PAGES.items():
        try:
            files[name] = fill((_TOP / name).read_text(encoding="utf-8"), parts())
        except PageError as fault:
            raise PageError(f"{name}: {fault}") from None
    return files


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description="Renew what is generated of the manual.")
    parser.add_argument("--check", action="store_true", help="compare with the files in the tree, write nothing")
    is_check = parser.parse_args().check
    stale = []
    try:
        files = made()
    except (PageError, profile.ProfileError) as fault:
        sys.exit(str(fault))
    for name, text in files.items():
        path = _TOP / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not is_check:
            path.write_text(text, encoding="utf-8")
    if is_check and stale:
        sys.exit(f"not up to date: {', '.join(stale)}; run 'make docs'")
    print(f"docs: {'renewed ' + ', '.join(stale) if stale else 'up to date'}")


if __name__ == "__main__":
    main()
