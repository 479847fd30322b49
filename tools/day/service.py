# SPDX-License-Identifier: MIT
"""The acquirer host as the process that a shop's terminals talk to: started, waited for, stopped.

Invariant: the process has ended when the `with` block has.
"""

import re
import select
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from tools.day.failure import DayError

_ROOT: Final = Path(__file__).parents[2]
_READY: Final = re.compile(r"ready on [^:]+:(\d+)$")
_READY_S: Final = 15.0
_STOP_S: Final = 5.0
_TAIL: Final = 2000


class HostProcess:
    """`python -m tools.host serve` on the files in `folder`; what it logs goes to `folder`/host.log."""

    def __init__(self, folder: Path, clock: str) -> None:
        self.log = folder / "host.log"
        places = ["--db", str(folder / "host.sqlite"), "--pki", str(folder / "pki"), "--clock", clock]
        self._command = [sys.executable, "-m", "tools.host", *places, "serve", "--port", "0"]
        self._process: subprocess.Popen[str] | None = None
        self._log_file: IO[str] | None = None

    def __enter__(self) -> Self:
        self._log_file = self.log.open("w")
        self._process = subprocess.Popen(
            self._command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=self._log_file, stdin=subprocess.DEVNULL, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None and self._log_file is not None
        self._process.terminate()
        try:
            self._process.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._log_file.close()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def wait_ready(self) -> int:
        """The port, once the host has said that it listens."""
        assert self._process is not None and self._process.stdout is not None
        has_spoken = bool(select.select([self._process.stdout], [], [], _READY_S)[0])
        ready = _READY.match(self._process.stdout.readline().strip()) if has_spoken else None
        if ready is None:
            raise DayError(f"the host did not start:\n{self.log.read_text()[-_TAIL:]}")
        return int(ready[1])
