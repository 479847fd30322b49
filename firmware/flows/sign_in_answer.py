# SPDX-License-Identifier: MIT
"""The answer to message 1 taken (S2): checked first, then made durable and valid in one step, or not at all."""

from micropython import const

from firmware import clock
from firmware.errors import TerminalError
from firmware.loader import Loan
from firmware.store.state import CLOSED, PW_CHANGE, SIGNED_IN

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal


def take(t: "Terminal", answer: "dict[Any, Any]", operator: int, shift: int, pin: memoryview) -> None:
    """Signed in when it returns; TerminalError K1 or H77 and nothing changed otherwise."""
    tags, batch = answer[62], answer.get(60, b"")[2:8]
    answer.clear()  # room for the module that opens key blocks
    t.must_change_pin = False
    try:
        keys = _unwrap(t, tags)
        changes = {"operator": operator, "role": int(tags["RL"]), "shift": shift}
        _take_batch(t, int(batch), changes)
    except (ValueError, KeyError):
        raise TerminalError("K1") from None
    finally:
        for name in ("KA", "KP"):
            tags.pop(name, "")
    _commit(t, keys, changes, tags.get("PW") == "1")
    with Loan("firmware.pin_check") as pin_check:
        t.pin_digest = pin_check.learn(pin)
    t.note("SIGN_IN", t.keys.number)
    t.operator_name = tags.get("ON", "")


def _unwrap(t: "Terminal", tags: "dict[str, str]") -> "tuple[int, bytearray, bytearray]":
    """(number, TAK, TPK) of the blocks in the answer; ValueError unless both are what they should be."""
    number = int(tags["KS"])
    if not 1 <= number <= 99:
        raise ValueError("key set")
    tmk = t.keys.static()[0]
    with Loan("tr31") as tr31:
        tak = tr31.unwrap(tmk, tags["KA"], "M6", "C")
        tpk = tr31.unwrap(tmk, tags["KP"], "P0", "E")
        if tr31.kcv(tak) != tags["CA"] or tr31.kcv(tpk) != tags["CP"]:
            raise ValueError("KCV")
    return number, tak, tpk


def _take_batch(t: "Terminal", batch: int, changes: "dict[str, int]") -> None:
    """DE60.2 of the answer is the batch to use; a journal with records allows no other than its own."""
    state = t.journal.state
    if batch == state.batch:
        return
    if len(t.journal):
        raise TerminalError("H77")
    changes["batch"] = batch
    changes["epoch"] = state.epoch + 1


def _commit(
    t: "Terminal", keys: "tuple[int, bytearray, bytearray]", changes: "dict[str, int]", must_change: bool
) -> None:
    """Sign-in as one durable step: the record first, then the keys. An open settlement stays its operator's."""
    state = t.journal.state
    code = PW_CHANGE if must_change else SIGNED_IN
    if state.is_settling:
        # Another batch: the host closed the one that was being settled, which is empty here, and the answer was lost.
        code = CLOSED if "batch" in changes else state.code
        changes = {name: changes[name] for name in changes if name in ("batch", "epoch")}
    t.journal.change(code=code, attempts=0, clock=clock.now_s(), zone=state.zone, **changes)
    t.keys.install(*keys)
    t.must_change_pin = must_change
    t.throttle.clear()
    t.host_locked = -1
    t.refresh_context()
