# SPDX-License-Identifier: MIT
"""Scripts played on an emulated board: for whoever writes one (`qiandao play`), and for the manual's pictures."""
