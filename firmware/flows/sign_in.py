# SPDX-License-Identifier: MIT
"""Sign-in 签到: preparation, operator, shift, PIN, one exchange, greeting (S1 .. S4, P4, E1).

Everything that can be slow or fail is done before the PIN is asked, so that after ENTER there is one exchange only.
The steps are modules on loan, one at a time.
"""

from micropython import const

from firmware.errors import LinkError, Refused, TerminalError
from firmware.host.session import as_repeat
from firmware.loader import Loan
from firmware.text import say
from firmware.ui import light
from firmware.ui.screen import ENTER, MENU
from secret import wipe

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

    Fields = dict[Any, Any]

_PIN_MOST = const(12)


class SupervisorWanted(Exception):
    """Somebody locked out by the host has called the supervisor."""


async def _prepare(t: "Terminal") -> None:
    with Loan("firmware.flows.preparation") as preparation:
        await preparation.run(t)


async def _refused(t: "Terminal", refusal: Refused, operator: int) -> None:
    """55 and 75 have words of their own; the rest goes to the outlet."""
    keys, hint = ENTER, ""
    if refusal.is_signed:
        t.note("SIGN_IN_FAILED", ord(refusal.de39[0]) << 8 | ord(refusal.de39[-1]), min(operator, 254))
    if refusal.de39 == "55" and refusal.tags:
        words = say("pin.left", refusal.tags.get("RT", "-"))
    elif refusal.de39 == "75" and refusal.tags:
        words = say("pin.locked", refusal.tags.get("LT", "-"))
        keys, hint = ENTER + MENU, say("hint.other")
        t.host_locked = operator
    else:
        raise refusal
    t.ui.light(light.LOCKED)
    with Loan("firmware.ui.screens") as screens:
        if await screens.Message(t.ui, say("pin.wrong"), words, keys, hint).result(30_000) == MENU:
            raise SupervisorWanted()


async def _retry(t: "Terminal", fault: TerminalError) -> None:
    with Loan("firmware.flows.trouble") as trouble:
        await trouble.retry(t, fault)


def _block(t: "Terminal", operator: int, pin: memoryview) -> bytes:
    with Loan("firmware.flows.sign_in_block") as step:
        return step.block(t, operator, pin)


def _request(t: "Terminal", operator: int, shift: int, block: bytes) -> "Fields":
    with Loan("firmware.flows.sign_in_request") as step:
        return step.request(t, operator, shift, block)


def _accept(t: "Terminal", answer: "Fields", operator: int, shift: int, pin: memoryview) -> None:
    with Loan("firmware.flows.sign_in_answer") as step:
        step.take(t, answer, operator, shift, pin)


async def _send(t: "Terminal", operator: int, shift: int, pin: memoryview) -> bool:
    """The exchange, repeated as long as the operator wants. True: signed in; False: wrong PIN, may be typed again."""

    def tell(attempt: int) -> None:
        words = say("sign_in.again", attempt) if attempt else say("sign_in.busy")
        t.ui.progress(say("sign_in.title"), words, 30 + 30 * attempt, say("sign_out.warn"))

    fields = _request(t, operator, shift, _block(t, operator, pin))
    while True:
        t.ui.light(light.BUSY)
        try:
            answer = await t.session.call(fields, 0, on_try=tell)
            break
        except Refused as refusal:
            await _refused(t, refusal, operator)
            return False
        except LinkError as fault:
            await _retry(t, fault)
            as_repeat(fields)
    fields.clear()
    _accept(t, answer, operator, shift, pin)
    return True


async def _ask_pin(t: "Terminal", pin: bytearray, operator: int) -> int:
    with Loan("firmware.flows.asking") as asking:
        return await asking.ask_pin(t, pin, operator)


async def _ask(t: "Terminal") -> "tuple[int, int] | None":
    """(operator, shift), None when the operator went back."""
    with Loan("firmware.flows.asking") as asking:
        operator = await asking.ask_number(t, say("operator.title"), 3)
        if operator is None:
            return None
        shift = await asking.ask_number(t, say("shift.title"), 1)
        return None if shift is None else (operator, shift)


async def _try_pin(t: "Terminal", operator: int, shift: int) -> "bool | None":
    """One PIN to its end, as `_send`; None when the operator went back."""
    pin = bytearray(_PIN_MOST)
    try:
        length = await _ask_pin(t, pin, operator)
        if not length:
            return None
        return await _send(t, operator, shift, memoryview(pin)[:length])
    finally:
        wipe(pin)
        t.refresh_context()


async def run(t: "Terminal") -> str:
    """From the lock screen to signed in, or back with the reason; the next journey."""
    if t.journal.state.is_settling:
        t.ui.progress(say("sign_out.title"), say("sign_out.resume"), 0)
    await _prepare(t)
    order, t.again = t.again or await _ask(t), None
    if order is None:
        return ""
    is_in: "bool | None" = False
    t.host_locked = -1
    try:
        while is_in is False and t.host_locked < 0 and not t.throttle.left_s():
            is_in = await _try_pin(t, order[0], order[1])
    except SupervisorWanted:
        return "unlock"
    if not is_in:
        return ""
    t.upload_wanted = True
    with Loan("firmware.tongue") as tongue:
        tongue.load(t)
    return "change_pin" if t.must_change_pin else "greeting"
