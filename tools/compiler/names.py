# SPDX-License-Identifier: MIT
"""The names that sources spell, and those that the interpreters have in ROM."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from tools.compiler.scopes import Function

ROM: Final = Path(__file__).with_name("rom_names.txt")
WORD: Final = re.compile(r"[A-Za-z_]\w*")


def listed(path: Path) -> list[str]:
    """Names of a file, one a line; the lines of "#" are comments."""
    return [line for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("#")]


@cache
def rom_names() -> list[str]:
    """Names in the ROM of every interpreter in use."""
    return listed(ROM)


def strings(tree: ast.AST) -> Iterator[str]:
    """Every string but documentation."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documentation and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")


def spelt(node: ast.AST) -> Iterator[str]:
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
    return {name for node in ast.walk(tree) for name in spelt(node)}


def held(tree: ast.Module) -> Iterator[str]:
    """Names that the interpreter keeps: all but those of variables inside functions."""
    inner = {id(node) for part in ast.walk(tree) if isinstance(part, Function) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.ExceptHandler) or isinstance(node, ast.Name) and id(node) in inner):
            yield from spelt(node)


class Rename(ast.NodeTransformer):
    """Gives every name that a tree spells its new one."""

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
