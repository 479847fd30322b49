# SPDX-License-Identifier: MIT
"""Modules joined into one for the board: the same behaviour on the chip's interpreter, or an error that says why."""

import subprocess
from pathlib import Path

import pytest

from tools.compiler.inline_constants import module_of
from tools.compiler.link_modules import CORE, JOINED, LinkModules, place
from tools.compiler.link_walks import LinkError
from tools.emulator import image, rpc

_JOINED = ("firmware/till.py", "firmware/drawer.py", "firmware/paper.py", "firmware/errors.py", "lib/ruler.py")
_TREE = {
    "main.py": b"import sys\nsys.path.append('lib')\nfrom firmware.till import run\nrun()\n",
    "firmware/till.py": b"""
import time
from firmware import drawer, paper
from firmware.errors import JamError, TillError
from firmware.drawer import run as push
import ruler
_a = 3
def _b(count=_a, *more: 'object'):
    return [_a * size for size in range(count)], (lambda _a=5: _a + count)()
def shadowed(paper, _a=_a):
    run = [run + _a for run in (1, 2)]
    push = drawer.run(6)
    return paper, run, push
def local():
    local = paper.local(2)
    push, pack = [pack for pack in (local, len(local))], ruler.pack(5)
    return push, pack
def inner():
    from firmware.errors import TillError as Kind
    from firmware import paper as stock
    import ruler as measure
    return Kind.__name__, stock.local(1), measure.run()
class Till:
    run = push(1)
    _a = run
    def local(self):
        return self._a, _a, self.run
    @property
    def event(self):
        def run():
            return _a
        return run()
def change():
    global _a
    _a += 1
    paper.width = _a
    drawer.opened += 10
    return paper.told(), drawer.opened, drawer.told()
def run():
    print(_b(), shadowed(1), local(), inner())
    print(Till().local(), Till.run, Till().event)
    print(change(), change(), _a, paper.width)
    try:
        drawer.jam()
    except TillError as push:
        print(type(push).__name__, isinstance(push, JamError), ruler.run())
    from firmware import loan
    loan.run()
    print(paper.width, drawer.opened, time.time() > 0)
""",
    "firmware/drawer.py": b"""
import time
from firmware.errors import JamError
from firmware.paper import local
_a = "drawer"
opened = 0
def run(count):
    return count + len(_a) + len(local(0))
def told():
    time, errors = _a, opened
    return time, errors
def jam():
    raise JamError()
print("drawer is loaded")
""",
    "firmware/paper.py": b"""
_a = {"paper": 1}
width = 1
def local(count):
    return [_a["paper"]] * count
def told():
    return width
print("paper is loaded")
""",
    "firmware/errors.py": b"class TillError(Exception):\n    pass\nclass JamError(TillError):\n    pass\n",
    "lib/ruler.py": b"""
def run():
    return _a()
def _a():
    return pack(3)
def pack(size):
    return size * "x"
""",
    "firmware/loan.py": b"""
from firmware import drawer, other, paper
from firmware.drawer import opened, run as open_it
from firmware.errors import JamError
import ruler
def run(told=paper.told):
    paper.width = 99
    drawer = ruler.pack(2)
    print(told(), drawer, opened, open_it(2), other.NAME, JamError.__name__)
    late()
def late():
    from firmware import till
    from firmware.till import Till
    print(till.inner(), Till is till.Till, drawer.opened)
""",
    "firmware/other.py": b"NAME = 'other'\n",
}
_PROGRAM = b"""
import sys
sys.path.append("lib")
from firmware.drawer import jam, told
from firmware.errors import TillError
import firmware.till as t
from ruler import pack
print(told(), pack(1), t.inner())
try:
    jam()
except TillError as fault:
    print(type(fault).__name__)
"""


def _linked(**changed: str) -> dict[str, bytes]:
    tree = {**_TREE, **{f"firmware/{name}.py": text.encode() for name, text in changed.items()}}
    return LinkModules(tree, joined=_JOINED).sources()


