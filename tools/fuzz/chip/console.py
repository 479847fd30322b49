# SPDX-License-Identifier: MIT
"""Hostile lines into the bench console's reader: for each line that begins with @ one line of JSON, for others none; no
exception; and on a terminal in service nothing that a line could change. Cases take turns between counter and bench.
"""

import asyncio
import builtins
import json

import desk
import machine
import mutate
from drive import Finding

from firmware import console
from firmware.errors import LinkError
from firmware.loader import Loan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

_LINES = b"""@status|@health|@journal|@journal 8|@journal 511|@journal 512|@journal -1|@journal 99999999999999999999
|@journal 1e9|@journal 8 8 8|@key 5|@key CL D 1 2|@key|@key LL|@key \xe7\xad\xbe|@screen|@led|@led 1 2 3|@led 256 0 0
|@led auto|@led 1|@led -1|@led 0 0 99999999999999999999|@selftest|@echo|@service|@reset|@level|@answer|@rows|@|@ status
|@@status|status|@__init__|@..status|@firmware.app|@status\x00""".replace(b"\n", b"").split(b"|")
_MODULES = "answer level status health journal key led screen selftest echo service reset"
_LONGEST = 95


class _Keyboard:
    """`asyncio.StreamReader` over the bytes of the case; waits when they are used up."""

    left = b""

    def __init__(self, _stream: object) -> None:
        pass

    def read(self, _count: int) -> "Generator[None, None, bytes]":
        while not _Keyboard.left:
            yield
        byte = _Keyboard.left[:1]
        _Keyboard.left = _Keyboard.left[1:]
        return byte


class _Line:
    """Nobody answers."""

    is_open = True
    handshakes = 0

    async def open(self) -> None:
        pass

    async def exchange(self, _message: bytes) -> memoryview:
        raise LinkError("N2")

    def close(self) -> None:
        pass


class Part:
    """One terminal, its console's task moved on by hand."""

    def __init__(self, order: "dict[str, Any]") -> None:
        self._out: "list[str]" = []
        self._tasks = 0
        asyncio.StreamReader = _Keyboard
        asyncio.sleep_ms = _at_once
        asyncio.create_task = self._note_task
        desk.provision(order)
        self.t = desk.build(order["region"], _Line())
        for amount in range(1, 4):
            _sell(self.t, amount)
        paths = ["firmware.bench." + name for name in _MODULES.split()] + ["firmware.hindrance"]
        for path in paths:
            if order["is_loaded"]:
                __import__(path)
            else:
                Loan(path).__exit__()  # its names stay for ever; what comes after that must not grow
        builtins.print = self._print
        self._task = console.run(self.t)
        self._carried = b""
        self.shown = b""
        self.counts = {"answers": 0, "ok": 0, "silent": 0}

    def _note_task(self, coroutine: "Any") -> None:
        coroutine.close()
        self._tasks += 1

    def _print(self, *words: object, end: str = "\n") -> None:
        self._out.append(" ".join([str(word) for word in words]) + end)

    def case(self, n: int) -> None:
        t = self.t
        t.settings["bench"] = is_bench = n & 1
        self.shown = data = self._wrong()
        before = None if is_bench else self._state()
        _Keyboard.left = data
        while _Keyboard.left:
            self._task.send(None)
        said = "".join(self._out)
        self._out.clear()
        t.ui.forget_keys()
        self._judge(said, self._expected(data))
        if before is not None and self._state() != before:
            raise Finding("a line has changed a terminal in service")

    def _wrong(self) -> bytes:
        line = _LINES[mutate.below(len(_LINES))]
        way = mutate.below(8)
        if way < 4:
            line = bytes(mutate.mutated(line, _LINES[mutate.below(len(_LINES))], ()))
        elif way == 4:
            line += b" " + bytes([32 + mutate.below(95) for _ in range(mutate.below(_LONGEST + 10))])
        elif way == 5:
            line = b"@" + bytes(mutate.noise(mutate.below(2 * _LONGEST)))
        return line + (b"\n", b"\r\n", b"\r", b"\n\n", b"\n", b"\n", b"\n", b"")[mutate.below(8)]

    def _expected(self, data: bytes) -> int:
        """How many answers there must be."""
        lines = (self._carried + data).replace(b"\r", b"\n").split(b"\n")
        self._carried = lines.pop()[: _LONGEST + 1]
        return len([line for line in lines if line[:1] == b"@"])

    def _judge(self, said: str, expected: int) -> None:
        lines = said.split("\n")
        if lines.pop() or len(lines) != expected:
            raise Finding("%d answers to %d lines" % (len(lines), expected))
        for line in lines:
            facts = json.loads(line)
            self.counts["answers"] += 1
            self.counts["ok"] += facts["ok"] is True
            if type(facts["re"]) is not str or not facts["ok"] and not (facts["error"] and "do" in facts):
                raise Finding("an answer without its parts: " + line)
        self.counts["silent"] += not expected

    def _state(self) -> "tuple[Any, ...]":
        t = self.t
        return (
            t.journal.state.pack(),
            len(t.journal),
            t.journal.log._part.changes,
            t.keys.number,
            len(t.ui._keys),
            t.ui.is_dark,
            t.ui.pattern,
            t.ui.led.pattern,
            tuple([channel.duty_u16() for channel in t.ui.led.channels]),
            bytes(t.ui.canvas.panel.buffer),
            self._tasks,
            len(machine.resets),
            machine.RTC.kept,
            json.dumps(t.settings),
            t.session.exchanges,
            t.reason(),
        )


async def _at_once(_ms: int) -> None:
    pass


def _sell(t: "Any", amount: int) -> None:
    from firmware.store.journal import CASH, QUEUED

    txn = t.new_txn(CASH, amount)
    txn.status = QUEUED
    t.journal.record(txn)
