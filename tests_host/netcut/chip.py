# SPDX-License-Identifier: MIT
"""What MicroPython and the ESP32's port give to the firmware, for CPython: flash with the rules of NOR, working AES, a
clock in virtual time, a radio that the test switches. No pins: nothing under test looks at them.
"""

from __future__ import annotations

import calendar
import errno
import hashlib
import time as real_time
from types import SimpleNamespace
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests_host.netcut.loop import CancelledError, Event, Loop

SECTOR: Final = 4096
SECTORS: Final = 8
_NOT_FOUND: Final = -0x1102
_CBC: Final = 2
_WATCHDOG_MS: Final = 15_000


class Restart(BaseException):
    """The firmware has restarted the chip, which it does for a fault of its own only."""


class Asleep(BaseException):
    """Deep sleep."""


class Nor:
    """The journal's partition: erase to FF, program only clears bits."""

    TYPE_DATA: Final = 1

    def __init__(self) -> None:
        self.data = bytearray(b"\xff" * SECTORS * SECTOR)
        self.operations = 0

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        start = block * SECTOR + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block: int, buffer: bytes, offset: int) -> None:
        start = block * SECTOR + offset
        old = self.data[start : start + len(buffer)]
        new = bytes(have & want for have, want in zip(old, buffer, strict=True))
        assert new == bytes(buffer), "programming a bit from 0 to 1"
        self.data[start : start + len(new)] = new
        self.operations += 1

    def ioctl(self, command: int, argument: int) -> int:
        if command == 4:
            return SECTORS
        if command == 5:
            return SECTOR
        self.data[argument * SECTOR : (argument + 1) * SECTOR] = b"\xff" * SECTOR
        self.operations += 1
        return 0


class Aes:
    """cryptolib.aes: works in place; CBC goes on where it was."""

    def __init__(self, key: bytes, mode: int, iv: bytes = b"") -> None:
        chaining = modes.CBC(bytes(iv)) if mode == _CBC else modes.ECB()
        self._cipher = Cipher(algorithms.AES(bytes(key)), chaining)
        self._encryptor: Any = None
        self._decryptor: Any = None

    def encrypt(self, data: bytes, out: bytearray | None = None) -> bytes | None:
        self._encryptor = self._encryptor or self._cipher.encryptor()
        return self._put(self._encryptor.update(bytes(data)), out)

    def decrypt(self, data: bytes, out: bytearray | None = None) -> bytes | None:
        self._decryptor = self._decryptor or self._cipher.decryptor()
        return self._put(self._decryptor.update(bytes(data)), out)

    @staticmethod
    def _put(result: bytes, out: bytearray | None) -> bytes | None:
        if out is None:
            return result
        out[: len(result)] = result
        return None


class Wlan:
    """The access point is there as long as the test says so."""

    IF_STA, PM_NONE, PM_PERFORMANCE = 0, 0, 1

    def __init__(self, chip: Chip) -> None:
        self._chip = chip

    def active(self, _is_on: bool) -> None:
        pass

    def config(self, **_values: object) -> None:
        pass

    def connect(self, _ssid: str, _psk: str) -> None:
        pass

    def disconnect(self) -> None:
        pass

    def isconnected(self) -> bool:
        return self._chip.is_in_reach

    def status(self, name: str = "") -> int:
        return -60 if name else 1001


class _Nvs:
    """Blobs and numbers by their key."""

    def __init__(self, values: dict[str, bytes | int]) -> None:
        self._values = values

    def get_blob(self, key: str, buffer: bytearray) -> int:
        value = self._values.get(key)
        if not isinstance(value, bytes):
            raise OSError(_NOT_FOUND)
        buffer[: len(value)] = value
        return len(value)

    def set_blob(self, key: str, value: bytes) -> None:
        self._values[key] = bytes(value)

    def get_i32(self, key: str) -> int:
        value = self._values.get(key)
        if not isinstance(value, int):
            raise OSError(_NOT_FOUND)
        return value

    def set_i32(self, key: str, value: int) -> None:
        self._values[key] = value

    def erase_key(self, key: str) -> None:
        if self._values.pop(key, None) is None:
            raise OSError(_NOT_FOUND)

    def commit(self) -> None:
        pass


class _Frame:
    """framebuf.FrameBuffer, on which nothing is seen: the screen is read as words."""

    def __init__(self, *_arguments: object) -> None:
        pass

    def fill_rect(self, *_arguments: int) -> None:
        pass


