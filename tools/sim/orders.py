# SPDX-License-Identifier: MIT
"""What a page may ask for: one JSON object a message, `do` names it, `tid` the terminal. All else is refused by code.

Slow work goes to threads; orders for one terminal stay in order. A page that goes away lets go of what it held.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

from tools.sim import phone
from tools.sim.finger import NAMES
from tools.sim.hub import Fields, Hub, Outbox
from tools.sim.shop import Renewal, Shop
from tools.sim.terminal import WIFI, TroubleError

_LANGUAGES: Final = ("zh", "en", "zh-Hant")
_LINE_MOST: Final = 96  # of the bench protocol
_FORM: Final = "form"  # code: a message that no page of ours sends


def _form(text: str) -> TroubleError:
    return TroubleError(_FORM, text)


def _word(order: Fields, name: str, allowed: Any) -> str:
    value = order.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise _form(f"'{name}' is missing or not known")
    return value


def _flag(order: Fields, name: str) -> bool:
    value = order.get(name)
    if not isinstance(value, bool):
        raise _form(f"'{name}' must be true or false")
    return value


def _number(order: Fields, name: str) -> float:
    value = order.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise _form(f"'{name}' must be a number")
    return float(value)


def _line(order: Fields) -> str:
    value = order.get("line")
    if not isinstance(value, str) or len(value.encode()) > _LINE_MOST or not value.isprintable():
        raise _form(f"a line has at most {_LINE_MOST} bytes that can be printed")
    return value


class Orders:
    """One page's orders; `outbox` takes what is said to this page alone."""

    def __init__(self, shop: Shop, hub: Hub, outbox: Outbox) -> None:
        self._shop = shop
        self._hub = hub
        self._outbox = outbox
        self._held: set[tuple[str, str]] = set()
        self._orders: dict[str, Callable[[Fields], None]] = {
            "down": self._down,
            "up": self._up,
            "volts": lambda order: self._post(order, "set_volts", _number(order, "volts")),
            "wifi": lambda order: self._post(order, "set_wifi", _word(order, "mode", WIFI)),
            "power": lambda order: self._post(order, "set_power", _flag(order, "is_on")),
            "line": lambda order: self._post(order, "type_line", _line(order)),
            "scan": self._scan,
            "renew": self._renew,
            "remove": lambda order: self._apart(self._shop.remove, str(order.get("tid"))),
            "add": lambda order: self._apart(self._shop.add, _word(order, "language", _LANGUAGES)),
        }

    def take(self, text: str) -> None:
        """Obey one message; what cannot be done is said to the page."""
        try:
            order = json.loads(text)
            if not isinstance(order, dict):
                raise _form("a message is an object")
            self._orders[_word(order, "do", self._orders)](order)
        except (ValueError, RecursionError):
            self._refuse(_form("a message is JSON"))
        except TroubleError as trouble:
            self._refuse(trouble)

    def let_go(self) -> None:
        """The page has gone: so has its finger."""
        for tid, name in sorted(self._held):
            if tid in self._shop.terminals:
                terminal = self._shop.terminals[tid]
                terminal.post(lambda terminal=terminal, name=name: terminal.up(name))  # type: ignore[misc]
        self._held.clear()

    def _refuse(self, trouble: TroubleError) -> None:
        self._outbox.put("trouble", "", {"code": trouble.code, "text": str(trouble)})

    def _post(self, order: Fields, method: str, *values: object) -> None:
        terminal = self._shop.terminal(str(order.get("tid")))
        terminal.post(lambda: getattr(terminal, method)(*values))

    def _down(self, order: Fields) -> None:
        name = _word(order, "key", NAMES)
        self._post(order, "down", name)
        self._held.add((str(order["tid"]), name))

    def _up(self, order: Fields) -> None:
        name = _word(order, "key", NAMES)
        self._post(order, "up", name)
        self._held.discard((str(order["tid"]), name))

    def _scan(self, order: Fields) -> None:
        """The phone looks in the terminal's turn: at what the panel shows after everything asked before."""
        terminal = self._shop.terminal(str(order.get("tid")))

        def look() -> None:
            seen = phone.scan(terminal.pixels(), self._shop.pay)
            fields = {"outcome": seen.outcome, "code": seen.code, "words": seen.words}
            self._hub.tell("scan", terminal.tid, **fields)

        terminal.post(look)

    def _renew(self, order: Fields) -> None:
        wish = Renewal(_word(order, "language", _LANGUAGES), _flag(order, "is_provisioned"), _flag(order, "is_bench"))
        self._shop.renew(str(order.get("tid")), wish)

    def _apart(self, action: Callable[..., None], *values: object) -> None:
        """In a thread; trouble is told to this page."""
        task = asyncio.get_running_loop().run_in_executor(None, action, *values)
        task.add_done_callback(self._tell_outcome)

    def _tell_outcome(self, task: "asyncio.Future[None]") -> None:
        trouble = None if task.cancelled() else task.exception()
        if isinstance(trouble, TroubleError):
            self._refuse(trouble)
        elif trouble is not None:
            self._refuse(TroubleError("board", str(trouble)))
