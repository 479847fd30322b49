# SPDX-License-Identifier: MIT
"""What the console says and understands, in either of its forms: the keys of the terminal, help, events in words."""

import json
from datetime import datetime
from typing import Final

from tools.console_feed import Connected, Event, Log, Lost, Reply, Restarted, Silent

KEYS: Final = {**{key: key for key in "0123456789*#"}, **{key.lower(): key for key in "ABCD"}}
"""Characters typed on the computer, and the terminal's keys."""
NAMES: Final = {"MENU": "A", "CANCEL": "B", "CLEAR": "C", "ENTER": "D", "UP": "*", "DOWN": "#", "CL": "CL"}
REQUESTS: Final = {
    "@status": "state, lock reason, screen, LED, function probe",
    "@health": "memory, uptime, reset cause, Wi-Fi, journal, battery",
    "@journal N": "raw records from slot N on",
    "@key 5": "press a key (bench): 0-9 A B C D * #, CL clear held long",
    "@screen": "the picture (bench)",
    "@led R G B": "light the LED, 0-255 each; '@led auto' gives it back (bench)",
    "@selftest": "run the power-on self-test (bench)",
    "@echo": "ask the host, with the round-trip time (bench)",
    "@service": "restart into service mode, the REPL (bench)",
    "@reset": "restart (bench)",
}
ONLY_BENCH: Final = "keys are taken only by a board that is provisioned as bench, or not at all"


def help_text(is_plain: bool) -> str:
    """What can be typed."""
    lines = ["Requests, each answered with one line:"]
    lines += [f"  {request:<12} {words}" for request, words in REQUESTS.items()]
    if is_plain:
        lines += ["Keys of the terminal, in a line, as 0 0 1 ENTER: 0-9 A B C D * # and " + " ".join(NAMES)]
        lines += ["help shows this, quit ends it; so do end of input after a request, and Ctrl-C."]
    else:
        lines += ["Keys of the terminal: 0-9 * #, a menu, b or Escape cancel, c or Backspace clear, d or Enter enter,"]
        lines += ["  up and down arrows * and #, l clear held long. @ begins a request, ? shows this, q ends it."]
    return "\n".join(lines)


def keys_of(line: str) -> list[str] | None:
    """The terminal's keys that a line names, None if it is something else."""
    keys = []
    for word in line.split():
        key = NAMES.get(word.upper()) or (word.upper() if word.upper() in (*"0123456789ABCD*#",) else "")
        if not key:
            return None
        keys.append(key)
    return keys or None


def words_of(event: Event) -> str:
    """One line; a notice of the console's own begins with --."""
    match event:
        case Log(text):
            return text
        case Reply(answer):
            return json.dumps(answer, ensure_ascii=False)
        case Connected():
            return "-- connected"
        case Lost(reason):
            return f"-- connection lost, trying again: {reason}"
        case Restarted(cause):
            return f"-- the terminal has restarted{f' ({cause})' if cause else ''}"
        case Silent(is_silent):
            return "-- no answer: asleep, switched off, or not this firmware" if is_silent else "-- it answers again"


def stamped(words: str, now: datetime) -> str:
    """As it stands in a log file."""
    return f"{now.isoformat(timespec='milliseconds')} {words}\n"
