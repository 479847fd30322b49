# SPDX-License-Identifier: MIT
"""What the rows of the live screen say."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.ui.canvas import Canvas


def texts(canvas: "Canvas") -> "list[str]":
    """The text of each row, "" where there is none."""
    return [row[0] if isinstance(row, tuple) else "" for row in canvas.rows]
