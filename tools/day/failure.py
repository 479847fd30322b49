# SPDX-License-Identifier: MIT
"""The one error of the day: what went wrong, in words for the person who runs it."""


class DayError(Exception):
    """The day cannot be lived through, or did not end as it must."""
