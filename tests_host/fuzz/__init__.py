# SPDX-License-Identifier: MIT
"""Hostile input in short: what `make fuzz` does by the million, and a man in the middle."""
