# SPDX-License-Identifier: MIT
"""The firmware itself on CPython: its files are imported by an importer of their own, so that what they call `time`,
`asyncio` or `machine` is the chip's, and what the rest of this process calls so stays what it is.

Left out is what touches pins (firmware.board) and pixels (firmware.ui.canvas): keys go in at the keypad's place, and
the screen is read as the rows of words that the flows put there.
"""

from __future__ import annotations
import __future__

import builtins
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace
from typing import IO, Any, Final, TypeVar

from tests_host.netcut.chip import Asleep, Chip, asyncio_of
from tests_host.netcut.loop import Event, Task

_TOP: Final = Path(__file__).parents[2]
_ROWS: Final = 5
_HALF_PX, _FULL_PX = 6, 12
_WIDTH_PX: Final = 128
_FULL: Final = 0xCF  # contrast
_WIDE: Final = 0x2E80


@cache
def _code(path: Path, old: str, new: str) -> CodeType:
    """Annotations are not evaluated, as on MicroPython."""
    flags = __future__.annotations.compiler_flag
    source = path.read_text()
    assert old in source, f"{path} does not say {old!r}"
    code: CodeType = compile(source.replace(old, new), str(path), "exec", flags=flags, dont_inherit=True)
    return code


@cache
def _file(name: str) -> Path | None:
    """The file or folder of a module of the firmware; None for one that is not the firmware's."""
    if name == "firmware" or name.startswith("firmware."):
        place = _TOP / name.replace(".", "/")
        found = place.with_suffix(".py")
        return found if found.exists() else place if place.is_dir() else None
    found = _TOP / "lib" / f"{name}.py"
    return found if found.exists() else None


