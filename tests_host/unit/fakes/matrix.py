# SPDX-License-Identifier: MIT
"""A key matrix without diodes as wires: pressed keys join rows and columns; a row driven low pulls all it is joined to.

Follows the ESP32's Pin (init, value, irq). Levels are worked out in integers, so that reading them allocates nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Pin:
    """One wire of the matrix. `calls` counts the uses of all pins; before use `trap`, `on_trap` is done."""

    IN, OPEN_DRAIN, PULL_UP, IRQ_FALLING = 1, 7, 2, 2
    calls = 0
    trap = -1
    on_trap: "Callable[[], None] | None" = None

    @staticmethod
    def used() -> None:
        if Pin.calls == Pin.trap and Pin.on_trap:
            Pin.on_trap()
        Pin.calls += 1

    def __init__(self, matrix: "Matrix", bit: int, is_row: bool) -> None:
        self._matrix = matrix
        self._bit = bit
        self._is_row = is_row
        self.handler: "Callable[[Pin], None] | None" = None

    def init(self, mode: int, pull: int = 0, value: int = 1) -> None:
        if self._is_row:
            assert mode == Pin.OPEN_DRAIN, "a row that drives high fights the other rows"
            self.value(value)
        else:
            assert (mode, pull) == (Pin.IN, Pin.PULL_UP)

    def value(self, level: int = -1) -> int:
        Pin.used()
        matrix = self._matrix
        if level >= 0:
            assert self._is_row
            matrix.driven = matrix.driven & ~self._bit if level else matrix.driven | self._bit
            matrix.settle()
        return 0 if matrix.low_columns & self._bit else 1

    def irq(self, handler: "Callable[[Pin], None] | None" = None, trigger: int = 3) -> None:
        Pin.used()
        assert not self._is_row
        assert trigger in (Pin.IRQ_FALLING, 3)
        self.handler = handler


class Matrix:
    """4 x 4 keys."""

    def __init__(self, layout: str) -> None:
        self._layout = layout
        self.keys = 0  # bit n: key n of the layout is down
        self.driven = 0  # rows driven low
        self.low_columns = 0
        self.rows = [Pin(self, 1 << i, True) for i in range(4)]
        self.columns = [Pin(self, 1 << i, False) for i in range(4)]

    def press(self, names: str) -> None:
        for name in names:
            self.keys |= 1 << self._layout.find(name)
        self.settle()

    def release(self, names: str) -> None:
        for name in names:
            self.keys &= ~(1 << self._layout.find(name))
        self.settle()

    def settle(self) -> None:
        """Spread the low level over pressed keys until nothing changes; falling columns interrupt."""
        before = self.low_columns
        rows = self.driven
        columns = 0
        for _ in range(4):
            for row in range(4):
                joined = self.keys >> 4 * row & 0xF
                if rows & 1 << row:
                    columns |= joined
                elif columns & joined:
                    rows |= 1 << row
        self.low_columns = columns
        fallen = columns & ~before
        for i in range(4):
            pin = self.columns[i]
            if fallen & 1 << i and pin.handler:
                pin.handler(pin)


class Button:
    """A pin of its own with a pull-up, low while it is pressed."""

    IN, IRQ_FALLING = 1, 2

    def __init__(self) -> None:
        self.level = 1
        self.handler: "Callable[[Button], None] | None" = None

    def value(self) -> int:
        return self.level

    def press(self, _names: str = "") -> None:
        self.level = 0
        if self.handler:
            self.handler(self)

    def release(self, _names: str = "") -> None:
        self.level = 1

    def irq(self, handler: "Callable[[Button], None] | None" = None, trigger: int = 3) -> None:
        assert trigger in (Button.IRQ_FALLING, 3)
        self.handler = handler
