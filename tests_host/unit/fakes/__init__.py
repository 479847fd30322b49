# SPDX-License-Identifier: MIT
"""What lies below the drivers, faked for MicroPython by the rules of the parts: wires, panel, flash and time.

The modules here run on MicroPython, found through a folder on its sys.path; this file is the host's side.
"""

from pathlib import Path

PRELUDE = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import world, time
"""
