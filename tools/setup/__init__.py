# SPDX-License-Identifier: MIT
"""Gets a machine ready: the virtual environment and the MicroPython that the emulated board runs.

Standard library only, since these modules run before anything is installed. All they make is under .venv/ and build/.
"""
