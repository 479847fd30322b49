# SPDX-License-Identifier: MIT
"""What the frames of the fuzzed parts are made of: every exchange of a whole shift, with the key it is signed under."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.fuzz.acquirer import HEAD, Acquirer, is_signed
from tools.fuzz.counter import Counter, Exchange, whole_shift

FILE: Final = "corpus"


@dataclass(frozen=True)
class Corpus:
    exchanges: list[Exchange]
    keys: list[bytes]  # of each exchange, its MAC key
    static: list[str]  # TMK, TAK0, TPK0, in hex

    def write(self, folder: Path) -> None:
        """A line for each kind: key, request and answer without their frames."""
        pairs = {x.name: (key, x) for key, x in zip(self.keys, self.exchanges, strict=True)}.values()
        parts = [(key.hex(), x.request[HEAD:].hex(), x.response[HEAD:].hex()) for key, x in pairs]
        (folder / FILE).write_text("".join(json.dumps(part) + "\n" for part in parts))

    @classmethod
    def of(cls, counter: Counter) -> Corpus:
        """A whole shift at a counter."""
        seen = [counter.acquirer.identity.tak0]
        whole_shift(counter, lambda: seen.append(counter.tak(1)))
        exchanges = list(counter.passed)
        keys = [next(key for key in seen if is_signed(x.request[HEAD:], key)) for x in exchanges]
        return cls(exchanges, keys, counter.acquirer.order()["keys"])


def record() -> Corpus:
    """From a terminal and a host of its own; the same every time but for what the terminal draws at random."""
    with Acquirer() as acquirer, Counter(acquirer) as counter:
        return Corpus.of(counter)
