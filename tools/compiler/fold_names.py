# SPDX-License-Identifier: MIT
"""Gives names that several modules share those that the chip has in ROM, before the firmware is compiled for the board.

A name that the interpreter was built with costs nothing; any other is a string on the heap and an entry in a table, for
ever. So `upload_wanted` becomes `atan2` in all modules alike, as long as nothing in the tree means `atan2` itself. What
somebody may ask for by its name keeps it: modules, exceptions, words in strings, names of the chip's own interfaces,
and those that programs of the tools and tests use (`asked`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from keyword import iskeyword
from pathlib import Path
from string import ascii_lowercase
from typing import Final

from tools.compiler import fold_shims
from tools.compiler.fold_shims import FoldShims
from tools.compiler.names import ROM, WORD, Rename, held, listed, rom_names, spelt_in, strings

_TOOLS: Final = Path(__file__).parents[1]
_DOES: Final = re.compile(r"\w\(|=")
_STATES: Final = re.compile(r"\b(import|print)\b")
_NAMES: Final = re.compile(r"\w+(?:[ ,]+\w+)*")  # one or several
_KEPT: Final = ROM.with_name("kept_names.txt")


def kept_names() -> set[str]:
    """Names that stay as they are spelt, whatever they are."""
    return set(listed(_KEPT))


def _is_program(text: str) -> bool:
    """Or part of one: some lines that call or assign something, or one that imports or prints."""
    return "\n" in text.strip() and _DOES.search(text) is not None or _STATES.search(text) is not None


def programs() -> bytes:
    """All that `asked` and the lists of names depend on."""
    return b"".join(path.read_bytes() for path in [ROM, _KEPT, *sorted(_TOOLS.rglob("*.py"))])


def _named(tree: ast.AST) -> Iterator[str]:
    """Names in strings that are nothing but names: `getattr` and keywords may take them."""
    for text in filter(_NAMES.fullmatch, strings(tree)):
        yield from WORD.findall(text)


def _in_program(text: str) -> Iterable[str]:
    """Names of a program; every word of a piece that is none by itself."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return WORD.findall(text)
    return chain(_named(tree), spelt_in(tree))


@cache
def asked() -> frozenset[str]:
    """Names in the programs that the tools run on a board, and of the chip's interfaces; and those that are listed."""
    shims = FoldShims(fold_shims.sources())
    found = kept_names() | shims.asked | shims.taken
    for path in _TOOLS.rglob("*.py"):
        if path.parent == fold_shims.CHIP:
            continue
        for text in filter(_is_program, strings(ast.parse(path.read_bytes()))):
            found.update(_in_program(text))
    return frozenset(found)


def _exceptions(trees: Iterable[ast.AST]) -> set[str]:
    """Classes that are made from others: exceptions, whose names are told."""
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.name for node in nodes if isinstance(node, ast.ClassDef) and node.bases}


class FoldNames:
    """Knows the whole tree. `names`: what became of each name that was folded."""

    def __init__(self, sources: Mapping[str, bytes], kept: Iterable[str] = ()) -> None:
        """`sources`: every module of the board by its path; those at the top stay source, with their names."""
        trees = {path: ast.parse(source) for path, source in sources.items()}
        words = set().union(*map(spelt_in, trees.values()))
        fixed = {*kept, *_exceptions(trees.values())}
        fixed.update(part for path in sources for part in path.removesuffix(".py").split("/"))
        for path, tree in trees.items():
            fixed.update(_named(tree))
            if "/" not in path:
                fixed |= spelt_in(tree)
        rom = rom_names()
        stored = {name for tree in trees.values() for name in held(tree)}
        foldable = sorted(name for name in stored - fixed - set(rom) if not name.startswith("__"))
        free = sorted(name for name in set(rom) - words - fixed if name[0] != "_" and not iskeyword(name))
        free.sort(key=lambda name: name[0] not in ascii_lowercase)
        self.names = dict(zip(sorted(foldable, key=len, reverse=True), free, strict=False))

    def apply(self, source: bytes) -> bytes:
        """The same module with the names folded."""
        return ast.unparse(Rename(self.names).visit(ast.parse(source))).encode()
