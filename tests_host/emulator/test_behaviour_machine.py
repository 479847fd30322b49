# SPDX-License-Identifier: MIT
"""docs/emulated-board.md, machine: pads, PWM, ADC, I2C, watchdog, timers, clock and sleep calls."""

from collections.abc import Iterator

import pytest

from tests_host.emulator.behaviour import Rows, new_board, told
from tools.emulator import Board
from tools.emulator.panel import ADDRESS

_PADS = """
from machine import Pin
row("pin-constants", [Pin.IN, Pin.OUT, Pin.OPEN_DRAIN, Pin.PULL_DOWN, Pin.PULL_UP, Pin.IRQ_RISING, Pin.IRQ_FALLING,
    Pin.WAKE_LOW, Pin.WAKE_HIGH])
row("pin-numbers", [fault(Pin, n) if type(fault(Pin, n)) is str else n for n in (0, 20, 24, 28, 37, 39, 40, -1, None)])
row("pin-input-only", [fault(Pin, 34, Pin.OUT), fault(Pin, 33, Pin.OUT) and 33, fault(Pin, 39, Pin.IN) and 39])
p = Pin(4, Pin.OUT, value=1)
seen = [p.value(), Pin(4).value(), p()]
p.init(Pin.IN, Pin.PULL_DOWN); seen.append(p.value())
p.init(Pin.OUT); seen.append(p.value())
row("pin-init-keeps-the-output-latch", seen)
row("pin-value", [p.value([]), p.value(), p.value("x"), p.value(), p.off(), p.value(), p.on(), p(), p(0), p()])
p.toggle(); row("pin-toggle", p.value())
p.init(Pin.OPEN_DRAIN, Pin.PULL_UP, value=0); low = p.value(); p.value(1)
row("pin-open-drain", [low, p.value()])
row("pin-pulls", [Pin(5, Pin.IN, Pin.PULL_UP).value(), Pin(5, Pin.IN, Pin.PULL_DOWN).value()])
row("pin-print", str(p))
hits = []
p.init(Pin.OUT, value=0)
p.irq(hits.append, Pin.IRQ_RISING)
def pulse():
    p.value(1); p.value(0)
    for _ in range(3): p.value()
pulse(); row("pin-irq-edge", len(hits))
row("pin-irq-argument", str(hits[0]))
p.irq(); pulse(); row("pin-irq-without-arguments", len(hits))
p.irq(None); pulse(); row("pin-irq-none", len(hits))
p.irq(hits.append); pulse(); row("pin-irq-default-trigger", len(hits) > 2)
"""
_OUTPUTS = """
from machine import Pin, PWM
w = PWM(Pin(4))
row("pwm-defaults", [w.freq(), w.duty_u16(), w.duty()])
row("pwm-duty-range", [fault(w.duty_u16, n) for n in (-1, 65536)] + [fault(w.duty, n) for n in (-1, 1024)])
row("pwm-freq-range", [fault(w.freq, n) for n in (0, 40000001)] + [fault(PWM, Pin(4), freq=0)])
w.duty(512); scale = [w.duty_u16()]; w.duty_u16(65535); scale.append(w.duty()); w.duty(1023); scale.append(w.duty_u16())
row("pwm-scales", scale)
row("pwm-positional-freq", PWM(Pin(5), 1000).freq())
w.deinit(); row("pwm-inactive", fault(w.duty_u16, 1))
w.init(freq=2000, duty_u16=7); row("pwm-init", [w.freq(), w.duty_u16()])
row("pwm-input-only", fault(PWM, Pin(34)))
from machine import ADC
row("adc-pins", [fault(ADC, 5), str(fault(ADC, 38))[:4], str(fault(ADC, Pin(36)))[:4]])
row("adc-atten-range", fault(ADC, 35, atten=4))
row("adc-constants", [ADC.ATTN_0DB, ADC.ATTN_2_5DB, ADC.ATTN_6DB, ADC.ATTN_11DB])
import network
second = ADC(Pin(4))
quiet = second.read_uv() >= 0
network.WLAN().active(True)
row("adc-second-unit", [quiet, fault(second.read_uv)])
from machine import WDT, Timer, RTC, freq, unique_id
import machine
row("wdt-arguments", [fault(WDT, timeout=0), fault(WDT, timeout=-5), fault(WDT, 1)])
row("wdt-cannot-be-stopped", [hasattr(WDT(timeout=9000), name) for name in ("deinit", "stop", "disable")])
row("timer-number", fault(Timer, 4))
row("freq", [freq(), fault(freq, 100_000_000)])
row("unique-id", len(unique_id()))
r = RTC()
r.datetime((2026, 3, 1, 0, 10, 20, 30, 0)); row("rtc-datetime", r.datetime()[:7])
r.init((2026, 3, 1, 11, 21, 31, 0, 0)); row("rtc-init-has-the-hour-fourth", r.datetime()[:7])
row("rtc-datetime-length", fault(r.datetime, (2026, 3, 1)))
r.memory(b"crumb"); row("rtc-memory", [str(r.memory()), fault(r.memory, bytes(2049)), fault(r.memory, bytes(2048))])
import esp32
row("ext0-pins", [fault(esp32.wake_on_ext0, Pin(n), esp32.WAKEUP_ALL_LOW) for n in (5, 16, 33, 37)])
row("wake-constants", [esp32.WAKEUP_ALL_LOW, esp32.WAKEUP_ANY_HIGH])
row("causes", [machine.PWRON_RESET, machine.HARD_RESET, machine.WDT_RESET, machine.DEEPSLEEP_RESET, machine.SOFT_RESET])
row("wakes", [machine.PIN_WAKE, machine.EXT0_WAKE, machine.EXT1_WAKE, machine.TIMER_WAKE, machine.TOUCHPAD_WAKE])
"""
ROWS: Rows = {
    "pin-constants": [1, 3, 7, 1, 2, 1, 2, 4, 5],
    "pin-numbers": [0, 20, *["ValueError('invalid pin',)"] * 2, 37, 39, *["ValueError('invalid pin',)"] * 3],
    "pin-input-only": ["ValueError('pin can only be input',)", 33, 39],
    "pin-init-keeps-the-output-latch": [1, 1, 1, 0, 1],
    "pin-value": [None, 0, None, 1, None, 0, None, 1, None, 0],
    "pin-toggle": 1,
    "pin-open-drain": [0, 1],
    "pin-pulls": [1, 0],
    "pin-print": "Pin(4)",
    "pin-irq-edge": 1,
    "pin-irq-argument": "Pin(4)",
    "pin-irq-without-arguments": 2,
    "pin-irq-none": 2,
    "pin-irq-default-trigger": True,
    "pwm-defaults": [5000, 32768, 512],
    "pwm-duty-range": [
        *["ValueError('duty_u16 must be from 0 to 65536',)"] * 2,
        *["ValueError('duty must be from 0 to 1023',)"] * 2,
    ],
    "pwm-freq-range": ["ValueError('frequency must be from 1Hz to 40MHz',)"] * 3,
    "pwm-scales": [32768, 1023, 65535],
    "pwm-positional-freq": 1000,
    "pwm-inactive": "RuntimeError('PWM is inactive',)",
    "pwm-init": [2000, 7],
    "pwm-input-only": "OSError(-258, 'ESP_ERR_INVALID_ARG')",
    "adc-pins": ["ValueError('invalid pin',)", "<ADC", "<ADC"],
    "adc-atten-range": "ValueError('invalid atten',)",
    "adc-constants": [0, 1, 2, 3],
    "adc-second-unit": [True, "OSError(110, 'ESP_ERR_TIMEOUT')"],
    "wdt-arguments": [*["ValueError('WDT timeout too short',)"] * 2, "ValueError()"],
    "wdt-cannot-be-stopped": [False] * 3,
    "timer-number": "ValueError('invalid Timer number',)",
    "freq": [160000000, "ValueError('frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz',)"],
    "unique-id": 6,
    "rtc-datetime": [2026, 3, 1, 6, 10, 20, 30],
    "rtc-init-has-the-hour-fourth": [2026, 3, 1, 6, 11, 21, 31],
    "rtc-datetime-length": "ValueError('requested length 8 but object has length 3',)",
    "rtc-memory": ["b'crumb'", "ValueError('buffer too long',)", None],
    "ext0-pins": [*["ValueError('invalid pin',)"] * 2, None, None],
    "wake-constants": [False, True],
    "causes": [1, 2, 3, 4, 5],
    "wakes": [2, 2, 3, 4, 5],
}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    with new_board(tmp_path_factory.mktemp("machine")) as made:
        yield made


