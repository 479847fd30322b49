# SPDX-License-Identifier: MIT
"""Tests of the acquirer host, through real TLS sockets."""
