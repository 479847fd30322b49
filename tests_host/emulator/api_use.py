# SPDX-License-Identifier: MIT
"""Finds, by syntax, which names of the chip's modules the device's files use, methods of their objects included.

What a name stands for follows from imports, annotations, constructors and plain assignments within a file; EXTRA says
what these do not tell.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TOP: Final = Path(__file__).resolve().parents[2]
MODULES: Final = {"machine", "network", "esp32", "time", "os", "socket", "neopixel", "vfs", "micropython", "sys", "gc"}
_CLASSES: Final = {
    *("machine." + name for name in ("Pin", "PWM", "ADC", "I2C", "WDT", "RTC", "Timer")),
    *("esp32.NVS", "esp32.Partition", "network.WLAN", "socket.socket"),
}
# (file, expression) -> class, for objects that come from another file without a word about their kind
EXTRA: Final = {
    ("firmware/bench/light_words.py", "channel"): "machine.PWM",
    ("firmware/bench/health.py", "t.wifi.wlan"): "network.WLAN",
    ("firmware/host/joining.py", "wlan"): "network.WLAN",
    ("firmware/flows/off.py", "t.power.button"): "machine.Pin",
    ("firmware/store/settings.py", "vault.nvs"): "esp32.NVS",
    ("lib/flash_log_move.py", "log._part"): "esp32.Partition",
}
# Methods that nothing else in the tree has: where one is called, its object must be known.
_TELLING: Final = {
    *("duty_u16", "get_blob", "get_i32", "ioctl", "irq", "isconnected", "memory", "read_uv", "readblocks"),
    *("set_blob", "set_i32", "writeblocks", "writeto"),
}


def device_files() -> list[Path]:
    """boot.py, main.py and what is below firmware/ and lib/."""
    return [
        TOP / "boot.py",
        TOP / "main.py",
        *sorted((TOP / "firmware").rglob("*.py")),
        *sorted((TOP / "lib").rglob("*.py")),
    ]


class _File:
    """What the expressions of one file stand for: a module, a class ("=machine.Pin"), or an object of one."""

    def __init__(self, path: str, text: str) -> None:
        self.tree = ast.parse(text)
        self.meaning: dict[str, str] = {}
        for (file, expression), kind in EXTRA.items():
            if file == path:
                self.meaning[expression] = kind
        for node in ast.walk(self.tree):
            self._import(node)
        before = -1
        while before != len(self.meaning):
            before = len(self.meaning)
            for node in ast.walk(self.tree):
                self._learn(node)

    def _import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name in MODULES:
                    self.meaning[name.asname or name.name] = "=" + name.name
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            for name in node.names:
                self.meaning[name.asname or name.name] = f"={node.module}.{name.name}"

    def _annotated(self, note: ast.expr | None) -> str:
        """The class that an annotation names, be it in a union, a sequence or a string."""
        if note is None:
            return ""
        for node in ast.walk(note):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                return self._annotated(ast.parse(node.value, mode="eval").body)
            kind = self.of(node)
            if kind.startswith("=") and kind[1:] in _CLASSES:
                return kind[1:]
        return ""

    def of(self, node: ast.AST) -> str:
        """What an expression stands for; empty when that is nothing of ours."""
        if isinstance(node, ast.Attribute | ast.Name) and (known := self.meaning.get(ast.unparse(node))):
            return known
        if isinstance(node, ast.Attribute):
            base = self.of(node.value)
            return f"{base}.{node.attr}" if base.startswith("=") else ""
        if isinstance(node, ast.Subscript | ast.Await):
            return self.of(node.value).removeprefix("=")
        if isinstance(node, ast.Call):
            made = self.of(node.func)
            if made.endswith("Partition.find"):
                return "esp32.Partition"
            return made[1:] if made[1:] in _CLASSES else ""
        return ""

    def _name(self, target: ast.AST, kind: str) -> None:
        if kind and isinstance(target, ast.Name | ast.Attribute):
            self.meaning.setdefault(ast.unparse(target), kind)

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.arg):
            if kind := self._annotated(node.annotation):
                self.meaning.setdefault(node.arg, kind)
        elif isinstance(node, ast.AnnAssign):
            self._name(node.target, self._annotated(node.annotation))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._name(target, self._value(node.value))
        elif isinstance(node, ast.For | ast.comprehension):
            self._name(node.target, self.of(node.iter))

    def _value(self, value: ast.expr) -> str:
        if isinstance(value, ast.Tuple | ast.List) and value.elts:
            return self.of(value.elts[0])
        return self.of(value)


def _used(file: _File) -> Iterator[str]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Attribute) and (base := file.of(node.value)):
            yield f"{base.removeprefix('=')}.{node.attr}"


def uses_in(path: str, text: str) -> list[str]:
    """The names that one file uses."""
    return list(_used(_File(path, text)))


def unresolved() -> list[str]:
    """Places where a method of the chip's objects is called on an object of unknown kind."""
    found = []
    for path in device_files():
        name = path.relative_to(TOP).as_posix()
        file = _File(name, path.read_text())
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Attribute) and node.attr in _TELLING and not file.of(node.value):
                found.append(f"{name}:{node.lineno} {ast.unparse(node)}")
    return found


def used_names() -> dict[str, set[str]]:
    """name, such as "machine.Pin.init" -> files that use it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in device_files():
        name = path.relative_to(TOP).as_posix()
        for use in uses_in(name, path.read_text()):
            found[use].add(name)
    return found


def stale_extras() -> list[tuple[str, str]]:
    """Entries of EXTRA that no longer stand anywhere."""
    return [
        (file, expression)
        for file, expression in EXTRA
        if not (TOP / file).exists() or expression not in ast.unparse(ast.parse((TOP / file).read_text()))
    ]