def _run(folder: Path, files: dict[str, bytes], program: str = "main.py") -> str:
    """What the chip's interpreter says."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    done = subprocess.run(
        [rpc.find_interpreter()[0], program], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("program", ["main.py", "program.py"])
def test_modules_go_on_meaning_the_same(tmp_path: Path, program: str) -> None:
    """Names that clash or are shadowed, what one changes in another, late imports; a program that asks for parts."""
    before = _run(tmp_path / "before", {**_TREE, "program.py": _PROGRAM}, program)
    after = _run(tmp_path / "after", {**_linked(), "program.py": _PROGRAM}, program)
    assert after == before
    assert "JamError" in after


def test_the_core_imports_once_and_nothing_that_it_has() -> None:
    core = _linked()[CORE].decode()
    assert [line.strip() for line in core.split("\n") if "import" in line] == [
        "import time",
        "from firmware import loan",
    ]


def test_no_module_asks_for_one_that_is_joined() -> None:
    sources = _linked()
    for name, source in sources.items():
        assert not any(f"import {module_of(path)}" in source.decode() for path in _JOINED), name
        assert not any(f"from {module_of(path)} " in source.decode() for path in _JOINED), name


def test_a_changed_module_has_the_names_of_its_tree() -> None:
    """One more function does not rename what others ask for."""
    base = LinkModules(_TREE, joined=_JOINED)
    source = b"def pack():\n    pass\ndef _a0():\n    pass\n" + _TREE["firmware/paper.py"]
    changed = LinkModules({**_TREE, "firmware/paper.py": source}, like=base, joined=_JOINED)
    for path in ("firmware/loan.py", "firmware/till.py"):
        assert changed.sources()[path] == base.sources()[path]


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ("till: the module firmware.paper is used as a value", {"till": "from firmware import paper\nx = [paper]"}),
        ("loan: the module firmware.paper is used as a value", {"loan": "from firmware import paper\nx = [paper]"}),
        ("firmware.till: firmware.paper has no cut", {"till": "from firmware import paper\npaper.cut()"}),
        ("firmware.loan: firmware.paper has no cut", {"loan": "from firmware.paper import cut"}),
        ("imports go round", {"paper": "from firmware import till\nwidth = local = told = 1"}),
        ("width of firmware.paper is imported, but changes", {"errors": "from firmware.paper import width"}),
        ("imported and given another value", {"till": "from firmware.paper import told\ntold = 1\n"}),
        ("all names of firmware.paper are imported", {"till": "from firmware.paper import *"}),
        ("other.py: the joined module firmware.till is asked for", {"other": "x = 'firmware.till'"}),
        ("exceptions keep their names", {"paper": "class JamError(Exception):\n    pass\nwidth = told = local = 1"}),
        ("has something called core itself", {"loan": "from firmware import paper\ncore = 1"}),
        ("till: imports depend on something", {"till": "if 1 < 2:\n    from firmware import paper"}),
        ("import firmware.paper: say what it is called", {"loan": "import firmware.paper"}),
        ("till: a package is imported for what is in it", {"till": "import os.path"}),
        ("asks for its __name__", {"paper": "width = told = local = __name__"}),
        ("is changed in a class", {"till": "from firmware import paper\nclass A:\n    paper.width = 2"}),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_named(words: str, changed: dict[str, str]) -> None:
    with pytest.raises(LinkError, match=words):
        _linked(**changed)


def test_the_firmware_is_joined() -> None:
    """Every module that is listed exists, and is found in the core."""
    files = image.tree_files()
    assert set(JOINED) <= set(files)
    assert {place(path) for path in JOINED} == {CORE}
    assert place("firmware/board.py") == "firmware/board.py"


def test_without_any_of_them_nothing_changes() -> None:
    assert LinkModules({"lib/app.py": b"NAME = 1\n"}).sources() == {"lib/app.py": b"NAME = 1\n"}
