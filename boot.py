# SPDX-License-Identifier: MIT
"""First code after every reset: decides whether the terminal starts or goes back to sleep.

Imports nothing of the application and never raises, so that no fault above it can keep a board from starting.
The power button's pin comes from the record that provisioning left in NVS; a board without one starts at once.
"""

import sys
import time

import esp32
import machine
import micropython

_HOLD_MS = 1500 - 350  # the press woke the chip: ROM, loader and interpreter have taken 350 ms of it
_STEP_MS = 10
_AWAKE = b"awake"  # begins the RTC memory since the start that a hand asked for


def _button() -> "machine.Pin | None":
    try:
        number = esp32.NVS("qiandao").get_i32("pwr_pin")
    except OSError:
        return None
    return machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)


def _is_held(button: machine.Pin) -> bool:
    for _ in range(_HOLD_MS // _STEP_MS):
        if button.value():
            return False
        time.sleep_ms(_STEP_MS)
    return True


def _sleep_until_pressed(button: machine.Pin) -> None:
    while not button.value():  # ext0 is level-triggered: sleeping on a held button would wake at once
        time.sleep_ms(_STEP_MS)
    esp32.wake_on_ext0(button, esp32.WAKEUP_ALL_LOW)
    machine.deepsleep()


def _gate() -> None:
    cause = machine.reset_cause()
    if cause not in (machine.PWRON_RESET, machine.DEEPSLEEP_RESET):
        return  # watchdog and software resets go on with the work
    memory = machine.RTC()
    was_awake = memory.memory()[: len(_AWAKE)] == _AWAKE
    memory.memory(b"")
    if cause == machine.PWRON_RESET and was_awake:
        return  # a brown-out, which alone leaves this memory: goes on with the work once, a second one waits for a hand
    if cause == machine.DEEPSLEEP_RESET and machine.wake_reason() == machine.TIMER_WAKE:
        return  # periodic health check
    button = _button()
    if button is not None and not _is_held(button):
        _sleep_until_pressed(button)
    memory.memory(_AWAKE)


micropython.kbd_intr(-1)  # Ctrl-C on the serial port ends nothing, also not here
try:
    _gate()
except (OSError, ValueError, KeyboardInterrupt) as fault:  # a Ctrl-C from before comes at the first jump
    sys.print_exception(fault)
