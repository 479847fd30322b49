# SPDX-License-Identifier: MIT
"""The messages that this host answers, one module a journey. A further message is a further module in this list."""

from tools.host.handlers import (
    advice,
    change_pin,
    credit,
    echo,
    notice,
    order,
    reversal,
    settlement,
    sign_in,
    sign_out,
    upload,
)
from tools.host.handlers.base import Handler

_MODULES = (sign_in, echo, advice, settlement, upload, sign_out, notice, change_pin, order, credit, reversal)

REGISTRY: dict[str, Handler] = {handler.name: handler for module in _MODULES for handler in module.HANDLERS}
