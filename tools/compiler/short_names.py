# SPDX-License-Identifier: MIT
"""Shortens names that nothing outside a module can see, before it is compiled for the board.

MicroPython keeps every name that it ever loads, function arguments included, for the rest of its life, and doubles the
table when it is full: 9 kB at once at the 1,260th. So a module's private functions and variables become `_a`, `_b` ..
in the order of its source, private attributes that are only asked of `self` likewise, and arguments `a`, `b` .. where
no call in the tree names them.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from string import ascii_lowercase

from tools.compiler.scopes import Function, arguments

_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler
_Reference = ast.Name | ast.Attribute


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


def _variables(tree: ast.Module) -> Iterator[str]:
    """Names that the module assigns at its top."""
    for part in tree.body:
        targets = (
            part.targets if isinstance(part, ast.Assign) else [part.target] if isinstance(part, ast.AnnAssign) else []
        )
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_of_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def _bases(tree: ast.AST) -> set[str]:
    """Classes that those of a module are made from, by their last names."""
    bases = chain.from_iterable(node.bases for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return {base.id if isinstance(base, ast.Name) else base.attr for base in bases if isinstance(base, _Reference)}


def _classes(tree: ast.AST) -> set[str]:
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def _visible(trees: Iterable[ast.AST]) -> set[str]:
    """Private attributes that more than one object's own class may mean: asked of others, inherited, or spelt out."""
    trees = list(trees)
    inherited = set(chain.from_iterable(_bases(tree) - _classes(tree) for tree in trees))
    found: set[str] = set()
    for tree in trees:
        is_base = not inherited.isdisjoint(_classes(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and (is_base or not _is_of_self(node)):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.ClassDef) and is_base:
                found.update(part.name for part in node.body if isinstance(part, _Named) and part.name)
    return found


class _Attributes(ast.NodeTransformer):
    """Attributes of `self`, and the methods that they may be."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._new = names

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node, ast.Attribute) and _is_of_self(node):
            node.attr = self._new.get(node.attr, node.attr)
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                    part.name = self._new.get(part.name, part.name)
        return node


def _shorten_attributes(tree: ast.Module, visible: set[str]) -> None:
    """Private attributes of the module's classes, one short name each in all of them."""
    of_classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    fixed = {target for node in of_classes for target in _variables(ast.Module(node.body, []))}  # of the class itself
    own = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_of_self(node)]
    chosen = [name for name in dict.fromkeys(own) if _is_private(name) and name not in visible | fixed]
    _Attributes(dict(zip(chosen, _pool("_", visible | set(own)), strict=False))).visit(tree)


def _shorten_top(tree: ast.Module, shared: set[str]) -> None:
    """The module's own functions, classes and variables; the methods of its classes are attributes."""
    defined = [part for part in tree.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    own = dict.fromkeys([*[part.name for part in defined], *_variables(tree)])
    private = [name for name in own if _is_private(name) and name not in shared]
    names = dict(zip(private, _pool("_", set(_names(tree))), strict=False))
    for part in defined:
        part.name = names.get(part.name, part.name)
    _Rename(names).visit(tree)


def _shorten_arguments(node: Function, shared: set[str]) -> None:
    """One function: its arguments and their uses, nested functions included."""
    own = [argument.arg for argument in arguments(node)]
    nested = Counter(part.arg for part in ast.walk(node) if isinstance(part, ast.arg))
    long = [name for name in own if len(name) > 1 and name not in ("self", "cls") and name not in shared]
    chosen = [name for name in long if nested[name] == 1]
    names = dict(zip(chosen, _pool("", set(_names(node))), strict=False))
    _Rename(names).visit(node)


class ShortNames:
    """Knows the whole tree, so that a name is shortened only where nobody else can mean it."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        trees = [ast.parse(source) for source in sources.values()]
        self._shared = _shared(trees)
        self._visible = _visible(trees)

    def apply(self, source: bytes) -> bytes:
        """The same module with short names."""
        tree = ast.parse(source)
        _shorten_attributes(tree, self._visible)
        _shorten_top(tree, self._shared)
        for node in ast.walk(tree):
            if isinstance(node, Function):
                _shorten_arguments(node, self._shared)
        return ast.unparse(tree).encode()
