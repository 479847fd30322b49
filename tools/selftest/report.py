# SPDX-License-Identifier: MIT
"""What is kept of a self-test: a table for the person, JSON for programs, JUnit XML for test systems."""

import json
from pathlib import Path
from typing import Any, Final

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tools.selftest.result import Report, Result, Status

_STYLES: Final = {Status.PASS: "green", Status.FAIL: "bold red", Status.SKIP: "yellow"}
_SUITE: Final = "qiandao selftest"


def summary(report: Report) -> str:
    """One line."""
    counts = {word: report.count(status) for word, status in zip(("passed", "failed", "skipped"), Status, strict=True)}
    line = ", ".join(f"{count} {word}" for word, count in counts.items())
    return f"{line}; stopped: {report.stopped}" if report.stopped else line


def table(report: Report) -> RenderableType:
    board = report.board
    who = f"terminal {board['tid']}" if board.get("tid") else "not provisioned"
    title = f"Board: {board.get('machine', '?')}, profile {board.get('profile', '?')}, {who}"
    rows = Table("code", "part", "result", "figure", "what to do", box=SIMPLE_HEAD, pad_edge=False)
    for result in report.results:
        status, figure, do = result.verdict
        rows.add_row(result.code, result.name, Text(status, _STYLES[status]), Text(figure), Text(do))
    return Group(Text(title), rows, Text(summary(report)))


def as_data(report: Report) -> dict[str, Any]:
    return {
        "board": report.board,
        "started": report.started,
        "seconds": round(report.seconds, 3),
        "passed": report.count(Status.PASS),
        "failed": report.count(Status.FAIL),
        "skipped": report.count(Status.SKIP),
        "stopped": report.stopped,
        "results": [
            {
                "code": result.code,
                "name": result.name,
                "status": str(result.verdict.status),
                "figure": result.verdict.figure,
                "do": result.verdict.do,
                "seconds": round(result.seconds, 3),
            }
            for result in report.results
        ],
    }


def write_json(report: Report, path: Path) -> None:
    path.write_text(json.dumps(as_data(report), ensure_ascii=False, indent=2) + "\n", "utf-8")


def _case(result: Result) -> TestCase:
    status, figure, do = result.verdict
    case = TestCase(f"{result.code} {result.name}", "selftest", round(result.seconds, 3))
    if status is Status.FAIL:
        failure = Failure(figure, result.code)
        failure.text = do
        case.result = [failure]
    elif status is Status.SKIP:
        case.result = [Skipped(figure)]
    else:
        case.system_out = figure
    return case


def write_junit(report: Report, path: Path) -> None:
    suite = TestSuite(_SUITE)
    suite.timestamp = report.started
    for name, value in report.board.items():
        suite.add_property(name, str(value))
    suite.add_testcases([_case(result) for result in report.results])
    document = JUnitXml(_SUITE)
    document.add_testsuite(suite)
    document.update_statistics()
    document.write(str(path), pretty=True)
