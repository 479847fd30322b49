# SPDX-License-Identifier: MIT
"""Modules on loan: code that is needed now and then is imported for the time of its use and forgotten again.

All of it at once would not fit the heap. What a module on loan imports is on loan with it. Nothing that outlives the
loan may hold a function or class of the module.
"""

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


class Loan:
    """`with Loan("firmware.flows.sale") as module:`; what is loaded already stays."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._residents = tuple(sys.modules)

    def __enter__(self) -> "ModuleType":
        return __import__(self._path, None, None, ("*",) if "." in self._path else None)

    def __exit__(self, *_error: object) -> None:
        for path in tuple(sys.modules):
            if path not in self._residents:
                del sys.modules[path]
                package, _, name = path.rpartition(".")
                if package in sys.modules and hasattr(sys.modules[package], name):
                    delattr(sys.modules[package], name)
        gc.collect()
