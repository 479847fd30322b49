# SPDX-License-Identifier: MIT
"""A day's network cut at every byte: the firmware and the host in one process, and sampled on the emulated board."""
