# SPDX-License-Identifier: MIT
"""The virtual environment .venv: made once, brought up to date when pyproject.toml changes, otherwise left alone.

Works on a plain Debian without python3-venv too: pip then comes out of Debian's python3-pip-whl, without root.
Invariant: the stamp is written last, so an interrupted set-up starts over.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tools.setup.debian import Apt, SetupError, has_apt, run

TOP = Path(__file__).resolve().parents[2]
VENV = TOP / ".venv"
PYTHON = VENV / "bin" / "python"
STUBS = VENV / "device-stubs"
STAMP = VENV / "stamp"
_NO_VENV = "this Python cannot make a virtual environment with pip (on Debian: apt install python3-venv)"
# Any suite's wheel does: the package is pure Python.
_PIP_PACKAGE, _PIP_SUITE = "python3-pip-whl", "trixie"


def _fingerprint() -> str:
    """Changes when a dependency does, when another Python builds the environment, and when the tree has moved."""
    digest = hashlib.sha256((TOP / "pyproject.toml").read_bytes())
    digest.update(f"{TOP} {sys.version_info[:2]}".encode())
    return digest.hexdigest()


def is_current() -> bool:
    return STAMP.exists() and STAMP.read_text() == _fingerprint() and PYTHON.exists()


def _works(*arguments: str) -> bool:
    """True when the environment's Python runs with these arguments."""
    if not PYTHON.exists():
        return False
    done = subprocess.run([str(PYTHON), *arguments], check=False, stdin=subprocess.DEVNULL, capture_output=True)
    return done.returncode == 0


def _create() -> None:
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode == 0 and _works("-m", "pip", "--version"):
        return
    run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)
    _pip_from_debian()


def _pip_from_debian() -> None:
    if not has_apt():
        raise SetupError(_NO_VENV)
    with tempfile.TemporaryDirectory(prefix="pip-", dir=VENV) as work:
        root = Path(work) / "root"
        try:
            apt = Apt(Path(work), _PIP_SUITE, run("dpkg", "--print-architecture").strip())
            apt.update()
            apt.unpack([_PIP_PACKAGE], root)
        except SetupError as error:
            raise SetupError(f"{_NO_VENV}; {_PIP_PACKAGE} could not be fetched either: {error}") from error
        wheels = sorted(root.glob("usr/share/python-wheels/pip-*.whl"))
        if not wheels:
            raise SetupError(f"{_NO_VENV}; {_PIP_PACKAGE} holds no wheel of pip")
        # A wheel is an importable archive: pip installs itself from it.
        run(PYTHON, wheels[0] / "pip", "install", "--no-index", "--no-deps", wheels[0])


def _install() -> None:
    declared = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--editable", f"{TOP}[dev]")
    shutil.rmtree(STUBS, ignore_errors=True)
    run(*pip, "--target", STUBS, *declared["project"]["optional-dependencies"]["device-stubs"])


def prepare() -> bool:
    """Brings the environment up to date; False when there was nothing to do."""
    (TOP / "build").mkdir(exist_ok=True)
    with (TOP / "build" / ".venv-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current():
            return False
        STAMP.unlink(missing_ok=True)
        if not _works("-m", "pip", "--version"):
            _create()
        _install()
        STAMP.write_text(_fingerprint())
    return True


def main() -> int:
    try:
        print(f".venv: {'ready' if prepare() else 'up to date'}")
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
