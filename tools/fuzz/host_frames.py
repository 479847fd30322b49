# SPDX-License-Identifier: MIT
"""Wrong frames into the host: an answer or the end of the connection, no exception, and books that change only under a
good MAC. Every fourth frame has its MAC made good after the fault, so that what lies behind it is reached too.
"""

from __future__ import annotations

import gc
import sys
from typing import Final

from tools.fuzz.acquirer import HEAD, TID, Acquirer, framed, is_signed, resealed
from tools.fuzz.chip import mutate
from tools.fuzz.corpus import Corpus
from tools.fuzz.counter import Counter
from tools.fuzz.run import Order, Report
from tools.host import codec

_ROUND: Final = 200  # cases from one state of the books
_UNSIGNED: Final = frozenset({"30", "58", "96", "97", "A0"})
_OTHER_PEER: Final = "10000002"
_GROWTH_BLOCKS: Final = 3000  # caches of the libraries fill up at first
_WARM: Final = 0.3


class HostFrames:
    """One host through all cases."""

    def __init__(self, acquirer: Acquirer, requests: list[tuple[bytes, bytes]], report: Report) -> None:
        """`requests` are frames with their MAC keys."""
        self._acquirer = acquirer
        self._requests = requests
        self._keys = list({key for _, key in requests})
        self._report = report

    def case(self, seed: int, n: int) -> None:
        mutate.start(seed, n)
        request, key = self._requests[mutate.below(len(self._requests))]
        other, _ = self._requests[mutate.below(len(self._requests))]
        data = self._wrong(request, other, key, n)
        peer = TID if mutate.below(50) else _OTHER_PEER
        before = self._acquirer.version()
        try:
            answers = self._acquirer.deliver(data, peer)
        except Exception as error:  # noqa: BLE001  whatever comes out is a finding
            self._report.find(n, f"{type(error).__name__}: {error}", data)
            return
        self._judge(n, data, answers, self._acquirer.version() != before)

    def _wrong(self, request: bytes, other: bytes, key: bytes, n: int) -> bytes:
        if n % 4 == 0:
            return bytes(mutate.mutated(request, other, (0, 1)))
        head = HEAD + (mutate.below(len(request) - HEAD) if n % 8 == 1 else 0)  # this much stays as it was
        wrong = request[HEAD:head] + bytes(mutate.mutated(request[head:], other[HEAD:], ()))
        if n % 4 == 1 and len(wrong) > 8:
            wrong = resealed(wrong, key)
        return framed(request[2:HEAD], wrong)

    def _judge(self, n: int, data: bytes, answers: list[bytes], is_changed: bool) -> None:
        packed = data[HEAD : 2 + int.from_bytes(data[:2], "big")]
        is_good = any(is_signed(packed, key) for key in self._keys)
        if is_changed and not is_good:
            self._report.find(n, "the books changed without a good MAC", data)
        self._report.count("changed" if is_changed else "closed" if not answers else "answered")
        for answer in answers:
            self._judge_answer(n, data, answer, is_good)

    def _judge_answer(self, n: int, data: bytes, answer: bytes, is_good: bool) -> None:
        if int.from_bytes(answer[:2], "big") != len(answer) - 2:
            self._report.find(n, "an answer of another length than it says", data)
        fields = codec.unpack(answer[HEAD:])
        is_sealed = bool({"64", "128"} & fields.keys())
        if not is_sealed and (fields["39"] not in _UNSIGNED or "62" in fields):
            self._report.find(n, f"unsigned answer {fields['39']}", data)
        if is_sealed and not is_good:
            self._report.find(n, f"a signed answer {fields['39']} to an unsigned request", data)


def _blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


def _unheard(counter: Counter) -> list[tuple[bytes, bytes]]:
    """Requests that the terminal makes and the host does not get: as it left them they would all be new to it."""
    start = len(counter.passed)
    counter.wire = lambda _request: None
    key = counter.tak(1)
    for name in ("status", "notice", "sell", "upload", "settle", "start", "sign_in", "back", "sign_out"):
        counter.do(name)
    counter.wire = None
    requests = [x.request for x in counter.passed[start:]]
    keys = (key, counter.acquirer.identity.tak0)
    return [(frame, next(key for key in keys if is_signed(frame[HEAD:], key))) for frame in requests]


def run(order: Order) -> Report:
    """Each round starts from the books that a whole shift has left, so that a case depends on its round only."""
    report = Report(order.count)
    with Acquirer() as acquirer, Counter(acquirer) as counter:
        corpus = Corpus.of(counter)
        counter.do("start")
        counter.do("sign_in")
        counter.save()
        acquirer.save()
        heard = [(x.request, key) for x, key in zip(corpus.exchanges, corpus.keys, strict=True)]
        fuzz = HostFrames(acquirer, heard + 2 * _unheard(counter), report)
        warm = 0
        for n in range(order.first - order.first % _ROUND, order.first + order.count):
            if n % _ROUND == 0:
                acquirer.back()
                order.tell(max(0, n - order.first))
                if not warm and n - order.first >= _WARM * order.count:
                    warm = _blocks()
            fuzz.case(order.seed, n)
        report.growth = _blocks() - warm if warm else None
    if report.growth is not None and report.growth > _GROWTH_BLOCKS:
        report.find(order.first + order.count - 1, f"the host grew by {report.growth} blocks")
    report.findings = [found for found in report.findings if found.case >= order.first]
    return report
