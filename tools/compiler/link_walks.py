# SPDX-License-Identifier: MIT
"""The walks of the linker (tools/compiler/link_modules.py) through one module each: what its names mean and become."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from tools.compiler.scopes import Defined, Import, Target, Walk, bindings, imports, local_name

if TYPE_CHECKING:
    from tools.compiler.link_modules import LinkModules

CORE: Final = "firmware.core"
ANY: Final = "import "  # begins the module of a target that is an import of something that is not joined


class LinkError(Exception):
    """The modules cannot be joined; the text says where and why."""


def brought_in(joined: Mapping[str, object], node: Import, alias: ast.alias) -> Target | None:
    """What an import brings in, if it is of a joined module: (module, name), or (module, "") for the module itself."""
    if isinstance(node, ast.Import):
        if alias.name in joined and "." in alias.name and not alias.asname:
            raise LinkError(f"import {alias.name}: say what it is called")
        return (alias.name, "") if alias.name in joined else None
    if node.module in joined:
        return str(node.module), alias.name
    inner = f"{node.module}.{alias.name}"
    return (inner, "") if inner in joined else None


class Joined:
    """One joined module: what the names at its top mean, and which of them change after it was loaded."""

    def __init__(self, name: str, source: bytes) -> None:
        self.name = name
        self.tree = ast.parse(source)
        self.own: list[str] = []
        self.external: dict[str, Target] = {}
        self.based: set[str] = set()
        self.changing: set[str] = set()
        self.imports: list[tuple[Import, ast.alias]] = []
        self._learn()

    def _learn(self) -> None:
        loose = [part for part in self.tree.body if not isinstance(part, Import)]
        for part in self.tree.body:
            if isinstance(part, Import):
                self.imports.extend((part, alias) for alias in part.names)
            elif isinstance(part, ast.ClassDef) and part.bases:
                self.based.add(part.name)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Global):
                self.changing.update(node.names)
        if any(isinstance(node, Import) for part in loose if not isinstance(part, Defined) for node in ast.walk(part)):
            raise LinkError(f"{self.name}: imports depend on something")
        if any("." in alias.name and not alias.asname for node, alias in self.imports if isinstance(node, ast.Import)):
            raise LinkError(f"{self.name}: a package is imported for what is in it")
        self.own = sorted({*bindings(loose).bound, *self.changing})


def statement(node: Import, alias: ast.alias) -> str:
    """An import of one name, without what it is called."""
    plain = [ast.alias(alias.name)]
    return ast.unparse(ast.Import(plain) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, plain, 0))


class Reader(Walk):
    """Notes for each target which names are taken where it is asked for, and what the interpreter itself is asked."""

    def __init__(self, link: LinkModules, module: str) -> None:
        super().__init__()
        self._link = link
        self._module = module

    def of_module(self, name: str) -> Target:
        return self._link.meaning(self._module, name) or ("", name)

    def imported(self, node: Import, alias: ast.alias) -> Target | None:
        return self._link.imported(node, alias)

    def called(self, target: Target) -> str:
        """Of a whole module only attributes are asked; those are what comes here."""
        if not target[1]:
            raise LinkError(f"{self._module}: the module {target[0]} is used as a value")
        self._link.asked(target, self.visible())
        return target[1]

    def _member(self, node: ast.Attribute) -> Target | None:
        if not isinstance(node.value, ast.Name):
            return None
        whole = self.target(node.value.id)
        if whole is None or whole[1] or whole[0].startswith(ANY):
            return None
        found = self._link.meaning(whole[0], node.attr)
        if found is None:
            raise LinkError(f"{self._module}: {whole[0]} has no {node.attr}")
        return found

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        target = self._member(node)
        if target is None:
            return self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            self._link.change(target)
        self.called(target)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        target = self.target(node.id)
        if target is not None and not isinstance(node.ctx, ast.Load) and target[0] not in ("", self._module):
            raise LinkError(f"{self._module}: {node.id} is imported and given another value")
        return super().visit_Name(node)


class Writer(Reader):
    """Puts the names of the core in place."""

    def called(self, target: Target) -> str:
        if not target[1]:
            raise LinkError(f"{self._module}: the module {target[0]} is used as a value")
        return self._link.named(target)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        target = self._member(node)
        if target is None:
            return self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load) and self.scopes:
            self._declare(target)
        return ast.copy_location(ast.Name(self.called(target), node.ctx), node)

    def _declare(self, target: Target) -> None:
        scope = self.scopes[-1]
        if scope.is_class:
            raise LinkError(f"{self._module}: {target[0]}.{target[1]} is changed in a class")
        if self.called(target) not in {self.called(self.of_module(name)) for name in scope.declared}:
            scope.missing.add(self.called(target))

    def visit_Import(self, node: ast.Import) -> ast.AST | None:
        return self._import(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return self._import(node)

    def _import(self, node: Import) -> ast.AST | None:
        node.names = [alias for alias in node.names if self.imported(node, alias) is None]
        return node if node.names else None


class Guest(Reader):
    """A module that is not joined: what it imports of those that are comes from the core."""

    def __init__(self, link: LinkModules, module: str, tree: ast.Module) -> None:
        super().__init__(link, module)
        self._whole: dict[str, Target] = {}
        for node, alias in imports(tree):
            target = link.imported(node, alias)
            if target is not None and not target[1]:
                self._whole[local_name(alias)] = target

    def of_module(self, name: str) -> Target:
        return self._whole.get(name, ("", name))

    def imported(self, node: Import, alias: ast.alias) -> Target | None:
        target = super().imported(node, alias)
        return target if target is not None and not target[1] else None

    def called(self, target: Target) -> str:
        if not target[1]:
            raise LinkError(f"{self._module}: the module {target[0]} is used as a value")
        return target[1] if not target[0] else self._link.named(target)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        target = self._member(node)
        if target is None:
            return self.generic_visit(node)
        core = ast.Name("core", ast.Load())
        return ast.copy_location(ast.Attribute(core, self.called(target), node.ctx), node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == "core":
            raise LinkError(f"{self._module}: has something called core itself")
        return Walk.visit_Name(self, node)

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        return list(self._imports(node))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        return list(self._imports(node))

    def _imports(self, node: Import) -> Iterator[ast.stmt]:
        """The same imports, from where things are now."""
        kept, members, is_whole = [], [], False
        for alias in node.names:
            target = self._link.imported(node, alias)
            if target is None:
                kept.append(alias)
            elif not target[1]:
                is_whole = True
            else:
                name, local = self._link.named(self._link.member(target, self._module)), local_name(alias)
                members.append(ast.alias(name, None if name == local else local))
        if kept:
            node.names = kept
            yield node
        if is_whole:
            yield ast.ImportFrom("firmware", [ast.alias("core")], 0)
        if members:
            yield ast.ImportFrom(CORE, members, 0)
