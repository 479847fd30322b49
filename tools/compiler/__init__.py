# SPDX-License-Identifier: MIT
"""From the source of the firmware to what is compiled for the board: the same program, with less on the heap."""
