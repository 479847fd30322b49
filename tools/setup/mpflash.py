# SPDX-License-Identifier: MIT
"""The program mpflash, in an environment of its own below .venv/, since it brings some fifty packages.

Made when a stock image has to be fetched for the first time. Invariant: the stamp is written last.
"""

import fcntl
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Final

from tools.setup.debian import run
from tools.setup.venv import PYTHON, TOP, VENV

_HOME: Final = VENV / "mpflash"
_STAMP: Final = _HOME / "stamp"


def _wanted() -> list[str]:
    declared = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    wanted: list[str] = declared["project"]["optional-dependencies"]["fetch"]
    return wanted


def prepare() -> Path:
    """The program, installed if need be; SetupError says why it cannot be."""
    wanted = _wanted()
    program = _HOME / "bin" / "mpflash"
    (TOP / "build").mkdir(exist_ok=True)
    with (TOP / "build" / ".mpflash-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_STAMP.exists() and _STAMP.read_text() == " ".join(wanted) and program.exists()):
            shutil.rmtree(_HOME, ignore_errors=True)
            run(sys.executable, "-m", "venv", "--without-pip", _HOME)
            pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--python", _HOME / "bin" / "python")
            run(*pip, "install", "--quiet", *wanted)
            _STAMP.write_text(" ".join(wanted))
    return program
