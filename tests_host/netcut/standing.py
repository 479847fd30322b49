# SPDX-License-Identifier: MIT
"""Where terminal and host stand: a digest of everything that either of them will act on, taken when the terminal has
let go of a connection. Nothing in a day is random, so two cases that stand alike go on alike to the last byte.

Left out is what the closed link has in its receive buffer, and how much: it forgets both when it opens again.
"""

from __future__ import annotations

import gc
import hashlib
import sqlite3
from array import array
from contextlib import closing
from typing import Any, Final

from tests_host.netcut.day import Shop

_SKIPPED: Final = {"_rx", "_have"}
_PLAIN: Final = (int, str, bytes, float, type(None))


def terminal_of(shop: Shop) -> Any:
    """The firmware's own object: the one of this day that has a journal in this flash."""
    names = shop.device.importer.modules
    kind = names["firmware.terminal"].Terminal
    found = [thing for thing in gc.get_objects() if type(thing) is kind]
    assert len(found) == 1, "not one terminal"
    return found[0]


def digest(shop: Shop, terminal: Any) -> bytes:
    """Time, flash, screen, log, all that the firmware's objects hold, and the host's database."""
    device = shop.device
    told = hashlib.sha256(b"%d %d" % (shop.loop.now_ms, device.canvas.generation))
    told.update(repr((device.canvas.words, device.log, len(shop.host.heard.get(shop.tid, ())))).encode())
    told.update(device.chip.nor.data)
    for fact in _facts(terminal, device.importer.modules, set()):
        told.update(fact.encode())
    with closing(sqlite3.connect(shop.host.file)) as books:
        told.update(books.serialize())
    return told.digest()


def _facts(thing: Any, modules: dict[str, Any], seen: set[int]) -> list[str]:
    if isinstance(thing, _PLAIN):
        return [repr(thing)]
    if isinstance(thing, bytearray | memoryview | array):
        return [bytes(thing).hex()]
    if id(thing) in seen:
        return ["again"]
    seen.add(id(thing))
    if isinstance(thing, list | tuple | set):
        return ["["] + [fact for part in thing for fact in _facts(part, modules, seen)]
    if isinstance(thing, dict):
        return ["{"] + [fact for name in thing for fact in [str(name), *_facts(thing[name], modules, seen)]]
    if type(thing).__module__ in modules:
        parts = {name: value for name, value in vars(thing).items() if name not in _SKIPPED}
        return [type(thing).__name__, *_facts(parts, modules, seen)]
    return [type(thing).__name__]
