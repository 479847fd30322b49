# SPDX-License-Identifier: MIT
"""A fixed-size record whose fields are attributes: what the journal's records have in common."""

import struct

from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any


class Record:
    """Subclasses say FORMAT (struct) and NAMES, one name a value."""

    FORMAT = ""
    NAMES: "tuple[str, ...]" = ()

    def pack(self) -> bytes:
        return struct.pack(self.FORMAT, *[getattr(self, name) for name in self.NAMES])

    def load(self, payload: bytes) -> "Any":
        """Take the fields from a payload; ValueError if it is not one of this kind."""
        if len(payload) != struct.calcsize(self.FORMAT):
            raise ValueError("record")
        values = struct.unpack(self.FORMAT, payload)
        for i in range(len(values)):
            setattr(self, self.NAMES[i], values[i])
        return self
