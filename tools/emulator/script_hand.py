# SPDX-License-Identifier: MIT
"""The commands of a script that do something: to the keys, to the power, and to the world around the board."""

from typing import Final

from tools.emulator.script_base import Stand
from tools.emulator.script_syntax import ScriptError, form

_RELEASED_MS: Final = 60  # after a held key, as between two keys
_QUICK_MS: Final = 40
_SLOW_MS: Final = 2500  # long enough for the eye, and for the LED's rhythm to be measured
_WEAK_DBM: Final = -88
_GOOD_DBM: Final = -50
_MAINS_CELL_V: Final = 4.1


class Hand(Stand):
    """Only pressing keys and waiting takes time on the board; the rest is so from now on."""

    # Hands.

    @form("press KEYS", "Press and release each key in turn", "press MENU 3 ENTER")
    def _press(self, keys: list[str]) -> None:
        self._react()
        self.board.keypad.press(*keys)

    @form("type TEXT", "Press the key of each character", "type 001")
    def _type(self, keys: list[str]) -> None:
        self._press(keys)

    @form("hold KEY [MS]", "Hold a key down for a time; without one until it is released", "hold CLEAR 2 s")
    def _hold(self, key: str, ms: int | None) -> None:
        self._react()
        if ms is None:
            self.board.keypad.hold(key)
        else:
            self.board.keypad.press(key, down_ms=ms, gap_ms=_RELEASED_MS)

    @form("release [KEY]", "Take the finger off a held key, or off all", "release CLEAR")
    def _release(self, key: str | None) -> None:
        self.board.keypad.release(key)

    @form("wait SPAN", "Let time pass on the board", "wait 1.5 s")
    def _wait(self, span_ms: int) -> None:
        self.board.run(ms=span_ms)

    # Power.

    @form("power on", "Connect the battery; the terminal goes to sleep until its button is held", "power on")
    def _power_on(self) -> None:
        if self.board.is_powered:
            raise ScriptError("the board has power already")
        self.board.power_on()

    @form("power off", "Disconnect the battery", "power off")
    @form("power cut", "Former spelling of 'cut power'", "power cut")
    @form("cut power", "Power fails now", "cut power")
    def _cut_power(self) -> None:
        self.board.cut_power()

    @form("power hold MS", "Hold the power button down for a time", "power hold 1600")
    def _power_hold(self, ms: int) -> None:
        self.board.button.hold(ms=ms)

    @form(
        "power cut at flash COUNT [before|torn|after]",
        "Former spelling of 'cut power at flash write'",
        "power cut at flash 3 torn",
    )
    @form(
        "cut power at flash write COUNT [before|torn|after]",
        "Power fails at this program or erase of the flash, counted from now; torn, in its midst, if nothing is said",
        "cut power at flash write 17 before",
    )
    def _cut_at(self, count: int, mode: str | None) -> None:
        self.board.flash.cut_at(count, mode or "torn")

    @form("reset", "Press the module's EN button", "reset")
    def _reset(self) -> None:
        if not self.board.is_powered:
            raise ScriptError("the board has no power")
        self.board.reset_button()

    @form("asleep [within SPAN]", "Wait until the chip is in deep sleep", "asleep")
    def _asleep(self, span_ms: int | None) -> None:
        self._until(lambda: self.board.state == "deepsleep", span_ms, "deep sleep")

    @form("awake [within SPAN]", "Wait until the chip runs", "awake")
    def _awake(self, span_ms: int | None) -> None:
        self._until(lambda: self.board.state == "running", span_ms, "the chip awake")

    @form("off [within SPAN]", "Wait until the board is without power, as after a cut at a flash write", "off")
    def _off(self, span_ms: int | None) -> None:
        self._until(lambda: self.board.state == "off", span_ms, "the power gone")

    @form("battery full", f"A full cell, {_MAINS_CELL_V} V", "battery full")
    def _battery_full(self) -> None:
        self.board.battery.volts = _MAINS_CELL_V

    @form("battery VOLTS", "The cell's voltage from now on", "battery 3.4")
    def _battery(self, volts: float) -> None:
        self.board.battery.volts = volts

    # The world outside.

    @form("wifi on|off|weak", "The access point: in reach, gone, or hardly heard", "wifi off")
    def _wifi(self, state: str) -> None:
        self.board.wifi.is_up = state != "off"
        self.board.wifi.rssi = _WEAK_DBM if state == "weak" else _GOOD_DBM

    @form("network slow|quick", f"How long the host's answers take: {_SLOW_MS} or {_QUICK_MS} ms", "network slow")
    def _network(self, state: str) -> None:
        self.board.link.latency_ms = _SLOW_MS if state == "slow" else _QUICK_MS

    @form("network SPAN", "How long the host's answers take", "network 300 ms")
    def _latency(self, span_ms: int) -> None:
        self.board.link.latency_ms = span_ms

    @form(
        "host swallow|refuse|listen",
        "The host's answers get lost on the way, its port is closed, or it is well again",
        "host swallow",
    )
    def _host(self, state: str) -> None:
        self.board.link.swallow = state == "swallow"
        self.board.link.is_refusing = state == "refuse"

    @form(
        "host answer CODE [to MESSAGE]",
        "The host answers the next request, or the next of this kind, with this code and does nothing else",
        "host answer 55 to 0800/001",
    )
    def _host_answer(self, code: str, message: str | None) -> None:
        self.desk.answer(code, message or "")

    @form(
        "host maintenance|bar|free|payment",
        "The acquirer puts the terminal under maintenance, bars it or takes both back; or the shown order is paid",
        "host payment",
    )
    def _host_order(self, word: str) -> None:
        self.desk.order(word)

    # The serial line.

    @form("serial send WORDS", "Type these words and a line end on the console", "serial send @status")
    def _serial_send(self, words: str) -> None:
        self.board.type_serial(words.encode() + b"\n")
