# SPDX-License-Identifier: MIT
"""`qiandao detect` (mission L5): one command tells whether a terminal is locked and why, from outside, over serial.

The terminal is only asked; nothing about it changes. What disagrees is looked at again, since a screen follows a
change of state and does not precede it.
"""

import json
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

import click

from tools import detect as judging
from tools.console_feed import OPEN_LEVELS
from tools.console_picture import PictureError, pixels_of
from tools.emulator.frame import Pixels
from tools.errors import RefusedError
from tools.serial_line import SILENCE, Answer, SerialLine

_ERROR: Final = 3
_LOOKS: Final = 3
_PAUSE_S: Final = 1.0
_ANSWER_S: Final = 3.0
_PROMPT: Final = (b">>>", b"@status")  # the REPL's, or our own words echoed by it


class DetectError(click.ClickException):
    """No verdict."""

    exit_code = _ERROR


class _WrongUseError(click.UsageError):
    """As click's, which would leave with the status of a disagreement."""

    exit_code = _ERROR


class _Command(click.Command):
    """A wrong command line has the exit status of the other errors."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as fault:
            raise _WrongUseError(fault.message, fault.ctx) from None


def why_silent(line: SerialLine) -> str:
    """What the silence of a console means, from what else came over the line."""
    if any(sign in line.recent for sign in _PROMPT):
        return "the board is at MicroPython's prompt; a reset starts the terminal, 'make deploy' puts it there"
    if line.recent:
        return "what the board says is not Qiandao's console; is it this firmware, and this baud rate?"
    return SILENCE


def status_of(line: SerialLine) -> Answer:
    """The terminal's status; RefusedError if it has none or is of another release."""
    line.recent.clear()
    status = line.ask("status", seconds=_ANSWER_S)
    if status is None:
        raise RefusedError(f"{line.port}: {why_silent(line)}")
    theirs, ours = str(status.get("v", "")), version("qiandao")
    if theirs.split(".")[:2] != ours.split(".")[:2]:
        raise RefusedError(
            f"{line.port}: the terminal runs firmware {theirs or '?'}, this tool is of {ours}; use that one's"
        )
    return status


def _pixels(line: SerialLine, status: Mapping[str, Any]) -> Pixels | None:
    """The picture, of a board that gives one. It is the frame buffer: of a dead display it proves nothing."""
    screen = status.get("screen")
    if status.get("level") not in OPEN_LEVELS or not screen or screen.get("dead"):
        return None
    answer = line.ask("screen", seconds=_ANSWER_S)
    return pixels_of(answer) if answer is not None and answer.get("ok") else None


def _look(line: SerialLine) -> tuple[Answer, judging.Finding]:
    """Until witnesses agree, or have been seen to disagree often enough."""
    for _ in range(_LOOKS - 1):
        status = status_of(line)
        finding = judging.examine(status, _pixels(line, status))
        if not finding.dissent:
            return status, finding
        time.sleep(_PAUSE_S)
    status = status_of(line)
    return status, judging.examine(status, _pixels(line, status))


def _fail(port: str, reason: str, as_json: bool) -> DetectError:
    if as_json:
        click.echo(json.dumps({"verdict": "error", "port": port, "error": reason}, ensure_ascii=False))
    return DetectError(reason)


@click.command(cls=_Command)
@click.option("--serial", "port", required=True, envvar="PORT", help="Serial port of the terminal; or set PORT.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
@click.pass_context
def detect(context: click.Context, port: str, as_json: bool) -> None:
    """Tell whether a terminal is locked, why, and what screen, LED and function probe say about it.

    On a board that is provisioned as bench, or not at all, the screen's pixels are read; others say what they show.

    \b
    Exit status:
      0  open for work, all agree
      1  locked, all agree
      2  screen, LED, probe and state disagree; the one that does is named
      3  no verdict: no such port, no answer, not this firmware
    """
    try:
        with SerialLine(port) as line:
            status, finding = _look(line)
    except RefusedError as fault:
        raise _fail(port, str(fault), as_json) from None
    except (judging.FormError, PictureError) as fault:
        raise _fail(port, f"{port}: the terminal's answer is not understood ({fault})", as_json) from None
    if as_json:
        data = {"port": port, "terminal": status.get("tid", ""), "firmware": status.get("v", "")}
        click.echo(json.dumps(data | judging.as_data(finding), ensure_ascii=False))
    else:
        click.echo("\n".join(judging.describe(finding)))
    context.exit(finding.verdict.exit_code)
