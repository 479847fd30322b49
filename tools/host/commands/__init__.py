# SPDX-License-Identifier: MIT
"""The commands of `qiandao host`: service, desk (entering), books (reading), audit."""
