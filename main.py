# SPDX-License-Identifier: MIT
"""Starts the application; everything else is in `firmware`."""

from firmware.app import start

start()
