# SPDX-License-Identifier: MIT
"""Writes parts into a board's flash with esptool, run as the program that it is: erase everything, write, read back.

esptool's output is followed for the progress, and what it gives up with becomes one line for a person.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tools.errors import RefusedError
from tools.serial_line import SerialLine

Progress = Callable[[str, float], None]
"""Told what is being done, and how much of it is, 0 to 1."""

BAUD: Final = 460_800
_ATTEMPTS: Final = 4  # each of esptool's ways to reach the loader once
_WRITING: Final = re.compile(r"Writing at 0x([0-9a-f]+) ")
_MAC: Final = re.compile(r"MAC: +([0-9a-f:]{17})")
_STEPS: Final = (
    ("Erasing flash memory", "erase"),
    ("Verifying written data", "verify"),
    ("Connecting", "connect"),
)
_NOT_ESP32: Final = re.compile(r"This chip is (\S+), not ESP32")
_FATAL: Final = re.compile(r"fatal error occurred:|ERROR:|Traceback")
_TIDY: Final = re.compile(r"\s+")
_SILENT: Final = "no ESP32 answers here; hold its BOOT key while connecting, or check cable and port"
_BROKEN: Final = "the connection broke (cable pulled?); connect it and repeat: half flashed, the board does not start"
_DIFFERENT: Final = "what was written reads back differently; repeat, with another cable if it happens again"
_SIGNS: Final = {
    "Failed to connect": _SILENT,
    "No serial data received": _SILENT,
    "Wrong boot mode": _SILENT,
    "Invalid head of packet": _SILENT,
    "serial exception": _BROKEN,
    "device disconnected": _BROKEN,
    "device reports readiness": _BROKEN,
    "Input/output error": _BROKEN,
    "read failed": _BROKEN,
    "write failed": _BROKEN,
    "Write timeout": _BROKEN,
    "Could not": _BROKEN,  # open, configure: the port was there a moment before
    "stopped": _BROKEN,  # chip, stream, packet
    "No more data": _BROKEN,
    "does not match data in flash": _DIFFERENT,
    "Write failed": _DIFFERENT,
    "will not fit": "the board has less than 4 MB of flash",
    "security features": "the chip's fuses forbid it (secure boot or flash encryption)",
    "Secure Boot": "the chip's fuses forbid it (secure boot)",
}


def _refusal(port: str, output: str) -> RefusedError:
    other = _NOT_ESP32.search(output)
    if other:
        return RefusedError(f"{port}: the chip is an {other[1]}; this firmware is for the ESP32")
    *_, fatal = _FATAL.split(output)
    for sign, words in _SIGNS.items():
        if sign in fatal:
            return RefusedError(f"{port}: {words}")
    return RefusedError(f"{port}: esptool: {_TIDY.sub(' ', fatal).strip(' :.')[-160:]}")


def _step(line: str) -> str | None:
    return next((name for sign, name in _STEPS if line.startswith(sign)), None)


def _share(parts: Mapping[int, bytes], address: int) -> float:
    """How much is written once esptool, which goes upwards, is at `address`."""
    done = sum(min(max(address - start, 0), len(data)) for start, data in parts.items())
    return done / sum(map(len, parts.values()))


def _follow(process: subprocess.Popen[str], parts: Mapping[int, bytes], progress: Progress) -> str:
    """All that esptool says."""
    assert process.stdout is not None
    output = []
    for line in process.stdout:
        output.append(line)
        written = _WRITING.search(line)
        if written:
            progress("write", _share(parts, int(written[1], 16)))
        elif (step := _step(line)) is not None:
            progress(step, 0.0)
    return "".join(output)


def write(port: str, parts: Mapping[int, bytes], progress: Progress, baud: int = BAUD) -> str:
    """Erase the flash and write `parts` by their addresses; the chip's MAC address. RefusedError when it fails."""
    with SerialLine(port):
        pass  # says in its own words what is wrong with the port
    with tempfile.TemporaryDirectory(prefix="qiandao-") as folder:
        command = [sys.executable, "-m", "esptool", "--chip", "esp32", "--port", port, "--baud", str(baud)]
        command += ["--connect-attempts", str(_ATTEMPTS), "write-flash", "--erase-all"]
        for start, data in sorted(parts.items()):
            path = Path(folder) / f"{start:x}.bin"
            path.write_bytes(data)
            command += [hex(start), str(path)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "120"}
        with subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            try:
                output = _follow(process, parts, progress)
            except BaseException:
                process.terminate()
                raise
    mac = _MAC.search(output)
    if process.returncode or mac is None:
        raise _refusal(port, output)
    return mac[1]
