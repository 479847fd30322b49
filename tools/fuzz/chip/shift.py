# SPDX-License-Identifier: MIT
"""A terminal that does what a line on its standard input says, and whose link is that line: the driver is the network.

In: `start`, `sign_in` .. (a name of _DOES, then JSON), while a request is out `< hex` (bytes that arrive) or `x` (the
connection ends). Out: `> {"hex"}` a request, `= {..}` a command done, with what the terminal then knows.
"""

import asyncio
import json
import sys

import desk

from firmware.errors import LinkError, TerminalError
from firmware.host.link import Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from firmware.host.session import Session

_TURNS = 4  # of the loop, until whoever has sent knows that it has
_pause_ms = asyncio.sleep_ms


class Wire:
    """The stream of a connection: one message, then its answer. A frame that is broken off is followed by the end."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._out = self._in = b""
        self._asked = asyncio.Event()
        self.s = self

    def close(self) -> None:
        pass

    def write(self, data: bytes) -> None:
        self._out += data

    async def drain(self) -> None:
        desk.tell(">", hex=self._out.hex())
        self._out = b""
        self._asked.set()
        self._session.waiting = 1  # no more on its way before the answer

    async def readinto(self, buffer: memoryview) -> int:
        if not self._in:
            if self._session.link._have:
                return 0
            await self._asked.wait()
            self._asked.clear()
            self._session.waiting = 0
            for _ in range(_TURNS):
                await _pause_ms(0)
            line = sys.stdin.readline().strip()
            if line == "x":
                return 0
            self._in = bytes.fromhex(line[2:])
        data, self._in = self._in[: len(buffer)], self._in[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


class _Told:
    """In place of screens that wait for a person: every question is answered with enter, no retry is wanted."""

    def __init__(self, *_words: object, hint: str = "") -> None:
        pass

    async def result(self, _timeout_ms: int = 0) -> str:
        return "D"


class _Screens:
    Message = Entry = _Told


class _Trouble:
    @staticmethod
    async def retry(_t: object, fault: TerminalError) -> None:
        raise fault


class Shift:
    """The terminal of one order, through its restarts."""

    def __init__(self, order: "dict[str, Any]") -> None:
        desk.quiet()
        desk.provision(order)
        sys.modules["firmware.ui.screens"] = _Screens  # type: ignore[assignment]
        sys.modules["firmware.flows.trouble"] = _Trouble  # type: ignore[assignment]
        self._saved: "list[Any]" = []
        self._region = order["region"]
        self.start()

    def start(self, **_nothing: object) -> None:
        """A new life over the same flash."""
        self.t = t = desk.build(self._region)

        async def dial() -> Wire:
            return Wire(t.session)

        t.session.link = Link(t.wifi, dial, _nothing_to_do)
        t.ui.progress = _nothing_to_do
        t.ui.show = _nothing_to_do

    def know(self) -> "dict[str, Any]":
        """All that an answer may change."""
        t = self.t
        state = t.journal.state
        keys = t.keys
        return {
            "state": {name: getattr(state, name) for name in state.NAMES},
            "records": [[x.batch, x.stan, x.amount, x.status] for x in t.journal.transactions()],
            "keys": [keys.number, bytes(keys.tak(1)).hex(), bytes(keys.tpk(1)).hex()],
            "tags": t.tags,
            "pending": t.pending,
            "support": t.support,
            "barred": t.facts.is_barred,
            "batch": t.session.context.batch,
            "operator": t.session.context.operator,
            "name": t.operator_name,
            "pin": len(t.pin_digest),
            "reason": t.reason(),
        }

    async def sign_in(self) -> None:
        from firmware.flows import sign_in

        pin = bytearray(desk.PIN)
        try:
            await sign_in._send(self.t, desk.OPERATOR, desk.SHIFT, memoryview(pin))
        finally:
            self.t.refresh_context()

    async def status(self) -> None:
        from firmware.flows import hello

        await hello.run(self.t)

    async def notice(self) -> None:
        from firmware.flows import notices

        await notices.run(self.t)

    async def sell(self, amount: int = 1230) -> None:
        from firmware.store.journal import CASH, QUEUED

        txn = self.t.new_txn(CASH, amount)
        txn.status = QUEUED
        self.t.journal.record(txn)

    async def upload(self, replayed: int = 0) -> None:
        from firmware.flows import advice

        while self.t.journal.next_queued() is not None:
            fault = await advice.drain(self.t, replayed)
            if fault is not None:
                raise fault

    async def settle(self) -> None:
        from firmware.flows import settle
        from firmware.store.state import SETTLING

        if not self.t.journal.state.is_settling:
            self.t.open_request(code=SETTLING, pointer=0)
        await settle.run(self.t)

    async def sign_out(self) -> None:
        from firmware.flows import goodbye

        await goodbye.run(self.t)

    def save(self, slot: int = 0) -> None:
        """Keep what RAM holds; the driver keeps the flash."""
        t, keys = self.t, self.t.keys
        ram = (keys.number, bytes(keys._tak), bytes(keys._tpk), t.pin_digest, t.operator_name, dict(t.tags))
        self._saved[slot:] = [ram + (t.pending, t.support, t.unsent_stan)]

    def back(self, slot: int = 0) -> None:
        """To what was kept, over the flash that the driver has put back."""
        self.start()
        t = self.t
        number, tak, tpk, t.pin_digest, t.operator_name, tags, t.pending, t.support, t.unsent_stan = self._saved[slot]
        t.tags = dict(tags)
        if number:
            t.keys.install(number, bytearray(tak), bytearray(tpk))
        t.refresh_context()


def _nothing_to_do(*_arguments: object) -> None:
    pass


async def _at_once(_ms: int) -> None:
    pass


_DOES = ("sign_in", "status", "notice", "sell", "upload", "settle", "sign_out")


def _obey(shift: Shift, line: str) -> None:
    name, _, rest = line.partition(" ")
    facts: "dict[str, Any]" = {"fault": "", "signed": True}
    try:
        arguments = json.loads(rest or "{}")
        if name in _DOES:
            asyncio.run(getattr(shift, name)(**arguments))
        elif name != "know":
            getattr(shift, name)(**arguments)
    except TerminalError as fault:
        facts["fault"] = fault.code
        facts["signed"] = getattr(fault, "is_signed", not isinstance(fault, LinkError))
    except Exception as error:  # noqa: BLE001  told to the driver, which ends with it
        sys.print_exception(error)
        facts["fault"] = "! " + type(error).__name__ + ": " + str(error)
    facts["knows"] = shift.know()
    desk.tell("=", **facts)


def main(order: "dict[str, Any]") -> None:
    asyncio.sleep_ms = _at_once
    shift = Shift(order)
    desk.tell("=", fault="", signed=True, knows=shift.know())
    line = sys.stdin.readline()
    while line:
        _obey(shift, line.strip())
        line = sys.stdin.readline()
