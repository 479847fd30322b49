# SPDX-License-Identifier: MIT
"""Joins the modules that stay loaded as long as the terminal runs into one, before they are compiled for the board.

Each module costs its object, its dictionary, a table of names and two paths, and every name that it imports an entry
in that dictionary; one file is also found and read sooner than thirty. In the joined module, `firmware.core`, each name
at the top of a module has a name of its own. What is imported from a joined module elsewhere comes from there; where it
was stands a module that only passes its names on, for programs that the tools and tests run on a board.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from tools.compiler.inline_constants import module_of
from tools.compiler.link_walks import ANY, Guest, Joined, LinkError, Reader, Writer, brought_in, statement
from tools.compiler.scopes import Import, Scope, Target, imports, local_name

CORE: Final = "firmware/core.py"
_FIRMWARE: Final = """app clock console errors lock log loader power supervisor terminal text host/link host/session
host/wifi store/journal store/record store/state store/throttle store/totals ui/canvas ui/glyphs ui/light ui/screen
ui/ui"""
_LIB: Final = "cmac flash_log iso8583 keypad rgb_led secret ssd1306 tlv"
JOINED: Final = (
    *(f"firmware/{name}.py" for name in _FIRMWARE.split()),
    *(f"lib/{name}.py" for name in _LIB.split()),
)


def place(path: str, joined: Iterable[str] = JOINED) -> str:
    """Where the code of a module is on the board, as source."""
    return CORE if path in set(joined) else path


class LinkModules:
    """Knows the whole tree. `sources`: every module of the board by its path; those at the top stay source."""

    def __init__(
        self, sources: Mapping[str, bytes], like: LinkModules | None = None, joined: Iterable[str] = JOINED
    ) -> None:
        """`like`: the tree that some of the modules are to run with; its names are theirs."""
        paths = [path for path in joined if path in sources]
        self._modules = {module_of(path): Joined(module_of(path), sources[path]) for path in paths}
        self._paths = dict(zip(self._modules, paths, strict=True))
        self._sources = sources
        self._taken: dict[Target, set[str]] = defaultdict(set)
        self._interpreter: set[str] = set()
        self._check_strings()
        order = self._ordered()
        for name in order:
            Reader(self, name).visit(ast.parse(sources[self._paths[name]]))
        self._order = order
        self._check_copies()
        self._names: dict[Target, str] = self._choose(like._names if like else {})

    def sources(self) -> dict[str, bytes]:
        """Every module as it is now, the core and what passes its names on included."""
        if not self._modules:
            return dict(self._sources)
        core = self._core()
        found = {path: self._passing_on(path) if self._is_joined(path) else self._guest(path) for path in self._sources}
        return {**found, CORE: core}

    def _is_joined(self, path: str) -> bool:
        return module_of(path) in self._modules and "/" in path

    # what the walks ask

    def imported(self, node: Import, alias: ast.alias) -> Target | None:
        """The definition that an import means, if a joined module has it; (module, "") for the module itself."""
        target = brought_in(self._modules, node, alias)
        if target is not None and alias.name == "*":
            raise LinkError(f"all names of {node.module} are imported" if isinstance(node, ast.ImportFrom) else "*")
        if target is None or not target[1]:
            return target
        return self.meaning(*target) or target

    def meaning(self, module: str, name: str) -> Target | None:
        """What a name at the top of a joined module means; None if it has none such."""
        known = self._modules[module]
        for node, alias in known.imports:
            if local_name(alias) == name:
                return self.imported(node, alias) or (ANY + statement(node, alias), alias.name)
        return (module, name) if name in known.own else None

    def member(self, target: Target, asker: str) -> Target:
        if target[0] in self._modules and target[1] not in self._modules[target[0]].own:
            raise LinkError(f"{asker}: {target[0]} has no {target[1]}")
        return target

    def asked(self, target: Target, scopes: Iterable[Scope]) -> None:
        """Someone asks for a target where these scopes are seen."""
        if target in (("", "__name__"), ("", "__file__")):
            raise LinkError(f"a joined module asks for its {target[1]}")
        if not target[0]:
            self._interpreter.add(target[1])
        for scope in scopes:
            self._taken[target].update(scope.bound)

    def change(self, target: Target) -> None:
        """Someone gives an attribute of a joined module another value."""
        self._modules[target[0]].changing.add(target[1])

    def named(self, target: Target) -> str:
        """What it is called in the core."""
        return target[1] if not target[0] else self._names[target]

    # preparation

    def _check_strings(self) -> None:
        for path, source in self._sources.items():
            for node in ast.walk(ast.parse(source)):
                is_path = isinstance(node, ast.Constant) and node.value in self._modules and "." in str(node.value)
                if is_path:
                    raise LinkError(f"{path}: the joined module {node.value} is asked for by its name")  # type: ignore[attr-defined]

    def _check_copies(self) -> None:
        """An imported name is a copy of what the value was; in the core it would follow the changes."""
        for name, module in self._modules.items():
            for node, alias in module.imports:
                target = self.imported(node, alias)
                if target is not None and target[1] and target[1] in self._modules[target[0]].changing:
                    raise LinkError(f"{name}: {alias.name} of {target[0]} is imported, but changes")

    def _ordered(self) -> list[str]:
        """The modules, each behind those that it imports."""
        found: list[str] = []
        under_way: list[str] = []

        def add(name: str) -> None:
            if name in under_way:
                raise LinkError(f"imports go round: {' -> '.join([*under_way, name])}")
            if name in found:
                return
            under_way.append(name)
            for node, alias in self._modules[name].imports:
                target = brought_in(self._modules, node, alias)
                if target is not None:
                    add(target[0])
            under_way.pop()
            found.append(name)

        for name in self._modules:
            add(name)
        return found

    def _targets(self) -> list[Target]:
        """All that needs a name, what has to keep its own first."""
        external: list[Target] = []
        based: list[Target] = []
        public: list[Target] = []
        private: list[Target] = []
        for name in self._order:
            module = self._modules[name]
            for node, alias in module.imports:
                if self.imported(node, alias) is None:
                    external.append((ANY + statement(node, alias), alias.name))
            for own in module.own:
                kind = based if own in module.based else private if own.startswith("_") else public
                kind.append((name, own))
        return list(dict.fromkeys([*external, *based, *public, *private]))

    def _choose(self, given: Mapping[Target, str]) -> dict[Target, str]:
        """A name for each target: its own, or else one that the interpreter holds as that of an attribute."""
        trees = [module.tree for module in self._modules.values()]
        spelt = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        pool = sorted((name for name in spelt if not name.startswith("__")), key=lambda name: (len(name), name))
        used = self._interpreter | set(given.values())
        found: dict[Target, str] = dict(given)
        for target in self._targets():
            if target in given:
                continue
            own = target[1].split(".")[0]
            spare = [] if own.startswith("_") else [own]
            is_fixed = target[1] in self._modules[target[0]].based if target[0] in self._modules else False
            more = (f"{own}_{number}" for number in range(1000))
            candidates = iter([*spare, *([] if is_fixed else pool)])
            name = next((word for word in candidates if word not in used | self._taken[target]), "")
            name = name or next(word for word in more if word not in used | self._taken[target])
            if is_fixed and name != own:
                raise LinkError(f"{target[0]}: there is another {own}, and exceptions keep their names")
            used.add(name)
            found[target] = name
        return found

    # results

    def _core(self) -> bytes:
        body: list[ast.AST] = []
        there: set[Target] = set()
        for name in self._order:
            module = self._modules[name]
            for node, alias in module.imports:
                if self.imported(node, alias) is None:
                    target = (ANY + statement(node, alias), alias.name)
                    if target not in there:
                        body.append(_renamed(node, alias, self._names[target]))
                    there.add(target)
            fresh = ast.parse(self._sources[self._paths[name]])
            tree = ast.Module([part for part in fresh.body if not (isinstance(part, Import) or _is_text(part))], [])
            body.extend(Writer(self, name).visit(tree).body)
        return ast.unparse(ast.fix_missing_locations(ast.Module(body, []))).encode()  # type: ignore[arg-type]

    def _passing_on(self, path: str) -> bytes:
        name = module_of(path)
        public = [own for own in self._modules[name].own if not own.startswith("_")]
        lines = [f"from {module_of(CORE)} import {self._names[name, own]} as {own}" for own in public]
        return "\n".join(lines).encode()

    def _guest(self, path: str) -> bytes:
        source = self._sources[path]
        tree = ast.parse(source)
        if not any(self.imported(node, alias) for node, alias in imports(tree)):
            return source
        if "/" not in path:
            return self.top(source)
        Guest(self, module_of(path), tree).visit(tree)
        return ast.unparse(ast.fix_missing_locations(tree)).encode()

    def top(self, source: bytes) -> bytes:
        """A file that stays source: only the lines of its imports are others."""
        tree = ast.parse(source)
        lines = source.decode().split("\n")
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module in self._modules:
                found = [(self.member((node.module, alias.name), "the top"), alias) for alias in node.names]
                names = ", ".join(f"{self._names[target]} as {local_name(alias)}" for target, alias in found)
                lines[node.lineno - 1] = f"from {module_of(CORE)} import {names}"
        return "\n".join(lines).encode()


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _renamed(node: Import, alias: ast.alias, name: str) -> Import:
    names = [ast.alias(alias.name, None if alias.name == name else name)]
    return ast.Import(names) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, names, 0)
