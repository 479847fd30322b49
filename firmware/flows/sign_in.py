# SPDX-License-Identifier: MIT
"""Sign-in 签到: preparation, operator, shift, PIN, one exchange, greeting (S1 .. S4, P4, E1).

Everything that can be slow or fail is done before the PIN is asked, so that after ENTER there is one exchange only.
"""

from micropython import const

import pin_block
from firmware import pin_check
from firmware.errors import AnswerError, LinkError, Refused, TerminalError
from firmware.flows import keep_link
from firmware.flows.asking import CANCELLED, ask_number, ask_pin
from firmware.flows.trouble import retry
from firmware.host import messages
from firmware.store.state import NOBODY
from firmware.terminal import VERSION
from firmware.text import say
from firmware.ui import light
from firmware.ui.screens import Message
from secret import wipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_WIFI_MS = const(10_000)


class _Order:
    """What the operator typed, and the request made of it."""

    def __init__(self, operator: int, shift: int) -> None:
        self.operator = operator
        self.shift = shift
        self.fields: "dict" = {}


async def _prepare(t: "Terminal") -> None:
    """P4: battery, network, host; each failure raises its code."""
    t.show_status()
    if t.facts.is_battery_low:
        raise TerminalError("B1")
    if not t.wifi.is_up:
        t.ui.progress(say("check.title"), say("check.network"), 30)
        if not await t.wifi.wait_up(_WIFI_MS):
            raise LinkError(t.wifi.fault)
    if not t.session.link.is_open:
        t.ui.progress(say("check.title"), say("check.host"), 60)
        await keep_link.hello(t)


def _request(t: "Terminal", order: _Order, pin: memoryview) -> None:
    """Message 1. A newly typed PIN is a new STAN, so that a repeat never burns a try."""
    state = t.journal.state
    stan, now = t.next_stan()
    context = t.session.context
    context.operator = "%03d" % order.operator
    tags = [
        ("SN", str(t.settings["serial"])),
        ("FV", VERSION),
        ("PV", "%04d" % state.parameters),
        ("NV", "%04d" % state.notice),
        ("JN", "%d" % len(t.journal)),
        ("SH", "%d" % order.shift),
    ]
    order.fields = messages.management(context, "sign_in", stan, now, 0, tags)
    pan = context.tid + "%04d" % order.operator
    messages.add_pin(order.fields, pin_block.encode(t.keys.tpk(0), pin, pan, t.random(8)), 0)
    t.journal.change(attempts=min(state.attempts + 1, 255))


async def _exchange(t: "Terminal", order: _Order) -> "dict":
    def tell(attempt: int) -> None:
        words = say("sign_in.again", attempt) if attempt else say("sign_in.busy")
        t.ui.progress(say("sign_in.title"), words, 30 + 30 * attempt, say("sign_out.warn"))

    t.ui.light(light.BUSY)
    return await t.session.call(order.fields, 0, on_try=tell)


def _accept(t: "Terminal", order: _Order, answer: "dict", pin: memoryview) -> None:
    """Nothing is stored before both key blocks, usages and KCVs are good; then record and keys in one step."""
    tags = answer[62]
    try:
        keys = t.keys.unwrap(tags)
        batch = int(answer[60][2:8])
        role = int(tags["RL"])
    except (ValueError, KeyError):
        raise TerminalError("K1") from None
    if tags.get("PW") == "1":
        raise TerminalError("E1")
    state = t.journal.state
    changes = {"operator": order.operator, "role": role, "shift": order.shift}
    if batch != state.batch:
        if len(t.journal):
            raise TerminalError("H77")
        changes["batch"] = batch
        changes["epoch"] = state.epoch + 1
    t.signed_in(keys, **changes)
    t.pin_digest = pin_check.learn(pin)
    t.operator_name = tags.get("ON", "")


async def _refused(t: "Terminal", refusal: Refused) -> None:
    """55 and 75 have words of their own; the rest goes to the outlet."""
    if refusal.de39 == "55" and refusal.tags:
        words = say("pin.left", refusal.tags.get("RT", "-"))
    elif refusal.de39 == "75" and refusal.tags:
        words = say("pin.locked", refusal.tags.get("LT", "-"))
    else:
        raise refusal
    t.ui.light(light.LOCKED)
    await Message(t.ui, say("pin.wrong"), words).result(30_000)


async def _try_pin(t: "Terminal", order: _Order) -> bool:
    """One PIN to its end. True: signed in; False: the PIN was wrong and may be typed again."""
    pin = bytearray(12)
    try:
        length = await ask_pin(t, pin, order.operator)
        digits = memoryview(pin)[:length]
        _request(t, order, digits)
        while True:
            try:
                answer = await _exchange(t, order)
                _accept(t, order, answer, digits)
                return True
            except Refused as refusal:
                await _refused(t, refusal)
                return False
            except (LinkError, AnswerError) as fault:
                await retry(t, fault)
                messages.as_repeat(order.fields)
    finally:
        wipe(pin)
        t.refresh_context()


async def _greet(t: "Terminal") -> None:
    """S4: success, last sign-in, then the host's text, which must be acknowledged."""
    tags = t.tags
    state = t.journal.state
    t.ui.light(light.READY)
    words = say("sign_in.welcome", t.operator_name or "%03d" % state.operator, state.shift)
    last = tags.get("LO", "")
    if len(last) == 14 and last.isdigit():
        words += "\n" + say("sign_in.last", "%s-%s %s:%s" % (last[4:6], last[6:8], last[8:10], last[10:12]))
    if tags.get("FC", "0").strip("0"):
        words += "\n" + say("sign_in.failures", tags["FC"])
    await Message(t.ui, say("sign_in.done"), words).result(30_000)
    if "DT" in tags:
        await Message(t.ui, say("notice.title"), tags["DT"], hint=say("hint.notice")).result()


async def run(t: "Terminal") -> None:
    """From the lock screen to signed in, or back with the reason."""
    if t.journal.state.operator != NOBODY and t.journal.state.is_settling:
        t.ui.progress(say("sign_out.title"), say("sign_out.resume"), 0)
    await _prepare(t)
    try:
        operator = await ask_number(t, say("operator.title"), 3)
        shift = await ask_number(t, say("shift.title"), 1)
        order = _Order(operator, shift)
        while not await _try_pin(t, order):
            pass
    except CANCELLED:
        return
    t.upload_wanted = True
    await _greet(t)
