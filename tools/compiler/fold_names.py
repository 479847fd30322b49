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
from pathlib import Path
from typing import Final

from tools.compiler.scopes import Function

_ROM: Final = Path(__file__).with_name("rom_names.txt")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_NAMES: Final = re.compile(r"\w+(?:[ ,]+\w+)*")  # one or several
_CODE: Final = re.compile(r"[(=]|\bimport\b")
_TOOLS: Final = Path(__file__).parents[1]
_CHIP: Final = _TOOLS / "emulator" / "modules"
_KEPT: Final = _ROM.with_name("kept_names.txt")


def _listed(path: Path) -> list[str]:
    """Names of a file, one a line; the lines of "#" are comments."""
    return [line for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("#")]


def rom_names() -> list[str]:
    """Names in the ROM of every interpreter in use."""
    return _listed(_ROM)


def kept_names() -> set[str]:
    """Names that stay as they are spelt, whatever they are."""
    return set(_listed(_KEPT))


def _strings(tree: ast.AST) -> Iterator[str]:
    """Every string but documentation."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documentation and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")


def programs() -> bytes:
    """All that `asked` and the lists of names depend on."""
    return b"".join(path.read_bytes() for path in [_ROM, _KEPT, *sorted(_TOOLS.rglob("*.py"))])


def _spelt(node: ast.AST) -> Iterator[str]:
    """Names that a node itself spells."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.arg | ast.keyword) and node.arg:
        yield node.arg
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names
    elif isinstance(node, ast.alias):
        yield from (node.name.split(".") + [node.asname or node.name])
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler) and node.name:
        yield node.name


def spelt_in(tree: ast.AST) -> set[str]:
    """Every name that a module spells."""
    return {name for node in ast.walk(tree) for name in _spelt(node)}


def _held(tree: ast.Module) -> Iterator[str]:
    """Names that the interpreter keeps: all but those of variables inside functions."""
    inner = {id(node) for part in ast.walk(tree) if isinstance(part, Function) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.ExceptHandler) or isinstance(node, ast.Name) and id(node) in inner):
            yield from _spelt(node)


def _named(tree: ast.AST) -> Iterator[str]:
    """Names in strings that are nothing but names: `getattr` and keywords may take them."""
    for text in _strings(tree):
        if _NAMES.fullmatch(text):
            yield from _WORD.findall(text)


def _in_program(text: str) -> Iterable[str]:
    """Names of a program, or of a piece of one; nothing if the text is something else."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        is_piece = _CODE.search(text) and not text.isprintable()
        return _WORD.findall(text) if is_piece else ()
    return chain(_named(tree), spelt_in(tree))


@cache
def asked() -> frozenset[str]:
    """Names in the programs that the tools run on a board, and in the chip's interfaces; and those that are listed."""
    found = kept_names()
    for path in _TOOLS.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.parent == _CHIP:
            found.update(chain(_held(tree), _named(tree)))
            continue
        for text in filter(_CODE.search, _strings(tree)):
            found.update(_in_program(text))
    return frozenset(found)


def _exceptions(trees: Iterable[ast.AST]) -> set[str]:
    """Classes that are made from others: exceptions, whose names are told."""
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.name for node in nodes if isinstance(node, ast.ClassDef) and node.bases}


class _Fold(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self._new = names

    def _of(self, name: str) -> str:
        return self._new.get(name, name)

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        for field in ("id", "attr", "arg", "name", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                setattr(node, field, self._of(name))
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [self._of(name) for name in node.names]
        return node


class FoldNames:
    """Knows the whole tree. `names`: what became of each name that was folded."""

    def __init__(self, sources: Mapping[str, bytes], kept: Iterable[str] = ()) -> None:
        """`sources`: every module of the board by its path; those at the top stay source, with their names."""
        trees = {path: ast.parse(source) for path, source in sources.items()}
        spelt = set().union(*map(spelt_in, trees.values()))
        fixed = {*kept, *_exceptions(trees.values())}
        for path, tree in trees.items():
            fixed.update(path.removesuffix(".py").split("/"))
            fixed.update(_named(tree))
            if "/" not in path:
                fixed |= spelt_in(tree)
        rom = rom_names()
        held = {name for tree in trees.values() for name in _held(tree)}
        foldable = sorted(name for name in held - fixed - set(rom) if not name.startswith("__"))
        free = sorted(name for name in set(rom) - spelt - fixed if not name.startswith("_"))
        self.names = dict(zip(sorted(foldable, key=len, reverse=True), free, strict=False))

    def apply(self, source: bytes) -> bytes:
        """The same module with the names folded."""
        return ast.unparse(_Fold(self.names).visit(ast.parse(source))).encode()
