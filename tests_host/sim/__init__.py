# SPDX-License-Identifier: MIT
"""The page of `qiandao sim` in Chromium: what a person clicks, types and sees, and what must not reach it."""
