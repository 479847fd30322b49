# SPDX-License-Identifier: MIT
"""Tests of the tools that speak to a board over its serial port."""
