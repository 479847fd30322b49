# SPDX-License-Identifier: MIT
"""`python -m tools.manual`: the operator's guide and the quick card in build/manual/, as HTML and as PDF."""

import argparse
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Error as BrowserError

from tools.manual.book import Book
from tools.manual.guide import LANGUAGES, GuideError
from tools.manual.press import press
from tools.setup.debian import SetupError

_OUT: Final = Path("build/manual")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.manual", description="Make the operator's guide.")
    parser.add_argument("--out", type=Path, default=_OUT, help=f"folder, {_OUT} if not given")
    parser.add_argument("--html", action="store_true", help="no PDF, needs no browser")
    arguments = parser.parse_args()
    try:
        sheets = [sheet for language in LANGUAGES for sheet in Book(arguments.out, language).write()]
        files = sheets if arguments.html else press(sheets)
    except (GuideError, SetupError, BrowserError, OSError) as fault:
        sys.exit(f"the guide cannot be made: {fault}")
    for path in files:
        print(path)


if __name__ == "__main__":
    main()
