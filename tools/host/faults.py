# SPDX-License-Identifier: MIT
"""Faults that a test orders for the next answers to a terminal: what a network or a broken host could do.

Invariant: each fault is used once, in the order given, and never without being ordered.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    CODE = auto()  # answer this DE39 without doing anything
    LOST = auto()  # as if the request had never come
    NO_ANSWER = auto()  # done and stored, but nothing is sent
    GARBAGE = auto()  # these bytes instead of the answer
    WRONG_MAC = auto()
    WRONG_FIELD = auto()  # one field changed ("t" is the MTI), MAC right
    CUT = auto()  # so many bytes of the frame, then the connection is closed
    LATE = auto()  # so many seconds later
    DUPLICATE = auto()  # the answer twice
    CRASH_BEFORE = auto()  # the process dies before the commit: connection closed, nothing done
    CRASH_AFTER = auto()  # it dies after the commit: connection closed, all done


@dataclass(frozen=True)
class Fault:
    """One fault. `on` narrows it to a message: "0800/001", or "order", "status", "balance", "void", "refund" and
    "reversal" of messages 4, 4b, 4c, 4d (60.1 = 23, 25) and 5; empty means the next one, whatever it is.
    """

    kind: Kind
    on: str = ""
    name: str = ""  # field of WRONG_FIELD
    value: str = ""  # its value, or the code of CODE
    data: bytes = b""
    count: int = 0
    seconds: float = 0.0
    is_signed: bool = True  # CODE: whether the answer carries a MAC
    tags: tuple[tuple[str, str], ...] = field(default=())  # CODE: tagged values of the answer


class CrashError(Exception):
    """The process is taken to have died here."""


class FaultPlan:
    """Orders of faults by terminal number; "*" is any terminal. Safe to use from another thread than the host's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[str, deque[Fault]] = {}

    def add(self, tid: str, fault: Fault, times: int = 1) -> None:
        with self._lock:
            self._queues.setdefault(tid, deque()).extend([fault] * times)

    def clear(self) -> None:
        with self._lock:
            self._queues.clear()

    def is_empty(self) -> bool:
        """Whether every ordered fault has been used."""
        with self._lock:
            return not any(self._queues.values())

    def take(self, tid: str, message: str, alias: str = "") -> Fault | None:
        """The fault for this message, if one is next in the queue."""
        with self._lock:
            for name in (tid, "*"):
                queue = self._queues.get(name)
                if queue and queue[0].on in ("", message, alias):
                    return queue.popleft()
        return None

    def answer(self, tid: str, code: str, on: str = "", is_signed: bool = True, **tags: str) -> None:
        """The next answer has this DE39 and these tags."""
        self.add(tid, Fault(Kind.CODE, on, value=code, is_signed=is_signed, tags=tuple(tags.items())))

    def lose(self, tid: str, on: str = "", times: int = 1) -> None:
        """The next requests get lost on the way."""
        self.add(tid, Fault(Kind.LOST, on), times)

    def no_answer(self, tid: str, on: str = "", times: int = 1) -> None:
        """The next answers get lost on the way back."""
        self.add(tid, Fault(Kind.NO_ANSWER, on), times)

    def garbage(self, tid: str, data: bytes, on: str = "") -> None:
        self.add(tid, Fault(Kind.GARBAGE, on, data=data))

    def wrong_mac(self, tid: str, on: str = "", times: int = 1) -> None:
        self.add(tid, Fault(Kind.WRONG_MAC, on), times)

    def wrong_field(self, tid: str, name: str, value: str, on: str = "") -> None:
        """The next answer has another value in a field, under a good MAC."""
        self.add(tid, Fault(Kind.WRONG_FIELD, on, name=name, value=value))

    def cut(self, tid: str, count: int, on: str = "") -> None:
        self.add(tid, Fault(Kind.CUT, on, count=count))

    def late(self, tid: str, seconds: float, on: str = "") -> None:
        self.add(tid, Fault(Kind.LATE, on, seconds=seconds))

    def duplicate(self, tid: str, on: str = "") -> None:
        self.add(tid, Fault(Kind.DUPLICATE, on))

    def crash(self, tid: str, is_committed: bool, on: str = "") -> None:
        self.add(tid, Fault(Kind.CRASH_AFTER if is_committed else Kind.CRASH_BEFORE, on))
