# SPDX-License-Identifier: MIT
"""What the parts share: which cases to run, how far they are, what they found, and the run of a part on MicroPython."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tools.fuzz.device import Device, DeviceError

GROWTH_BYTES: Final = 1024
_STEPS: Final = 200
_WARM: Final = 0.2  # of the cases, before the heap is first looked at


@dataclass(frozen=True)
class Order:
    """Cases `first` .. `first + count - 1` of a seed; a single one is told about in full."""

    seed: int
    first: int
    count: int
    tell: Callable[[int], None] = lambda _done: None

    @property
    def is_single(self) -> bool:
        return self.count == 1


@dataclass(frozen=True)
class Finding:
    case: int
    what: str
    shown: str = ""


@dataclass
class Report:
    """What came of a part."""

    cases: int = 0
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    growth: int | None = None  # bytes of the heap, or blocks of the host's
    said: list[str] = field(default_factory=list)

    def find(self, case: int, what: str, shown: bytes = b"") -> None:
        self.findings.append(Finding(case, what, shown.hex()))

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by


@dataclass
class _Watch:
    """Reads what a process of `drive` says."""

    device: Device
    order: Order
    report: Report
    done: int = 0
    case: int = -1
    warm: int = -1

    def read(self) -> None:
        while True:
            line = self.device.read()
            kind, _, rest = line.partition(" ")
            if kind not in ("P", "F", "C", "E") or not rest.startswith("{"):
                self.report.said.append(line)
                continue
            facts = json.loads(rest)
            if kind == "E":
                self.report.counts = facts["counts"]
                return
            getattr(self, "_" + kind.lower())(facts)

    def _p(self, facts: dict[str, Any]) -> None:
        self.done = facts["done"]
        self.order.tell(self.done)
        if self.done < _WARM * self.order.count:
            return
        if self.warm < 0:
            self.warm = facts["used"]
        self.report.growth = facts["used"] - self.warm

    def _f(self, facts: dict[str, Any]) -> None:
        self.report.findings.append(Finding(facts["case"], facts["what"], facts["input"]))

    def _c(self, facts: dict[str, Any]) -> None:
        self.case = facts["case"]


def on_device(part: str, order: Order, folder: Path, facts: dict[str, Any], heap: float = 1) -> Report:
    """The cases in one process; one that hangs or dies is looked for among those after the last sign of life."""
    report = Report(order.count)
    watch = _run(part, order, folder, facts, heap, report, is_traced=order.is_single)
    if watch.device_fault and not order.is_single:
        behind = Order(order.seed, order.first + watch.watch.done, order.count - watch.watch.done)
        watch = _run(part, behind, folder, facts, heap, Report(), is_traced=True)
    if watch.device_fault:
        report.find(watch.watch.case, watch.device_fault)
    if report.growth is not None and report.growth > GROWTH_BYTES:
        report.find(order.first + order.count - 1, f"the heap grew by {report.growth} bytes")
    return report


@dataclass
class _Ended:
    watch: _Watch
    device_fault: str = ""


def _run(
    part: str, order: Order, folder: Path, facts: dict[str, Any], heap: float, report: Report, is_traced: bool
) -> _Ended:
    step = max(1, order.count // _STEPS)
    cases = {"part": part, "seed": order.seed, "first": order.first, "count": order.count, "step": step}
    with Device("drive", {**facts, **cases, "trace": is_traced}, folder, heap) as device:
        watch = _Watch(device, order, report)
        try:
            watch.read()
        except DeviceError as fault:
            return _Ended(watch, str(fault))
        return _Ended(watch)
