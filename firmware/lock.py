# SPDX-License-Identifier: MIT
"""Why the terminal is locked: one ladder from facts to a reason, the first that holds wins. Pure.

The words of a reason are `lock.<reason>` and `out.<reason>` in the catalogue; its light is in LIGHTS.
"""

from firmware.ui import light

HARDWARE = "hardware"
SOFTWARE = "software"
UPDATE = "update"
UNPROVISIONED = "unprovisioned"
CONFIGURATION = "configuration"
BATTERY = "battery"
BARRED = "barred"
MAINTENANCE = "maintenance"
PIN_LOCKED = "pin"
SIGN_IN = "sign_in"
IDLE = "idle"

REASONS = (
    HARDWARE,
    SOFTWARE,
    UPDATE,
    UNPROVISIONED,
    CONFIGURATION,
    BATTERY,
    BARRED,
    MAINTENANCE,
    PIN_LOCKED,
    SIGN_IN,
    IDLE,
)

LIGHTS = {
    HARDWARE: light.FAULT,
    SOFTWARE: light.FAULT,
    UPDATE: light.MAINTENANCE,
    CONFIGURATION: light.FAULT,
    MAINTENANCE: light.MAINTENANCE,
}


class Facts:
    """What the ladder looks at."""

    def __init__(self) -> None:
        self.fault = ""  # first failed self-test
        self.crash = ""  # where the software failed again and again
        self.is_updating = False
        self.is_provisioned = True
        self.is_configured = True
        self.is_battery_low = False
        self.is_barred = False
        self.host_lock = 0
        self.is_pin_locked = False
        self.is_signed_in = False
        self.is_idle = False  # signed in, and nobody has been at the keys for a while


def _of_the_device(facts: Facts) -> str:
    """What keeps the terminal itself from working."""
    if facts.fault:
        return HARDWARE
    if facts.crash:
        return SOFTWARE
    if facts.is_updating:
        return UPDATE
    if not facts.is_provisioned:
        return UNPROVISIONED
    if not facts.is_configured:
        return CONFIGURATION
    return BATTERY if facts.is_battery_low else ""


def lock_reason(facts: Facts) -> str:
    """The reason, "" when the terminal is open for work."""
    if reason := _of_the_device(facts):
        return reason
    if facts.is_barred:
        return BARRED
    if facts.host_lock == 2:
        return MAINTENANCE
    if facts.is_pin_locked:
        return PIN_LOCKED
    if not facts.is_signed_in:
        return SIGN_IN
    return IDLE if facts.is_idle else ""
