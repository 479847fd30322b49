# SPDX-License-Identifier: MIT
"""How bright the panel is and when it goes dark (W5): what provisioning wrote, unless somebody chose otherwise here.

Choices are numbers in NVS beside the provisioned record, which only the bench writes. On loan when they may have
changed.
"""

import esp32
from micropython import const

from firmware.errors import StoreError

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

CONTRASTS = (0x08, 0x3F, 0x7F, 0xCF, 0xFF)
DARK_S = (30, 60, 120, 300, 600)
_NAMESPACE = const("qiandao")


def _kept(name: str) -> int:
    """-1 if nobody chose."""
    try:
        return esp32.NVS(_NAMESPACE).get_i32(name)
    except OSError:
        return -1


def load(t: "Terminal") -> None:
    place, dark_s = _kept("contrast"), _kept("dark")
    if 0 <= place < len(CONTRASTS):
        t.ui.contrast = CONTRASTS[place]
    if dark_s not in DARK_S:
        dark_s = int(t.settings["dark"]) if t.settings else 0
    dim_s = int(t.settings["dim"]) if t.settings else 0
    t.ui.dark_ms = 1000 * dark_s
    t.ui.dim_ms = 1000 * dim_s


def keep(t: "Terminal", name: str, number: int) -> None:
    """A choice, durable and in force; StoreError C3 if it cannot be kept."""
    try:
        nvs = esp32.NVS(_NAMESPACE)
        nvs.set_i32(name, number)
        nvs.commit()
    except OSError:
        raise StoreError("C3") from None
    load(t)
