# SPDX-License-Identifier: MIT
"""Modules on loan: code that is needed now and then is imported for the time of its use and forgotten again.

All of it at once would not fit the heap. What a module on loan imports is on loan with it. Nothing that outlives the
loan may hold a function or class of the module. A name bound by `with` does: give a loan a function of its own.
"""

import gc
import sys

from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


class Loan:
    """`with Loan("firmware.flows.sale") as module:`; what is loaded already stays.

    `alone`: only the module itself is on loan, its imports are there to stay.
    """

    def __init__(self, path: str, alone: bool = False) -> None:
        before = tuple(sys.modules)
        self._module: "ModuleType | None" = None
        self._lent: "list[str]" = []
        try:
            self._module = __import__(path, None, None, ("*",) if "." in path else ())
        finally:  # also of what was imported before the memory did not suffice
            self._lent = [name for name in sys.modules if name not in before]
            if self._module is None:
                self.__exit__()
        if alone and path in self._lent:
            self._lent = [path]

    def __enter__(self) -> "Any":
        return self._module

    def __exit__(self, *_error: object) -> None:
        self._module = None
        for path in self._lent:
            forget(path)
        gc.collect()


def forget(path: str) -> None:
    """Let go of a module, if it is loaded."""
    if path in sys.modules:
        del sys.modules[path]
        package, _, name = path.rpartition(".")
        if package in sys.modules and hasattr(sys.modules[package], name):
            delattr(sys.modules[package], name)
