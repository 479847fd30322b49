# SPDX-License-Identifier: MIT
"""Whose variable a name is: the scopes of a module, walked in the way the compiler does.

`Walk` goes through a tree and asks `called` what every name that is not a local variable of a function or an attribute
of a class is called from now on. Annotations are left out on the way: the chip evaluates none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Import = ast.Import | ast.ImportFrom
Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Target = tuple[str, str]  # (module, name in it); ("", name): of the interpreter


@dataclass
class Scope:
    """One function, class or comprehension. `aliases`: what is imported there and is no variable any more."""

    is_class: bool
    bound: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)  # `global`
    missing: set[str] = field(default_factory=set)  # what has to be declared so, too
    aliases: dict[str, Target] = field(default_factory=dict)


def arguments(node: Function) -> list[ast.arg]:
    kinds = node.args
    plain = [*kinds.posonlyargs, *kinds.args, *kinds.kwonlyargs]
    return [*plain, *[extra for extra in (kinds.vararg, kinds.kwarg) if extra is not None]]


def defaults(node: Function) -> list[ast.expr]:
    return [*node.args.defaults, *[value for value in node.args.kw_defaults if value is not None]]


def local_name(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def imports(tree: ast.AST) -> Iterator[tuple[Import, ast.alias]]:
    """Every name that is imported, at any depth."""
    for node in ast.walk(tree):
        if isinstance(node, Import):
            yield from ((node, alias) for alias in node.names)


def _around(node: Defined | Function) -> list[ast.expr]:
    """What a definition evaluates where it stands."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *[word.value for word in node.keywords]]
    return [*([] if isinstance(node, ast.Lambda) else node.decorator_list), *defaults(node)]


def _names_bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, Defined | ast.ExceptHandler) and node.name:
        yield node.name
    elif isinstance(node, Import):
        yield from (local_name(alias) for alias in node.names)
    elif isinstance(node, Comprehension):
        yield from (part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr))


def bindings(nodes: Iterable[ast.AST]) -> Scope:
    """What some statements bind and declare in their own scope."""
    scope = Scope(is_class=False)
    left = list(nodes)
    while left:
        node = left.pop()
        scope.bound.update(_names_bound(node))
        if isinstance(node, ast.Global):
            scope.declared.update(node.names)
        elif isinstance(node, Defined | ast.Lambda):
            left.extend(_around(node))
        elif not isinstance(node, Comprehension):
            left.extend(ast.iter_child_nodes(node))
    scope.bound -= scope.declared
    return scope


class Walk(ast.NodeTransformer):
    """Goes through a module. `scopes`: those around the node at hand, the outermost first; none at the top."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    def of_module(self, name: str) -> Target:
        """What a name at the top of the module means."""
        return "", name

    def called(self, target: Target) -> str:
        """What its name is from now on."""
        return target[1]

    def imported(self, node: Import, alias: ast.alias) -> Target | None:
        """What an import inside a function brings in; None if it goes on being one."""
        return None

    def visible(self) -> Iterator[Scope]:
        """Scopes whose variables the node at hand sees, from the inside."""
        for depth, scope in enumerate(reversed(self.scopes)):
            if not (scope.is_class and depth):
                yield scope

    def target(self, name: str) -> Target | None:
        """What a name means here; None for a variable or attribute of a scope."""
        for scope in self.visible():
            if name in scope.declared:
                break
            if name in scope.aliases:
                return scope.aliases[name]
            if name in scope.bound:
                return None
        return self.of_module(name)

    def _named(self, name: str) -> str:
        target = self.target(name)
        return name if target is None else self.called(target)

    def _within(self, scope: Scope, parts: Iterable[ast.AST]) -> list[ast.AST]:
        self.scopes.append(scope)
        found: list[ast.AST] = []
        for part in parts:
            result = self.visit(part)
            found.extend(result if isinstance(result, list) else [] if result is None else [result])
        self.scopes.pop()
        return found

    def scope_of(self, node: Defined | ast.Lambda) -> Scope:
        parts: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
        scope = bindings(parts)
        scope.is_class = isinstance(node, ast.ClassDef)
        for part in parts:
            self._take_imports(scope, part)
        if not isinstance(node, ast.ClassDef):
            scope.bound.update(argument.arg for argument in arguments(node))
        return scope

    def _take_imports(self, scope: Scope, statement: ast.AST) -> None:
        for node, alias in imports(statement):
            target = self.imported(node, alias)
            if target is not None and local_name(alias) in scope.bound:
                scope.aliases[local_name(alias)] = target

    def _definition(self, node: Defined) -> ast.AST:
        node.decorator_list = [self.visit(part) for part in node.decorator_list]
        if isinstance(node, ast.ClassDef):
            node.bases = [self.visit(part) for part in node.bases]
        else:
            self._arguments(node)
            node.returns = None
        node.name = self._named(node.name)
        scope = self.scope_of(node)
        body = self._within(scope, node.body)
        declared: list[ast.AST] = [ast.Global(sorted(scope.missing))] if scope.missing else []
        node.body = [*declared, *body] or [ast.Pass()]  # type: ignore[list-item]
        return node

    def _arguments(self, node: Function) -> None:
        node.args.defaults = [self.visit(part) for part in node.args.defaults]
        node.args.kw_defaults = [None if part is None else self.visit(part) for part in node.args.kw_defaults]
        for argument in arguments(node):
            argument.annotation = None

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._definition(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._definition(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._definition(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._arguments(node)
        (node.body,) = self._within(self.scope_of(node), [node.body])  # type: ignore[assignment]
        return node

    def _comprehension(self, node: Comprehension) -> ast.AST:
        """The first source is evaluated outside, all else inside."""
        first = node.generators[0]
        first.iter = self.visit(first.iter)
        targets = [part.target for part in node.generators]
        self.scopes.append(Scope(is_class=False, bound=bindings(targets).bound))
        for part in node.generators:
            part.target = self.visit(part.target)
            part.iter = part.iter if part is first else self.visit(part.iter)
            part.ifs = [self.visit(test) for test in part.ifs]
        if isinstance(node, ast.DictComp):
            node.key, node.value = self.visit(node.key), self.visit(node.value)
        else:
            node.elt = self.visit(node.elt)
        self.scopes.pop()
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._comprehension(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._named(node.id)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = self._named(node.name) if node.name else None
        return self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self.called(self.of_module(name)) for name in node.names]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        plain = ast.Assign([node.target], node.value)
        return self.generic_visit(ast.copy_location(plain, node))
