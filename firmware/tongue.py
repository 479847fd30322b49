# SPDX-License-Identifier: MIT
"""Who is spoken to in which language (W5): each operator in the one that he chose, everybody else in the terminal's.

The terminal's is in the state record, the operators' in a blob of NVS, a byte each: 1 + place in text.LANGUAGES, or 0.
On loan when it may have changed.
"""

import esp32
from micropython import const

from firmware import text
from firmware.errors import StoreError

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_NAMESPACE = const("qiandao")
_BLOB = const("tongues")
_OPERATORS = const(100)


def _chosen() -> bytearray:
    """By operator; nobody's where there is nothing, or nothing of use."""
    numbers = bytearray(_OPERATORS)
    try:
        size = esp32.NVS(_NAMESPACE).get_blob(_BLOB, numbers)
    except OSError:
        size = 0
    return numbers if size == _OPERATORS else bytearray(_OPERATORS)


def _is_own(t: "Terminal") -> bool:
    return t.keys.is_signed_in and t.journal.state.operator < _OPERATORS


def load(t: "Terminal") -> None:
    """Speak to whoever is there now."""
    state = t.journal.state
    number = _chosen()[state.operator] if _is_own(t) else 0
    if not 0 < number <= len(text.LANGUAGES):
        number = state.language
    if 0 < number <= len(text.LANGUAGES):
        name = text.LANGUAGES[number - 1]
    else:
        name = str(t.settings["language"]) if t.settings else ""
    if name != text.language:
        text.load(name)


def choose(t: "Terminal", name: str) -> None:
    """One of text.LANGUAGES, for whoever is there now; StoreError C3 if it cannot be kept."""
    number = text.LANGUAGES.index(name) + 1
    if _is_own(t):
        numbers = _chosen()
        numbers[t.journal.state.operator] = number
        try:
            nvs = esp32.NVS(_NAMESPACE)
            nvs.set_blob(_BLOB, numbers)
            nvs.commit()
        except OSError:
            raise StoreError("C3") from None
    else:
        t.journal.change(language=number)
    text.load(name)
