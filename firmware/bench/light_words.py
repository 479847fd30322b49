# SPDX-License-Identifier: MIT
"""What a person would call what the status LED does: from the pattern that plays and the colour that is lit."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from rgb_led import RgbLed

_COLOURS = ("off", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def _colour(parts: "Sequence[int]") -> str:
    strongest = max(parts)
    number = 0
    for i in range(3):
        if strongest and 4 * parts[i] >= strongest:
            number |= 1 << i
    return _COLOURS[number]


def lit(led: "RgbLed") -> "list[int]":
    """The colour at this moment, 0 .. 255 each."""
    return [channel.duty_u16() // 257 for channel in led.channels]


def words_of(led: "RgbLed") -> str:
    """off | steady C | blink C | double C | alternating C D."""
    steps = led.pattern
    if len(steps) < 2:
        name = _colour(lit(led))
        return name if name == "off" else "steady " + name
    names = [_colour(step[:3]) for step in steps]
    colours = sorted(set(names) - {"off"})
    if len(colours) > 1:
        return "alternating " + " ".join(colours)
    flashes = len([name for name in names if name != "off"])
    return ("double " if flashes > 1 else "blink ") + colours[0]
