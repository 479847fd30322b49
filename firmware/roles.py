# SPDX-License-Identifier: MIT
"""What a cashier, a supervisor and an administrator may do: one table (E4). Pure.

ASK is what a cashier may do with a supervisor's approval.
"""

CASHIER = 0
SUPERVISOR = 1
ADMINISTRATOR = 9
ROLES = (CASHIER, SUPERVISOR, ADMINISTRATOR)

YES = "yes"
NO = "no"
ASK = "ask"

# by action: cashier, supervisor, administrator
TABLE = {
    "sale": (YES, YES, NO),
    "order": (YES, YES, NO),
    "void": (ASK, YES, NO),
    "refund": (ASK, YES, NO),
    "balance": (YES, YES, YES),
    "history": (YES, YES, YES),
    "last_batch": (YES, YES, YES),
    "totals": (YES, YES, YES),
    "sign_out": (YES, YES, YES),
    "handover": (YES, YES, YES),
    "change_pin": (YES, YES, YES),
    "support": (YES, YES, YES),
    "diagnostics": (YES, YES, YES),
    "adjust": (YES, YES, YES),
    "language": (YES, YES, YES),
    "service": (ASK, YES, YES),
}


def may(role: int, action: str) -> str:
    """YES, ASK or NO; NO for a role or an action that nobody knows."""
    if role not in ROLES or action not in TABLE:
        return NO
    return TABLE[action][ROLES.index(role)]
