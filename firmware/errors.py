# SPDX-License-Identifier: MIT
"""One hierarchy of errors. Each carries a code; the words for a code are in the catalogue under `err.` and `do.`.

No message text, no secret and no host content travels in an exception.
"""


class TerminalError(Exception):
    """Anything that the operator must be told. `code` is a key of the catalogue, `detail` a number or short ASCII."""

    is_told = False  # the operator has seen it already
    needs_sign_in = False  # trying again under the same keys is in vain

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class LinkError(TerminalError):
    """Unanswered: W1 no network, W2 Wi-Fi key, N1 unreachable, N2 no answer, N3 not an answer, N4, N5 certificates."""


class Refused(TerminalError):
    """The host said no. `de39` is its response code, `tags` what DE62 held; nothing follows from an unsigned one."""

    def __init__(self, de39: str, tags: "dict[str, str]", is_signed: bool) -> None:
        super().__init__("H" + de39)
        self.is_signed = is_signed
        self.needs_sign_in = de39 in ("77", "99", "A0", "A7")
        self.de39 = de39
        self.tags = tags


class StoreError(TerminalError):
    """Flash: C1 configuration, C2 keys, J1 journal unreadable, J2 journal full."""
