# SPDX-License-Identifier: MIT
"""SLIP (RFC 1055), the frames of the serial protocol: C0 ends, DB DC stands for C0 and DB DD for DB."""

from typing import Final

END: Final = b"\xc0"
_ESCAPE: Final = b"\xdb"
_ESCAPED_END: Final = b"\xdb\xdc"
_ESCAPED_ESCAPE: Final = b"\xdb\xdd"
_LONGEST: Final = 1 << 18  # beyond any frame of the protocol: noise


def encode(frame: bytes) -> bytes:
    return END + frame.replace(_ESCAPE, _ESCAPED_ESCAPE).replace(END, _ESCAPED_END) + END


def _decode(body: bytes) -> bytes | None:
    """None when an escape stands for nothing."""
    parts = body.split(_ESCAPE)
    if any(part[:1] not in (b"\xdc", b"\xdd") for part in parts[1:]):
        return None
    return parts[0] + b"".join((END if part[0] == 0xDC else _ESCAPE) + part[1:] for part in parts[1:])


class Decoder:
    """Frames out of a stream; what is no frame is passed over, as the chip does."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._is_inside = False

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that `data` completes."""
        frames = []
        *bodies, rest = data.split(END)
        for body in bodies:
            self._take(body)
            frame = _decode(bytes(self._body))
            if frame:
                frames.append(frame)
            self._body.clear()
            self._is_inside = True  # an end may also be the next one's beginning
        self._take(rest)
        return frames

    def _take(self, body: bytes) -> None:
        if self._is_inside:
            self._body += body
            if len(self._body) > _LONGEST:
                self._body.clear()
                self._is_inside = False
