# SPDX-License-Identifier: MIT
"""Tests that run on the development machine."""
