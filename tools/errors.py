# SPDX-License-Identifier: MIT
"""What a tool at the bench cannot do, in one line for the person there: what is wrong and what to do."""


class RefusedError(Exception):
    """The board, its port or a file did not do what it was asked for. Holds nothing secret."""
