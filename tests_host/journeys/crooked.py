# SPDX-License-Identifier: MIT
"""A host that can be told to answer wrongly under a good MAC, and that remembers every secret it has dealt with.

What it knows of keys it learns from its own answers, so that a test can look for them where they must not be.
"""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from argon2 import PasswordHasher

from tests_host.journeys.bench import ShopHost, WorldClock
from tools.host import codec, crypto, message, pins, server, tlv
from tools.host.codec import Fields
from tools.host.server import Outgoing

_HEAD: Final = 7  # bytes of a frame before its message: length and TPDU
_SIGN_IN: Final = "0800/001"
_REAL_CONTEXT: Final = server.make_context

Edit = Callable[[Fields], None]
Bend = Callable[[bytes], Outgoing]


def edit_tags(change: Callable[[dict[str, str]], None]) -> Edit:
    """An edit of DE62's tags."""

    def edit(fields: Fields) -> None:
        tags = tlv.unpack(fields["62"])
        change(tags)
        fields["62"] = tlv.pack(list(tags.items()))

    return edit


def append_text(text: str) -> Edit:
    """Bytes behind DE62's last tag."""

    def edit(fields: Fields) -> None:
        fields["62"] += text

    return edit


class CrookedHost(ShopHost):
    """The real host with a bend in it: `bend` and `edit` change the next answer to a message such as "0800/001"."""

    def __init__(self, folder: Path, world: WorldClock) -> None:
        super().__init__(folder, world)
        self.taks: dict[tuple[str, str], bytes] = {}  # by terminal and key set
        self.secrets: dict[str, set[bytes]] = {}  # by terminal: PIN blocks and working keys
        self._bends: deque[tuple[str, Bend]] = deque()

    def bend(self, on: str, change: Bend) -> None:
        """`change` makes what is sent out of the frame that would have been."""
        self._bends.append((on, change))

    def edit(self, on: str, change: Edit) -> None:
        """`change` edits the fields; the MAC is good again afterwards."""
        self._bends.append((on, lambda frame: Outgoing([self._resealed(frame, change)])))

    def forget_orders(self) -> None:
        super().forget_orders()
        self._bends.clear()

    async def _answer(self, content: bytes, peer: str) -> Outgoing:
        request = message.parse(content)
        outgoing = await super()._answer(content, peer)
        self._learn(request, outgoing)
        if self._bends and self._bends[0][0] == request.name and outgoing.frames:
            return self._bends.popleft()[1](outgoing.frames[0])
        return outgoing

    def _learn(self, request: message.Request, outgoing: Outgoing) -> None:
        known = self.secrets.setdefault(request.tid, set())
        if "110" in request.fields:
            known.update(bytes.fromhex(block) for block in tlv.unpack(request.fields["110"]).values())
        if request.name != _SIGN_IN or not outgoing.frames or self.world.rig is None:
            return
        identity = self.world.rig.identity
        tags = _tags(outgoing.frames[0])
        if identity is not None and identity.tid == request.tid and "KA" in tags:
            tak = crypto.unwrap(identity.tmk, crypto.TAK, tags["KA"])
            self.taks[request.tid, tags["KS"]] = tak
            known.update((tak, crypto.unwrap(identity.tmk, crypto.TPK, tags["KP"])))

    def _resealed(self, frame: bytes, change: Edit) -> bytes:
        assert self.world.rig is not None and self.world.rig.identity is not None
        fields = codec.unpack(frame[_HEAD:])
        fields.pop(codec.mac_field(fields), None)
        key_set = fields["53"][:2]
        tak = self.world.rig.identity.tak0 if key_set == "00" else self.taks[fields["41"], key_set]
        change(fields)
        content = frame[2:_HEAD] + crypto.seal(fields, tak)
        return len(content).to_bytes(2, "big") + content


def _tags(frame: bytes) -> dict[str, str]:
    try:
        return tlv.unpack(codec.unpack(frame[_HEAD:]).get("62", ""))
    except ValueError:  # a fault has made it unreadable
        return {}


def _context_of_the_chip(directory: Path) -> ssl.SSLContext:
    """TLS 1.2, which is what the ESP32's port speaks."""
    context = _REAL_CONTEXT(directory)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def running(folder: Path) -> Iterator[CrookedHost]:
    """A host that serves; PIN verifiers cost less than in service."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pins, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        patch.setattr(server, "make_context", _context_of_the_chip)
        with CrookedHost(folder, WorldClock()) as host:
            yield host
