# SPDX-License-Identifier: MIT
"""Tagged values of DE62 and DE110: tag 2 characters, length 3 decimals (bytes), value UTF-8 (protocol.md clause 4).

Values travel through the codec as Latin-1 text, one character a byte. Invariant: a duplicate tag is an error, an
unknown one is not.
"""

from collections.abc import Iterable

_HEAD = 5


class TlvError(ValueError):
    """Tagged values that are cut short, not numbered, not UTF-8 or given twice."""


def pack(items: Iterable[tuple[str, str]]) -> str:
    """Field text of the tags in the order given."""
    parts = []
    for tag, value in items:
        data = value.encode()
        if len(tag) != 2 or len(data) > 999:
            raise TlvError(f"tag {tag}")
        parts.append(f"{tag}{len(data):03d}{data.decode('latin-1')}")
    return "".join(parts)


def unpack(text: str) -> dict[str, str]:
    """Tags and values of a field's text."""
    tags: dict[str, str] = {}
    position = 0
    while position < len(text):
        tag, length = text[position : position + 2], text[position + 2 : position + _HEAD]
        if len(length) != 3 or not (length.isascii() and length.isdigit()):
            raise TlvError(f"length at byte {position}")
        position += _HEAD
        value = text[position : position + int(length)]
        position += int(length)
        if position > len(text) or tag in tags:
            raise TlvError(f"tag before byte {position} is cut short or given twice")
        try:
            tags[tag] = value.encode("latin-1").decode()
        except UnicodeDecodeError:
            raise TlvError(f"value before byte {position} is not UTF-8") from None
    return tags
