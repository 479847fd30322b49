# SPDX-License-Identifier: MIT
"""What `machine`, `network` and `esp32` have on the ESP32 and a terminal seldom asks for; loaded when it does.

Constants are in a table, functions and classes under their name, methods as `<class>_<method>` with the instance first.
"""

import struct

import _rpc
from micropython import const

_PWM = const(14)
_I2C_WRITE = const(20)
_I2C_READ = const(21)
_NVS_ERASE = const(45)
_RTCMEM_GET = const(52)
_RTCMEM_SET = const(53)
_RESET = const(54)
_CHIP_SLEEP = const(55)
_TIMER = const(61)
_MAC = const(62)
_WLAN_SCAN = const(76)
_WLAN_IFCONFIG = const(77)
_ENODEV = const(19)
_CONSTANTS = const(
    b"""
machine.HARD_RESET=2
machine.WDT_RESET=3
machine.SOFT_RESET=5
machine.PIN_WAKE=2
machine.EXT0_WAKE=2
machine.EXT1_WAKE=3
machine.TOUCHPAD_WAKE=5
machine.ULP_WAKE=6
network.STA_IF=0
network.AP_IF=1
network.STAT_BEACON_TIMEOUT=200
network.STAT_NO_AP_FOUND=201
network.STAT_ASSOC_FAIL=203
network.STAT_HANDSHAKE_TIMEOUT=204
esp32.HEAP_DATA=4
esp32.HEAP_EXEC=1
"""
)
_names = {"hostname": "mpy-esp32", "country": "XX"}


def find(kind: str, instance: object, name: str) -> object:
    if instance is None:
        mark = b"\n%s.%s=" % (kind.encode(), name.encode())
        at = _CONSTANTS.find(mark)
        if at >= 0:
            at += len(mark)
            return int(_CONSTANTS[at : _CONSTANTS.find(b"\n", at)])
        if (kind, name) == ("machine", "SoftI2C"):
            import machine

            return machine.I2C
        if name.startswith("_") or name not in _PLACES.get(kind, ()):
            raise AttributeError(name)
        return globals()[name]
    method = globals().get(kind + "_" + name)
    if method is None:
        raise AttributeError(name)
    return lambda *args, **kwargs: method(instance, *args, **kwargs)


def unique_id() -> bytes:
    return _rpc.fetch(_MAC)


def freq(hz: "int | None" = None) -> "int | None":
    if hz is None:
        return 160000000
    if hz // 1000000 not in (20, 40, 80, 160, 240):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")


def soft_reset() -> None:
    _rpc.call(_RESET, 1)


def lightsleep(time_ms: int = 0) -> None:
    _rpc.call(_CHIP_SLEEP, time_ms, 0)


def idle() -> None:
    _rpc.spend(1000)


class Timer:
    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, id: int) -> None:
        self.id = 64 + (id & 3)

    def init(self, *, mode: int = 1, period: int = -1, callback: object = None) -> None:
        _rpc.handlers[self.id] = callback and (callback, self)
        _rpc.call(_TIMER, self.id, period << 1 | mode)

    def deinit(self) -> None:
        _rpc.call(_TIMER, self.id, -1)


def hostname(name: "str | None" = None) -> "str | None":
    return _named("hostname", name)


def country(code: "str | None" = None) -> "str | None":
    return _named("country", code)


def _named(what: str, value: "str | None") -> "str | None":
    if value is None:
        return _names[what]
    _names[what] = value


def idf_heap_info(capabilities: int) -> "list[tuple[int, ...]]":
    return [(162000, 58000, 47000, 41000)]


_PLACES = {
    "machine": ("unique_id", "freq", "soft_reset", "lightsleep", "idle", "Timer"),
    "network": ("hostname", "country"),
    "esp32": ("idf_heap_info",),
}


def Pin_on(pin: object) -> None:
    pin.value(1)


def Pin_off(pin: object) -> None:
    pin.value(0)


def PWM_deinit(pwm: object) -> None:
    _rpc.call(_PWM, pwm._pin, -1)


def PWM_freq(pwm: object, hz: "int | None" = None) -> "int | None":
    if hz is None:
        return pwm._hz
    if not 1 <= hz <= 40000000:
        raise ValueError("frequency must be from 1Hz to 40MHz")
    pwm._hz = hz


def PWM_duty(pwm: object, duty: "int | None" = None) -> "int | None":
    if duty is None:
        return pwm._duty * 1023 // 65535
    pwm.duty_u16(duty * 65535 // 1023)


def ADC_read_u16(adc: object) -> int:
    return adc.read_uv() // 50 * 65535 // (adc._full_uv // 50)


def I2C_scan(bus: object) -> "list[int]":
    return [address for address in range(8, 0x78) if _rpc.call(_I2C_WRITE, address) >= 0]


def I2C_writevto(bus: object, addr: int, vector: "list[bytes]", stop: bool = True) -> int:
    return bus.writeto(addr, b"".join(vector), stop)


def I2C_writeto_mem(bus: object, addr: int, memaddr: int, buf: bytes) -> None:
    bus.writeto(addr, bytes((memaddr,)) + buf)


def I2C_readfrom(bus: object, addr: int, nbytes: int, stop: bool = True) -> bytes:
    data = bytearray(nbytes)
    I2C_readfrom_into(bus, addr, data, stop)
    return bytes(data)


def I2C_readfrom_into(bus: object, addr: int, buf: bytearray, stop: bool = True) -> None:
    if _rpc.call(_I2C_READ, addr, len(buf), b"", buf) < 0:
        raise OSError(_ENODEV)


def RTC_memory(rtc: object, data: "bytes | None" = None) -> "bytes | None":
    if data is None:
        return _rpc.fetch(_RTCMEM_GET)
    if len(data) > 2048:
        raise ValueError("buffer too long")
    _rpc.call(_RTCMEM_SET, 0, 0, data)


def WLAN_scan(wlan: object) -> "list[tuple[bytes, bytes, int, int, int, bool]]":
    if not wlan.active():
        raise OSError("STA must be active")
    found = _rpc.fetch(_WLAN_SCAN)
    places = []
    while found:
        size, channel, rssi, security = struct.unpack("<BBbB", found)
        places.append((found[4 : 4 + size], found[4 + size : 10 + size], channel, rssi, security, False))
        found = found[10 + size :]
    return places


def WLAN_ifconfig(wlan: object) -> "tuple[str, ...]":
    return tuple(str(_rpc.fetch(_WLAN_IFCONFIG), "ascii").split())


def WLAN_ipconfig(wlan: object, name: str) -> object:
    address = WLAN_ifconfig(wlan)
    return {"addr4": address[:2], "gw4": address[2], "dhcp4": True, "has_dhcp4": wlan.isconnected()}[name]


def NVS_erase_key(nvs: object, key: str) -> None:
    import esp32

    esp32._check(_rpc.call(_NVS_ERASE, nvs._space, 0, key.encode()))