class Chip:
    """One chip and its modules by name; `start_s` is what its clock shows, seconds since 1970, when the loop begins."""

    def __init__(self, loop: Loop, start_s: int, seed: int) -> None:
        self.loop = loop
        self.nor = Nor()
        self.is_in_reach = True
        self._start_s = start_s
        self._nvs: dict[str, bytes | int] = {}
        self._drawn = 0
        self._seed = seed
        self.fed_ms = -1
        self.modules: dict[str, SimpleNamespace] = {
            "micropython": SimpleNamespace(const=lambda value: value, kbd_intr=lambda _code: None),
            "time": self._time(),
            "machine": self._machine(),
            "esp32": self._esp32(),
            "network": self._network(),
            "cryptolib": SimpleNamespace(aes=Aes),
            "framebuf": SimpleNamespace(FrameBuffer=_Frame, MONO_VLSB=0),
            "os": SimpleNamespace(urandom=self._urandom, stat=_no_file),
            "gc": SimpleNamespace(
                collect=lambda: 0, mem_alloc=lambda: 0, mem_free=lambda: 20_000, threshold=lambda _n: None
            ),
            "random": SimpleNamespace(getrandbits=lambda bits: int.from_bytes(self._urandom(4), "big") >> 32 - bits),
            "tls": _tls(),
        }

    @property
    def is_starved(self) -> bool:
        """The watchdog would have bitten."""
        return self.fed_ms >= 0 and self.loop.now_ms - self.fed_ms > _WATCHDOG_MS

    def _urandom(self, size: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_128(b"%d %d" % (self._seed, self._drawn)).digest(size)

    def _now_s(self) -> int:
        return self._start_s + self.loop.now_ms // 1000

    def _sleep_ms(self, ms: int) -> None:
        self.loop.now_ms += ms

    def _feed(self) -> None:
        self.fed_ms = self.loop.now_ms

    def _time(self) -> SimpleNamespace:
        return SimpleNamespace(
            ticks_ms=lambda: self.loop.now_ms,
            ticks_diff=lambda end, start: end - start,
            ticks_add=lambda ticks, delta: ticks + delta,
            sleep_ms=self._sleep_ms,
            time=self._now_s,
            gmtime=lambda seconds: tuple(real_time.gmtime(seconds))[:8],
            mktime=lambda date: calendar.timegm((*date[:6], 0, 0, 0)),
        )

    def _machine(self) -> SimpleNamespace:
        rtc = SimpleNamespace(datetime=self._set_clock, memory=lambda _value=None: b"")
        watchdog = SimpleNamespace(feed=self._feed)
        return SimpleNamespace(
            RTC=lambda: rtc,
            WDT=lambda timeout: watchdog,
            Pin=type("Pin", (), {}),
            ADC=type("ADC", (), {}),
            reset=_restart,
            deepsleep=_fall_asleep,
            reset_cause=lambda: 1,
            wake_reason=lambda: 0,
            DEEPSLEEP_RESET=4,
            WDT_RESET=3,
            TIMER_WAKE=4,
        )

    def _set_clock(self, date: tuple[int, ...]) -> None:
        moment = calendar.timegm((*date[:3], *date[4:7], 0, 0, 0))
        self._start_s += moment - self._now_s()

    def _esp32(self) -> SimpleNamespace:
        partition = SimpleNamespace(TYPE_DATA=Nor.TYPE_DATA, find=lambda _kind, label: [self.nor])
        return SimpleNamespace(Partition=partition, NVS=lambda _space: _Nvs(self._nvs))

    def _network(self) -> SimpleNamespace:
        def wlan(_interface: int) -> Wlan:
            return Wlan(self)

        wlan.IF_STA = Wlan.IF_STA  # type: ignore[attr-defined]
        return SimpleNamespace(WLAN=wlan, STAT_IDLE=1000, STAT_CONNECTING=1001)


def asyncio_of(loop: Loop, stdin: Any) -> SimpleNamespace:
    """The firmware's asyncio; a connection is its own stream."""
    return SimpleNamespace(
        CancelledError=CancelledError,
        TimeoutError=TimeoutError,
        Event=Event,
        Task=object,
        StreamReader=lambda source: source if hasattr(source, "drain") else stdin,
        create_task=loop.create_task,
        sleep_ms=loop.sleep_ms,
        sleep=lambda seconds: loop.sleep_ms(int(1000 * seconds)),
        wait_for_ms=loop.wait_for_ms,
        get_event_loop=lambda: SimpleNamespace(set_exception_handler=lambda _handler: None),
    )


def _tls() -> SimpleNamespace:
    def nothing(*_arguments: object) -> None:
        pass

    def context(_protocol: int) -> SimpleNamespace:
        return SimpleNamespace(
            load_cert_chain=nothing,
            load_verify_locations=nothing,
            verify_mode=0,
            wrap_socket=lambda stream, **_settings: stream,
        )

    return SimpleNamespace(SSLContext=context, PROTOCOL_TLS_CLIENT=0, CERT_REQUIRED=2)


def _no_file(path: str) -> None:
    raise OSError(errno.ENOENT, path)


def _restart() -> None:
    raise Restart


def _fall_asleep(_ms: int) -> None:
    raise Asleep
