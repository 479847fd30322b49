# SPDX-License-Identifier: MIT
"""The wiring diagram of a board profile, as SVG: what the profile has is drawn, what it lacks is left out."""

from typing import Final

from tools.wiring import chip, layout, parts
from tools.wiring.layout import header_at, key_at
from tools.wiring.profile import Profile, Role
from tools.wiring.svg import FAINT, SUPPLY, Point, Sheet

_COLOURS: Final = {
    Role.BUS: "#1565c0",
    Role.ROW: "#b26a00",
    Role.COLUMN: "#6a3ba0",
    Role.WAKE: "#00796b",
    Role.ANALOG: "#ad1457",
}
_LED: Final = {"red": "#d32f2f", "green": "#2e9e3f", "blue": "#2962ff"}
_LEGENDS: Final = {
    "A": ("功能", "menu"),
    "B": ("取消", "cancel"),
    "C": ("清除", "clear"),
    "D": ("确认", "enter"),
    "*": ("", "up"),
    "#": ("", "down"),
}
_PCB: Final = "#20303c"
_METAL: Final = "#c9ced3"
_PAD: Final = "#e8c66a"


def _board(sheet: Sheet, profile: Profile) -> None:
    """The ESP32-DevKitC from above, antenna up, USB down."""
    (x, y), (wide, high) = layout.BOARD_AT, layout.BOARD_SIZE
    sheet.box((x, y), (wide, high), _PCB, "#0d161d", 8)
    sheet.box((x + 65, y - 8), (90, 28), "#2c3d49", "#0d161d", 2)
    for step in range(5):
        sheet.line([(x + 75 + step * 15, y + 12), (x + 75 + step * 15, y - 2), (x + 82 + step * 15, y - 2)], _PAD, 2)
    sheet.box((x + 65, y + 20), (90, 112), _METAL, "#7b848b", 3)
    sheet.words((x + 110, y + 72), "ESP32", 15, "middle", is_bold=True)
    sheet.words((x + 110, y + 90), "WROOM-32E", 11, "middle")
    sheet.words((x + 110, y + 300), "U1", 13, "middle", "#ffffff", is_bold=True)
    sheet.words((x + 110, y + 318), "ESP32-DevKitC V4", 10, "middle", "#cfd8dc")
    sheet.box((x + 84, y + high - 26), (52, 34), _METAL, "#7b848b", 3)
    sheet.words((x + 110, y + high - 8), "USB", 11, "middle")
    for name, at in (("EN", x + 82), ("BOOT", x + 116)):
        sheet.box((at, y + high - 56), (22, 16), "#3f4d57", "#0d161d", 3)
        sheet.words((at + 11, y + high - 62), name, 8, "middle", "#cfd8dc")
    used = {layout.pin_at(use.pin): use for use in profile.uses}
    for side, names in (("left", chip.LEFT), ("right", chip.RIGHT)):
        for number, name in enumerate(names):
            _header_pin(sheet, header_at(side, number), side, name, header_at(side, number) in used)


def _header_pin(sheet: Sheet, at: Point, side: str, name: str, is_used: bool) -> None:
    is_power = name in ("3V3", "GND", "5V")
    sheet.dot(at, _PAD if is_used or is_power else "#56646e", 5, "#0d161d")
    x, anchor = (at[0] + 11, "start") if side == "left" else (at[0] - 11, "end")
    sheet.words((x, at[1] + 4), name, 11, anchor, "#ffffff" if is_used or is_power else "#8c9aa4", is_used)


def _supplies(sheet: Sheet, profile: Profile) -> None:
    """The supply pins of the board that the drawing uses: 3V3 and both outer grounds, and 5V from the battery."""
    top = header_at("left", 0)
    sheet.line([top, (520, top[1])], SUPPLY)
    sheet.flag((520, top[1]), "3V3", "left")
    ground = header_at("right", 0)
    sheet.line([ground, (772, ground[1])])
    sheet.ground((772, ground[1]))
    if profile.battery is not None:
        bottom = header_at("left", chip.LEFT.index("5V"))
        sheet.flag((bottom[0] + 8, bottom[1]), "5V", "right")


