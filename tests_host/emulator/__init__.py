# SPDX-License-Identifier: MIT
"""The emulated board against the data sheets and the ESP32 port: what the firmware's tests rest on."""
