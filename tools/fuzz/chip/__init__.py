# SPDX-License-Identifier: MIT
"""Modules for MicroPython, found there by their own names; `mutate` serves both sides."""