def _panel(sheet: Sheet, profile: Profile) -> None:
    if profile.display is None or profile.i2c is None:
        return
    pins = layout.PANEL_PINS
    left, top = pins["GND"][0], pins["GND"][1] - 48
    sheet.box((left - 8, top), (300, 152), "#1d3f6e", "#0f2747", 8)
    sheet.box((left + 70, top + 14), (206, 112), "#05080d", "#0a0f16", 4)
    sheet.words((left + 173, top + 66), "请签到", 26, "middle", "#b0e8ff", is_bold=True)
    sheet.words((left + 173, top + 96), "SSD1306 128x64", 12, "middle", "#b0e8ff")
    for name, at in pins.items():
        sheet.dot(at, _PAD, 5, "#0f2747")
        sheet.words((at[0] + 12, at[1] + 4), name, 11, "start", "#ffffff", is_bold=True)
    address = f"DS1: OLED, I2C 0x{profile.display:02X}, {profile.i2c[2] // 1000} kHz"
    sheet.words((left - 8, top - 10), address, 13, is_bold=True)
    sheet.line([pins["GND"], (left - 72, pins["GND"][1])])
    sheet.ground((left - 72, pins["GND"][1]))
    sheet.line([pins["VCC"], (left - 12, pins["VCC"][1])], SUPPLY)
    sheet.flag((left - 12, pins["VCC"][1]), "3V3", "left")


def _led(sheet: Sheet, profile: Profile) -> None:
    if not profile.led:
        return
    x, joint = layout.LED_X, layout.LED_X + 200
    for mark, (colour, y) in zip(("R3", "R2", "R1"), layout.LED_Y.items(), strict=True):
        sheet.resistor((x, y))
        sheet.words((x + 30, y - 12), f"{mark}  {parts.ohms(parts.series_ohm(colour))}", 12, "middle")
        sheet.line([(x + 60, y), (x + 120, y)])
        sheet.diode((x + 120, y), _LED[colour])
        sheet.line([(x + 160, y), (joint, y)])
        sheet.words((x + 140, y - 14), colour, 11, "middle", _LED[colour], is_bold=True)
    top, bottom = min(layout.LED_Y.values()), max(layout.LED_Y.values())
    sheet.line([(joint, top), (joint, bottom + 26)])
    for y in layout.LED_Y.values():
        sheet.dot((joint, y))
    sheet.ground((joint, bottom + 26))
    sheet.words((x, top - 40), "D1: status LED, common cathode", 13, is_bold=True)


