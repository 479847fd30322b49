# SPDX-License-Identifier: MIT
"""Journeys of the whole firmware on the emulated board: pins, bus, flash and sockets in; pixels, light and books out."""
