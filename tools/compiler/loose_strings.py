# SPDX-License-Identifier: MIT
"""Keeps short strings of modules on loan out of the interpreter's table of names, before they are compiled.

MicroPython takes every string constant of up to ten bytes for a name, and names stay on the heap for ever. Only what
stands in a constant tuple is an object like others, which goes with its module. So "SN" becomes the third of a tuple
at the top of the module. What is a name anyway - in ROM, or of a module that stays loaded - is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Final

from tools.compiler.names import rom_names, spelt_in

_LONGEST_NAME: Final = 10  # bytes: MICROPY_ALLOC_PARSE_INTERN_STRING_LEN of py/mpconfig.h


class _Loosen(ast.NodeTransformer):
    def __init__(self, names: Collection[str], holder: str) -> None:
        self._names = names
        self._holder = holder
        self.found: dict[str, int] = {}

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Documentation is no string of the program."""
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        """One of constants is loose already."""
        return node if all(isinstance(item, ast.Constant) for item in node.elts) else self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        text = node.value
        if not isinstance(text, str) or len(text.encode()) > _LONGEST_NAME or text in self._names:
            return node
        place = self.found.setdefault(text, len(self.found))
        return ast.Subscript(ast.Name(self._holder, ast.Load()), ast.Constant(place), ast.Load())


class LooseStrings:
    """`resident`: sources of the modules that stay loaded."""

    def __init__(self, resident: Collection[bytes]) -> None:
        self._names = {"", *rom_names()}
        for source in resident:
            tree = ast.parse(source)
            self._names |= spelt_in(tree)
            self._names |= {
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }

    def apply(self, source: bytes) -> bytes:
        """The same module, its short strings in a tuple."""
        tree = ast.parse(source)
        taken = spelt_in(tree)
        walk = _Loosen(self._names | taken, next(name for name in rom_names() if name.islower() and name not in taken))
        fresh = walk.visit(tree)
        if not walk.found:
            return source
        texts = ast.Tuple([ast.Constant(text) for text in walk.found], ast.Load())
        fresh.body.insert(0, ast.Assign([ast.Name(walk._holder, ast.Store())], texts))
        return ast.unparse(ast.fix_missing_locations(fresh)).encode()
