# SPDX-License-Identifier: MIT
"""Is a random generator broken? The four tests of FIPS 140-2 (4.9.1, 2001) on 20,000 bits, and no 8 bytes twice.

A good generator fails one of them about once in ten thousand runs. None of them tells whether its bits can be guessed.
"""

from collections import Counter
from itertools import groupby
from typing import Final

SAMPLE_BYTES: Final = 2500
_ONES: Final = range(9_726, 10_275)
_POKER: Final = (2.16, 46.17)
_RUNS: Final = ((2315, 2685), (1114, 1386), (527, 723), (240, 384), (103, 209), (103, 209))  # of 1 .. 5, and 6 or more
_LONGEST: Final = 26
_WINDOW: Final = 8  # bytes that a good generator does not repeat within a sample, wherever they begin


def _poker(sample: bytes) -> float:
    """How unevenly the 5,000 groups of four bits are spread."""
    counts = Counter(nibble for byte in sample for nibble in (byte >> 4, byte & 15))
    return 16 / 5000 * sum(count * count for count in counts.values()) - 5000


def _are_runs_good(runs: list[tuple[str, int]]) -> bool:
    counts = Counter((bit, min(length, len(_RUNS))) for bit, length in runs)
    return all(
        least <= counts[bit, length] <= most for bit in "01" for length, (least, most) in enumerate(_RUNS, start=1)
    )


def _repeats(sample: bytes) -> bool:
    windows = [sample[at : at + _WINDOW] for at in range(len(sample) - _WINDOW + 1)]
    return len(set(windows)) < len(windows)


def weaknesses(sample: bytes) -> list[str]:
    """Names of the tests that a sample of 2,500 bytes fails."""
    if len(sample) != SAMPLE_BYTES:
        return [f"{len(sample)} bytes instead of {SAMPLE_BYTES}"]
    bits = "".join(f"{byte:08b}" for byte in sample)
    runs = [(bit, len(list(group))) for bit, group in groupby(bits)]
    failures = {
        "monobit": bits.count("1") not in _ONES,
        "poker": not _POKER[0] < _poker(sample) < _POKER[1],
        "runs": not _are_runs_good(runs),
        "long run": max(length for _, length in runs) >= _LONGEST,
        "repeats": _repeats(sample),
    }
    return [name for name, is_failure in failures.items() if is_failure]


def share_of_ones(sample: bytes) -> float:
    return sum(byte.bit_count() for byte in sample) / (8 * len(sample)) if sample else 0.0
