# SPDX-License-Identifier: MIT
"""`make bench`: what the firmware costs in heap, bytes, time and flash, each beside a reference of the same run."""
