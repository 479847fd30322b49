# SPDX-License-Identifier: MIT
"""What runs long: a soak of thousands of transactions, and days of chance against a model of the terminal."""
