# SPDX-License-Identifier: MIT
"""The shape of the tree, held by its syntax: which room may import which, sizes, and what must not be written at all.

Each rule is a function from a file to its offences, tried here on a snippet that breaks it and then on the whole tree.
An import that stands under TYPE_CHECKING does not exist on the board and is not counted.
"""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

TOP = Path(__file__).resolve().parents[1]
_SKIPPED = {".git", ".venv", "build", "__pycache__", ".hypothesis"}
_FILE_LINES, _FUNCTION_LINES, _DOCSTRING_LINES = 400, 40, 6

# Lower never imports higher; rooms of one rank keep apart; what is not named here has rank 0.
_RANKS = {
    **{"ui": 1, "store": 1, "host": 1},
    **{"lock": 2, "terminal": 2, "dial": 2, "heard": 2, "connect": 3},
    **{"flows": 3},
    **{"board": 4, "bench": 4},
    **{"composition": 5, "console": 5, "service_screen": 5, "safe_screen": 5, "entry": 6, "start_up": 6},
    **{"app": 7},
}
_ROOMS = {name for name, rank in _RANKS.items() if rank == 1}

# Joined here so that this file does not break its own rules.
_REGISTRIES = ["".join(parts) for parts in (("npm", "js."), ("py", "pi.org"), ("python", "hosted"), ("deb.", "debian"))]
_UNFINISHED = ["".join(parts) for parts in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"))]


class Source(NamedTuple):
    path: str  # from the top of the tree, with slashes
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    @property
    def is_device(self) -> bool:
        return self.path in ("boot.py", "main.py") or self.path.startswith(("firmware/", "lib/"))


Rule = Callable[[Source], Iterator[str]]


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def _files() -> tuple[Path, ...]:
    found = []
    for path in TOP.rglob("*"):
        if path.is_file() and not _SKIPPED.intersection(path.relative_to(TOP).parts):
            found.append(path)
    return tuple(sorted(found))


def _sources() -> list[Source]:
    return [Source(path.relative_to(TOP).as_posix(), path.read_text()) for path in _files() if path.suffix == ".py"]


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker sees."""
    for child in ast.iter_child_nodes(node):
        if not _is_type_checking(child):
            yield child
            yield from _running(child)


def _name(node: ast.expr) -> str:
    """`a.b.c` of a dotted expression, else the empty string."""
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _imported(node: ast.AST) -> list[str]:
    """Full names that a node imports, by a statement or by a name in a string."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and _name(node.func) in ("Loan", "__import__") and node.args:
        argument = node.args[0]
        return [str(argument.value)] if isinstance(argument, ast.Constant) else []
    return []


def _imports(source: Source) -> list[str]:
    return [name for node in _running(source.tree) for name in _imported(node)]


def _room(parts: list[str]) -> str:
    """The part of the firmware that a module belongs to: a folder of it or a module at its top."""
    return parts[1].removesuffix(".py") if len(parts) > 1 else ""


def imports_point_down(source: Source) -> Iterator[str]:
    """flows -> ui, store, host -> errors, text, config; app -> all; no screen, store or link knows another."""
    if not source.path.startswith("firmware/"):
        return
    here = _room(source.path.split("/"))
    for name in _imports(source):
        there = _room(name.split("."))
        if not name.startswith("firmware.") or there == here:
            continue
        is_up = _RANKS.get(there, 0) > _RANKS.get(here, 0)
        if is_up or {here, there} <= _ROOMS or here == "board":
            yield f"imports {name}"


def device_code_stands_alone(source: Source) -> Iterator[str]:
    """lib/ knows nothing of the terminal, boot.py nothing of the application, and nothing on the board of the host."""
    banned = {"tools", "tests_host"}
    if source.path.startswith("lib/") or source.path == "boot.py":
        banned.add("firmware")
    if source.path == "boot.py":
        banned.update(path.stem for path in (TOP / "lib").glob("*.py"))
    if source.is_device:
        yield from (f"imports {name}" for name in _imports(source) if name.split(".")[0] in banned)


def host_and_board_keep_apart(source: Source) -> Iterator[str]:
    """The acquirer host is a real service and the emulated board a real board: they meet on the wire."""
    for here, there in (("tools/host/", "tools.emulator"), ("tools/emulator/", "tools.host")):
        if source.path.startswith(here):
            yield from (f"imports {name}" for name in _imports(source) if f"{name}.".startswith(f"{there}."))


def files_are_short(source: Source) -> Iterator[str]:
    lines = source.text.count("\n")
    if lines > _FILE_LINES:
        yield f"has {lines} lines"


def functions_are_short(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > _FUNCTION_LINES:
                yield f"{node.name} has {lines} lines"


def modules_introduce_themselves(source: Source) -> Iterator[str]:
    """A docstring of up to six lines; an empty __init__.py needs none."""
    docstring = ast.get_docstring(source.tree)
    if docstring is None and source.tree.body:
        yield "has no docstring"
    elif docstring and docstring.count("\n") >= _DOCSTRING_LINES:
        yield f"has a docstring of {docstring.count(chr(10)) + 1} lines"


def _is_pin_number(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not node.args or _name(node.func).rpartition(".")[2].lower() != "pin":
        return False
    return isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, int)


def pin_numbers_are_in_board(source: Source) -> Iterator[str]:
    if source.is_device and source.path != "firmware/board.py" and any(map(_is_pin_number, ast.walk(source.tree))):
        yield "names a pin"


def device_code_is_micropython(source: Source) -> Iterator[str]:
    """What the board does not have or what costs it too much."""
    if not source.is_device:
        return
    absent = {"typing", "dataclasses", "enum", "contextlib", "functools", "itertools", "pathlib", "logging"}
    yield from (f"imports {name}" for name in _imports(source) if name.split(".")[0] in absent)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Match):
            yield f"uses match in line {node.lineno}"
        if isinstance(node, ast.FormattedValue) and node.conversion != -1:
            yield f"converts within an f-string in line {node.lineno}"


def errors_have_one_outlet(source: Source) -> Iterator[str]:
    """`except Exception` in app.py only; nowhere a bare one."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type] if node.type else []
            is_broad = any(_name(kind) in ("Exception", "BaseException") for kind in kinds)
            if not kinds or (is_broad and source.is_device and source.path != "firmware/app.py"):
                yield f"catches everything in line {node.lineno}"


def no_test_sleeps_or_skips(source: Source) -> Iterator[str]:
    """Time passes on the emulated board's clock; a test that does not run proves nothing."""
    banned = {"time.sleep", "sleep", "pytest.skip", "pytest.importorskip", "pytest.xfail"}
    marks = {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}
    if source.path.startswith("tests_host/") and not source.path.startswith("tests_host/unit/fakes/"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and _name(node.func) in banned:
                yield f"calls {_name(node.func)} in line {node.lineno}"
            if isinstance(node, ast.Attribute) and _name(node) in marks:
                yield f"marks {_name(node)} in line {node.lineno}"


def nothing_is_left_undone(source: Source) -> Iterator[str]:
    yield from (f"says {word}" for word in _UNFINISHED if word in source.text)


RULES: list[tuple[Rule, str, str]] = [
    (imports_point_down, "firmware/ui/screen.py", "from firmware.flows import sale"),
    (imports_point_down, "firmware/ui/screen.py", "from firmware.store import journal"),
    (imports_point_down, "firmware/store/state.py", "def f():\n    import firmware.host.link"),
    (imports_point_down, "firmware/errors.py", "from firmware import text, ui"),
    (imports_point_down, "firmware/flows/sale.py", "from firmware.app import start"),
    (imports_point_down, "firmware/host/link.py", "with Loan('firmware.store.settings') as module: pass"),
    (imports_point_down, "firmware/board.py", "from firmware import errors"),
    (device_code_stands_alone, "lib/cmac.py", "from firmware import errors"),
    (device_code_stands_alone, "boot.py", "import cmac"),
    (device_code_stands_alone, "firmware/app.py", "from tools.emulator import Board"),
    (host_and_board_keep_apart, "tools/host/server.py", "from tools.emulator import Board"),
    (host_and_board_keep_apart, "tools/emulator/board.py", "import tools.host"),
    (files_are_short, "tools/x.py", "x = 1\n" * 401),
    (functions_are_short, "tools/x.py", "def f():\n" + "    x = 1\n" * 40),
    (modules_introduce_themselves, "tools/x.py", "x = 1"),
    (modules_introduce_themselves, "tools/x.py", '"""1\n2\n3\n4\n5\n6\n7"""'),
    (pin_numbers_are_in_board, "firmware/app.py", "button = machine.Pin(33)"),
    (device_code_is_micropython, "lib/cmac.py", "from typing import Any"),
    (device_code_is_micropython, "lib/cmac.py", "x = f'{y!r}'"),
    (device_code_is_micropython, "lib/cmac.py", "match x:\n    case 1: pass"),
    (errors_have_one_outlet, "firmware/flows/sale.py", "try: f()\nexcept (OSError, Exception): pass"),
    (errors_have_one_outlet, "tools/x.py", "try: f()\nexcept: pass"),
    (no_test_sleeps_or_skips, "tests_host/x.py", "time.sleep(1)"),
    (no_test_sleeps_or_skips, "tests_host/x.py", "@pytest.mark.skipif(True)\ndef f(): pass"),
    (nothing_is_left_undone, "lib/cmac.py", f"# {_UNFINISHED[0]}: more"),
]


@pytest.mark.parametrize(("rule", "path", "text"), RULES, ids=lambda value: getattr(value, "__name__", ""))
def test_each_rule_notices_an_offence(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text)))


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _, _ in RULES), ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    assert [f"{source.path} {offence}" for source in _sources() for offence in rule(source)] == []


