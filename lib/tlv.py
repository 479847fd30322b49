# SPDX-License-Identifier: MIT
"""Tag-length-value text: tag of 2 ASCII characters, length of 3 decimals (bytes, not characters), value in UTF-8.

Unknown tags are kept, for the caller to ignore; a duplicate, a truncated item or a value that is not UTF-8 is
TlvError, whose text never holds a value.
"""

from micropython import const

_TAG = const(2)  # bytes
_HEAD = const(5)  # bytes: tag and length
_MAX_VALUE = const(999)  # bytes


class TlvError(ValueError):
    """Not a list of tag-length-value items, or one that cannot be packed."""


def pack(items: "list[tuple[str, str]]") -> bytes:
    """The (tag, value) pairs, in their order."""
    out = bytearray()
    seen = set()
    for tag, value in items:
        head = tag.encode()
        raw = value.encode()
        if not _is_tag(head):
            raise TlvError("tag is not two printable characters")
        if tag in seen:
            raise TlvError("duplicate tag " + tag)
        if len(raw) > _MAX_VALUE:
            raise TlvError("value too long in tag " + tag)
        seen.add(tag)
        out.extend(head)
        out.extend(b"%03d" % len(raw))
        out.extend(raw)
    return bytes(out)


def unpack(data: "bytes | bytearray | memoryview") -> dict[str, str]:
    """All items by tag."""
    view = memoryview(data)
    items: dict[str, str] = {}
    at = 0
    while at < len(view):
        head = bytes(view[at : at + _HEAD])
        if len(head) != _HEAD or not _is_tag(head[:_TAG]) or not head[_TAG:].isdigit():
            raise TlvError("tag or length malformed")
        tag = head[:_TAG].decode()
        at += _HEAD
        end = at + int(head[_TAG:])
        if end > len(view):
            raise TlvError("truncated in tag " + tag)
        if tag in items:
            raise TlvError("duplicate tag " + tag)
        items[tag] = _text(view[at:end], tag)
        at = end
    return items


def _is_tag(raw: bytes) -> bool:
    return len(raw) == _TAG and 0x20 < raw[0] < 0x7F and 0x20 < raw[1] < 0x7F


def _text(raw: memoryview, tag: str) -> str:
    try:
        return str(raw, "utf-8")
    except UnicodeError:
        raise TlvError("not UTF-8 in tag " + tag)
