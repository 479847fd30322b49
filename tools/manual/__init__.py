# SPDX-License-Identifier: MIT
"""The operator's guide in print: docs/guide/ as HTML pages and PDF, and the quick card for the till."""
