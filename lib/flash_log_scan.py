# SPDX-License-Identifier: MIT
"""Part of flash_log: finding the head of the log and walking through it, for `mount` and `records`."""

from array import array

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flash_log import FlashLog

_COPY = const(0x80)
_LAST_COPY = const(0x40)
_BLANK = const(-1)  # all FF: never programmed
_NO_LAP = const(0xFF)
_EIO = const(5)


def mount(log: "FlashLog", progress: Callable[[int], None] | None = None) -> None:
    """Find the head. `progress` is told percents. OSError: the flash holds what no power cut can leave behind."""
    log._forget()
    laps = bytearray(log._sectors)
    for sector in range(log._sectors):
        laps[sector] = _survey(log, sector)
        if progress:
            progress((sector + 1) * 100 // log._sectors)
    heads = [sector for sector in range(log._sectors) if _is_head(log, laps, sector)]
    if len(heads) == 1:
        log._head = heads[0]
        log._lap = laps[log._head]
        log._in_use = sum([lap != _NO_LAP for lap in laps]) - (laps[log._after(1)] != _NO_LAP)
        log._slot = 0
        while log._slot < log._slots and log._check(log._head * log._slots + log._slot) != _BLANK:
            log._slot += 1
        log.appended = _newest(log) + 1
    elif sum(laps) != _NO_LAP * log._sectors:
        raise OSError(_EIO)


def _survey(log: "FlashLog", sector: int) -> int:
    """The lap of a sector whose move was completed, else _NO_LAP."""
    for pos in log._range(sector):
        state = log._check(pos)
        if state == _BLANK:
            break
        if state >= 0 and state & (_COPY | _LAST_COPY) != _COPY:
            return log._view(pos)[3] >> 6
    return _NO_LAP


def _is_head(log: "FlashLog", laps: bytearray, sector: int) -> bool:
    """Neither of the next two sectors continues this one; two, so that a sector lost to wear hides nothing."""
    lap = laps[sector]
    if lap == _NO_LAP:
        return False
    for _ in range(2):
        sector += 1
        if sector == log._sectors:
            sector = 0
            lap = (lap + 1) & 3
        if laps[sector] == lap:
            return False
    return True


def _newest(log: "FlashLog") -> int:
    """The highest sequence number: that of the last record which is not a copy, where there is one."""
    newest = -1
    for back in range(log._in_use):
        is_found = False
        for pos in log._range((log._head - back) % log._sectors):
            state = log._check(pos)
            if state >= 0:
                newest = max(newest, log._sequence(pos))
                is_found = is_found or not state & _COPY
        if is_found:
            break
    return newest


def records(log: "FlashLog") -> Iterator[tuple[int, int, bytes]]:
    """(pos, kind, payload) of all records, oldest first, each once. Append nothing meanwhile."""
    for pos in _copies(log):
        yield pos, log._view(pos)[4], log._payload(pos)
    newest = -1
    for sector in _log_sectors(log):
        for pos in log._range(sector):
            state = log._check(pos)
            if state == _BLANK:
                break
            if state >= 0 and not state & _COPY and log._sequence(pos) > newest:
                newest = log._sequence(pos)  # a slot that did not read back well has the number of its successor
                yield pos, log._view(pos)[4], log._payload(pos)


def _log_sectors(log: "FlashLog") -> Iterator[int]:
    for steps in range(2, log._sectors + 1):
        yield log._after(steps)


def _copies(log: "FlashLog") -> array[int]:
    """Positions of the copies by sequence number. All are older than any record that is not a copy."""
    found = array("H")
    keys = array("I")
    for sector in _log_sectors(log):
        for pos in log._range(sector):
            state = log._check(pos)
            if state == _BLANK or state >= 0 and not state & _COPY:
                break  # copies come first in a sector
            if state >= 0:
                _insert(log, found, keys, pos)
    return found


def _insert(log: "FlashLog", found: array[int], keys: array[int], pos: int) -> None:
    key = log._sequence(pos)
    i = len(keys)
    found.append(pos)
    keys.append(key)
    while i and keys[i - 1] > key:  # rarely: each sector's copies are in order
        keys[i] = keys[i - 1]
        found[i] = found[i - 1]
        i -= 1
    keys[i] = key
    found[i] = pos