@pytest.fixture(scope="module")
def rows(board: Board) -> Rows:
    return told(board, _PADS) | told(board, _OUTPUTS)


@pytest.mark.parametrize("name", ROWS)
def test_row(rows: Rows, name: str) -> None:
    assert rows[name] == ROWS[name]


def test_pwm_starts_with_the_duty_it_is_given(board: Board) -> None:
    """No flash of half brightness."""
    board.led.history.clear()
    board.led.history.append((board.clock.now_us, (0.0, 0.0, 0.0)))
    board.exec("from machine import PWM, Pin; PWM(Pin(18), freq=1000, duty_u16=0)")
    assert {colour for _, colour in board.led.history} == {(0.0, 0.0, 0.0)}


@pytest.mark.parametrize(("volts", "expected"), [(0.0, [75_000, 142_000]), (20.0, [1_039_000, 3_134_000])])
def test_adc_reaches_from_its_offset_to_its_end(board: Board, volts: float, expected: list[int]) -> None:
    board.battery.volts = volts
    told_here = told(board, "from machine import ADC\nrow('uv', [ADC(35).read_uv(), ADC(35, atten=3).read_uv()])")
    board.battery.volts = 3.95
    assert told_here == {"uv": expected}


def test_adc_reads_noisy_whole_millivolts(board: Board) -> None:
    found = told(board, "from machine import ADC\na = ADC(35, atten=3)\nrow('uv', [a.read_uv() for _ in range(50)])")
    samples = found["uv"]
    assert isinstance(samples, list)
    assert all(sample % 1000 == 0 for sample in samples)
    assert len(set(samples)) > 3 and abs(sum(samples) / 50 - 1_975_000) < 3000


