# SPDX-License-Identifier: MIT
"""Requests and their answers: keys, MACs, matching, repeats. One request is outstanding at a time, but for messages 3.

An answer counts only if it belongs to the request and its MAC is good; anything else closes the connection and leaves
the request unanswered. A refusal without a good MAC is shown but changes nothing.
"""

import asyncio
import time

from micropython import const

import iso8583
import tlv
from firmware import log
from firmware.errors import LinkError, Refused
from secret import wipe

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from firmware.host.link import Link

_TURN_MS = const(20)
_PAUSES_MS = (0, 5000, 10_000)  # tries at 0, 5 and 15 s
_UNSIGNED = ("30", "58", "96", "97", "A0")  # what a host may refuse without a good MAC
_BAD_MACS = const(2)
_DONE = ("00",)


class Context:
    """What every request needs to know: identity and where the terminal stands."""

    def __init__(self, tid: str, mid: str, currency: str) -> None:
        self.tid = tid
        self.mid = mid
        self.currency = currency
        self.batch = 0
        self.operator = ""  # three digits, "" when nobody is signed in
        self.zone = 0


class Keys:
    """Working keys. Set 0 is static and read from flash for each use; the set of a sign-in lives in RAM only."""

    def __init__(self, static: "Callable[[], list]") -> None:
        self.static = static  # [TMK, TAK0, TPK0] from flash
        self.number = 0
        self.since_ms: "Any" = 0  # tick at which they were installed
        self._tak = bytearray()
        self._tpk = bytearray()

    @property
    def is_signed_in(self) -> bool:
        return self.number > 0

    def tak(self, number: int) -> "bytes | bytearray":
        return self._tak if number else self.static()[1]

    def tpk(self, number: int) -> "bytes | bytearray":
        return self._tpk if number else self.static()[2]

    def install(self, number: int, tak: bytearray, tpk: bytearray) -> None:
        self.number, self._tak, self._tpk = number, tak, tpk
        self.since_ms = time.ticks_ms()

    def wipe(self) -> None:
        wipe(self._tak)
        wipe(self._tpk)
        self.install(0, bytearray(), bytearray())


class Session:
    """`on_tags` hears DE62 of every authenticated answer, refusals included."""

    def __init__(self, link: "Link", context: Context, keys: Keys, on_tags: "Callable[[dict], None]") -> None:
        self.link = link
        self.context = context
        self.keys = keys
        self._on_tags = on_tags
        self.is_busy = False
        self.waiting = 0  # who wants the next turn
        self._bad_macs = 0
        self.exchanges = 0

    async def connect(self) -> None:
        """Open the link without a request."""
        await self.take_turn()
        try:
            await self.link.open()
        finally:
            self.is_busy = False

    async def take_turn(self) -> None:
        """One exchange, and one connection being made, at a time."""
        self.waiting += 1
        try:
            while self.is_busy:
                await asyncio.sleep_ms(_TURN_MS)
        finally:
            self.waiting -= 1
        self.is_busy = True

    async def call(
        self,
        fields: "dict",
        key_set: int,
        tries: int = 3,
        accept: "tuple[str, ...]" = _DONE,
        on_try: "Callable[[int], None] | None" = None,
    ) -> "dict":
        """The host's answer to a request; repeats are xxx1 with all else equal.

        Refused for a DE39 not in `accept`, LinkError when no try was answered.
        """
        await self.take_turn()
        try:
            for attempt in range(tries):
                if attempt:
                    await asyncio.sleep_ms(_PAUSES_MS[attempt])
                    as_repeat(fields)
                if on_try:
                    on_try(attempt)
                try:
                    return await self._once(fields, key_set, accept)
                except LinkError as fault:
                    log.event("session", fields["t"], fault.code, "try", attempt + 1)
                    if attempt + 1 == tries or fault.code in ("N4", "N5"):
                        raise
        finally:
            self.is_busy = False
        raise AssertionError

    async def _once(self, fields: "dict", key_set: int, accept: "tuple[str, ...]") -> "dict":
        key = self.keys.tak(key_set)
        await self.link.open()
        self.exchanges += 1
        answer = await self.link.exchange(iso8583.seal(fields, key))
        return self.judge(answer, [mark_of(fields)], key, key_set, accept)

    def judge(
        self,
        answer: memoryview,
        marks: "list[tuple]",
        key: "bytes | bytearray",
        key_set: int,
        accept: "tuple[str, ...]",
    ) -> "dict":
        """Fields of an answer to one of `marks`, which it takes away; Refused and LinkError as in `call`."""
        try:
            response = iso8583.unpack(answer)
        except ValueError:
            return self._reject("format")
        is_signed = iso8583.verify(answer, key)
        de39 = response.get(39, "")
        mark = _answered(marks, response)
        if mark is None:
            return self._reject("match")
        if not is_signed:
            if de39 in _UNSIGNED:
                raise Refused(de39, {}, False)
            return self._reject_mac(key_set)
        self._bad_macs = 0
        try:
            tags = tlv.unpack(response.get(62, b""))
        except ValueError:
            return self._reject("tags")
        response[62] = tags
        marks.remove(mark)
        self._on_tags(tags)
        if de39 not in accept:
            raise Refused(de39, tags, True)
        return response

    def _reject_mac(self, key_set: int) -> "dict":
        """Twice in a row under working keys: the host's are others by now, and only a new sign-in helps."""
        self._bad_macs += 1 if key_set else 0
        if self._bad_macs >= _BAD_MACS:
            self._bad_macs = 0
            self.link.close()
            raise Refused("A0", {}, False)
        return self._reject("mac")

    def _reject(self, why: str) -> "dict":
        log.event("session", "rejected", why)
        self.link.close()
        raise LinkError("N3")


def as_repeat(fields: "dict") -> None:
    """Turn a request into its repeat: MTI xxx1, all else as it was."""
    fields["t"] = fields["t"][:3] + "1"


def mark_of(request: "dict") -> "tuple":
    """What an answer must say: MTI, DE7, DE11 and DE41."""
    return "%04d" % ((int(request["t"]) // 10 + 1) * 10), request[7], request[11], request[41]


def _answered(marks: "list[tuple]", response: "dict") -> "tuple | None":
    """The one that a response belongs to, if it says anything (DE39)."""
    mark = response["t"], response.get(7), response.get(11), response.get(41)
    return mark if mark in marks and response.get(39, "") else None
