# SPDX-License-Identifier: MIT
"""The typed PIN into its block (E1), under the key that is read from flash for it. On loan, and gone before the rest of
the request is made: both together are more than a full heap takes.
"""

import os

from micropython import const

from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


def block(t: "Terminal", operator: int, pin: memoryview) -> bytes:
    key = t.keys.tpk(0)
    pan = t.session.context.tid + "%04d" % operator
    with Loan("pin_block") as pin_block:
        return pin_block.encode(key, pin, pan, os.urandom(8))
