# SPDX-License-Identifier: MIT
"""The emulated board: a chip's-eye view on which the real MicroPython runs the firmware's own files.

Owns nothing of the terminal; imports nothing of firmware/.  `Board` is the board, `flash_image` flashes one.
"""

from tools.emulator.board import Board
from tools.emulator.image import flash_image
from tools.emulator.rpc import BoardError

__all__ = ["Board", "BoardError", "flash_image"]
