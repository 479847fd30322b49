# SPDX-License-Identifier: MIT
"""Lines that can be edited, as by the port's shared/readline: cursor keys, history, auto-indent, tab."""

_HISTORY = 8


class Editor:
    """`read` returns 0 at the end of the line, or the control character (Ctrl-A to Ctrl-E) that ended it."""

    def __init__(self, read: object, write: object, space: "dict[str, object]") -> None:
        self._read = read
        self.write = write
        self._space = space
        self._history = []
        self._input = b""

    def read(self, line: bytearray, prompt: bytes) -> int:
        self._line = line
        self._start = self._at = len(line)
        self._prompt = prompt
        self._recalled = -1
        self._escape = b""
        self._indented = False
        self._out = bytearray(prompt)
        if not line:
            self._does_indent = True
        elif self._does_indent:
            self._indent()
        while True:
            self._flush()
            for char in self._read():
                end = self._take(char)
                if end is not None:
                    self._flush()
                    return end

    def _flush(self) -> None:
        if self._out:
            self.write(self._out)
            self._out = bytearray()

    def _take(self, char: int) -> "int | None":
        was_indented, self._indented = self._indented, False
        if self._escape:
            self._go_on(char)
        elif char == 27:
            self._escape = b"\x1b"
        elif char == 3 or (1 <= char <= 5 and len(self._line) == self._start):
            return char
        elif char == 13:
            self._out += b"\r\n"
            self._remember(bytes(self._line[self._start :]))
            return 0
        elif was_indented and char in (9, 32):
            self._does_indent = False
            if char == 32:
                self._replace(self._at - 3, self._at, b"")
        elif 32 <= char <= 126:
            self._replace(self._at, self._at, bytes((char,)))
        else:
            self._edit(char)
        return None

    def _edit(self, char: int) -> None:
        if char in (1, 5):
            self._move(self._start if char == 1 else len(self._line))
        elif char in (8, 127):
            self._erase()
        elif char == 9:
            self._tab()

    def _go_on(self, char: int) -> None:
        """A cursor key's sequence: ESC [ letter, ESC [ digit ~, ESC O letter."""
        self._escape += bytes((char,))
        keys = self._escape[1:]
        if keys in (b"[", b"O") or (len(keys) == 2 and keys[:1] == b"[" and 48 <= char <= 57):
            return
        self._escape = b""
        if keys in (b"[A", b"[B"):
            self._recall(1 if keys == b"[A" else -1)
        elif keys == b"[C":
            self._move(min(self._at + 1, len(self._line)))
        elif keys == b"[D":
            self._move(max(self._at - 1, self._start))
        elif keys in (b"[H", b"OH", b"[1~", b"[7~"):
            self._move(self._start)
        elif keys in (b"[F", b"OF", b"[4~", b"[8~"):
            self._move(len(self._line))
        elif keys == b"[3~" and self._at < len(self._line):
            self._replace(self._at, self._at + 1, b"")

    def _back(self, count: int) -> None:
        self._out += b"\b" * count if count <= 4 else b"\x1b[%dD" % count

    def _move(self, to: int) -> None:
        if to < self._at:
            self._back(self._at - to)
        else:
            self._out += self._line[self._at : to]
        self._at = to

    def _replace(self, start: int, end: int, fresh: bytes) -> None:
        """Put `fresh` in the place of line[start:end], the cursor behind it."""
        self._move(start)
        if end - start > len(fresh):
            self._out += b"\x1b[K"
        self._line[start:end] = fresh
        self._out += self._line[start:]
        self._at = start + len(fresh)
        self._back(len(self._line) - self._at)

    def _erase(self) -> None:
        before = self._line[self._start : self._at]
        if before:
            count = 4 if len(before) >= 4 and not before.strip() else 1
            self._replace(self._at - count, self._at, b"")

    def _remember(self, text: bytes) -> None:
        if text and self._history[:1] != [text]:
            self._history.insert(0, text)
            del self._history[_HISTORY:]

    def _recall(self, step: int) -> None:
        which = self._recalled + step
        if -1 <= which < len(self._history):
            self._recalled = which
            self._replace(self._start, len(self._line), self._history[which] if which >= 0 else b"")

    def _indent(self) -> None:
        """As deep as the line before, deeper after a colon; not after two blank lines."""
        lines = bytes(self._line).split(b"\n")[:-1]
        last = lines[-1]
        if len(lines) > 2 and not last.strip() and not lines[-2].strip():
            return
        depth = (len(last) - len(last.lstrip(b" "))) // 4 + last.endswith(b":")
        if depth:
            self._line += b"    " * depth
            self._out += b"    " * depth
            self._at = len(self._line)
            self._indented = True

    def _tab(self) -> None:
        before = bytes(self._line[: self._at])
        if before and before[-1:].isspace():
            self._replace(self._at, self._at, b"    ")
            return
        word = b""
        for at in range(len(before) - 1, self._start - 1, -1):
            if not (before[at : at + 1].isalpha() or before[at : at + 1].isdigit() or before[at] in b"_."):
                break
            word = before[at:]
        self._complete(str(word, "utf-8"))

    def _complete(self, word: str) -> None:
        *path, stem = word.split(".")
        names = list(self._space)
        if path:
            value = self._space.get(path[0])
            for name in path[1:]:
                value = getattr(value, name, None)
            names = dir(value) if value is not None else []
        found = sorted(name for name in names if name.startswith(stem))
        if not found:
            return
        common = found[0]
        for name in found:
            while not name.startswith(common):
                common = common[:-1]
        if len(common) > len(stem):
            self._replace(self._at, self._at, common[len(stem) :].encode())
        elif len(found) > 1:
            tail = self._line[self._start :]
            self._out += b"\r\n" + "    ".join(found).encode() + b"\r\n" + self._prompt + tail
            self._back(len(self._line) - self._at)
