# SPDX-License-Identifier: MIT
"""A terminal of the firmware's own parts over flash in a file: built as firmware.composition does, without its tasks.

Panel, keypad and LED are those of a bare module. The link ends where the test wants it to.
"""

import json
import sys

import esp32

from firmware import log, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from firmware.host.link import Link
    from firmware.terminal import Terminal

OPERATOR, SHIFT, PIN = 1, 1, b"246810"


def quiet() -> None:
    """No serial log: a million lines of it help nobody."""

    def event(_tag: str, *_facts: object) -> None:
        pass

    log.event = event


def provision(order: "dict[str, Any]") -> None:
    """As `qiandao provision` does; `order` holds the settings and, in hex, certificates and keys."""
    from firmware.store import settings

    esp32.NVS.blobs, esp32.NVS.numbers = {}, {}
    crt = tuple([bytes.fromhex(part) for part in order["crt"]])
    keys = tuple([bytes.fromhex(part) for part in order["keys"]])
    settings.provision(order["cfg"], crt, keys, None)
    forget("firmware.store.settings")


def forget(name: str) -> None:
    from firmware.loader import forget as let_go

    let_go(name)


def settings() -> "dict[str, Any]":
    from firmware.loader import Loan

    with Loan("firmware.store.settings") as module:
        return module.load()


def build(region: str, link: "Link | None" = None) -> "Terminal":
    """A provisioned terminal that has started: journal mounted, nobody signed in."""
    import headless
    from firmware.board import LAYOUT
    from firmware.connect import connect
    from firmware.power import Power
    from firmware.supervisor import Supervisor
    from firmware.terminal import Terminal
    from firmware.ui.canvas import Canvas
    from firmware.ui.glyphs import Glyphs
    from firmware.ui.ui import Ui

    text.load("zh")
    esp32.Partition.path = region
    display, keypad, led, supply = headless.build(LAYOUT)
    supervisor = Supervisor()
    ui = Ui(Canvas(display, Glyphs("/firmware/ui/glyphs.bin")), keypad, led, supervisor.beat_main)
    terminal = Terminal(Power(*supply), ui, supervisor)
    ui.switch = terminal.switch
    terminal.journal.mount()
    connect(terminal, settings())
    if link is not None:
        terminal.session.link = link
    terminal.wifi.is_up = True
    terminal.refresh_context()
    return terminal


def tell(kind: str, **facts: "Any") -> None:
    sys.stdout.write(kind + " " + json.dumps(facts) + "\n")
