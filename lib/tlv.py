# SPDX-License-Identifier: MIT
"""Tag-length-value text: tag of 2 ASCII characters, length of 3 decimals (bytes, not characters), value in UTF-8.

Unknown tags are kept, for the caller to ignore; a duplicate, a truncated item or a value that is not UTF-8 is
TlvError, whose text is the tag (or the one before it) and never holds a value.
"""

from micropython import const

_TAG = const(2)  # bytes
_HEAD = const(5)  # bytes: tag and length


class TlvError(ValueError):
    """Not a list of tag-length-value items, or one that cannot be packed."""


def pack(items: "list[tuple[str, str]]") -> bytes:
    """The (tag, value) pairs, in their order."""
    out = bytearray()
    seen = set()
    for tag, value in items:
        raw = value.encode()
        head = ("%s%03d" % (tag, len(raw))).encode()
        if tag in seen or len(tag) != _TAG or not _is_head(head):
            raise TlvError(tag)
        seen.add(tag)
        out.extend(head)
        out.extend(raw)
    return bytes(out)


def unpack(data: "bytes | bytearray | memoryview") -> dict[str, str]:
    """All items by tag."""
    view = memoryview(data)
    items: dict[str, str] = {}
    at = 0
    tag = ""
    while at < len(view):
        head = bytes(view[at : at + _HEAD])
        if not _is_head(head):
            raise TlvError(tag)
        tag = head[:_TAG].decode()
        at += _HEAD
        end = at + int(head[_TAG:])
        if end > len(view) or tag in items:
            raise TlvError(tag)
        try:
            items[tag] = str(view[at:end], "utf-8")
        except UnicodeError:
            raise TlvError(tag)
        at = end
    return items


def _is_head(head: bytes) -> bool:
    return len(head) == _HEAD and 0x20 < head[0] < 0x7F and 0x20 < head[1] < 0x7F and head[_TAG:].isdigit()
