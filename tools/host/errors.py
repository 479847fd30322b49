# SPDX-License-Identifier: MIT
"""What can go wrong at the host outside an exchange. The text is for the person at the command line; it holds nothing
secret.
"""


class HostError(Exception):
    """Base of the errors that the command line shows without a traceback."""


class SetupError(HostError):
    """Keys, certificates or database are missing, unreadable or of another version."""


class EnrolError(HostError):
    """A merchant, terminal, operator or notice that cannot be entered as given."""


class UnknownError(HostError):
    """Something asked for that the books do not hold."""


class PaymentError(HostError):
    """An order that cannot be paid (any more)."""
