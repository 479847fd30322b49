# SPDX-License-Identifier: MIT
"""The terminal's font "Qiandao 12": which characters it has, how it is drawn from its source font, and its file format."""
