# SPDX-License-Identifier: MIT
"""A sheet to draw a circuit on: lines, boxes, words and the symbols of a few parts, as SVG text.

Coordinates are whole units of the sheet, so that the same drawing is the same text on every machine.
"""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

Point = tuple[int, int]

PAPER: Final = "#fdfdfa"
INK: Final = "#22282e"
FAINT: Final = "#8a9299"
SUPPLY: Final = "#c62828"
_FONT: Final = "'DejaVu Sans', 'Noto Sans', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
_HALO: Final = 8  # of paper around a wire, so that crossings are seen as such


def _element(tag: str, content: str = "", **attributes: object) -> str:
    """One element; an underscore in a name stands for a hyphen, content is escaped already."""
    named = "".join(
        f" {name.strip('_').replace('_', '-')}={quoteattr(str(value))}" for name, value in attributes.items()
    )
    return f"<{tag}{named}>{content}</{tag}>" if content else f"<{tag}{named}/>"


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


class Sheet:
    """What is drawn later lies above."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._size = (width, height)
        self._title = title
        self._body: list[str] = []

    def text(self) -> str:
        width, height = self._size
        parts = [
            _element("title", escape(self._title)),
            _element("rect", width=width, height=height, rx=12, fill=PAPER),
        ]
        content = "\n".join(["", *parts, *self._body, ""])
        sheet = _element(
            "svg",
            content,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {width} {height}",
            width=width,
            height=height,
            role="img",
            font_family=_FONT,
        )
        return sheet + "\n"

    def _add(self, tag: str, content: str = "", **attributes: object) -> None:
        self._body.append(_element(tag, content, **attributes))

    def box(
        self, at: Point, size: Point, fill: str = "#ffffff", stroke: str = INK, radius: int = 6, width: float = 1.5
    ) -> None:
        (x, y), (wide, high) = at, size
        self._add("rect", x=x, y=y, width=wide, height=high, rx=radius, fill=fill, stroke=stroke, stroke_width=width)

    def words(
        self, at: Point, text: str, size: int = 12, anchor: str = "start", fill: str = INK, is_bold: bool = False
    ) -> None:
        """`at` is on the base line."""
        bold = {"font_weight": "bold"} if is_bold else {}
        self._add("text", escape(text), x=at[0], y=at[1], font_size=size, text_anchor=anchor, fill=fill, **bold)

    def line(self, points: Sequence[Point], stroke: str = INK, width: float = 2) -> None:
        self._body.append(self._line(points, stroke, width))

    @staticmethod
    def _line(points: Sequence[Point], stroke: str, width: float) -> str:
        look = {"fill": "none", "stroke_linejoin": "round", "stroke_linecap": "round"}
        return _element("polyline", points=_path(points), stroke=stroke, stroke_width=width, **look)

    def wire(self, points: Sequence[Point], stroke: str, pin: int, net: str) -> None:
        """From a header pin to a part; carries what it connects for readers and tests."""
        title = _element("title", escape(f"GPIO{pin}: {net}"))
        content = title + self._line(points, PAPER, _HALO) + self._line(points, stroke, 2.5)
        self._add("g", content, class_="wire", data_pin=pin, data_net=net)

    def _shape(self, points: Sequence[Point], fill: str, stroke: str) -> None:
        self._add("polygon", points=_path(points), fill=fill, stroke=stroke, stroke_width=1.5)

    def dot(self, at: Point, fill: str = INK, radius: float = 4, stroke: str = "none") -> None:
        self._add("circle", cx=at[0], cy=at[1], r=radius, fill=fill, stroke=stroke)

    # Symbols. Each is drawn from its upper or left terminal.

    def resistor(self, at: Point, is_upright: bool = False) -> None:
        """60 long; the body is a box of 36 by 14."""
        x, y = at
        if is_upright:
            self.line([(x, y), (x, y + 60)])
            self.box((x - 7, y + 12), (14, 36), radius=2)
        else:
            self.line([(x, y), (x + 60, y)])
            self.box((x + 12, y - 7), (36, 14), radius=2)

    def capacitor(self, at: Point, is_polar: bool = False) -> None:
        """60 long, upright."""
        x, y = at
        self.line([(x, y), (x, y + 27)])
        self.line([(x, y + 33), (x, y + 60)])
        self.line([(x - 12, y + 27), (x + 12, y + 27)], width=3)
        self.line([(x - 12, y + 33), (x + 12, y + 33)], width=3)
        if is_polar:
            self.words((x - 20, y + 24), "+", 12, "middle")

    def ground(self, at: Point) -> None:
        x, y = at
        self.line([(x, y), (x, y + 8)])
        for half, drop in ((10, 8), (6, 12), (2, 16)):
            self.line([(x - half, y + drop), (x + half, y + drop)])

    def flag(self, at: Point, name: str, side: str) -> None:
        """A supply by its name; the wire enters at `at`, the flag lies on its `side`."""
        x, y = at
        step = -1 if side == "left" else 1
        points = [(x, y), (x + step * 8, y - 9), (x + step * 44, y - 9), (x + step * 44, y + 9), (x + step * 8, y + 9)]
        self._shape(points, "#fdecea", SUPPLY)
        self.words((x + step * 26, y + 4), name, 11, "middle", SUPPLY, is_bold=True)

    def switch(self, at: Point, is_button: bool = False) -> None:
        """48 long, open."""
        x, y = at
        self.line([(x, y), (x + 10, y)])
        self.line([(x + 38, y), (x + 48, y)])
        if is_button:
            self.line([(x + 10, y - 10), (x + 38, y - 10)], width=2.5)
            self.line([(x + 24, y - 10), (x + 24, y - 20)])
            self.line([(x + 16, y - 20), (x + 32, y - 20)], width=2.5)
        else:
            self.line([(x + 10, y), (x + 36, y - 14)], width=2.5)
        for end in (x + 10, x + 38):
            self.dot((end, y), "#ffffff", 3.5, INK)

    def diode(self, at: Point, fill: str) -> None:
        """40 long, a light-emitting one."""
        x, y = at
        self.line([(x, y), (x + 40, y)])
        self._shape([(x + 11, y - 9), (x + 11, y + 9), (x + 28, y)], fill, INK)
        self.line([(x + 28, y - 9), (x + 28, y + 9)], width=2.5)
