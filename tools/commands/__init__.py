# SPDX-License-Identifier: MIT
"""The commands of `qiandao` that have no room of their own."""
