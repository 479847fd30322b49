# SPDX-License-Identifier: MIT
"""What comes after the programs.  Every name that is new to the interpreter stays on its heap: hence these two."""

import _rpc


def print_exception(fault: BaseException) -> None:
    """What becomes of an exception that no program has caught."""
    _rpc.find("repl", "report")(fault)


def idle(space: "dict[str, object]") -> None:
    """The chip at its REPL; never returns."""
    _rpc.find("repl", "serve")(space)