def test_imports_that_only_a_type_checker_sees_are_not_counted() -> None:
    text = (
        "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Any\n    from firmware.store import journal"
    )
    source = Source("firmware/ui/screen.py", text)
    assert [*imports_point_down(source), *device_code_is_micropython(source)] == []


def test_the_rules_see_the_tree() -> None:
    """No rule above holds for want of files, or because a room has another name."""
    paths = [source.path for source in _sources()]
    assert {"boot.py", "main.py", "firmware/app.py", "firmware/board.py", "firmware/errors.py"} <= set(paths)
    for folder in (*(f"firmware/{room}/" for room in ("flows", *_ROOMS)), "lib/", "tests_host/", "tools/host/"):
        assert [path for path in paths if path.startswith(folder)], folder
    modules = [name for source in _sources() if source.path.startswith("firmware/flows/") for name in _imports(source)]
    assert any(name.startswith("firmware.ui.") for name in modules)


def test_every_source_file_names_its_licence() -> None:
    named = {"Makefile", ".gitignore", "run"}
    sources = [path for path in _files() if path.suffix in (".py", ".toml", ".ini", ".csv") or path.name in named]
    assert len(sources) > 30
    heads = {path: path.read_text().splitlines()[:2] for path in sources}
    assert [
        path for path, head in heads.items() if not any("SPDX-License-Identifier: MIT" in line for line in head)
    ] == []


def test_no_file_names_a_package_registry() -> None:
    """Packages come through each machine's own configuration."""
    texts = {path: path.read_bytes().decode("utf-8", errors="ignore") for path in _files()}
    assert [(path, name) for path, text in texts.items() for name in _REGISTRIES if name in text] == []


def test_pin_numbers_are_data_in_the_board_profile() -> None:
    """The rule on pins has something to guard."""
    text = (TOP / "firmware" / "board.py").read_text()
    assert '"rows": (' in text
    assert '"power": ' in text
