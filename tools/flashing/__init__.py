# SPDX-License-Identifier: MIT
"""From a bare ESP32 to a board that runs this firmware: stock image, esptool, merged image, the tree over serial."""