class Importer:
    """`modules` is the firmware's sys.modules; what is in it from the start is not looked for on disk."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.modules: dict[str, Any] = {}
        self.given = given
        self.edits: dict[str, tuple[str, str]] = {}  # by module: words of its source, and what stands there instead
        self._builtins = {**vars(builtins), "__import__": self.load, "open": _open, "print": lambda *_words: None}

    def load(
        self, name: str, _globals: Any = None, _locals: Any = None, wanted: tuple[str, ...] = (), _level: int = 0
    ) -> Any:
        """As the built-in `__import__`."""
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            self._module(".".join(parts[:count]))
        module = self._module(name)
        for part in wanted or ():
            if isinstance(module, ModuleType) and not hasattr(module, part) and _file(f"{name}.{part}"):
                self._module(f"{name}.{part}")
        return module if wanted else self._module(parts[0])

    def _module(self, name: str) -> Any:
        if name in self.modules:
            return self.modules[name]
        if name in self.given:
            module = self.given[name]
            if name.startswith("firmware."):
                self._enter(name, module)
            return module
        place = _file(name)
        if place is None:
            return builtins.__import__(name, None, None, ("*",) if "." in name else ())
        module = ModuleType(name)
        self._enter(name, module)
        if place.is_file():
            vars(module)["__builtins__"] = self._builtins
            try:
                exec(_code(place, *self.edits.get(name, ("", ""))), vars(module))
            except BaseException:
                del self.modules[name]
                raise
        return module

    def _enter(self, name: str, module: Any) -> None:
        self.modules[name] = module
        package, _, last = name.rpartition(".")
        if package in self.modules:
            setattr(self.modules[package], last, module)


def _open(path: str, mode: str) -> IO[bytes]:
    return open(_TOP / path.lstrip("/"), mode)


class Canvas:
    """firmware.ui.canvas.Canvas without pixels: rows of words, and what is drawn beside a code."""

    def __init__(self) -> None:
        self.rows: list[Any] = [None] * _ROWS
        self.side: dict[int, str] = {}
        self.generation = 0
        self.contrast = _FULL
        self.shift = 0
        self.glyphs = SimpleNamespace(width=_width, draw=self._draw, has=lambda _code: True)
        self.panel = SimpleNamespace(fill=self._fill, fill_rect=_nothing, ping=lambda: True, power=_nothing)
        self.panel.buffer = bytearray(1024)

    @property
    def changes(self) -> int:
        return self.generation

    @property
    def words(self) -> list[str]:
        """What can be seen."""
        if not self.contrast:
            return []
        rows = [row[0] if isinstance(row, tuple) else "" for row in self.rows]
        return rows if not self.side else [self.side[at] for at in sorted(self.side)]

    def shine(self, contrast: int) -> None:
        if contrast != self.contrast:
            self.contrast = contrast
            self.generation += 1

    def wipe(self) -> None:
        self.rows = [None] * _ROWS
        self.side.clear()
        self.generation += 1

    def clear(self) -> None:
        for n in range(1, _ROWS):
            self.row(n, "")

    def row(self, n: int, text: str, align: int = 0, inverse: bool = False) -> None:
        self._put(n, (text, align, inverse))

    def large(self, n: int, text: str) -> None:
        self._put(n, (text, 2))
        self.rows[n + 1] = None

    def bar(self, n: int, percent: int) -> None:
        self._put(n, percent)

    def show(self, _is_whole: bool = True) -> bool:
        return False

    def start(self) -> None:
        pass

    def _put(self, n: int, content: Any) -> None:
        if self.rows[n] != content:
            self.rows[n] = content
            self.generation += 1

    def _draw(self, _panel: object, text: str, _x: int, y: int) -> None:
        self.side[y] = text
        self.generation += 1

    def _fill(self, _colour: int) -> None:
        self.side.clear()
        self.generation += 1


def _width(text: str | bytes) -> int:
    words = text.decode() if isinstance(text, bytes) else text
    return sum(_FULL_PX if ord(letter) >= _WIDE else _HALF_PX for letter in words)


def _nothing(*_arguments: object) -> None:
    pass


_Kind = TypeVar("_Kind")


class _Keypad:
    on_key: Callable[[str], None]

    async def run(self) -> None:
        await Event().wait()

    async def stuck(self) -> list[str]:
        return []


class _Led:
    run = _Keypad.run
    play = staticmethod(_nothing)
    set = wink = staticmethod(_nothing)


class _Stdin:
    async def read(self, _size: int) -> bytes:
        await Event().wait()
        return b""


def _one(kind: type[_Kind]) -> _Kind:
    """The only one of a class of its own: the firmware lets go of what has made it."""
    fresh: type[_Kind] = type(kind.__name__, (kind,), {})
    return fresh()


class Device:
    """One terminal. `state` is "running" or "asleep"; `fault` says what the software must not do."""

    def __init__(self, chip: Chip, connect: Any) -> None:
        self.chip = chip
        self.canvas = _one(Canvas)
        self.log: list[str] = []
        self._keypad = _one(_Keypad)
        self.importer = Importer(self._given(connect))
        self.state = "off"
        self.fault = ""
        self._main: Task | None = None

    def _given(self, connect: Any) -> dict[str, Any]:
        chip = self.chip
        supply = (SimpleNamespace(read_uv=lambda: 2_000_000), 2, SimpleNamespace(value=lambda: 1), ())
        board = SimpleNamespace(build=lambda _profile: (self.canvas.panel, self._keypad, _one(_Led), supply))
        canvas = SimpleNamespace(Canvas=lambda _panel, _glyphs: self.canvas, WIDTH=_WIDTH_PX, ROWS=_ROWS)
        canvas.LEFT, canvas.CENTRE, canvas.RIGHT, canvas.FULL = 0, 1, 2, _FULL
        system = SimpleNamespace(modules={}, stdin=SimpleNamespace(buffer=None), print_exception=_nothing)
        return {
            **chip.modules,
            "asyncio": asyncio_of(chip.loop, _Stdin()),
            "tcp": SimpleNamespace(connect=connect),
            "sys": system,
            "qr_blit": SimpleNamespace(blit=_nothing),
            "firmware.board": board,
            "firmware.ui.canvas": canvas,
            "firmware.log": SimpleNamespace(event=self._event),
        }

    def _event(self, *facts: object) -> None:
        self.log.append(f"{self.chip.loop.now_ms} " + " ".join(str(fact) for fact in facts))

    def provision(self, settings: dict[str, Any], certificates: tuple[bytes, ...], keys: tuple[bytes, ...]) -> None:
        """As `qiandao provision` does."""
        self.importer.load("firmware.store.settings", None, None, ("*",)).provision(settings, certificates, keys, None)

    def power_on(self) -> None:
        self.importer.given["sys"].modules = self.importer.modules
        glyphs = self.importer.load("firmware.ui.glyphs", None, None, ("*",))
        glyphs.Glyphs = lambda _path: None
        app = self.importer.load("firmware.app", None, None, ("*",))
        self.state = "running"
        self._main = self.chip.loop.create_task(self._live(app))

    async def _live(self, app: Any) -> None:
        """firmware.app without its outlet for faults: a fault is a finding."""
        try:
            await app._live()
        except Asleep:
            self.state = "asleep"
            self.chip.loop.halt()
        except Exception as fault:  # noqa: BLE001  a finding, whatever it is
            self.state, self.fault = "off", told(fault)

    def press(self, key: str) -> None:
        self._keypad.on_key(key)


def told(fault: BaseException) -> str:
    """Kind and place of a fault in the firmware."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(fault).__name__} {fault} at {place}"
