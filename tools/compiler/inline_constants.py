# SPDX-License-Identifier: MIT
"""Puts constants in place of their names, across modules, before the firmware is compiled for the board.

MicroPython does so inside a module (`const`) but not across: every public constant is a name that the interpreter keeps
for ever, an entry in its module's dictionary and code that imports it. What only type checkers see is left out too.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from tools.compiler.fold_names import kept_names

_Constants = dict[str, ast.expr]  # literal by name
_GUARD = "TYPE_CHECKING"
_KEPT = kept_names()


def module_of(path: str) -> str:
    """As it is imported."""
    return path.removesuffix(".py").removesuffix("/__init__").removeprefix("lib/").replace("/", ".")


def _literal(node: ast.expr) -> ast.expr | None:
    """The literal that an expression is, `const(literal)` included."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "const" and node.args:
        node = node.args[0]
    inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    is_plain = isinstance(inner, ast.Constant) and isinstance(inner.value, int | str | bytes)
    return node if is_plain else None


def _once(tree: ast.Module, node: ast.expr, name: str) -> ast.expr | None:
    """A tuple of literals that one place asks for: it may stand there as well."""
    if (
        not isinstance(node, ast.Tuple)
        or not node.elts
        or not name.startswith("_")
        or not all(map(_literal, node.elts))
    ):
        return None
    uses = [part for part in ast.walk(tree) if isinstance(part, ast.Name) and part.id == name]
    return node if len(uses) == 2 else None


def _bound(tree: ast.AST) -> Counter[str]:
    """How often each name is given a value, whatever way."""
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found[node.id] += 1
        elif isinstance(node, ast.arg):
            found[node.arg] += 1
        elif isinstance(node, ast.Global | ast.Nonlocal):
            found.update(node.names * 2)
        elif isinstance(node, ast.alias):
            found[(node.asname or node.name).split(".")[0]] += 1
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler) and node.name:
            found[node.name] += 1
    return found


def _constants(tree: ast.Module) -> _Constants:
    bound = _bound(tree)
    found = {}
    for part in tree.body:
        if isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
            name = part.targets[0].id
            literal = _literal(part.value) or _once(tree, part.value, name)
            if literal is not None and name.isupper() and bound[name] == 1:
                found[name] = literal
    return found


def _is_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == _GUARD


class _WithoutTypes(ast.NodeTransformer):
    """Drops `if TYPE_CHECKING:`, at any depth, and what it asks."""

    def visit(self, node: ast.AST) -> ast.AST | None:
        is_name = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if _is_guard(node) or is_name and node.targets[0].id == _GUARD:  # type: ignore[attr-defined]
            return None
        self.generic_visit(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.body:
            node.body = [ast.Pass()]
        return node


class _Inline(ast.NodeTransformer):
    """`names` stand for literals here; `modules` are names of modules, with the constants of each."""

    def __init__(self, names: _Constants, modules: Mapping[str, _Constants]) -> None:
        self._names = names
        self._modules = modules

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            constants = self._modules.get(node.value.id, {})
            if node.attr in constants:
                return constants[node.attr]
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in self._names:
            return self._names[node.id]
        self.generic_visit(node)
        return node


def _imports(tree: ast.Module) -> Iterator[tuple[ast.ImportFrom, ast.alias]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node, alias


class InlineConstants:
    """Knows the whole tree. Files whose source stays on the board (boot.py, main.py) are not changed."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        """`sources`: every module of the board by its path."""
        self._trees: dict[str, ast.Module] = {}
        for path, source in sources.items():
            tree = ast.parse(source)
            _WithoutTypes().visit(tree)
            self._trees[path] = tree
        self._constants = {module_of(path): _constants(tree) for path, tree in self._trees.items()}
        for tree in self._trees.values():
            self._substitute(tree)
        self._drop_unused()

    def source(self, path: str) -> bytes:
        """The module, changed."""
        return ast.unparse(ast.fix_missing_locations(self._trees[path])).encode()

    def _substitute(self, tree: ast.Module) -> None:
        bound = _bound(tree)
        names: _Constants = dict(_constants(tree))
        modules: dict[str, _Constants] = {}
        for node, alias in _imports(tree):
            local = alias.asname or alias.name
            inner = self._constants.get(f"{node.module}.{alias.name}")
            if bound[local] != 1:
                continue
            if inner is not None:
                modules[local] = inner
            elif alias.name in self._constants.get(str(node.module), {}):
                names[local] = self._constants[str(node.module)][alias.name]
        inline = _Inline(names, modules)
        for part in tree.body:
            if not (isinstance(part, ast.Assign) and _literal(part.value) is not None):
                inline.visit(part)
        self._clean_imports(tree, {*names, *modules})

    def _clean_imports(self, tree: ast.Module, candidates: set[str]) -> None:
        """Imports of what nothing asks for any more."""
        asked = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        for node, _ in list(_imports(tree)):
            gone = candidates - _KEPT - asked
            if node.module == "micropython":
                gone |= {"const"}  # a word of the compiler, which needs no import
            node.names = [alias for alias in node.names if (alias.asname or alias.name) not in gone]
        for holder in ast.walk(tree):
            body = getattr(holder, "body", None)
            if isinstance(body, list):
                kept = [part for part in body if not (isinstance(part, ast.ImportFrom) and not part.names)]
                holder.body = kept  # type: ignore[attr-defined]

    def _drop_unused(self) -> None:
        """Constants that are spelt nowhere any more: not as an attribute, in an import, or in a string."""
        spelt: set[str] = set()
        for tree in self._trees.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute):
                    spelt.add(node.attr)
                elif isinstance(node, ast.alias):
                    spelt.add(node.name)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    spelt.add(node.value)
        for path, tree in self._trees.items():
            gone = set(self._constants[module_of(path)]) - spelt - _KEPT
            tree.body = [
                part
                for part in tree.body
                if not (
                    isinstance(part, ast.Assign)
                    and isinstance(part.targets[0], ast.Name)
                    and part.targets[0].id in gone
                )
            ]
