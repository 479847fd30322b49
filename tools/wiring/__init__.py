# SPDX-License-Identifier: MIT
"""How a board is wired: read from firmware/board.py, judged by the chip's rules, drawn, and listed part by part."""
