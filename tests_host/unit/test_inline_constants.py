# SPDX-License-Identifier: MIT
"""Constants put in place of their names: fewer names on the board, and the same behaviour."""

import ast
import builtins
import sys
from types import ModuleType

import pytest

from tools.compiler.inline_constants import InlineConstants, module_of
from tools.emulator.image import tree_files

_TREE = {
    "lib/limits.py": b"""
from micropython import const
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
MOST = const(7)
LEAST = -2
NAME = "seven"
ASKED = 5
COUNT = 0
ROWS = (1, 2)
_ONCE = (3, "four")
_TWICE = (5, 6)
def more():
    global COUNT
    COUNT += 1
    return COUNT
def within(value):
    return LEAST <= value <= MOST
def tuples():
    return _ONCE + _TWICE[:1] + _TWICE[1:]
""",
    "firmware/__init__.py": b"",
    "firmware/user.py": b"""
import limits
from limits import LEAST, MOST, NAME, ROWS, more
def shadow(MOST):
    return MOST
def all_of_it():
    return [LEAST, MOST, NAME, list(ROWS), more(), shadow(3), getattr(limits, "ASKED")]
""",
}


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Source by path; the modules can be imported."""
    constants = InlineConstants(_TREE)
    sources = {path: constants.source(path).decode() for path in _TREE}
    monkeypatch.setattr(builtins, "const", lambda value: value, raising=False)  # a word of the board's compiler
    for path, source in sources.items():
        module = ModuleType(module_of(path))
        monkeypatch.setitem(sys.modules, module_of(path), module)
        exec(compile(source, path, "exec"), module.__dict__)
    return sources


def test_modules_do_what_they_did(changed: dict[str, str]) -> None:
    assert sys.modules["firmware.user"].all_of_it() == [-2, 7, "seven", [1, 2], 1, 3, 5]
    assert sys.modules["limits"].within(7) and not sys.modules["limits"].within(8)
    assert sys.modules["limits"].tuples() == (3, "four", 5, 6)


def test_names_of_constants_are_gone_where_nothing_spells_them(changed: dict[str, str]) -> None:
    """What is counted, what is asked for by its name, and what is no literal stays."""
    left = {node.id for node in ast.walk(ast.parse(changed["lib/limits.py"])) if isinstance(node, ast.Name)}
    assert {"ASKED", "COUNT", "ROWS", "_TWICE"} <= left
    assert left.isdisjoint({"LEAST", "NAME", "TYPE_CHECKING", "Callable", "_ONCE"})
    assert "import LEAST" not in changed["firmware/user.py"] and "NAME" not in changed["firmware/user.py"]


def test_a_name_that_is_given_twice_is_left_alone() -> None:
    tree = {"lib/one.py": b"LIMIT = 1\n", "lib/two.py": b"from one import LIMIT\ndef f(LIMIT):\n    return LIMIT\n"}
    constants = InlineConstants(tree)
    assert "import LIMIT" in constants.source("lib/two.py").decode()
    assert "LIMIT = 1" in constants.source("lib/one.py").decode()


def test_what_the_firmware_imports_is_still_there() -> None:
    """Every module still parses, and nothing that a module imports from another is missing there."""
    sources = {path: data for path, data in tree_files().items() if path.endswith(".py")}
    constants = InlineConstants(sources)
    trees = {module_of(path): ast.parse(constants.source(path)) for path in sources}
    defined = {name: {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)} for name, tree in trees.items()}
    for name, tree in trees.items():
        defined[name] |= {part.name for part in tree.body if isinstance(part, ast.FunctionDef | ast.ClassDef)}
        defined[name] |= {part.name for part in tree.body if isinstance(part, ast.AsyncFunctionDef)}
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in defined:
                for alias in node.names:
                    assert alias.name in defined[node.module] or f"{node.module}.{alias.name}" in defined


def test_const_stands_where_the_compiler_takes_it() -> None:
    """One name, one constant: anything else would ask for a function that no module imports any more."""
    sources = {path: source for path, source in tree_files().items() if path.endswith(".py")}
    constants = InlineConstants(sources)
    for path in sources:
        tree = ast.parse(constants.source(path))
        calls = [node.value.func for node in ast.walk(tree) if _is_of_one(node)]  # type: ignore[attr-defined]
        assert all(node in calls for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "const"), path


def _is_of_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call)
