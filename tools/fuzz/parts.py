# SPDX-License-Identifier: MIT
"""The parts by name: what each is called, how many cases it has, and how its cases are run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tools.fuzz import host_frames, mitm, nvs_region
from tools.fuzz.acquirer import Acquirer, new_folder
from tools.fuzz.corpus import FILE, Corpus, record
from tools.fuzz.run import Order, Report, on_device

# multiples of the chip's heap: the driver's side and names that no board spells take room too
FRAMES = 1.25
_LOANS = 1.6
_ALL_LOADED = 2
_RING = 4  # the region twice over, to compare


@dataclass(frozen=True)
class Part:
    title: str
    cases: int  # of `make fuzz`
    short: int  # of `make test`
    run: Callable[[Order], Report]


@contextmanager
def _folder() -> Iterator[Path]:
    folder = new_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _corpus() -> Corpus:
    return record()


@cache
def _provisioning() -> dict[str, Any]:
    with Acquirer() as acquirer:
        return acquirer.order()


def _frames(module: str) -> Callable[[Order], Report]:
    def run(order: Order) -> Report:
        with _folder() as folder:
            corpus = _corpus()
            corpus.write(folder)
            return on_device(module, order, folder, {"corpus": f"/work/{FILE}", "keys": corpus.static}, FRAMES)

    return run


def _console(is_loaded: bool, heap: float) -> Callable[[Order], Report]:
    def run(order: Order) -> Report:
        with _folder() as folder:
            (folder / "journal").write_bytes(b"\xff" * 8 * 4096)
            facts = {**_provisioning(), "region": "/work/journal", "is_loaded": is_loaded}
            return on_device("console", order, folder, facts, heap)

    return run


def _orders() -> list[dict[str, Any]]:
    """A terminal that had another identity before."""
    order = _provisioning()
    before = {**order["cfg"], "tid": "10000002", "serial": "E32-0002"}
    keys = [bytes(0xFF ^ byte for byte in bytes.fromhex(key)).hex() for key in order["keys"]]
    return [{"cfg": before, "crt": [part[:-2] + "00" for part in order["crt"]], "keys": keys}, order]


def _records(order: Order) -> Report:
    with _folder() as folder:
        orders = _orders()
        region = nvs_region.region(orders, folder)
        cases = [n for n in range(order.first, order.first + order.count) if n % 2]
        lines = (json.dumps(nvs_region.damaged(region, order.seed, n)) + "\n" for n in cases)
        with (folder / "damaged").open("w") as file:
            file.writelines(lines)
        return on_device("records", order, folder, {"orders": orders, "damaged": "/work/damaged"})


def _ring(order: Order) -> Report:
    with _folder() as folder:
        names = [f"worked.{days}" for days in (2, 9)]
        for name in names:
            (folder / name).write_bytes(b"\xff" * 8 * 4096)
        facts = {"regions": [f"/work/{name}" for name in names], "region": "/work/journal"}
        return on_device("ring", order, folder, facts, _RING)


PARTS = {
    "codec": Part("frames into the terminal", 1_000_000, 8000, _frames("codec")),
    "keys": Part("key blocks into the terminal", 100_000, 10_000, _frames("keyblock")),
    "host": Part("frames into the host", 100_000, 800, host_frames.run),
    "console": Part("lines into the bench console", 100_000, 1500, _console(True, _ALL_LOADED)),
    "loans": Part("the same with code on loan", 2000, 250, _console(False, _LOANS)),
    "records": Part("damaged settings and keys", 5000, 300, _records),
    "journal": Part("damaged journals", 5000, 80, _ring),
    "mitm": Part("man in the middle", 2262, 60, mitm.run),
}
