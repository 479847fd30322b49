# SPDX-License-Identifier: MIT
"""What the pages have to know, gathered from every thread and handed to each page at its own speed.

A topic's newest fields replace older ones, and a log's text grows, so that a slow page skips pictures and loses no
words. Invariant: everything is changed in the loop's thread only.
"""

import asyncio
from typing import Any, Final

Fields = dict[str, Any]
_Key = tuple[str, str]
LOG: Final = "log"
GONE: Final = "gone"  # nothing else is known of this terminal any more
_LOG_MOST: Final = 60_000  # characters of a serial line that are kept
_PASSING: Final = frozenset(["trouble", "scan", GONE])  # said once, and not to pages that come later


def _merged(known: Fields, topic: str, fields: Fields) -> Fields:
    if topic == LOG and not fields.get("is_new"):
        fields = {**fields, "text": (known.get("text", "") + fields["text"])[-_LOG_MOST:]}
    return {**known, **fields}


class Outbox:
    """What one page has still to be told."""

    def __init__(self) -> None:
        self._news: dict[_Key, Fields] = {}
        self._has_news = asyncio.Event()

    def put(self, topic: str, tid: str, fields: Fields) -> None:
        key = (topic, tid)
        self._news[key] = _merged(self._news.get(key, {}), topic, fields)
        self._has_news.set()

    async def take(self) -> list[Fields]:
        """Everything new, waiting for something if need be."""
        await self._has_news.wait()
        self._has_news.clear()
        news, self._news = self._news, {}
        return [{"topic": topic, "tid": tid, **fields} for (topic, tid), fields in news.items()]


class Hub:
    """`tell` from any thread; `join` in the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._known: dict[_Key, Fields] = {}
        self._outboxes: set[Outbox] = set()

    @property
    def has_pages(self) -> bool:
        return bool(self._outboxes)

    def tell(self, topic: str, tid: str = "", **fields: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._spread, topic, tid, fields)

    def _spread(self, topic: str, tid: str, fields: Fields) -> None:
        if topic == GONE:
            self._known = {key: known for key, known in self._known.items() if key[1] != tid}
        if topic not in _PASSING:
            self._known[topic, tid] = _merged(self._known.get((topic, tid), {}), topic, fields)
        for outbox in self._outboxes:
            outbox.put(topic, tid, fields)

    def join(self) -> Outbox:
        """A page has come: it is told everything that is known."""
        outbox = Outbox()
        for (topic, tid), fields in self._known.items():
            outbox.put(topic, tid, {**fields, "is_new": True} if topic == LOG else fields)
        self._outboxes.add(outbox)
        return outbox

    def leave(self, outbox: Outbox) -> None:
        self._outboxes.discard(outbox)
