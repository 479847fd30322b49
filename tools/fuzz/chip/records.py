# SPDX-License-Identifier: MIT
"""Damaged NVS under the terminal's settings, certificates and keys: the right values or a named fault (C1, C2), never
other values. Even cases damage the blobs; odd ones read what a damaged region still gave, a line of `order["damaged"]`.
"""

import json

import desk
import esp32
import mutate
from drive import Finding

from firmware.errors import StoreError
from firmware.store import secrets, settings
from firmware.store.vault import LARGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INVALID_LENGTH = -0x110C


def blobs_of(orders: "list[dict[str, Any]]") -> "dict[str, bytes]":
    """What provisioning with one order after the other leaves."""
    esp32.NVS.blobs = {}
    for order in orders:
        crt = tuple([bytes.fromhex(part) for part in order["crt"]])
        keys = tuple([bytes.fromhex(part) for part in order["keys"]])
        settings.provision(order["cfg"], crt, keys, None)
    return dict(esp32.NVS.blobs)


def _read(load: "Any") -> "Any":
    """What is loaded, or the code of its fault."""
    try:
        return load()
    except StoreError as fault:
        return fault.code


class Part:
    """A terminal that was provisioned with another identity once."""

    def __init__(self, order: "dict[str, Any]") -> None:
        self._blobs = blobs_of(order["orders"])
        self._names = sorted(self._blobs)
        self._right = self._load()
        self._before = [[bytes.fromhex(part) for part in order["orders"][0][name]] for name in ("crt", "keys")]
        self._damaged = open(order["damaged"])  # noqa: SIM115  read as the cases come
        self.shown = b""
        self.counts = {"right": 0, "fault": 0, "of the identity before": 0}

    def _load(self) -> "list[Any]":
        scratch = bytearray(LARGEST)
        return [_read(settings.load), _read(lambda: secrets.certificates(scratch)), _read(secrets.static_keys)]

    def case(self, n: int) -> None:
        if n % 2:
            found = json.loads(self._damaged.readline())
            blobs = {}
            for name in found:
                value = found[name]
                blobs[name] = value if isinstance(value, int) else bytes.fromhex(value)
        else:
            blobs = dict(self._blobs)
            for _ in range(1 + mutate.below(4)):
                self._damage(blobs)
        esp32.NVS.blobs = blobs
        self._judge(self._load(), blobs)
        esp32.NVS.blobs = self._blobs

    def _damage(self, blobs: "dict[str, Any]") -> None:
        name = self._names[mutate.below(len(self._names))]
        other = name[:-1] + ("b" if name[-1] == "a" else "a")  # the storage itself vouches for the names
        value, second = blobs.get(name, b""), blobs.get(other, b"")
        if isinstance(value, int) or isinstance(second, int) or not value or not second:
            return
        way = mutate.below(6)
        if way == 0:
            blobs[name], blobs[other] = second, value
        elif way == 1:
            cut = mutate.below(len(value))
            blobs[name] = value[:cut] + second[cut:]
        elif way == 2:
            blobs[name] = (_INVALID_LENGTH, esp32.NOT_FOUND)[mutate.below(2)]
        else:
            blobs[name] = bytes(mutate.mutated(value, second, (2, 3, 4, 5, 6, 7, 8)))[:4000]

    def _judge(self, found: "list[Any]", blobs: "dict[str, Any]") -> None:
        codes = ("C1", "C1", "C2")
        for i in range(3):
            if found[i] == self._right[i]:
                self.counts["right"] += 1
            elif found[i] == codes[i]:
                self.counts["fault"] += 1
            elif i and found[i] == self._before[i - 1]:
                self.counts["of the identity before"] += 1
            else:
                self.shown = b"".join([value for value in blobs.values() if not isinstance(value, int)])
                raise Finding("other values of record %d" % i)


def main(order: "dict[str, Any]") -> None:
    """For the driver: the blobs of a terminal so provisioned."""
    blobs = blobs_of(order["orders"])
    desk.tell("B", blobs={name: blobs[name].hex() for name in blobs})
