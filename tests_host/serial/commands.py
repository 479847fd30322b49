# SPDX-License-Identifier: MIT
"""Running `qiandao` as a person does: what it prints, and that a refusal is one clear line without a traceback."""

from click.testing import CliRunner, Result

from tools.cli import main


def run(*words: object, stdin: str = "", **environment: str) -> Result:
    """Standard output and standard error together, as a person sees them."""
    return CliRunner(env={"COLUMNS": "160", **environment}).invoke(main, [str(word) for word in words], input=stdin)


def good(*words: object, stdin: str = "", **environment: str) -> str:
    result = run(*words, stdin=stdin, **environment)
    assert result.exit_code == 0, result.output
    return result.output


def bad(*words: object, stdin: str = "", **environment: str) -> str:
    result = run(*words, stdin=stdin, **environment)
    assert result.exit_code in (1, 2), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert "Error: " in result.output
    return result.output
