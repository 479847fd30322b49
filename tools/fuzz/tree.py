# SPDX-License-Identifier: MIT
"""The firmware and the driver's side as byte code, each module by itself and with its lines: what a board loads too.

Compiled from source on the interpreter, they would leave a heap in pieces that no board ever has. Unlike a board's,
names are as in the source, and no module is joined with others, so that a part can put its own in place of any.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path
from typing import Final

from tools.emulator.image import ROOT, dotted, tree_files
from tools.emulator.rom import compile_module

CHIP: Final = "tools/fuzz/chip"
_BUILD: Final = ROOT / "build" / "fuzz"


def _sources() -> dict[str, bytes]:
    chip = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sorted((ROOT / CHIP).glob("*.py"))}
    return {**tree_files(), **chip}


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name, data in sorted(files.items()):
        digest.update(b"%s\0%d\0" % (name.encode(), len(data)))
        digest.update(data)
    return digest.hexdigest()[:20]


def _write(top: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".py":
            path, data = path.with_suffix(".mpy"), compile_module(data, dotted(name))
        path.write_bytes(data)


@cache
def tree() -> Path:
    """The folder; made anew when a source has changed."""
    files = _sources()
    top = _BUILD / f"tree-{_digest(files)}"
    if not top.exists():
        fresh = _BUILD / f"{top.name}.{os.getpid()}"
        _write(fresh, files)
        try:
            fresh.rename(top)
        except OSError:  # somebody else was sooner
            shutil.rmtree(fresh)
    return top
