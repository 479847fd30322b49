# SPDX-License-Identifier: MIT
"""Part of flash_log: moving the head on to the next sector, with the live records of the sector that this puts out."""

from micropython import const

from flash_log import LogFull

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flash_log import FlashLog

_SLOT = const(64)  # bytes
_COPY = const(0x80)
_LAST_COPY = const(0x40)
_BLANK = const(-1)  # all FF: never programmed
_EIO = const(5)
_ENOSPC = const(28)


def advance(log: "FlashLog") -> None:
    """Move the head on until there is room: one sector, more where sectors hold nothing but live records."""
    for turns in range(1, log._sectors):
        if any(not _must_keep(log, pos) for pos in log._range(log._after(turns + 1))):
            for _ in range(turns):
                _move(log)
            return
    raise LogFull(_ENOSPC)


def prepare(log: "FlashLog") -> bool:
    """One step ahead: the move when the head is full, else the erase for the next one. Was there anything to do?"""
    if log._slot == log._slots:
        advance(log)
        return True
    count = log.erases
    clean(log)
    return log.erases > count


def erase(log: "FlashLog", sector: int) -> None:
    log._held = -1
    log.erases += 1
    if log._part.ioctl(6, sector):
        raise OSError(_EIO)


def _must_keep(log: "FlashLog", pos: int) -> bool:
    if log._check(pos) < 0:
        return False
    return log._is_live is not None and log._is_live(pos, log._view(pos)[4], log._payload(pos))


def _move(log: "FlashLog") -> None:
    target = log._after(1)
    live = [pos for pos in log._range(log._after(2)) if _must_keep(log, pos)]
    lap = (log._lap + (target == 0)) & 3
    for _ in range(2):
        clean(log)
        if _copy(log, live, target * log._slots, lap):
            break
        _spoil(log, target * log._slots + len(live) - 1)
    else:
        raise OSError(_EIO)
    log._head = target
    log._slot = len(live)
    log._lap = lap
    log._is_valid = len(live) > 0
    log._is_clean = False
    log._in_use = min(log._in_use + 1, log._sectors - 1)
    if log._moved:
        for i in range(len(live)):
            log._moved(live[i], target * log._slots + i)


def _copy(log: "FlashLog", live: list[int], to: int, lap: int) -> bool:
    for i in range(len(live)):
        pos = live[i]
        last = _LAST_COPY if i == len(live) - 1 else 0
        payload = log._payload(pos)
        log._compose(log._sequence(pos), lap, log._view(pos)[4], len(payload) | _COPY | last, payload)
        if not log._program(to + i):
            return False
    return True


def clean(log: "FlashLog") -> None:
    """Make the sector after the head blank. What it holds is no part of the log once the move is valid."""
    if not log._is_valid:
        raise OSError(_EIO)  # a whole sector took not one record
    if not log._is_clean:
        for pos in log._range(log._after(1)):
            if log._check(pos) != _BLANK:
                erase(log, log._after(1))
                break
    log._is_clean = True


def _spoil(log: "FlashLog", pos: int) -> None:
    """Before an erase: a last copy may be valid though it did not read back, and an erase torn behind it would
    leave a move that is not complete but looks so."""
    log._is_clean = False
    log._out[:] = bytes(_SLOT)
    log._program(pos)
