# SPDX-License-Identifier: MIT
"""Looking for secrets where none may be, in every form in which a program writes bytes down."""

import base64
from collections.abc import Iterator
from pathlib import Path


def forms(key: bytes) -> Iterator[bytes]:
    """Raw, hexadecimal in groups or not, escaped, numbers, and base64 at each of its three places."""
    yield key
    for text in (key.hex(), key.hex(" "), key.hex(":"), key.hex(" ", 4), repr(key)[2:-1], repr(list(key))[1:-1]):
        yield from (text.encode(), text.upper().encode())
    for lead in range(3):
        middle = base64.b64encode(bytes(lead) + key + bytes(3))[lead + 1 : lead + 1 + 4 * ((len(key) - 2) // 3)]
        yield from (middle, middle.replace(b"+", b"-").replace(b"/", b"_"))


def found(data: "bytes | bytearray | str", marked: dict[str, bytes]) -> list[str]:
    """Names of the keys in it, also of one that lines or blanks cut in pieces."""
    raw = data.encode() if isinstance(data, str) else bytes(data)
    joined = b"".join(raw.split())
    return [name for name, key in marked.items() if any(form in raw or form in joined for form in forms(key))]


def memory_of(pid: int) -> bytes:
    """All that a process can write to, its heap among it."""
    process = Path(f"/proc/{pid}")
    content = bytearray()
    with (process / "mem").open("rb", 0) as memory:
        for line in (process / "maps").read_text().splitlines():
            span, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, end = (int(part, 16) for part in span.split("-"))
                memory.seek(start)
                content += memory.read(end - start)
    return bytes(content)
