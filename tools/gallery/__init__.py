# SPDX-License-Identifier: MIT
"""Every screen of the terminal in its three languages: the list of them, their pictures, and what is judged of each."""
