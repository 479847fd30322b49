# SPDX-License-Identifier: MIT
"""The page to try the terminal on: emulated boards in real time, their host, and a web page on this computer only."""
