# SPDX-License-Identifier: MIT
"""The firmware as byte code, each module by itself and with its lines, for tests of parts without a board.

Compiled from source where they run, modules would leave a heap in pieces that no board ever has. Unlike on a board,
names are as in the source, and no module is joined with others, so that a test can put its own in place of any.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from tools.emulator.image import ROOT, dotted, tree_files
from tools.emulator.rom import compile_module

_BUILD: Final = ROOT / "build" / "tree"


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name, data in sorted(files.items()):
        digest.update(b"%s\0%d\0" % (name.encode(), len(data)))
        digest.update(data)
    return digest.hexdigest()[:20]


def _write(top: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".py":
            path, data = path.with_suffix(".mpy"), compile_module(data, dotted(name))
        path.write_bytes(data)


@cache
def plain_tree(also: str = "") -> Path:
    """The folder, made anew when a source has changed; `also` is a folder of the project with more modules."""
    files = tree_files()
    for path in sorted((ROOT / also).glob("*.py")) if also else ():
        files[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    top = _BUILD / _digest(files)
    if not top.exists():
        fresh = _BUILD / f"{top.name}.{os.getpid()}"
        _write(fresh, files)
        try:
            fresh.rename(top)
        except OSError:  # somebody else was sooner
            shutil.rmtree(fresh)
    return top
