# SPDX-License-Identifier: MIT
"""Message 1 made and its answer taken (S2): the one exchange of the sign-in, and what it changes, in one step."""

import os

from micropython import const

from firmware import clock
from firmware.errors import TerminalError
from firmware.loader import Loan
from firmware.store.state import SIGNED_IN
from firmware.terminal import VERSION
from firmware.text import say
from firmware.ui import light

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

    Fields = dict[object, object]


def _block(t: "Terminal", operator: int, pin: memoryview) -> bytes:
    key = t.keys.tpk(0)
    pan = t.session.context.tid + "%04d" % operator
    with Loan("pin_block") as pin_block:
        return pin_block.encode(key, pin, pan, os.urandom(8))


def request(t: "Terminal", operator: int, shift: int, pin: memoryview) -> "Fields":
    """A newly typed PIN is a new STAN, so that a repeat never burns a try; the try is counted before it is sent."""
    settings = t.settings
    assert settings is not None
    block = _block(t, operator, pin)
    state = t.journal.state
    stan, now = t.next_stan()
    t.journal.change(attempts=min(state.attempts + 1, 255))
    context = t.session.context
    context.operator = "%03d" % operator
    tags = [
        ("SN", str(settings["serial"])),
        ("FV", VERSION),
        ("PV", "%04d" % state.parameters),
        ("NV", "%04d" % state.notice),
        ("JN", "%d" % len(t.journal)),
        ("SH", "%d" % shift),
    ]
    with Loan("firmware.host.messages") as messages:
        fields = messages.management(context, "001", stan, now, 0, tags)
        messages.add_pin(fields, block, 0)
    return fields


async def exchange(t: "Terminal", fields: "Fields", operator: int, shift: int, pin: memoryview) -> None:
    """Signed in when it returns; otherwise nothing but the count of tries has changed."""

    def tell(attempt: int) -> None:
        words = say("sign_in.again", attempt) if attempt else say("sign_in.busy")
        t.ui.progress(say("sign_in.title"), words, 30 + 30 * attempt, say("sign_out.warn"))

    t.ui.light(light.BUSY)
    answer = await t.session.call(fields, 0, on_try=tell)
    tags, batch = answer[62], answer.get(60, b"")[2:8]
    del answer  # room for the module that opens key blocks
    if tags.get("PW") == "1":
        raise TerminalError("E1")
    try:
        keys = t.keys.unwrap(tags)
        changes = {"operator": operator, "role": int(tags["RL"]), "shift": shift}
        _take_batch(t, int(batch), changes)
    except (ValueError, KeyError):
        raise TerminalError("K1") from None
    finally:
        for name in ("KA", "KP"):
            tags.pop(name, "")
    _commit(t, keys, changes)
    with Loan("firmware.pin_check") as pin_check:
        t.pin_digest = pin_check.learn(pin)
    t.operator_name = tags.get("ON", "")


def _take_batch(t: "Terminal", batch: int, changes: "dict[str, int]") -> None:
    """DE60.2 of the answer is the batch to use; a journal with records allows no other than its own."""
    state = t.journal.state
    if batch == state.batch:
        return
    if len(t.journal):
        raise TerminalError("H77")
    changes["batch"] = batch
    changes["epoch"] = state.epoch + 1


def _commit(t: "Terminal", keys: "tuple[int, bytearray, bytearray]", changes: "dict[str, int]") -> None:
    """Sign-in as one durable step: the record first, then the keys. An open settlement stays its operator's."""
    state = t.journal.state
    code = SIGNED_IN
    if state.is_settling:
        code = state.code
        changes = {name: changes[name] for name in changes if name in ("batch", "epoch")}
    t.journal.change(code=code, attempts=0, clock=clock.now_s(), zone=state.zone, **changes)
    t.keys.install(*keys)
    t.refresh_context()
