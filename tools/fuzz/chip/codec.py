# SPDX-License-Identifier: MIT
"""Wrong frames into the terminal's link, codec and session: only ValueError comes out of the codec, only what a flow
expects out of the session, and nothing counts that the host did not say.
"""

import json

import mutate
from drive import Finding

import iso8583
import tlv
from cmac import cmac
from firmware.errors import LinkError, Refused
from firmware.flows import sign_in_answer
from firmware.host.link import Link
from firmware.host.session import Context, Keys, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_UNSIGNED = ("30", "58", "96", "97", "A0")
_MAC = 8
_BUFFER = 1024
_TPDU = b"\x60\x00\x00\x00\x03"
_RESEALED = 1  # of the kinds of a case; below it the session too, above it codec and link alone


def _spots(message: bytes) -> "list[int]":
    """Where the length fields are."""
    view = memoryview(message)
    at = iso8583._head(view)
    found = []
    for de in sorted([de for de in iso8583.unpack(message) if de != "t"]):
        prefix = iso8583._rule(de)[2]
        found += [at + i for i in range(prefix)]
        at = iso8583._unpacked(de, view, at)[1]
    return found


class _Line:
    """A link that has its answer already."""

    is_open = True
    answer = b""

    async def open(self) -> None:
        pass

    async def exchange(self, _message: bytes) -> memoryview:
        return memoryview(self.answer)

    def close(self) -> None:
        pass


class _Radio:
    is_up = True

    def full_power(self, _is_busy: bool) -> None:
        pass


def _finished(coroutine: "Any") -> "Any":
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise Finding("the session waits")


class Part:
    """Work of one process: `order["corpus"]` is a file of exchanges, `order["keys"]` TMK, TAK0, TPK0, in hex."""

    def __init__(self, order: "dict[str, Any]") -> None:
        keys = [bytes.fromhex(key) for key in order["keys"]]
        self.keys = Keys(lambda: keys)
        self._exchanges: "list[Any]" = []
        with open(order["corpus"]) as file:
            for line in file:
                key, request, answer = json.loads(line)
                self._add(bytes.fromhex(key), bytes.fromhex(request), bytes.fromhex(answer))
        self._line = _Line()
        self._session = Session(self._line, Context("", "", ""), self.keys, self._hear)
        self._link = Link(_Radio(), None, lambda: None)
        self._heard = 0
        self.shown = b""
        self.counts = {"unpacked": 0, "framed": 0, "answered": 0, "refused": 0, "unanswered": 0, "key blocks": 0}

    def _add(self, key: bytes, request: bytes, answer: bytes) -> None:
        fields = iso8583.unpack(request)
        fields.pop(64, None)
        fields.pop(128, None)
        self._exchanges.append((key, fields, answer, _spots(answer)))

    def _hear(self, _tags: "dict[str, str]") -> None:
        self._heard += 1

    def case(self, n: int) -> None:
        key, fields, answer, spots = self._exchanges[mutate.below(len(self._exchanges))]
        other = self._exchanges[mutate.below(len(self._exchanges))][2]
        kind = n % 8
        head = mutate.below(len(answer)) if kind == _RESEALED and mutate.below(2) else 0  # this much stays as it was
        wrong = bytearray(answer[:head]) + mutate.mutated(answer[head:], other, () if head else spots)
        if kind == _RESEALED and len(wrong) > _MAC:
            wrong[-_MAC:] = cmac(key, memoryview(wrong)[:-_MAC])[:_MAC]
        self.shown = wrong
        if kind <= _RESEALED:
            self._answered(key, fields, answer, wrong, kind == _RESEALED)
        else:
            self._read(key, answer, wrong)

    def _read(self, key: bytes, answer: bytes, wrong: bytearray) -> None:
        """Link and codec by themselves."""
        self._frame(wrong)
        fields = None
        try:
            fields = iso8583.unpack(wrong)
            self.counts["unpacked"] += 1
        except ValueError:
            pass
        if iso8583.verify(wrong, key) and wrong != answer and not self._is_ours(wrong):
            raise Finding("the MAC of an altered message is good")
        data = fields.get(62, b"") if fields else wrong[-mutate.below(100) :]
        try:
            tlv.unpack(data)
        except ValueError:
            pass

    def _is_ours(self, wrong: bytearray) -> bool:
        return any(wrong == exchange[2] for exchange in self._exchanges)

    def _frame(self, wrong: bytearray) -> None:
        link = self._link
        size = len(_TPDU) + len(wrong)
        frame = bytes((size >> 8, size & 0xFF)) + _TPDU + wrong
        if mutate.below(4) == 0:
            frame = mutate.mutated(frame, frame, (0, 1, 2))
        link._rx = bytearray(_BUFFER)
        link._have, link._size, link._owed = 0, 0, 1
        link._arrived.clear()
        is_good, left = True, frame
        while left and is_good and not link._size:  # as the reader: what the buffer has room for
            part = left[: link._end() - link._have]
            if link._have + len(part) > len(link._rx):
                raise Finding("more is read than the buffer holds")
            link._rx[link._have : link._have + len(part)] = part
            link._have += len(part)
            left = left[len(part) :]
            is_good = link._take()
        if is_good and link._size:
            self.counts["framed"] += 1
            if link._size != len(frame) - len(left) - 2 or frame[2] != _TPDU[0]:
                raise Finding("a frame of another length is taken")

    def _answered(self, key: bytes, fields: "dict", answer: bytes, wrong: bytearray, is_sealed: bool) -> None:
        """The whole session, from the request to what a flow gets."""
        number = int(fields[53][:2])
        self.keys.install(max(number, 1), bytearray(key), bytearray(key))
        self._line.answer = wrong
        self._heard = 0
        is_same = wrong == answer
        try:
            response = _finished(self._session.call(dict(fields), number, 1, ("00", "25", "94", "95")))
        except Refused as refusal:
            self.counts["refused"] += 1
            if not refusal.is_signed and (self._heard or refusal.tags or refusal.de39 not in _UNSIGNED):
                raise Finding("an unsigned refusal says more than it may")
            if refusal.is_signed and not is_sealed and not is_same:
                raise Finding("a refusal that the host did not sign")
            return
        except LinkError:
            self.counts["unanswered"] += 1
            if self._heard:
                raise Finding("tags of what is no answer were heard")
            return
        self.counts["answered"] += 1
        if not is_sealed and not is_same:
            raise Finding("an altered answer counts")
        if [response.get(de) for de in (7, 11, 41)] != [fields[de] for de in (7, 11, 41)]:
            raise Finding("the answer to something else counts")
        self._open_keys(response)

    def _open_keys(self, response: "dict") -> None:
        """As firmware.flows.sign_in_answer does."""
        if "KA" in response[62]:
            self.counts["key blocks"] += 1
            try:
                sign_in_answer._unwrap(self, response[62])
            except (ValueError, KeyError):
                pass
