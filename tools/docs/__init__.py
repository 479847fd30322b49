# SPDX-License-Identifier: MIT
"""What of the manual is made from the sources: tables between marks in its pages, and drawings."""
