# SPDX-License-Identifier: MIT
"""Answers the chip's calls: one short method an operation, each returning a result and what it cost in time.

Calls that wait, and those that end the interpreter's life, are the board's; everything here is done at once.
"""

from __future__ import annotations

import errno
import random
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.emulator import panel
from tools.emulator.adc import Adc
from tools.emulator.battery import RADIO_START_MA, SEND_MA
from tools.emulator.clock import Event
from tools.emulator.flash import SECTOR
from tools.emulator.nvs import INVALID_LENGTH, Nvs, NvsError
from tools.emulator.pins import OUT, PULL_UP
from tools.emulator.power import told_cause
from tools.emulator.rpc import BoardError, Op, Reply, Request

if TYPE_CHECKING:
    from tools.emulator.board import Board

_SHORT_US = 2  # a call into a driver
_RADIO_US = 100_000  # starting or stopping it
_I2C_START_US = 20
_I2C_PATIENCE_US = 13_100  # the driver's, while somebody holds the bus
_FLASH_PINS = range(6, 12)
_PANEL_BUS = (22, 21)  # the pins that the panel is soldered to
_ADC_US = 40
_ASK_BOARD = 8  # flag: for what is in flash
_PWM_START = 1 << 16
_SSID = 21  # the setting of the radio that is a text
_INVALID_SIZE = -0x104
_OP_FAIL = -0x6001  # ESP_ERR_FLASH_OP_FAIL
MAC = bytes.fromhex("240ac4000000")


