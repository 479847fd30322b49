# SPDX-License-Identifier: MIT
"""Why the terminal is locked: one ladder from facts to a reason, the first that holds wins. Pure.

The words of a reason are `lock.<reason>` and `out.<reason>` in the catalogue; its light is in LIGHTS.
"""

from firmware.ui import light

HARDWARE = "hardware"
UNPROVISIONED = "unprovisioned"
CONFIGURATION = "configuration"
BATTERY = "battery"
BARRED = "barred"
MAINTENANCE = "maintenance"
PIN_LOCKED = "pin"
SIGN_IN = "sign_in"

REASONS = (HARDWARE, UNPROVISIONED, CONFIGURATION, BATTERY, BARRED, MAINTENANCE, PIN_LOCKED, SIGN_IN)

LIGHTS = {
    HARDWARE: light.FAULT,
    CONFIGURATION: light.FAULT,
    MAINTENANCE: light.MAINTENANCE,
}


class Facts:
    """What the ladder looks at."""

    def __init__(self) -> None:
        self.fault = ""  # first failed self-test
        self.is_provisioned = True
        self.is_configured = True
        self.is_battery_low = False
        self.is_barred = False
        self.host_lock = 0
        self.is_pin_locked = False
        self.is_signed_in = False


def lock_reason(facts: Facts) -> str:
    """The reason, "" when the terminal is open for work."""
    if facts.fault:
        return HARDWARE
    if not facts.is_provisioned:
        return UNPROVISIONED
    if not facts.is_configured:
        return CONFIGURATION
    if facts.is_battery_low:
        return BATTERY
    if facts.is_barred:
        return BARRED
    if facts.host_lock == 2:
        return MAINTENANCE
    if facts.is_pin_locked:
        return PIN_LOCKED
    if not facts.is_signed_in:
        return SIGN_IN
    return ""
