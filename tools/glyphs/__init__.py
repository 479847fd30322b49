# SPDX-License-Identifier: MIT
"""The terminal's font "Qiandao 12": which characters it has, how it is drawn, and its file format."""
