# SPDX-License-Identifier: MIT
"""Names of the emulated board's shims that become those of the interpreter's ROM.

On the chip they are C code, whose functions, variables and arguments have no names there; here each would stay on the
heap. Names of the chip's interfaces keep theirs: what the shims define without an underscore, keywords that its
functions take, and all that they ask other modules for. A part that `_rpc.find` loads, and what it finds there, go by
their new names as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from pathlib import Path
from string import ascii_lowercase
from typing import Final

from tools.compiler.names import WORD, Rename, held, rom_names, spelt
from tools.compiler.scopes import Defined, Function, arguments

CHIP: Final = Path(__file__).parents[1] / "emulator" / "modules"
_IMPORTED: Final = {"_rpc"}
# Modules of which no program knows.
_INNER: Final = {*_IMPORTED, "_bootstrap", "_boot", "_start", "_idle", "_repl", "_repl_raw", "_repl_line", "_repl_edit"}
# Arguments that the port's functions take by position and by keyword alike.
_KEYWORDS: Final = (
    "id mode pull handler trigger wake dest freq atten timeout ssid key type subtype label pin level addr memaddr"
)


def sources(folder: Path = CHIP) -> dict[str, bytes]:
    """Every shim by its module's name."""
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.py"))}


def _is_find(node: ast.AST) -> bool:
    """`_rpc.find(..)`, with the names of a part and of what is in it."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "_rpc.find"


def _found(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_find(node):
            yield from (word for word in node.args if isinstance(word, ast.Constant))


def _is_inlined(node: ast.AST) -> bool:
    """`_X = const(..)`: the compiler leaves no name of it."""
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "const"


def _defined(tree: ast.AST) -> Iterator[str]:
    """Functions, classes, arguments, attributes and variables that a module makes."""
    inlined = {id(target) for node in ast.walk(tree) if _is_inlined(node) for target in node.targets}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, Defined):
            yield node.name
        if isinstance(node, Function):
            yield from (argument.arg for argument in arguments(node))
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store) and id(node) not in inlined:
            yield from spelt(node)


def _members(body: list[ast.stmt]) -> Iterator[str]:
    """What a module or class offers."""
    for node in body:
        if isinstance(node, Defined):
            yield node.name
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                yield from (part.id for part in ast.walk(target) if isinstance(part, ast.Name))
        if isinstance(node, ast.ClassDef):
            yield from _members(node.body)
        elif isinstance(node, ast.If):
            yield from _members([*node.body, *node.orelse])


def _offered(tree: ast.Module) -> Iterator[str]:
    yield from (name for name in _members(tree.body) if not name.startswith("_"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from (argument.arg for argument in node.args.kwonlyargs)


def _words(tree: ast.AST) -> set[str]:
    """Of strings that programs may spell as well; documentation and what is raised are for people."""
    said = [node for node in ast.walk(tree) if isinstance(node, ast.Raise | ast.Expr)]
    spoken = {id(part) for node in said for part in ast.walk(node)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in spoken]
    return {word for text in texts if isinstance(text, str) for word in WORD.findall(text)}


class FoldShims:
    """Knows all of them.

    `names`: what became of each name, or of a part's, that was folded. `asked`: what others may mean by its name.
    `taken`: new names of attributes, which the firmware's must not have: its classes may be made from these.
    """

    def __init__(self, shims: Mapping[str, bytes]) -> None:
        trees = {name: ast.parse(source) for name, source in shims.items()}
        words = {name for tree in trees.values() for node in ast.walk(tree) for name in spelt(node)}
        texts = {text for tree in trees.values() for text in self._texts(tree)}
        offering = [tree for stem, tree in trees.items() if stem not in _INNER]
        fixed = {name for tree in offering for name in _offered(tree)}
        fixed |= {*_KEYWORDS.split()} | {stem for stem in trees if stem[0] != "_"} | _IMPORTED
        classes = {node.name.lower() for tree in offering for node in tree.body if isinstance(node, ast.ClassDef)}
        parts = {stem[1:] for stem in trees if stem[0] == "_" and stem not in _IMPORTED}
        fixed |= parts & classes  # as `bind` looks for them
        own = {name for tree in trees.values() for name in {*_defined(tree)} & {*held(tree)}}
        own |= parts
        rom = set(rom_names())
        foldable = sorted(name for name in own - fixed - texts - rom if not name.startswith("__"))
        free = sorted(name for name in rom - words - texts - fixed - own if not iskeyword(name))
        free.sort(key=lambda name: name[0] in ascii_lowercase)  # the firmware takes those first
        attributes = {
            node.attr for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)
        }
        self.names = dict(zip(sorted(foldable, key=lambda name: name not in attributes), free, strict=False))
        self.taken = frozenset(self.names[name] for name in attributes & {*self.names})
        stored = {name for tree in trees.values() for name in held(tree)}
        self.asked = frozenset(stored.union(*map(_words, trees.values()))) - set(self.names)

    def file(self, module: str) -> str:
        """Where a module is in the image: `_rpc.find` puts "_" before what it is asked for."""
        part = module.removeprefix("_")
        return module if module in _IMPORTED or part == module else "_" + self.names.get(part, part)

    @staticmethod
    def _texts(tree: ast.AST) -> Iterator[str]:
        """Strings that may be names, but for those that are folded."""
        found = {id(word) for word in _found(tree)}
        nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in found)
        yield from (node.value for node in nodes if isinstance(node.value, str))

    def apply(self, source: bytes) -> bytes:
        """The same module with the names folded."""
        tree = Rename(self.names).visit(ast.parse(source))
        for word in _found(tree):
            word.value = self.names.get(word.value, word.value)  # type: ignore[arg-type]
        return ast.unparse(tree).encode()
