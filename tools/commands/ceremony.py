# SPDX-License-Identifier: MIT
"""The two components over the bundles of one run of `qiandao provision`: of files, or typed once for all bundles under
the same key. They stay in memory.
"""

from contextlib import suppress
from pathlib import Path

from tools.commands.order import Order
from tools.errors import RefusedError
from tools.host import bundle
from tools.host.commands import custody
from tools.host.components import Components
from tools.host.errors import HostError


class Ceremony:
    """One run of the tool."""

    def __init__(self) -> None:
        self._entered: dict[str, Components] = {}

    def components(self, path: Path, order: Order) -> Components:
        """For the bundle at `path`, after a look at what it says of itself."""
        label = bundle.label(path)
        if order.tid and order.tid != label.tid:
            raise RefusedError(f"{path} is terminal {label.tid}'s, not {order.tid}'s")
        if order.components and not label.is_tmk:
            raise RefusedError(f"{path} holds the TMK as a key block, so no components of it are wanted")
        if label.is_tmk and not order.components:
            raise RefusedError(f"{path} is for a TMK in two components: --components asks for them")
        if label.check_value not in self._entered:
            name = "TMK" if label.is_tmk else "Transport key"
            self._entered[label.check_value] = custody.given(name, order.first_component, order.second_component)
        return self._entered[label.check_value]

    def prepare(self, orders: list[Order]) -> None:
        """Enter before a batch what it will want, so that nobody is asked in the middle; a bad row is told in turn."""
        for order in orders:
            if order.bundle and order.bundle.is_file():
                with suppress(HostError, RefusedError):
                    self.components(order.bundle, order)
