# SPDX-License-Identifier: MIT
"""Short strings of modules on loan: the same behaviour on the chip's interpreter, and no name of them stays."""

import re
import subprocess
from pathlib import Path

import pytest

from tools.compiler.loose_strings import LooseStrings
from tools.emulator import rpc
from tools.emulator.rom import compile_module

_STAYING = b"""
def drawer(): return "till" + "%d"
"""
_ON_LOAN = b'''
"""Short."""
LEVELS = ("low", "high")
RATES = {"a1": 1, "b2": 2}
def told(name, mark="@!"):
    """Said."""
    rate = {"c3": 3}.get(name, RATES.get(name, 0))
    told = "%04d" % rate + mark + LEVELS[rate > 1] + "till" + f"{name}-{rate}"
    return told + ("of %s" % name if name in "a1 c3" else "?#")
def keyed(**facts):
    return facts["quay"], getattr("x1".encode(), "decode")()
class Kind:
    label = "k9"
'''
_PROGRAM = """
import sys
sys.path[:] = [sys.argv[1]]
import staying, lent, micropython
print(lent.told("a1"), lent.told("c3", "&&"), lent.keyed(quay=7), lent.Kind.label, staying.drawer())
micropython.qstr_info(1)
"""
_QSTRS = re.compile(r"Q\((.*?)\)$", re.MULTILINE)


def _run(folder: Path, lent: bytes) -> tuple[str, set[str]]:
    """What the program says, and the names on its heap."""
    for name, source in (("staying", _STAYING), ("lent", lent)):
        (folder / f"{name}.mpy").write_bytes(compile_module(source, name, 3))
    program = folder / "program.py"
    program.write_text(_PROGRAM)
    command = [rpc.find_interpreter()[0], str(program), str(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return told.splitlines()[0], set(_QSTRS.findall(told))


def test_a_module_means_the_same_and_leaves_no_names(tmp_path: Path) -> None:
    loose = LooseStrings([_STAYING]).apply(_ON_LOAN)
    plain_says, plain_names = _run(tmp_path, _ON_LOAN)
    says, names = _run(tmp_path, loose)
    assert says == plain_says
    gone = {"a1", "b2", "c3", "%04d", "@!", "?#", "&&", "x1", "k9", "of %s"}
    assert gone - {"&&", "a1", "c3"} <= plain_names
    assert names & gone <= {"&&", "a1", "c3"}  # the program's own
    assert {"told", "quay"} <= names  # names all the same


def test_what_is_a_name_anyway_stays_in_its_place() -> None:
    source = b"def f(x):\n    return x['till'], x['f'], x['append'], x['a long string'], ('s1', 's2')\n"
    assert LooseStrings([_STAYING]).apply(source) == source


@pytest.mark.parametrize("text", ["", "0123456789", "\u7b7e\u5230\u6210", "\u7b7e\u5230\u6210\u529f"])
def test_the_length_is_in_bytes(text: str) -> None:
    source = f"def f():\n    return {text!r}\n".encode()
    is_name = 0 < len(text.encode()) <= 10
    assert (LooseStrings([]).apply(source) != source) == is_name
