# SPDX-License-Identifier: MIT
"""The emulated chip's serial download mode, as esptool knows it: the loader in ROM, the flasher stub, and the USB
bridge that puts the chip into this mode. `Bridge` is all that the rest of the emulator needs.
"""

from tools.emulator.loader.bridge import Bridge

__all__ = ["Bridge"]
