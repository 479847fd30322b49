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
from pathlib import Path
from string import ascii_lowercase
from typing import Final

from tools.compiler.scopes import Function

_ROM: Final = Path(__file__).with_name("rom_names.txt")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")
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


def _is_program(text: str) -> bool:
    return "\n" in text.strip() or "import" in text or "print" in text


def programs() -> bytes:
    """All that `asked` and the lists of names depend on."""
    return b"".join(path.read_bytes() for path in [_ROM, _KEPT, *sorted(_TOOLS.rglob("*.py"))])


@cache
def asked() -> frozenset[str]:
    """Words of the programs that the tools run on a board, and of the chip's interfaces; and those that are listed."""
    found = kept_names()
    for path in _TOOLS.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if path.parent == _CHIP:
            found.update(_WORD.findall(source))
            continue
        for text in filter(_is_program, _strings(ast.parse(source))):
            found.update(_WORD.findall(text))
    return frozenset(found)


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


def _held(tree: ast.Module) -> Iterator[str]:
    """Names that the interpreter keeps: all but those of variables inside functions."""
    inner = {id(node) for part in ast.walk(tree) if isinstance(part, Function) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.ExceptHandler) or isinstance(node, ast.Name) and id(node) in inner):
            yield from _spelt(node)


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
        spelt = {name for tree in trees.values() for node in ast.walk(tree) for name in _spelt(node)}
        fixed = {*kept, *_exceptions(trees.values())}
        for path, tree in trees.items():
            fixed.update(path.removesuffix(".py").split("/"))
            for text in _strings(tree):
                fixed.update(_WORD.findall(text))
            if "/" not in path:
                fixed.update(name for node in ast.walk(tree) for name in _spelt(node))
        rom = rom_names()
        held = {name for tree in trees.values() for name in _held(tree)}
        foldable = sorted(name for name in held - fixed - set(rom) if not name.startswith("__"))
        free = sorted(name for name in set(rom) - spelt - fixed if name[0] in ascii_lowercase)
        self.names = dict(zip(sorted(foldable, key=len, reverse=True), free, strict=False))

    def apply(self, source: bytes) -> bytes:
        """The same module with the names folded."""
        return ast.unparse(_Fold(self.names).visit(ast.parse(source))).encode()
