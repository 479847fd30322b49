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
    """`with Loan("firmware.flows.sale") as module:`; what is loaded already stays.

    `alone`: only the module itself is on loan, its imports are there to stay.
    """

    def __init__(self, path: str, alone: bool = False) -> None:
        self._path = path
        self._residents = () if alone else tuple(sys.modules)

    def __enter__(self) -> "ModuleType":
        return __import__(self._path, None, None, ("*",) if "." in self._path else None)

    def __exit__(self, *_error: object) -> None:
        for path in tuple(sys.modules) if self._residents else (self._path,):
            if path not in self._residents:
                _forget(path)
        gc.collect()


def _forget(path: str) -> None:
    if path not in sys.modules:
        return
    del sys.modules[path]
    package, _, name = path.rpartition(".")
    if package in sys.modules and hasattr(sys.modules[package], name):
        delattr(sys.modules[package], name)
