# SPDX-License-Identifier: MIT
"""Builds the way to the host from the settings, once; nothing is sent yet. What it builds stays."""

import gc

from micropython import const

from firmware.host.link import Link
from firmware.host.session import Context, Session
from firmware.host.wifi import Wifi
from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from firmware.terminal import Terminal

_BENCH = const(" BENCH")


def dialler(settings: "dict") -> "Callable[[], Awaitable[Any]]":
    context = None

    async def dial() -> "Any":
        nonlocal context
        gc.collect()  # what is loaded now stays beside the connection: low in the heap
        with Loan("firmware.dial") as way:
            if context is None:
                context = way.context()
            return await way.dial(settings["address"], settings["port"], settings["server"], context)

    return dial


def connect(t: "Terminal", settings: "dict") -> None:
    t.settings = settings
    if settings["bench"]:
        t.badge = _BENCH
    with Loan("firmware.comfort") as comfort:
        comfort.load(t)
    t.support = settings["support"]
    t.wifi = Wifi(settings["ssid"], settings["psk"], t.ui.poke, t.supervisor.beat)
    link = Link(t.wifi, dialler(settings), t.exchanging)
    t.session = Session(link, Context(settings["tid"], settings["mid"], settings["currency"]), t.keys, t.hear)
