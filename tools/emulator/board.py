# SPDX-License-Identifier: MIT
"""The emulated board: composes the chip and what is soldered around it, owns its lifecycle and the run loop.
A single-threaded discrete-event simulation.  The interpreter stands still in its call unless the script lets virtual
time pass, so that the same script with the same seed does the same thing to the microsecond.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from tools.emulator import bootloader, keypad, power, rpc
from tools.emulator.battery import Battery, draw_ma
from tools.emulator.chip import Chip
from tools.emulator.clock import Clock
from tools.emulator.console import Console, Mode
from tools.emulator.flash import Flash, FlashRuleError, PowerCut
from tools.emulator.image import regions
from tools.emulator.interpreter import Interpreter
from tools.emulator.led import Led
from tools.emulator.link import Link
from tools.emulator.panel import Panel
from tools.emulator.pending import Pacer, Pending, waiting
from tools.emulator.pins import Pins
from tools.emulator.rpc import BoardError, Op, Request
from tools.emulator.silence import Silence
from tools.emulator.wifi import Wifi

_BOOT_US = 350_000  # ROM, bootloader and MicroPython's own start
_BOOTLOADER_US = 250_000  # of these: the chip's tick counters start afterwards
_SOFT_BOOT_US = 50_000
_UPTIME_LIMIT_US = 4 * 86_400 * 1_000_000  # asyncio's clock in modules/_boot.py wraps soon after
_TAIL = 2000
_EXEC_LIMIT_MS = 3_600_000
HEAP_32 = 100 * 1024
"""For 32-bit objects: what the firmware may use, and what the modules take that are in ROM on the chip."""


class Board:
    """States: "off", "running", "deepsleep", "download"."""

    def __init__(
        self,
        flash_path: Path,
        clock: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        seed: int = 0,
        interpreter: str | list[str] | None = None,
    ) -> None:
        self.seed = seed
        self._started = clock
        self._command = [interpreter] if isinstance(interpreter, str) else interpreter or rpc.find_interpreter()
        self._heap = HEAP_32 * rpc.word_bits(tuple(self._command)) // 32
        self.regions = regions()
        self.clock = Clock()
        self.flash = Flash(flash_path, seed)
        self.pins = Pins(seed, self._interrupt)
        self.panel = Panel()
        self.led = Led(self.clock)
        self.battery = Battery(seed, self.clock, lambda: draw_ma(self), self.brown_out, self.power_off)
        self.rtc = power.Rtc(self.clock)
        self.watchdog = power.Watchdog(self.clock, lambda: self.restart(power.WDT))
        self.wake_sources = power.WakeSources()
        self.wifi = Wifi(self.clock, seed)
        self.link = Link(self.clock, self.wifi)
        self.keypad = keypad.Keypad(self.clock, self.pins, seed, self._run_us)
        self.button = keypad.Button(self.clock, self.pins, seed, self._run_us)
        self.state = "off"
        self.resets: list[str] = []
        self.on_reset: Callable[[str], None] | None = None
        self.fault = ""  # what no program may ask of a chip; it goes no further
        self.requests = 0
        self.console = Console(self.clock)
        self.pacer: Pacer | None = None  # without one, virtual time runs as fast as it can
        self._chip: Chip | None = None
        self._interpreter: Interpreter | None = None
        self._pending: Pending | None = None
        self._last_flags = 0
        self._silence = Silence(self.clock, self.console)
        self._is_done = self._is_snippet = False
        self._affinity = rpc.share_core()

    def __enter__(self) -> Board:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._affinity:
            self._stop_chip()
            self.flash.close()
            os.sched_setaffinity(0, self._affinity)
            self._affinity = set()

    # What a script sees.

    @property
    def now(self) -> datetime:
        """The outside world's time."""
        return self._started + timedelta(microseconds=self.clock.now_us)

    @property
    def now_ms(self) -> int:
        return self.clock.now_us // 1000

    @property
    def is_powered(self) -> bool:
        return self.state != "off"

    @property
    def serial(self) -> bytes:
        """Everything the console has said since the board was made."""
        return self.console.text()

    @property
    def is_idle(self) -> bool:
        """The chip waits, sleeps or is off: what it shows now is what it meant to show."""
        pending = self._pending
        return self._interpreter is None or (pending is not None and pending.is_wait and not pending.is_brief)

    def type_serial(self, data: bytes) -> None:
        """Bytes that arrive on the console."""
        self.console.feed(data)

    def power_on(self) -> None:
        """Connect the battery."""
        if self.state != "off":
            raise BoardError("the board has power already")
        self.rtc.power_on()
        self._start_chip(power.PWRON)

    def power_off(self) -> None:
        """Disconnect the battery: RAM, RTC and panel lose everything."""
        self._stop_chip()
        self.state = "off"
        self.panel.power_off()
        self.rtc.power_on()

    cut_power = power_off

    def reset_button(self) -> None:
        """The module's EN button: as good as losing power, but for the panel."""
        self.rtc.power_on()
        self.restart(power.PWRON)

    def brown_out(self) -> None:
        """The supply sags for a moment: the chip's detector says so on the console and restarts it."""
        if self.state == "running":
            self.console.say(b"\r\nBrownout detector was triggered\r\n\r\n")
            self.restart(power.BROWN_OUT)

    def run(self, ms: int) -> None:
        """Let `ms` of virtual time pass."""
        self._run_us(ms * 1000)

    def run_until(self, predicate: Callable[[], bool], timeout_ms: int = 10_000) -> bool:
        """Run until `predicate` holds; it is asked whenever the chip comes to rest.  False at the time-out."""
        end_us = self.clock.now_us + timeout_ms * 1000
        while True:
            if self.is_idle and predicate():
                return True
            if self.clock.now_us >= end_us:
                return predicate()
            self.step(end_us)

    def exec(self, code: str, timeout_ms: int = _EXEC_LIMIT_MS) -> str:
        """Run `code` instead of boot.py and main.py; returns what it printed.  BoardError holds its traceback."""
        if self.state != "off":
            raise BoardError("exec needs the board switched off")
        start, lives = len(self.serial), len(self.resets) + 1
        self.rtc.power_on()
        self._is_done = False
        self._start_chip(power.PWRON, program=code)
        self.run_until(lambda: self._interpreter is None or self._is_done or len(self.resets) > lives, timeout_ms)
        output = self.serial[start:].decode("utf-8", "replace")
        is_done = self._is_done
        self.power_off()
        if not is_done:
            raise BoardError(f"the code did not come to its end\n{output[-_TAIL:]}")
        return output

    # The chip's lives.

    def _start_chip(self, cause: int, wake: int = 0, program: str = "", boot_us: int | None = None) -> None:
        self.state = "running"
        self._is_snippet = bool(program)
        if boot_us is None:
            self.wake_sources.clear()
        self.resets.append(power.CAUSES[cause])
        if self.on_reset is not None:
            self.on_reset(power.CAUSES[cause])
        if boot_us is None and bootloader.holds(self, cause):
            return
        try:
            self._chip = Chip(self, cause, wake, program)
        except PowerCut:
            self.power_off()
            return
        self._chip.boot_us = self.clock.now_us + _BOOTLOADER_US if boot_us is None else boot_us
        delay_us = _BOOT_US if boot_us is None else _SOFT_BOOT_US
        self._pending = Pending(self.clock.now_us + delay_us, is_start=True)
        self._interpreter = Interpreter(self._command, self._heap, self.flash.fd)
        self.console.attach(self._interpreter)

    def _stop_program(self, is_soft: bool = False) -> None:
        self._end_interpreter(is_soft)
        if self._chip is not None:
            self._chip.stop()
            self._chip = None
        self._last_flags = 0
        self.link.reset()

    def _stop_chip(self) -> None:
        self._stop_program()
        self.watchdog.stop()
        self.pins.reset()
        self.led.off()
        self.wifi.reset()

    def _end_interpreter(self, is_soft: bool = False) -> None:
        if self._interpreter is not None:
            self._interpreter.kill()
            self.console.detach(is_soft)
            self._interpreter.close()
            self._interpreter = None
        self._pending = None

    def restart(self, cause: int, wake: int = 0) -> None:
        self.console.mode = Mode.FRIENDLY
        self._stop_chip()
        self._start_chip(cause, wake)

    def _soft_reset(self) -> None:
        # Radio, watchdog, pads, wake sources and tick counters go on as they are.
        boot_us, wake = (self._chip.boot_us, self._chip.wake) if self._chip else (self.clock.now_us, 0)
        self._stop_program(is_soft=True)
        self._start_chip(power.SOFT, wake, boot_us=boot_us)

    def _deep_sleep(self) -> None:
        self._stop_chip()
        self.state = "deepsleep"
        life = len(self.resets)

        def wake() -> None:
            if self.state == "deepsleep" and len(self.resets) == life:
                self.restart(power.DEEPSLEEP, power.TIMER_WAKE)

        if self.wake_sources.timer_ms >= 0:
            self.clock.after(self.wake_sources.timer_ms * 1000, wake)

    def _interrupt(self, pin: int) -> None:
        if self._chip is not None:
            self._chip.interrupt(pin)

    def enter_download(self) -> None:
        """IO0 held low over a reset: the loader in ROM has the chip, and no program runs; `loader.Bridge` serves it."""
        self._stop_chip()
        self.state = "download"

    # Running.

    def _run_us(self, duration_us: int) -> None:
        end_us = self.clock.now_us + duration_us
        while self.clock.now_us < end_us:
            self.step(end_us)

    def step(self, end_us: int) -> None:
        """Serve one call, or move time on to the next thing that happens, at most to `end_us`."""
        if self._interpreter is None:
            self._sleep_step(end_us)
        elif self._pending is None:
            self._serve(self._interpreter)
        else:
            self._wait_step(self._pending, end_us)

    def _sleep_step(self, end_us: int) -> None:
        if self.state == "deepsleep" and self.wake_sources.is_met(self.pins):
            self.restart(power.DEEPSLEEP, power.EXT0_WAKE)
            return
        due = self.clock.next_us()
        self._advance(end_us if due is None else min(due, end_us))

    def _advance(self, target_us: int) -> None:
        self.clock.advance_to(target_us if self.pacer is None else self.pacer.hold(target_us))

    def _wait_step(self, pending: Pending, end_us: int) -> None:
        if pending.is_wait:
            self.link.poll()
        if not self._is_over(pending):
            due = [end_us]
            if pending.until_us is not None:
                due.append(pending.until_us)
            if (event := self.clock.next_us()) is not None:
                due.append(event)
            self._advance(min(due))
        if self._pending is pending and self._is_over(pending):
            self._answer(pending)

    def _is_over(self, pending: Pending) -> bool:
        if pending.until_us is not None and self.clock.now_us >= pending.until_us:
            return True
        if not pending.is_wait or self._chip is None:
            return False
        flags = self._chip.flags()
        if flags & 1 or self.console.is_interrupted:
            return True
        return pending.is_io and bool(flags & ~self._last_flags or self.console.has_news)

    def _answer(self, pending: Pending) -> None:
        assert self._interpreter is not None and self._chip is not None
        self._pending = None
        if pending.is_start:
            return  # the boot time is over; the interpreter speaks first
        result = pending.result
        if pending.is_wait and not pending.is_io and pending.until_us is not None:
            result = max(0, pending.until_us - self.clock.now_us)
        if pending.is_io:
            self.console.has_news = False
        self._last_flags = self._chip.flags()
        uptime_us = self.clock.now_us - self._chip.boot_us
        if uptime_us > _UPTIME_LIMIT_US:
            raise self._error("the chip has been up for four days, which the emulator does not support")
        flags = self._last_flags | self.console.flags(pending.op)
        self._interpreter.answer(uptime_us, flags, result, pending.data)

    def _serve(self, interpreter: Interpreter) -> None:
        patience_s = self._silence.patience_s(self.pacer)
        try:
            request = interpreter.receive(patience_s)
        except TimeoutError:
            if not self._silence.bear(interpreter, self.pacer, patience_s):
                raise self._error(f"the interpreter has said nothing for {patience_s:.0f} s of real time") from None
            return
        self._silence.over()
        if request is None:
            self._interpreter_ended(interpreter)
            return
        self.requests += 1
        if request.spent_us:
            self.clock.advance_to(self.clock.now_us + request.spent_us)
            if self._interpreter is not interpreter:
                return  # the watchdog bit meanwhile
        try:
            begun = self._begin(request)
            if self._interpreter is interpreter:
                self._pending = begun
        except PowerCut:
            self.power_off()
        except power.BrownOut:
            self.brown_out()
        except (BoardError, FlashRuleError) as error:
            raise self._error(str(error)) from None

    def _begin(self, request: Request) -> Pending | None:
        chip = self._chip
        assert chip is not None
        now = self.clock.now_us
        if (pending := waiting(request, now)) is not None:
            return pending
        if request.op == Op.RESET:
            if request.a:
                self.console.mode = Mode(request.b)
                self._soft_reset()
            else:
                self.restart(power.HARD)
        elif request.op == Op.CHIP_SLEEP:
            self.wake_sources.timer_ms = request.a
            self._deep_sleep()
        elif request.op == Op.EXIT:
            self._is_done = True
            return Pending(None, is_wait=True, is_io=True)
        else:
            reply = self.console.answer(request) or chip.dispatch(request)
            if request.op not in rpc.POSTED:
                return Pending(now + reply.cost_us, reply.result, reply.data, op=request.op)
            self.clock.advance_to(now + reply.cost_us)
            self.console.insist()
        return None

    def _interpreter_ended(self, interpreter: Interpreter) -> None:
        # SystemExit of a snippet is a soft reset.  What has crashed outside one comes back without its main.py.
        if interpreter.exit_status() == 0 or (not self._is_snippet and self.console.recover()):
            self._soft_reset()
        else:
            self._end_interpreter()

    def _error(self, text: str) -> BoardError:
        self.fault = f"{text} at {self.now_ms} ms"
        tail = self.serial[-_TAIL:].decode("utf-8", "replace")
        return BoardError(f"{self.fault}\n--- serial ---\n{tail}")
