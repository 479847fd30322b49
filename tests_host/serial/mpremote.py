# SPDX-License-Identifier: MIT
"""The real mpremote program, as a person runs it: one subprocess for each line typed."""

import subprocess
import sys
from pathlib import Path

from tests_host.serial import programs


class Mpremote:
    """At one port; calling it gives what the program printed, and fails with its complaint."""

    def __init__(self, port: Path) -> None:
        self.port = port

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "mpremote", "connect", str(self.port), *map(str, words)]

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        return programs.run(*self.command(*words))

    def __call__(self, *words: object) -> str:
        done = self.run(*words)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout
