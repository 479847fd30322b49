# SPDX-License-Identifier: MIT
"""Hostile input by the million: frames, key blocks, serial lines, flash regions, and a man in the middle.

`chip/` runs on MicroPython and drives the firmware's own files; what is here orders cases, counts and tells. Every case
follows from a seed and its number, so that one case can be had again: `python -m tools.fuzz PART --seed S --case N`.
"""
