# SPDX-License-Identifier: MIT
"""Names of the firmware that become the chip's own: the same behaviour, and nothing on the heap."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tools.compiler.fold_names import FoldNames, asked, kept_names
from tools.compiler.names import rom_names
from tools.emulator import image, rpc

_QSTRS = re.compile(r"Q\((.*?)\)$", re.MULTILINE)
_INTERN = """
import micropython, sys
for line in open(sys.argv[1]):
    getattr(sys, line.strip(), None)
micropython.qstr_info(1)
"""
_TREE = {
    "main.py": b"import firmware.till\nfirmware.till.start_up()\n",
    "firmware/till.py": b"""
from firmware import drawer
class JamError(Exception):
    pass
class Till:
    def __init__(self, opening_float):
        self.counted_cents = opening_float
    def take_money(self, *, in_cents):
        self.counted_cents += in_cents
        return self
def start_up():
    till = Till(opening_float=500).take_money(in_cents=250)
    drawer.push_out(till)
    return till.counted_cents
def by_name(till):
    return getattr(till, "spoken_for")
""",
    "firmware/drawer.py": b"""
spoken_for = 3
opened_times = 0
def push_out(till):
    global opened_times
    opened_times += till.counted_cents
def hold_this():
    return opened_times
""",
}


def _folded(kept: tuple[str, ...] = ()) -> tuple[dict[str, str], dict[str, bytes]]:
    fold = FoldNames(_TREE, kept)
    return fold.names, {path: fold.apply(source) for path, source in _TREE.items() if "/" in path}


def test_modules_go_on_meaning_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names, sources = _folded()
    package = ModuleType("firmware")
    package.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "firmware", package)
    for path, source in sources.items():
        (tmp_path / Path(path).name).write_bytes(source)
        monkeypatch.delitem(sys.modules, path.removesuffix(".py").replace("/", "."), raising=False)
    space: dict[str, object] = {}
    exec(
        f"from firmware.till import start_up\nresult = start_up()\nfrom firmware.drawer import {names['hold_this']}\n",
        space,
    )
    assert space["result"] == 750
    assert space[names["hold_this"]]() == 750  # type: ignore[operator]
    for path in sources:
        sys.modules.pop(path.removesuffix(".py").replace("/", "."), None)


def test_what_somebody_asks_for_keeps_its_name() -> None:
    """Of the board's own source, strings, exceptions, modules, what the chip has anyway, and what is listed."""
    names, _ = _folded(kept=("hold_this",))
    assert {"Till", "counted_cents", "opening_float", "in_cents", "take_money", "push_out"} <= set(names)
    kept = {"start_up", "spoken_for", "JamError", "drawer", "till", "hold_this", "getattr", "__init__"}
    assert kept.isdisjoint(names)


def test_no_two_names_become_one() -> None:
    """And none becomes what the tree spells, or what is kept."""
    names, _ = _folded(kept=("heapify",))
    assert len(set(names.values())) == len(names)
    assert {"getattr", "heapify", *kept_names()}.isdisjoint(names.values())


def _on_the_heap(names: list[str], tmp_path: Path) -> set[str]:
    """Those of some names that an interpreter has not got in ROM."""
    program, words = tmp_path / "intern.py", tmp_path / "words.txt"
    program.write_text(_INTERN)
    words.write_text("\n".join(names))
    command = [rpc.find_interpreter()[0], "-X", "heapsize=4m", str(program), str(words)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return set(_QSTRS.findall(told)) & set(names)


def test_the_names_to_fold_onto_cost_nothing(tmp_path: Path) -> None:
    assert _on_the_heap([*rom_names(), "of_our_own"], tmp_path) == {"of_our_own"}


def test_no_name_of_the_interpreter_is_taken_for_ours(tmp_path: Path) -> None:
    """What stands for a name in ROM everywhere must not be one itself: the interpreter's own would be renamed."""
    sources = {path: source for path, source in image.tree_files().items() if path.endswith(".py")}
    names = list(FoldNames(sources, asked()).names)
    assert len(names) > 200
    assert _on_the_heap(names, tmp_path) == set(names)
