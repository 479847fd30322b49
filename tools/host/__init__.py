# SPDX-License-Identifier: MIT
"""The reference acquirer host: what terminals sign in to, sell through and settle with (protocol.md).

A real service for a bench, a demo and one acquirer's terminals; other code uses `Host`, `bundle` and `setup` only.
"""

from tools.host.bundle import TerminalIdentity
from tools.host.enrol import TerminalKeys
from tools.host.errors import HostError
from tools.host.faults import Fault, FaultPlan
from tools.host.host import Host
from tools.host.settings import Settings

__all__ = ["Fault", "FaultPlan", "Host", "HostError", "Settings", "TerminalIdentity", "TerminalKeys"]
