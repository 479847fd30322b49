# SPDX-License-Identifier: MIT
"""Finding the interpreter: the right one is taken, any other refused with a sentence that says why."""

from pathlib import Path

import pytest

from tools.setup import micropython
from tools.setup.debian import SetupError


def _pretend(folder: Path, answer: str, name: str = "micropython") -> Path:
    """A program that answers the probe so."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    return program


def test_c5_the_interpreter_in_use_is_a_whole_one() -> None:
    """C5: the emulated board's interpreter runs, and its heap is limited to what its word size deserves."""
    interpreter = micropython.find()
    verdict = micropython.check(interpreter)
    assert tuple(map(int, verdict.version.split(".")[:2])) >= micropython.OLDEST
    assert micropython.heap_limit(interpreter) == {32: "100k", 64: "200k"}[verdict.bits]


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("echo 1.24.1 32", "1.24.1"),
        ("echo 1.26.0 32 tls.SSLContext", "lacks tls.SSLContext"),
        ("echo no such option >&2; exit 2", "no such option"),
        ("exit 0", "is no MicroPython"),
    ],
)
def test_another_interpreter_is_refused(tmp_path: Path, answer: str, complaint: str) -> None:
    with pytest.raises(SetupError, match=complaint):
        micropython.check(_pretend(tmp_path, answer))


def test_a_program_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="does not run"):
        micropython.check(tmp_path / "absent")


def test_the_named_interpreter_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = _pretend(tmp_path, "echo 1.27.0 64")
    monkeypatch.setenv("MICROPYTHON", str(named))
    assert micropython.find() == micropython.prepare() == named
    assert micropython.heap_limit(named) == "200k"


def test_without_apt_the_one_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = _pretend(tmp_path, "echo 1.25.0 32")
    monkeypatch.delenv("MICROPYTHON", raising=False)
    monkeypatch.setattr(micropython, "HOME", tmp_path / "nothing fetched")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert micropython.find() == micropython.prepare() == installed


def test_without_any_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MICROPYTHON", raising=False)
    monkeypatch.setattr(micropython, "HOME", tmp_path / "nothing fetched")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="make setup"):
        micropython.find()
    with pytest.raises(SetupError, match="MICROPYTHON=/path"):
        micropython.prepare()