class Chip:
    """One life of the chip, from reset to reset."""

    def __init__(self, board: Board, cause: int, wake: int, program: str) -> None:
        self._board = board
        self.cause, self.wake = cause, wake
        self._program_text = program.encode()
        self.boot_us = board.clock.now_us
        self.interrupts: list[int] = []
        self._i2c_hz = 400_000
        self._i2c_pins = (-1, -1)
        self._timers: dict[int, Event] = {}
        self._random = random.Random(f"{board.seed}/chip/{len(board.resets)}")
        self._adc_unit = Adc(board.battery, self._random)
        nvs = board.regions["nvs"]
        self.nvs = Nvs(board.flash, nvs.start, nvs.size)
        self.nvs.take_cost_us()
        self._operations: dict[int, Callable[[Request], Reply]] = {
            int(op): getattr(self, f"_{op.name.lower()}") for op in Op if hasattr(self, f"_{op.name.lower()}")
        }

    def stop(self) -> None:
        for event in self._timers.values():
            event.cancel()
        self._timers.clear()
        modulated = [number for number, pad in enumerate(self._board.pins.pads) if pad.is_pwm]
        self._board.pins.soft_reset()
        for pin in modulated:
            self._show_pad(pin)

    def interrupt(self, number: int) -> None:
        if number not in self.interrupts:
            self.interrupts.append(number)

    def flags(self) -> int:
        reads = _ASK_BOARD if self._board.flash.watches_reads else 0
        return (1 if self.interrupts else 0) | reads | self._board.link.flags()

    def dispatch(self, request: Request) -> Reply:
        operation = self._operations.get(request.op)
        if operation is None:
            raise BoardError(f"unknown operation {request.op}")
        return operation(request)

    def _sync(self, request: Request) -> Reply:
        return Reply()

    def _irq_next(self, request: Request) -> Reply:
        return Reply(self.interrupts.pop(0) if self.interrupts else -1)

    def _program(self, request: Request) -> Reply:
        return Reply(0, self._program_text)

    def _seed(self, request: Request) -> Reply:
        return Reply(self._random.randrange(1 << 30))

    def _urandom(self, request: Request) -> Reply:
        return Reply(0, self._random.randbytes(request.a), _SHORT_US)

    # Pins.

    def _pin_init(self, request: Request) -> Reply:
        if request.a in _FLASH_PINS:
            raise BoardError(f"GPIO {request.a} is wired to the flash chip: a real one would stop here")
        self._board.pins.configure(request.a, request.b)
        self._show_pad(request.a)
        return Reply(0, b"", _SHORT_US)

    def _show_pad(self, pin: int) -> None:
        # An LED on a pad that is switched, not modulated, is dark or fully lit.
        pad = self._board.pins.pads[pin]
        if not pad.is_pwm:
            self._board.led.set(pin, 65535 * (pad.drive() or 0))

    def _pin_get(self, request: Request) -> Reply:
        return Reply(self._board.pins.levels(request.a), b"", _SHORT_US)

    def _pin_set(self, request: Request) -> Reply:
        self._board.pins.write(request.a, request.b)
        self._show_pad(request.a)
        return Reply(0, b"", _SHORT_US)

    def _pin_irq(self, request: Request) -> Reply:
        self._board.pins.set_trigger(request.a, request.b)
        return Reply(0, b"", _SHORT_US)

    def _pwm(self, request: Request) -> Reply:
        pad = self._board.pins.pads[request.a]
        if request.b >= _PWM_START:
            pad.is_pwm = pad.has_channel = True
        elif not pad.has_channel:
            return Reply(-1, b"", _SHORT_US)
        if request.b < 0:
            pad.is_pwm = pad.has_channel = False
            pad.mode, pad.out = OUT, 0
        if pad.is_pwm or request.b < 0:
            self._board.led.set(request.a, max(request.b, 0) % _PWM_START)
        return Reply(0, b"", _SHORT_US)

    def _adc(self, request: Request) -> Reply:
        return Reply(self._adc_unit.read(request.a, request.b, self._board.wifi.is_started), b"", _ADC_US)

    def _timer(self, request: Request) -> Reply:
        old = self._timers.pop(request.a, None)
        if old is not None:
            old.cancel()
        if request.b >= 0:
            self._start_timer(request.a, max(request.b >> 1, 1) * 1000, bool(request.b & 1))
        return Reply()

    def _start_timer(self, number: int, period_us: int, is_periodic: bool) -> None:
        def fire() -> None:
            self.interrupt(number)
            if is_periodic:
                self._start_timer(number, period_us, True)

        self._timers[number] = self._board.clock.after(period_us, fire)

    # I2C.

    def _i2c_init(self, request: Request) -> Reply:
        self._i2c_hz = max(request.b, 1000)
        self._i2c_pins = (request.a >> 8 & 255, request.a >> 16 & 255)
        for pin in self._i2c_pins:
            self._board.pins.pads[pin].pull |= PULL_UP
        return Reply()

    def _i2c_cost(self, size: int) -> int:
        return _I2C_START_US + (size + 1) * 9_000_000 // self._i2c_hz

    def _i2c_refusal(self) -> Reply:
        """Nobody acknowledges, or the bus is held so that the driver gives up."""
        if self._i2c_pins == _PANEL_BUS and self._board.panel.is_holding_bus:
            return Reply(-errno.ETIMEDOUT, b"", _I2C_PATIENCE_US)
        return Reply(-errno.ENODEV, b"", self._i2c_cost(0))

    def _has_panel(self, address: int) -> bool:
        is_free = self._i2c_pins == _PANEL_BUS and not self._board.panel.is_holding_bus
        return is_free and address == panel.ADDRESS

    def _i2c_write(self, request: Request) -> Reply:
        if not self._has_panel(request.a) or not self._board.panel.write(request.data):
            return self._i2c_refusal()
        return Reply(len(request.data), b"", self._i2c_cost(len(request.data)))

    def _i2c_read(self, request: Request) -> Reply:
        data = self._board.panel.read(request.b) if self._has_panel(request.a) else None
        return self._i2c_refusal() if data is None else Reply(0, data, self._i2c_cost(len(data)))

    # Flash.

    def _flash_read(self, request: Request) -> Reply:
        data = self._board.flash.read_bad(request.a, request.b)
        cost_us = self._board.flash.read_cost_us(request.b)
        return Reply(_OP_FAIL, b"", cost_us) if data is None else Reply(0, data, cost_us)

    def _flash_program(self, request: Request) -> Reply:
        return Reply(0, b"", self._board.flash.program(request.a, request.data))

    def _flash_erase(self, request: Request) -> Reply:
        if request.a % SECTOR or request.b % SECTOR:
            return Reply(_INVALID_SIZE)
        return Reply(0, b"", self._board.flash.erase(request.a, request.b))

    def _nvs(self, action: Callable[[], int | bytes | None]) -> Reply:
        try:
            found = action() or 0
        except NvsError as error:
            return Reply(-error.number, b"", self.nvs.take_cost_us())
        cost_us = self.nvs.take_cost_us() + _SHORT_US
        return Reply(found, b"", cost_us) if isinstance(found, int) else Reply(len(found), found, cost_us)

    def _nvs_open(self, request: Request) -> Reply:
        return self._nvs(lambda: self.nvs.namespace(request.data.decode()))

    def _nvs_get_i32(self, request: Request) -> Reply:
        return self._nvs(lambda: struct.pack("<i", self.nvs.get_i32(request.a, request.data.decode())))

    def _nvs_set_i32(self, request: Request) -> Reply:
        return self._nvs(lambda: self.nvs.set_i32(request.a, request.data.decode(), request.b))

    def _nvs_get_blob(self, request: Request) -> Reply:
        def get() -> bytes:
            data = self.nvs.get_blob(request.a, request.data.decode())
            if len(data) > request.b:
                raise NvsError(INVALID_LENGTH)
            return data

        return self._nvs(get)

    def _nvs_set_blob(self, request: Request) -> Reply:
        key, data = request.data[: request.b].decode(), request.data[request.b :]
        return self._nvs(lambda: self.nvs.set_blob(request.a, key, data))

    def _nvs_erase(self, request: Request) -> Reply:
        return self._nvs(lambda: self.nvs.erase_key(request.a, request.data.decode()))

    def _nvs_commit(self, request: Request) -> Reply:
        return Reply()

    # Clock, causes, sleep.

    def _rtc_get(self, request: Request) -> Reply:
        seconds, us = divmod(self._board.rtc.read_us(), 1_000_000)
        return Reply(seconds, struct.pack("<ii", seconds, us) if request.a else b"")

    def _rtc_set(self, request: Request) -> Reply:
        self._board.rtc.set_us(request.a * 1_000_000 + request.b)
        return Reply()

    def _rtcmem_get(self, request: Request) -> Reply:
        return Reply(0, self._board.rtc.memory)

    def _rtcmem_set(self, request: Request) -> Reply:
        self._board.rtc.memory = request.data
        return Reply()

    def _wdt(self, request: Request) -> Reply:
        self._board.watchdog.arm(request.a)
        return Reply()

    def _feed(self, request: Request) -> Reply:
        self._board.watchdog.feed()
        return Reply(0, b"", _SHORT_US)

    def _cause(self, request: Request) -> Reply:
        return Reply(self.wake if request.a else told_cause(self.cause))

    def _mac(self, request: Request) -> Reply:
        return Reply(0, MAC)

    def _ext0(self, request: Request) -> Reply:
        self._board.wake_sources.pin, self._board.wake_sources.level = request.a, request.b
        return Reply()

    # Radio.

    def _wlan_active(self, request: Request) -> Reply:
        if request.a > 0 and not self._board.wifi.is_started:
            self._board.battery.carry(RADIO_START_MA)
        return Reply(self._board.wifi.activate(request.a), b"", _RADIO_US if request.a >= 0 else 0)

    def _wlan_connect(self, request: Request) -> Reply:
        return Reply(self._board.wifi.connect(request.data))

    def _wlan_disconnect(self, request: Request) -> Reply:
        return Reply(self._board.wifi.disconnect())

    def _wlan_status(self, request: Request) -> Reply:
        return Reply(self._board.wifi.status(request.a), b"", _SHORT_US)

    def _wlan_config(self, request: Request) -> Reply:
        if request.a == _SSID:
            return Reply(0, self._board.wifi.target_ssid.encode())
        return Reply(self._board.wifi.configure(request.a, request.b))

    def _wlan_scan(self, request: Request) -> Reply:
        found, cost_us = self._board.wifi.scan()
        return Reply(0, found, cost_us)

    def _wlan_ifconfig(self, request: Request) -> Reply:
        return Reply(0, self._board.wifi.address().encode())

    # Sockets.

    def _sock_new(self, request: Request) -> Reply:
        return Reply(self._board.link.new_socket())

    def _sock_connect(self, request: Request) -> Reply:
        return Reply(self._board.link.connect(request.a, (request.data.decode(), request.b)))

    def _sock_send(self, request: Request) -> Reply:
        connection = self._board.link.socket(request.a)
        if connection is None:
            return Reply(-errno.EBADF)
        self._board.battery.carry(SEND_MA)
        result, cost_us = connection.send(request.data)
        return Reply(result, b"", cost_us + _SHORT_US)

    def _sock_recv(self, request: Request) -> Reply:
        connection = self._board.link.socket(request.a)
        if connection is None:
            return Reply(-errno.EBADF)
        result, data = connection.receive(request.b)
        return Reply(result, data, _SHORT_US)

    def _sock_close(self, request: Request) -> Reply:
        return Reply(self._board.link.close(request.a))

    def _resolve(self, request: Request) -> Reply:
        found = self._board.link.resolve(request.data.decode()).encode()
        return Reply(0, found, 0 if found == request.data else self._board.link.latency_ms * 1000)
