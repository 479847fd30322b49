# SPDX-License-Identifier: MIT
"""Pages with generated parts: what stands between `<!-- generated: name -->` and `<!-- end -->` is replaced."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

_PART: Final = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


class PageError(Exception):
    """A page and what is generated for it do not fit."""


def fill(page: str, parts: Mapping[str, str]) -> str:
    """The page with its generated parts renewed; PageError when it has others."""
    found = [match["name"] for match in _PART.finditer(page)]
    if sorted(found) != sorted(parts):
        raise PageError(f"its generated parts are {found} and should be {sorted(parts)}")
    return _PART.sub(lambda match: f"{match[1]}\n{parts[match['name']].strip()}\n\n{match[3]}", page)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