_BUS = """
from machine import I2C, Pin
wired = I2C(0, scl=Pin(22), sda=Pin(21), freq=400000)
row("scan", wired.scan())
row("absent", fault(wired.writeto, 0x3D, b""))
row("acknowledged", wired.writeto(0x3C, b"\\0\\xe3"))
row("id", fault(I2C, 2))
row("elsewhere", fault(I2C(1).writeto, 0x3C, b""))
"""


def test_i2c_reaches_only_what_is_wired_to_its_pins(board: Board) -> None:
    """No acknowledgement is ENODEV."""
    assert told(board, _BUS) == {
        "scan": [ADDRESS],
        "absent": "OSError(19,)",
        "acknowledged": 2,
        "id": 'ValueError("I2C(2) doesn\'t exist",)',
        "elsewhere": "OSError(19,)",
    }


_WRITE = (
    "from machine import I2C, Pin\nb = I2C(0, scl=Pin(22), sda=Pin(21))\nrow('a', fault(b.writeto, 0x3C, bytes(20)))"
)


def test_i2c_display_that_stops_answering(board: Board) -> None:
    """In the middle of a transfer it is ENODEV too; a held bus is ETIMEDOUT; once back it must be set up again."""
    board.panel.stop_answering(after_bytes=10)
    assert told(board, _WRITE) == {"a": "OSError(19,)"}
    board.panel.stop_answering(holding_bus=True)
    assert told(board, _WRITE) == {"a": "OSError(110,)"}
    board.panel.answer_again()
    assert told(board, _WRITE) == {"a": 20}
    assert not board.panel.is_on


def test_flash_pins_are_not_for_programs(board: Board) -> None:
    """The port has Pin(6) to Pin(11), but the chip runs from what hangs on them."""
    from tools.emulator import BoardError

    with pytest.raises(BoardError, match="flash"):
        board.exec("from machine import Pin; Pin(6, Pin.OUT)")
