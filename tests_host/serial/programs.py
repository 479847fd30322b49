# SPDX-License-Identifier: MIT
"""Programs that go on while a test does something else; each is gone with the test, also when that comes to a bad end.

What stays behind would hold its port, and take the next board's, which may get the same name.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

PATIENCE_S = 100.0  # for what takes a second or two where nothing else runs


def _kill(process: "subprocess.Popen[Any]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def program(*words: str, **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """In a session of its own with all that it starts; what still runs at the end of the block is killed."""
    process = subprocess.Popen(words, start_new_session=True, **options)
    try:
        yield process
    finally:
        _kill(process)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def run(*words: str, stdin: str = "", **options: Any) -> "subprocess.CompletedProcess[str]":
    """To its end; what it has started does not outlive it."""
    pipe = subprocess.PIPE
    with program(*words, stdin=pipe, stdout=pipe, stderr=pipe, text=True, **options) as process:
        output, errors = process.communicate(stdin, timeout=PATIENCE_S)
        return subprocess.CompletedProcess(words, process.returncode, output, errors)
