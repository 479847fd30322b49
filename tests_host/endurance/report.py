# SPDX-License-Identifier: MIT
"""What a soak amounts to: counts, the heap's trends and the flash's wear, each against what it may be.

The heap grows within a shift by the journal's index, which is empty again in the next one; so the figures compared are
those of the ends of shifts, and beside them those of one life of the interpreter by its age.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from tests_host.endurance.trend import Trend, trend

if TYPE_CHECKING:
    from tests_host.endurance.soak import Life

_PER_SHIFT: Final = 8.0  # bytes that a figure may drift from one shift to the next
_PER_TRANSACTION: Final = 8.0  # bytes; the index of the journal takes four
_TRENDS: Final = 4  # that are told of each terminal
_UNEVEN: Final = 2  # times the mean that the most worn sector may have been erased


def _tally(counts: list[Counter[str]]) -> dict[str, int]:
    return dict(sum(counts, Counter[str]()).most_common())


def _told(slope: Trend) -> str:
    return f"{slope.slope:+.2f} ± {slope.margin:.2f} bytes"


def _heap(life: Life, among: int) -> tuple[dict[str, Any], list[str]]:
    ends = [(number, shift.samples[-1]) for number, shift in enumerate(life.shifts) if shift.samples]
    ages = [sample for shift in life.shifts for sample in shift.samples]
    series = {
        "live heap, per shift": ([(n, sample.live) for n, sample in ends], _PER_SHIFT),
        "largest free block, per shift": ([(n, sample.largest_free) for n, sample in ends], _PER_SHIFT),
        "live heap, per transaction of a life": ([(s.age, s.live) for s in ages], _PER_TRANSACTION),
        "largest free block, per transaction of a life": ([(s.age, s.largest_free) for s in ages], _PER_TRANSACTION),
    }
    trends = {name: (trend(points, among), most) for name, (points, most) in series.items()}
    findings = [
        f"{life.tid}: {name}: {_told(slope)}" for name, (slope, most) in trends.items() if not slope.is_level(most)
    ]
    told = {
        "at the ends of shifts": [asdict(sample) for _, sample in ends],
        "trends": {name: _told(slope) for name, (slope, _) in trends.items()},
        "most live": max((sample.live for sample in ages), default=0),
        "least largest free block": min((sample.largest_free for sample in ages), default=0),
    }
    return told, findings


def _wear(life: Life) -> tuple[dict[str, Any], list[str]]:
    mean = sum(life.erases) / max(1, len(life.erases))
    most = max(life.erases, default=0)
    told = {"sectors": life.erases, "mean": round(mean, 2), "most": most}
    is_even = most <= max(1, _UNEVEN * mean)
    return told, [] if is_even else [f"{life.tid}: a sector was erased {most} times, {mean:.1f} on average"]


def summary(lives: list[Life]) -> tuple[dict[str, Any], list[str]]:
    """What goes into the file, and what is not as it should be."""
    shifts = [shift for life in lives for shift in life.shifts]
    findings = [f"{life.tid} (seed {life.seed}): {life.finding}" for life in lives if life.finding]
    terminals: dict[str, Any] = {}
    for life in lives:
        (heap, drifts), (wear, uneven) = _heap(life, _TRENDS * len(lives)), _wear(life)
        findings += drifts + uneven
        crashes = [f"shift {n + 1}: {text}" for n, shift in enumerate(life.shifts) for text in shift.crashes]
        findings += [f"{life.tid} restarted by itself, {text}" for text in crashes]
        shown = [shift.told() for shift in life.shifts]
        terminals[life.tid] = {"seed": life.seed, "heap": heap, "erases": wear, "crashes": crashes, "shifts": shown}
    totals = {
        "shifts": len(shifts),
        "transactions": sum(shift.kinds.total() for shift in shifts),
        "by kind": _tally([shift.kinds for shift in shifts]),
        "faults": _tally([shift.faults for shift in shifts]),
        "restarts": sum(shift.restarts for shift in shifts),
        "restarts by itself": sum(len(shift.crashes) for shift in shifts),
        "lives that ended early": sum(bool(life.finding) for life in lives),
        "lost or doubled": sum(life.differences for life in lives),
    }
    for life in lives:
        totals[f"{life.tid} heap"] = terminals[life.tid]["heap"]["trends"]
        totals[f"{life.tid} erases"] = {name: terminals[life.tid]["erases"][name] for name in ("mean", "most")}
    return {"totals": totals, "findings": findings, "terminals": terminals}, findings
