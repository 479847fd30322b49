# SPDX-License-Identifier: MIT
"""Names of the emulated board's shims that become the interpreter's own: programs see no difference."""

import ast

from tools.compiler import fold_shims
from tools.compiler.fold_names import FoldNames, asked
from tools.compiler.fold_shims import FoldShims
from tools.compiler.names import rom_names
from tools.emulator import image

_SHIMS = {
    "_rpc": b"def find(what, name):\n    return __import__(what)\n",
    "lamp": b"""
import _rpc
from micropython import const
_ON = const(1)
class Lamp:
    BRIGHT = 2
    def glow(self, level=0, *, hue=3):
        self._shade = _dimmed(level, hue)
        return _rpc.find("lamp_more", "_flickering")(self, _ON)
def _dimmed(amount, hue):
    raise ValueError("glowing too much")
""",
    "_lamp": b"def blink(self, times):\n    return getattr(self, '_period')\n_period = 4\n",
    "_lamp_more": b"def _flickering(lamp, mood):\n    return lamp._shade\n",
}


def _folded() -> tuple[FoldShims, dict[str, str]]:
    fold = FoldShims(_SHIMS)
    return fold, {name: fold.apply(source).decode() for name, source in _SHIMS.items()}


def test_what_programs_may_ask_for_keeps_its_name() -> None:
    """Classes, their methods and constants, keywords, words in strings; and parts that are found by a class's name."""
    fold, _ = _folded()
    offered = {"Lamp", "BRIGHT", "glow", "hue", "level", "blink", "lamp", "_rpc", "_period", "__import__"}
    assert offered.isdisjoint(fold.names)
    assert {"_shade", "_dimmed", "amount", "times", "_flickering", "lamp_more", "mood", "what"} <= set(fold.names)


def test_what_is_found_by_its_name_goes_by_the_new_one() -> None:
    fold, sources = _folded()
    part, function = fold.names["lamp_more"], fold.names["_flickering"]
    assert f"_rpc.find('{part}', '{function}')" in sources["lamp"]
    assert f"def {function}(" in sources["_lamp_more"]
    assert [fold.file(name) for name in ("_rpc", "lamp", "_lamp", "_lamp_more")] == [
        "_rpc",
        "lamp",
        "_lamp",
        f"_{part}",
    ]


def test_constants_that_leave_no_name_stay() -> None:
    """A name in ROM would make a variable of it."""
    assert "_ON = const(1)" in _folded()[1]["lamp"]


def test_what_people_read_stays_and_asks_for_nothing() -> None:
    fold, sources = _folded()
    assert "'glowing too much'" in sources["lamp"]
    assert {"Lamp", "glow", "level", "_period"} <= fold.asked
    assert {"glowing", "much", "amount", "_shade"}.isdisjoint(fold.asked)


def test_the_new_names_are_in_rom_and_nobody_elses() -> None:
    fold = FoldShims(fold_shims.sources())
    new = list(fold.names.values())
    spelt = {
        node.attr
        for source in fold_shims.sources().values()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
    }
    assert len(set(new)) == len(new) > 100
    assert set(new) <= set(rom_names()) - spelt


def test_the_firmwares_objects_have_no_attribute_of_the_shims() -> None:
    """Its classes may be made from theirs."""
    sources = {path: source for path, source in image.tree_files().items() if path.endswith(".py")}
    taken = FoldShims(fold_shims.sources()).taken
    assert len(taken) > 10
    assert taken.isdisjoint(FoldNames(sources, asked()).names.values())
