# SPDX-License-Identifier: MIT
"""The part of `network` that a terminal uses; what it does not is in `_network_more.py`."""

import _rpc

STAT_IDLE, STAT_CONNECTING = 1000, 1001


def __getattr__(name: str) -> object:
    return _rpc.find("network_more", name)
