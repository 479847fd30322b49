# SPDX-License-Identifier: MIT
"""Constants of the module `socket` that a terminal does not use."""

IPPROTO_TCP = 6
SOL_SOCKET, SO_REUSEADDR, SO_KEEPALIVE = 0xFFF, 4, 8
TCP_NODELAY = 1
