# SPDX-License-Identifier: MIT
"""Gets the stock MicroPython image with mpflash, which knows where the releases are; kept under build/firmware/.

mpflash brings many packages of its own: it lives in an environment beside .venv's, made when it is first needed.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tools.errors import RefusedError
from tools.setup import mpflash
from tools.setup.debian import SetupError

BOARD: Final = "ESP32_GENERIC"
VERSION: Final = "1.26.1"
FOLDER: Final = Path(__file__).parents[2] / "build" / "firmware"
_TIMEOUT_S: Final = 300


def _run(program: Path, folder: Path, version: str) -> str:
    """What mpflash said. Its exit status is 0 in any case: the file tells whether it worked."""
    command = [str(program), "--no-interactive", "--dir", str(folder)]
    command += ["download", "--board", BOARD, "--version", version]
    environment = {**os.environ, "HOME": str(folder), "NO_COLOR": "1", "COLUMNS": "200"}  # it writes below HOME, too
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_TIMEOUT_S,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")


def _reason(output: str) -> str:
    """The last complaint of mpflash."""
    words = [line.partition("❌")[2].strip() for line in output.splitlines() if "❌" in line]
    return words[-1] if words else "it left no file"


def stock_image(version: str = VERSION, folder: Path = FOLDER, program: Callable[[], Path] = mpflash.prepare) -> Path:
    """The file of this release, fetched unless it is there; RefusedError in one line when that does not work."""
    path = folder / "esp32" / f"{BOARD}-v{version}.bin"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    try:
        reason = _reason(_run(program(), folder, version))
    except (SetupError, OSError, subprocess.TimeoutExpired) as fault:
        reason = str(fault).splitlines()[0]
    if not path.exists():
        advice = f"get {path.name} from micropython.org and pass FIRMWARE={path.name}"
        raise RefusedError(f"MicroPython {version} could not be fetched (mpflash: {reason}); {advice}")
    return path