def _keypad(sheet: Sheet, profile: Profile) -> None:
    if not profile.rows:
        return
    (x, y), size = layout.KEYPAD_AT, layout.keypad_size(profile)
    sheet.box((x, y), size, "#e9ecef", "#9aa3ab", 10)
    wide, high = layout.KEY_SIZE
    for row, keys in enumerate(profile.keypad):
        for column, key in enumerate(keys):
            left, top = key_at(row, column)
            sheet.box((left, top), (wide, high), "#ffffff", "#9aa3ab", 6, 1)
            chinese, english = _LEGENDS.get(key, ("", ""))
            drop = 20 if english else 31
            sheet.words((left + wide // 2, top + drop), key, 17, "middle", is_bold=True)
            sheet.words((left + wide // 2, top + 40), f"{chinese} {english}".strip(), 9, "middle", FAINT)
    sheet.words((x + size[0] + 16, y + size[1] - 4), "K1: keypad", 13, is_bold=True)
    for number, pin in enumerate(profile.rows, 1):
        is_left = chip.place(pin)[0] == "left"
        at = (x - 4 if is_left else x + size[0] + 3, key_at(number - 1, 0)[1] + high // 2 - 6)
        sheet.words(at, f"R{number}", 11, "end" if is_left else "start", _COLOURS[Role.ROW], is_bold=True)
    for number in range(1, len(profile.columns) + 1):
        at = (key_at(0, number - 1)[0] + wide // 2 + 5, y - 5)
        sheet.words(at, f"C{number}", 11, "start", _COLOURS[Role.COLUMN], is_bold=True)


def _button(sheet: Sheet, profile: Profile) -> None:
    if profile.power is None:
        return
    x, y = layout.BUTTON
    sheet.switch((x, y), is_button=True)
    sheet.line([(x, y), (x - 30, y), (x - 30, y + 14)])
    sheet.ground((x - 30, y + 14))
    sheet.words((x - 40, y - 36), "S2: power button", 13, is_bold=True)
    sheet.words((x - 40, y + 48), "wakes the chip (ext0) on its RTC pin", 11, fill=FAINT)


def _battery(sheet: Sheet, profile: Profile) -> None:
    """The supply chain in the upper left, and the divider hanging from it."""
    if profile.battery is None:
        return
    x, middle = layout.DIVIDER_X, layout.pin_at(profile.battery)[1]
    top = middle - 138
    boxes = ((40, 84, "BT1", "LiPo 3.7 V"), (148, 84, "U2", "charger"), (352, 84, "U3", "5 V boost"))
    for left, wide, mark, name in boxes:
        sheet.box((left, top - 26), (wide, 52))
        sheet.words((left + wide // 2, top - 4), mark, 13, "middle", is_bold=True)
        sheet.words((left + wide // 2, top + 13), name, 11, "middle")
    for left, right, y in ((124, 148, top - 12), (232, 242, top), (290, 352, top), (436, 450, top)):
        sheet.line([(left, y), (right, y)], SUPPLY)
    sheet.line([(124, top + 12), (148, top + 12)])  # the charger's protection switches this side: no ground here
    for left in (190, 394):
        sheet.ground((left, top + 26))
    sheet.switch((242, top))
    sheet.words((266, top - 22), "S1", 12, "middle", is_bold=True)
    sheet.dot((x, top), SUPPLY)
    sheet.flag((450, top), "5V", "right")
    _divider(sheet, profile, (x, top), middle)


def _divider(sheet: Sheet, profile: Profile, top: Point, middle: int) -> None:
    x = top[0]
    sheet.line([top, (x, middle - 70)], SUPPLY)
    sheet.resistor((x, middle - 70), is_upright=True)
    sheet.line([(x, middle - 10), (x, middle + 10)])
    sheet.resistor((x, middle + 10), is_upright=True)
    sheet.ground((x, middle + 70))
    sheet.words((x - 14, middle - 36), f"R4  {parts.ohms(parts.upper_ohm(profile))}", 12, "end")
    sheet.words((x - 14, middle + 44), f"R5  {parts.ohms(parts.DIVIDER_OHM)}", 12, "end")
    sheet.line([(x + 48, middle), (x + 48, middle + 10)])
    sheet.dot((x + 48, middle))
    sheet.capacitor((x + 48, middle + 10))
    sheet.ground((x + 48, middle + 70))
    sheet.words((x + 48, middle + 104), "C1  100 nF", 12, "middle")
    sheet.dot((x, middle))
    low, high = (volts / profile.divider for volts in chip.CELL_V)
    sheet.words((x - 24, middle + 4), f"{low:.2f} to {high:.2f} V", 11, "end", FAINT)


def _notes(sheet: Sheet, profile: Profile) -> None:
    lines = ["Seen from above, antenna up.", "Flags of one name are one wire; so are all ground symbols."]
    if profile.battery is not None:
        lines.append("USB or battery, never both: open S1 before plugging in.")
        lines.append("C2 (100 µF) stands between 5V and GND, near the header.")
    if chip.PSRAM.intersection(use.pin for use in profile.uses):
        lines.append("A WROOM module: a WROVER keeps pins 16 and 17 for itself.")
    if profile.rows:
        lines.append("The keypad's ribbon is usually R1 R2 R3 R4 C1 C2 C3 C4.")
    _column(sheet, (860, 590), "Notes", [("", line) for line in lines])


def _parts(sheet: Sheet, profile: Profile) -> None:
    listed = [(part.marks.replace(" ", ", "), f"{part.name}, {part.value}") for part in parts.parts(profile)]
    _column(sheet, (40, 590), "Parts", listed)


def _column(sheet: Sheet, at: Point, title: str, lines: list[tuple[str, str]]) -> None:
    """Lines under a title; their marks, where they have some, stand before them."""
    x, y = at
    sheet.words(at, title, 13, is_bold=True)
    inset = 54 if any(mark for mark, _ in lines) else 0
    for number, (mark, line) in enumerate(lines, 1):
        sheet.words((x, y + 4 + 22 * number), mark, 11, is_bold=True)
        sheet.words((x + inset, y + 4 + 22 * number), line, 11)


def draw(profile: Profile) -> str:
    """The whole sheet."""
    title = f"Wiring of the {profile.name} board"
    sheet = Sheet(*layout.SHEET, title)
    sheet.words((40, 46), title, 22, is_bold=True)
    for use in profile.uses:
        colour = _LED[use.net] if use.role is Role.PWM else _COLOURS[use.role]
        sheet.wire(layout.routes(profile)[use.pin], colour, use.pin, use.net)
    for part in (_board, _supplies, _panel, _led, _keypad, _button, _battery, _parts, _notes):
        part(sheet, profile)
    return sheet.text()
