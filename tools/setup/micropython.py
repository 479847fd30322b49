# SPDX-License-Identifier: MIT
"""The MicroPython that plays the chip: fetched from Debian, checked by running it, found again by the emulator.

The i386 build has the ESP32's object sizes, so that a heap limit there is an honest one. MICROPYTHON=/path takes any
other interpreter, MICROPYTHON_SUITE and MICROPYTHON_ARCH another Debian build. Invariant: a folder under
build/micropython/ is either complete and checked, or does not exist.
"""

import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tools.setup.debian import Apt, SetupError, describe_machine, has_apt

TOP = Path(__file__).resolve().parents[2]
HOME = TOP / "build" / "micropython"
OLDEST = (1, 25)

# What the firmware and the shims stand on; the last line printed is the verdict.
_PROBE = """
import sys
missing = []
for module, name in (("vfs", "VfsLfs2"), ("vfs", "VfsPosix"), ("tls", "SSLContext"), ("cryptolib", "aes"),
                     ("framebuf", "FrameBuffer"), ("asyncio", "ThreadSafeFlag"), ("hashlib", "sha256")):
    try:
        getattr(__import__(module), name)
    except (ImportError, AttributeError):
        missing.append(module + "." + name)
print(".".join(str(n) for n in sys.implementation[1][:3]), 64 if sys.maxsize > 0x7fffffff else 32, ",".join(missing))
"""

_WRAPPER = """#!/bin/sh
# The interpreter with its own loader and C library, wherever this folder lies.
here=${{0%/*}}
exec "$here/{loader}" --library-path "$here/{libraries}" "$here/root/usr/bin/micropython" "$@"
"""


class Verdict(NamedTuple):
    version: str
    bits: int  # size of a machine word: 32 as on the ESP32, or 64


def wanted() -> tuple[str, str]:
    """(suite, architecture) of the Debian build in use."""
    return os.environ.get("MICROPYTHON_SUITE", "trixie"), os.environ.get("MICROPYTHON_ARCH", "i386")


@functools.cache
def check(interpreter: Path) -> Verdict:
    """Runs the interpreter; SetupError says why it cannot play the chip."""
    environment = {key: value for key, value in os.environ.items() if key != "MICROPYPATH"}
    command = [str(interpreter), "-X", "heapsize=200k", "-c", _PROBE]
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{interpreter} does not run on this machine ({describe_machine()}): {error}") from error
    words = done.stdout.split()
    if done.returncode or len(words) < 2:
        complaint = (done.stderr or done.stdout)[-500:].strip() or f"exit {done.returncode}"
        raise SetupError(f"{interpreter} is no MicroPython for this machine ({describe_machine()}): {complaint}")
    if len(words) > 2:
        raise SetupError(f"{interpreter} lacks {words[2]}")
    if tuple(int(part) for part in words[0].split("."))[:2] < OLDEST:
        raise SetupError(f"{interpreter} is MicroPython {words[0]}; 1.25 or later is needed")
    return Verdict(words[0], int(words[1]))


def heap_limit(interpreter: Path) -> str:
    """The `-X heapsize=` that stands for the ESP32's heap: objects are twice as large where words are."""
    return "200k" if check(interpreter).bits == 64 else "100k"


def _fetched() -> Path:
    suite, arch = wanted()
    return HOME / f"{suite}-{arch}" / "micropython"


def _on_path() -> Path | None:
    found = shutil.which("micropython")
    return Path(found) if found else None


def _known() -> Path | None:
    """An interpreter that is here already: the one named, the one fetched."""
    named = os.environ.get("MICROPYTHON")
    if named:
        return Path(named).absolute()
    return _fetched() if _fetched().exists() else None


def find() -> Path:
    """The checked interpreter, without fetching anything; SetupError when `make setup` has to come first."""
    interpreter = _known() or _on_path()
    if interpreter is None:
        raise SetupError("no MicroPython interpreter yet: run 'make setup', or name one with MICROPYTHON=/path")
    check(interpreter)
    return interpreter


def _build(work: Path, suite: str, arch: str) -> Path:
    """Fetches into `work/ready` and returns the wrapper there, checked."""
    ready = work / "ready"
    apt = Apt(work / "apt", suite, arch)
    apt.update()
    apt.unpack(apt.closure("micropython"), ready / "root")
    loaders = sorted((ready / "root" / "usr" / "lib").glob("*/ld-linux*.so.*"))
    if not loaders:
        raise SetupError(f"the C library of Debian {suite} {arch} holds no loader below usr/lib")
    loader = loaders[0].relative_to(ready)
    wrapper = ready / "micropython"
    wrapper.write_text(_WRAPPER.format(loader=loader, libraries=loader.parent))
    wrapper.chmod(0o755)
    check(wrapper)
    return wrapper


def _fetch() -> Path:
    """One fetch at a time; the folder takes its name only when what is in it has run."""
    suite, arch = wanted()
    target = _fetched()
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left_over in HOME.glob(".fetch-*"):
            shutil.rmtree(left_over)
        if not target.exists():
            with tempfile.TemporaryDirectory(prefix=".fetch-", dir=HOME) as work:
                _build(Path(work), suite, arch).parent.rename(target.parent)
    return target


def prepare() -> Path:
    """The checked interpreter, fetched if need be."""
    interpreter = _known()
    if interpreter is not None:
        check(interpreter)
        return interpreter
    complaint = "this machine has no apt"
    if has_apt():
        try:
            return _fetch()
        except SetupError as error:
            complaint = f"Debian {' '.join(wanted())} was no help: {error}"
    interpreter = _on_path()
    if interpreter is None:
        advice = "Install MicroPython 1.25 or later (unix port) on PATH or name it with MICROPYTHON=/path; "
        advice += "on a Debian machine of another kind set MICROPYTHON_ARCH (amd64, armhf, arm64)."
        raise SetupError(f"{complaint}\n{advice}")
    check(interpreter)
    return interpreter


def main() -> int:
    try:
        interpreter = prepare()
        verdict = check(interpreter)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    shown = interpreter.relative_to(TOP) if interpreter.is_relative_to(TOP) else interpreter
    print(f"MicroPython {verdict.version}, {verdict.bits} bit, heap {heap_limit(interpreter)}: {shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
