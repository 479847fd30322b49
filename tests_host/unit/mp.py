# SPDX-License-Identifier: MIT
"""Runs the board's modules on the real MicroPython, with the ESP32's heap; firmware and lib/ on sys.path, as byte code.

`run` executes a snippet once. `MicroPython` keeps one process that defines the snippet's functions and then answers
calls in JSON, so that thousands of cases cost one start. Arguments and results are None, bool, int, str,
bytes and lists of them; an exception over there is a Raised here.
"""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

from tools.emulator.plain_tree import plain_tree
from tools.setup import micropython

_AHEAD = 8000  # characters sent before the answers are read: few switches, and never more than a pipe holds
_TIMEOUT_S = 60

# Bytes travel as {"hex": ...}: JSON has none. A call has its size in front, since readline() reads byte by byte.
_LOOP = """
import sys as _sys, json as _json

def _thaw(value):
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return [_thaw(item) for item in value] if isinstance(value, list) else value

def _freeze(value):
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"hex": bytes(value).hex()}
    return [_freeze(item) for item in value] if isinstance(value, (list, tuple)) else value

def _answer(call):
    try:
        return [_freeze(globals()[call[0]](*_thaw(call[1]))), None, None]
    except Exception as error:
        return [None, type(error).__name__, str(error)]

def _serve():
    size = _sys.stdin.buffer.read(6)
    while size:
        print(_json.dumps(_answer(_json.loads(_sys.stdin.buffer.read(int(size))))))
        size = _sys.stdin.buffer.read(6)

_serve()
"""


class Raised(Exception):
    """An exception that the code on MicroPython raised: the name of its type, and its text."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text


class Answer(NamedTuple):
    value: Any
    kind: str | None  # name of the exception's type
    text: str | None


def _command(code: str) -> list[str]:
    interpreter = micropython.find()
    return [str(interpreter), "-X", "heapsize=" + micropython.heap_limit(interpreter), "-c", code]


def _environment() -> dict[str, str]:
    top = plain_tree()
    return {**os.environ, "MICROPYPATH": f".frozen:{top / 'lib'}:{top}"}


def run(code: str) -> str:
    """What a snippet prints; AssertionError with its traceback when it raises."""
    done = subprocess.run(
        _command(code), cwd="/", env=_environment(), capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class MicroPython:
    """A process that answers calls to the functions which `code` defines. A context manager."""

    def __init__(self, code: str) -> None:
        self._process = subprocess.Popen(
            _command(code + _LOOP),
            cwd="/",
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=_TIMEOUT_S)

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, function: str, *arguments: Any) -> Any:
        """The result of one call; Raised when it raises."""
        answer = self.call_all(function, [arguments])[0]
        if answer.kind is not None:
            raise Raised(answer.kind, answer.text or "")
        return answer.value

    def call_all(self, function: str, cases: Iterable[Sequence[Any]]) -> list[Answer]:
        """The outcome of one call for each case (a sequence of arguments), in order."""
        answers: list[Answer] = []
        ahead: list[bytes] = []
        for case in cases:
            call = json.dumps([function, _freeze(case)], ensure_ascii=False).encode()
            ahead.append(b"%06d%s" % (len(call), call))
            if sum(map(len, ahead)) > _AHEAD:
                answers += self._exchange(ahead)
                ahead.clear()
        return answers + self._exchange(ahead)

    def _exchange(self, calls: list[bytes]) -> list[Answer]:
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):  # it has ended; the missing answers tell
            self._process.stdin.writelines(calls)
            self._process.stdin.flush()
        return [self._answer(self._process.stdout.readline()) for _ in calls]

    def _answer(self, line: bytes) -> Answer:
        if not line.startswith(b"["):
            complaint = line + self._process.communicate(timeout=_TIMEOUT_S)[0]
            raise AssertionError("MicroPython ended: " + complaint.decode(errors="replace"))
        value, kind, text = json.loads(line)
        return Answer(_thaw(value), kind, text)


def _freeze(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return {"hex": value.hex()}
    return [_freeze(item) for item in value] if isinstance(value, (list, tuple)) else value


def _thaw(value: Any) -> Any:
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return [_thaw(item) for item in value] if isinstance(value, list) else value
