# SPDX-License-Identifier: MIT
"""What stays on the host: the emulated board, the acquirer host, and the commands that build, provision and show.

Nothing here is copied to a board, and nothing in firmware/ or lib/ imports it.
"""
