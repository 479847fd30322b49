# SPDX-License-Identifier: MIT
"""`make day`: a shop's day lived through on the emulated board against a host in its own process."""
