# SPDX-License-Identifier: MIT
"""The part of `machine` that a terminal does not use."""

import _rpc
import machine
from micropython import const

_CHIP_SLEEP = const(55)
_TIMER = const(61)
_MAC = const(62)

HARD_RESET, SOFT_RESET = 2, 5
PIN_WAKE = EXT0_WAKE = 2
EXT1_WAKE, TOUCHPAD_WAKE, ULP_WAKE = 3, 5, 6
SoftI2C = machine.I2C


def unique_id() -> bytes:
    return _rpc.fetch(_MAC)


def freq(hz: "int | None" = None) -> "int | None":
    if hz is None:
        return 160000000
    if hz // 1000000 not in (20, 40, 80, 160, 240):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")


def soft_reset() -> None:
    raise SystemExit


def lightsleep(time_ms: int = -1) -> None:
    _rpc.call(_CHIP_SLEEP, time_ms, 0)


def idle() -> None:
    _rpc.spend(1000)


class Timer:
    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, id: int, **settings: object) -> None:
        if not 0 <= id <= 3:
            raise ValueError("invalid Timer number")
        self.id = 64 + id
        if settings:
            self.init(**settings)

    def init(
        self,
        *,
        mode: int = 1,
        callback: object = None,
        period: int = 0x3FFFFFFF,
        tick_hz: int = 1000,
        freq: "float | None" = None,
    ) -> None:
        period = int(1000 / freq) if freq else period * 1000 // tick_hz
        _rpc.handlers[self.id] = callback and (callback, self)
        _rpc.call(_TIMER, self.id, period << 1 | mode)

    def deinit(self) -> None:
        _rpc.call(_TIMER, self.id, -1)


class _Memory:
    """Words of the interpreter's own memory, for what looks into its objects."""

    def __init__(self, kind: int) -> None:
        self._kind = kind

    def _word(self, address: int) -> object:
        import uctypes

        return uctypes.struct(address, {"word": self._kind | 0}, uctypes.NATIVE)

    def __getitem__(self, address: int) -> int:
        return self._word(address).word

    def __setitem__(self, address: int, value: int) -> None:
        self._word(address).word = value


def __getattr__(name: str) -> object:
    if name[:3] != "mem":
        raise AttributeError(name)
    import uctypes

    return _Memory({"mem8": uctypes.UINT8, "mem16": uctypes.UINT16, "mem32": uctypes.UINT32}[name])
