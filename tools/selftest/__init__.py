# SPDX-License-Identifier: MIT
"""The self-test of a board on the bench: the board measures with the firmware's own drivers, the computer judges.

`snippets` is what runs on the board, `judge` turns what it measured into a verdict, `runner` is the sequence with the
person before it, `report` what is kept of it.
"""
