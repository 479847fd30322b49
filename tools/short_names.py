# SPDX-License-Identifier: MIT
"""Shortens names that nothing outside a module can see, before it is compiled for the board.

MicroPython keeps every name that it ever loads, function arguments included, for the rest of its life, and doubles the
table when it is full: 9 kB at once at the 1,260th. So a module's private functions become `_a`, `_b` .. in the order of
its source, and arguments `a`, `b` .. where no call in the tree names them.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from string import ascii_lowercase

_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 2


def _pool(prefix: str, taken: set[str]) -> Iterator[str]:
    """`prefix` + a, b .. z, aa, ab .., without those that are taken."""
    for number in count():
        letters = ascii_lowercase[number % 26]
        if number >= 26:
            letters = ascii_lowercase[number // 26 - 1] + letters
        if prefix + letters not in taken:
            yield prefix + letters


def _arguments(node: _Function) -> list[ast.arg]:
    kinds = node.args
    plain = [*kinds.posonlyargs, *kinds.args, *kinds.kwonlyargs]
    return [*plain, *[extra for extra in (kinds.vararg, kinds.kwarg) if extra is not None]]


def _names(node: ast.AST) -> Iterator[str]:
    """Everything in a subtree that may stand for a variable."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.arg):
            yield part.arg
        elif isinstance(part, ast.Global | ast.Nonlocal):
            yield from part.names
        elif isinstance(part, ast.alias):
            yield (part.asname or part.name).split(".")[0]
        elif isinstance(part, _Named) and part.name:
            yield part.name


class _Rename(ast.NodeTransformer):
    """Variables of these names, and what defines them; attributes and keywords are others' business."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._new = names

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node, ast.Name):
            node.id = self._new.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = self._new.get(node.arg, node.arg)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [self._new.get(name, name) for name in node.names]
        return node


def _shared(trees: Iterable[ast.AST]) -> set[str]:
    """Names that are seen across modules: attributes, keywords of calls, imports, and words in strings."""
    found: set[str] = set()
    for node in chain.from_iterable(ast.walk(tree) for tree in trees):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.update((node.name, node.asname or ""))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def _shorten_top(tree: ast.Module, shared: set[str]) -> None:
    """The module's own functions and classes; the methods of its classes are attributes."""
    defined = [part for part in tree.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    private = [part.name for part in defined if _is_private(part.name) and part.name not in shared]
    names = dict(zip(private, _pool("_", set(_names(tree))), strict=False))
    for part in defined:
        part.name = names.get(part.name, part.name)
    _Rename(names).visit(tree)


def _shorten_arguments(node: _Function, shared: set[str]) -> None:
    """One function: its arguments and their uses, nested functions included."""
    own = [argument.arg for argument in _arguments(node)]
    nested = Counter(part.arg for part in ast.walk(node) if isinstance(part, ast.arg))
    long = [name for name in own if len(name) > 1 and name not in ("self", "cls") and name not in shared]
    chosen = [name for name in long if nested[name] == 1]
    names = dict(zip(chosen, _pool("", set(_names(node))), strict=False))
    _Rename(names).visit(node)


class ShortNames:
    """Knows the whole tree, so that a name is shortened only where nobody else can mean it."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        self._shared = _shared(ast.parse(source) for source in sources.values())

    def apply(self, source: bytes) -> bytes:
        """The same module with short names."""
        tree = ast.parse(source)
        _shorten_top(tree, self._shared)
        for node in ast.walk(tree):
            if isinstance(node, _Function):
                _shorten_arguments(node, self._shared)
        return ast.unparse(tree).encode()
