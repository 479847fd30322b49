# SPDX-License-Identifier: MIT
"""ESP-IDF's non-volatile storage on the `nvs` partition: namespaces, 32-bit integers and blobs of any length.

The rules (new value before the old is erased, blob versions that alternate, one page always kept free) and the error
numbers are ESP-IDF's; what a call leaves in flash is checked against its partition generator.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tools.emulator.nvs_page import (
    ACTIVE,
    ANY_CHUNK,
    BLOB_DATA,
    BLOB_INDEX,
    CHUNK_MAX,
    CORRUPT,
    ENTRY,
    FREEING,
    FULL,
    I32,
    PAGE,
    U8,
    UNINITIALISED,
    Item,
    Page,
    Storage,
    variable,
)

NOT_FOUND, NOT_ENOUGH_SPACE = 0x1102, 0x1105
INVALID_NAME, KEY_TOO_LONG, INVALID_LENGTH = 0x1106, 0x1109, 0x110C
_SECOND_VERSION = 0x80
_NAME_MAX = 15


class NvsError(Exception):
    """`args[0]` is ESP-IDF's error number."""

    @property
    def number(self) -> int:
        return int(self.args[0])


class Nvs:
    """The storage of one partition; made anew at each start of the chip, as nvs_flash_init does."""

    def __init__(self, storage: Storage, start: int, size: int) -> None:
        self._pages = [Page(storage, start + offset) for offset in range(0, size, PAGE)]
        self._recover()
        if not self._free():  # as the port's start-up code answers ESP_ERR_NVS_NO_FREE_PAGES
            for page in self._pages:
                page.erase()
        if self._active() is None:
            self._new_page()

    def take_cost_us(self) -> int:
        """What flash operations since the last call have cost."""
        cost = sum(page.cost_us for page in self._pages)
        for page in self._pages:
            page.cost_us = 0
        return cost

    # Pages.

    def _in_use(self) -> list[Page]:
        used = [page for page in self._pages if page.state in (ACTIVE, FULL, FREEING)]
        return sorted(used, key=lambda page: page.sequence)

    def _free(self) -> list[Page]:
        return [page for page in self._pages if page.state in (UNINITIALISED, CORRUPT)]

    def _active(self) -> Page | None:
        used = self._in_use()
        return used[-1] if used and used[-1].state == ACTIVE else None

    def _recover(self) -> None:
        for page in self._in_use():
            if page.state == FREEING:
                newest = self._in_use()[-1]
                if newest.state == ACTIVE and newest is not page:
                    newest.erase()  # a copy that was cut short is made again
                self._move(page)
        self._drop_duplicates()
        self._drop_orphans()

    def _drop_duplicates(self) -> None:
        # The power went between writing a new value and erasing the old one.
        page = self._active()
        last = list(page.items())[-1:] if page else []
        for _, newest in last:
            found = [place for place in self._find_all(newest.namespace, newest.key) if place[2].is_same(newest)]
            for older, index, item in found[:-1]:
                older.discard(index, item.span)

    def _drop_orphans(self) -> None:
        indexes = {(item.namespace, item.key): item for _, _, item in self._everything() if item.type == BLOB_INDEX}
        for page, index, item in list(self._everything()):
            if item.type == BLOB_DATA:
                owner = indexes.get((item.namespace, item.key))
                if owner is None or not owner.value[5] <= item.chunk < owner.value[5] + owner.value[4]:
                    page.discard(index, item.span)

    def _new_page(self) -> Page:
        free = self._free()
        if not free:
            raise NvsError(NOT_ENOUGH_SPACE)
        used = self._in_use()
        if len(free) < 2 and used:
            emptiest = max(used, key=lambda page: page.erased_count)
            if not emptiest.erased_count:
                raise NvsError(NOT_ENOUGH_SPACE)
            emptiest.set_state(FREEING)
            return self._move(emptiest)
        return self._activate(free[0])

    def _activate(self, page: Page) -> Page:
        used = self._in_use()
        page.activate(used[-1].sequence + 1 if used else 0)
        return page

    def _move(self, page: Page) -> Page:
        target = self._activate(self._free()[0])
        for _, item in page.items():
            target.write(item)
        page.erase()
        return target

    def _write(self, item: Item) -> None:
        page = self._active()
        if page is None or not page.has_room(item.span):
            if page is not None:
                page.set_state(FULL)
            page = self._new_page()
            if not page.has_room(item.span):
                raise NvsError(NOT_ENOUGH_SPACE)
        page.write(item)

    # Items.

    def _everything(self) -> Iterator[tuple[Page, int, Item]]:
        for page in self._in_use():
            for index, item in page.items():
                yield page, index, item

    def _find_all(self, namespace: int, key: str) -> list[tuple[Page, int, Item]]:
        return [place for place in self._everything() if place[2].namespace == namespace and place[2].key == key]

    def _find(self, namespace: int, key: str, kind: int) -> tuple[Page, int, Item] | None:
        if not key or len(key) > _NAME_MAX:
            raise NvsError(KEY_TOO_LONG if key else INVALID_NAME)
        # As Storage::findItem: a key of another type is no key.
        return next((place for place in self._find_all(namespace, key) if place[2].type == kind), None)

    def namespace(self, name: str) -> int:
        """The index of a namespace, made if new."""
        taken = {item.key: item.value[0] for _, _, item in self._everything() if item.namespace == 0}
        if name in taken:
            return taken[name]
        if not name or len(name) > _NAME_MAX:
            raise NvsError(KEY_TOO_LONG if name else INVALID_NAME)
        number = next(index for index in range(1, 255) if index not in taken.values())
        self._write(Item(0, U8, ANY_CHUNK, name, bytes((number,)).ljust(8, b"\xff")))
        return number

    def get_i32(self, namespace: int, key: str) -> int:
        place = self._find(namespace, key, I32)
        if place is None:
            raise NvsError(NOT_FOUND)
        return int(struct.unpack("<i", place[2].value[:4])[0])

    def set_i32(self, namespace: int, key: str, value: int) -> None:
        old = self._find(namespace, key, I32)
        item = Item(namespace, I32, ANY_CHUNK, key, struct.pack("<i", value).ljust(8, b"\xff"))
        if old is None or old[2].value != item.value:
            self._write(item)
            if old is not None:
                self._erase_older(item)

    def _erase_older(self, item: Item) -> None:
        # Looked up again: writing may have moved it to another page.
        places = [place for place in self._find_all(item.namespace, item.key) if place[2].is_same(item)]
        for page, index, old in places[:-1]:
            page.discard(index, old.span)

    def get_blob(self, namespace: int, key: str) -> bytes:
        place = self._find(namespace, key, BLOB_INDEX)
        if place is None:
            raise NvsError(NOT_FOUND)
        size, count, first = struct.unpack("<IBB", place[2].value[:6])
        chunks = {item.chunk: item.data for _, _, item in self._find_all(namespace, key) if item.type == BLOB_DATA}
        try:
            data = b"".join(chunks[first + number] for number in range(count))
        except KeyError:
            raise NvsError(NOT_FOUND) from None
        if len(data) != size:
            raise NvsError(NOT_FOUND)
        return data

    def set_blob(self, namespace: int, key: str, data: bytes) -> None:
        old = self._find(namespace, key, BLOB_INDEX)
        first = 0
        if old is not None:
            if self.get_blob(namespace, key) == data:
                return
            first = _SECOND_VERSION if old[2].value[5] == 0 else 0
        try:
            self._write_blob(namespace, key, data, first)
        except NvsError:
            self._erase_chunks(namespace, key, first)
            raise
        if old is not None:
            self._erase_blob(namespace, key, old[2].value[5])

    def _write_blob(self, namespace: int, key: str, data: bytes, first: int) -> None:
        count = offset = 0
        while True:
            page = self._active()
            room = page.tail_room() if page is not None else 0
            left = len(data) - offset
            if room < left and room < CHUNK_MAX // 10 and count == 0 or not room:
                page = self._turn_page()
                room = page.tail_room()
            size = min(left, room)
            part = data[offset : offset + size]
            self._write(Item(namespace, BLOB_DATA, first + count, key, variable(part), part))
            count += 1
            offset += size
            if offset < len(data) or room - size < ENTRY:
                self._turn_page()
            if offset == len(data):
                break
        value = struct.pack("<IBBH", len(data), count, first, 0xFFFF)
        self._write(Item(namespace, BLOB_INDEX, ANY_CHUNK, key, value))

    def _turn_page(self) -> Page:
        page = self._active()
        if page is not None:
            page.set_state(FULL)
        return self._new_page()

    def _erase_blob(self, namespace: int, key: str, first: int) -> None:
        for page, index, item in self._find_all(namespace, key):
            if item.type == BLOB_INDEX and item.value[5] == first:
                page.discard(index, item.span)
        self._erase_chunks(namespace, key, first)

    def _erase_chunks(self, namespace: int, key: str, first: int) -> None:
        for page, index, item in self._find_all(namespace, key):
            if item.type == BLOB_DATA and item.chunk & _SECOND_VERSION == first:
                page.discard(index, item.span)

    def erase_key(self, namespace: int, key: str) -> None:
        places = self._find_all(namespace, key)
        if not places:
            raise NvsError(NOT_FOUND)
        # The index of a blob goes first: chunks without one are dropped at the next start.
        for page, index, item in sorted(places, key=lambda place: place[2].type == BLOB_DATA):
            page.discard(index, item.span)

    def keys(self, name: str) -> list[str]:
        """Keys of a namespace; for tests and tools."""
        number = next(
            (item.value[0] for _, _, item in self._everything() if item.namespace == 0 and item.key == name), None
        )
        found = {item.key for _, _, item in self._everything() if item.namespace == number and number is not None}
        return sorted(found)
