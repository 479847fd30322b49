# SPDX-License-Identifier: MIT
"""Journeys of the whole firmware on the emulated board: pins, bus, flash, sockets in; pixels, light and books out."""
