# SPDX-License-Identifier: MIT
"""Pictures of the panel for people: PNG with a bezel, contact sheet with captions, animated GIF, block characters.

Captions are drawn in the terminal's own font, so that a machine without any font shows Chinese too.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

from tools.emulator.frame import HEIGHT, WIDTH, Pixels, as_frame
from tools.glyphs import container

Colour = tuple[int, int, int]
Light = tuple[float, float, float]  # of the LED, 0.0 to 1.0 each

_LIT: Colour = (176, 232, 255)
_DARK: Colour = (6, 10, 16)
_BEZEL: Colour = (38, 42, 48)
_RIM: Colour = (84, 90, 98)
_LED_OFF: Colour = (70, 72, 76)
_PAPER: Colour = (246, 246, 242)
_INK: Colour = (30, 34, 40)

_MARGIN = 6  # panel pixels between picture and edge of the bezel
_LED_RADIUS = 2
_GRID_FROM = 6  # from this scale on, a line between pixels can be seen
_CAPTION_SCALE = 2
_BLOCKS = " ▀▄█"
_BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


@cache
def _glyphs() -> dict[int, container.Columns]:
    return container.load()


def _led_colour(led: Light) -> Colour:
    """An LED of full brightness in its colour; off is grey."""
    red, green, blue = (round(255 * min(max(part, 0.0), 1.0)) for part in led)
    return (red, green, blue) if red or green or blue else _LED_OFF


def picture(pixels: Pixels, scale: int = 4, led: Light | None = None) -> Image.Image:
    """The panel in its bezel, `scale` image pixels a panel pixel; `led` (0.0-1.0 each) adds the status LED below it."""
    frame = as_frame(pixels)
    foot = 2 * _LED_RADIUS + 3 if led else 0
    size = ((WIDTH + 2 * _MARGIN) * scale, (HEIGHT + 2 * _MARGIN + foot) * scale)
    image = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(image)
    edge = (0, 0, size[0] - 1, size[1] - 1)
    draw.rounded_rectangle(edge, radius=4 * scale, fill=_BEZEL, outline=_RIM, width=max(scale // 2, 1))
    inner = _MARGIN * scale
    glass = scale * 2
    box = (inner - glass, inner - glass, inner + WIDTH * scale + glass - 1, inner + HEIGHT * scale + glass - 1)
    draw.rounded_rectangle(box, radius=scale, fill=_DARK)
    side = scale - 1 if scale >= _GRID_FROM else scale
    for at, is_lit in enumerate(frame):
        if is_lit:
            x, y = inner + at % WIDTH * scale, inner + at // WIDTH * scale
            draw.rectangle((x, y, x + side - 1, y + side - 1), fill=_LIT)
    if led:
        x, y = size[0] // 2, size[1] - (_LED_RADIUS + 3) * scale
        reach = _LED_RADIUS * scale
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=_led_colour(led), outline=_RIM)
    return image


def png(pixels: Pixels, path: Path, scale: int = 4, led: Light | None = None) -> None:
    picture(pixels, scale, led).save(path, "PNG", optimize=True)


def text_width(text: str, scale: int = 1) -> int:
    """Image pixels that a text in the terminal's font takes."""
    return sum(len(_glyphs().get(ord(character), (0,) * container.FULL)) for character in text) * scale


def write(image: Image.Image, at: tuple[int, int], text: str, scale: int = 1, colour: Colour = _INK) -> None:
    """Puts a line of text in the terminal's font on an image; an unknown character leaves a gap."""
    draw = ImageDraw.Draw(image)
    x, y = at
    for character in text:
        columns = _glyphs().get(ord(character), (0,) * container.FULL)
        for column in columns:
            for row in range(container.HEIGHT):
                if column >> row & 1:
                    top = y + row * scale
                    draw.rectangle((x, top, x + scale - 1, top + scale - 1), fill=colour)
            x += scale


def _fitting(text: str, width: int, scale: int) -> str:
    while text_width(text, scale) > width:
        text = text[:-2] + "…"
    return text


def sheet(
    screens: Sequence[tuple[str, Pixels]], columns: int = 3, scale: int = 3, leds: Sequence[Light] = ()
) -> Image.Image:
    """All screens on one sheet, left to right and down, each above its caption; `leds`, if any, are one for each."""
    if not screens:
        raise ValueError("no screens to put on a sheet")
    lights: Sequence[Light | None] = leds or [None] * len(screens)
    pictures = [picture(pixels, scale, light) for (_, pixels), light in zip(screens, lights, strict=True)]
    gap, (width, height) = 8 * scale, pictures[0].size
    line = (container.HEIGHT + 6) * _CAPTION_SCALE
    columns = min(columns, len(screens))
    rows = -(-len(screens) // columns)
    whole = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + line + gap) + gap), _PAPER)
    for number, ((caption, _), image) in enumerate(zip(screens, pictures, strict=True)):
        x, y = gap + number % columns * (width + gap), gap + number // columns * (height + line + gap)
        whole.paste(image, (x, y))
        shown = _fitting(caption, width, _CAPTION_SCALE)
        centre = x + (width - text_width(shown, _CAPTION_SCALE)) // 2
        write(whole, (centre, y + height + 3 * _CAPTION_SCALE), shown, _CAPTION_SCALE)
    return whole


def contact_sheet(
    screens: Sequence[tuple[str, Pixels]], path: Path, columns: int = 3, scale: int = 3, leds: Sequence[Light] = ()
) -> None:
    sheet(screens, columns, scale, leds).save(path, "PNG", optimize=True)


def animation(frames: Iterable[tuple[Pixels, int]], path: Path, scale: int = 3) -> None:
    """A GIF that repeats; each frame is shown for its milliseconds (GIF keeps time in units of 10)."""
    shots = [(picture(pixels, scale), duration_ms) for pixels, duration_ms in frames]
    if not shots:
        raise ValueError("no frames to animate")
    palette = shots[0][0].quantize(16)
    images = [image.quantize(16, palette=palette, dither=Image.Dither.NONE) for image, _ in shots]
    durations = [max(duration_ms, 20) for _, duration_ms in shots]
    images[0].save(path, "GIF", save_all=True, append_images=images[1:], duration=durations, loop=0, optimize=False)


def _blocks(frame: bytes) -> list[str]:
    """Two rows of pixels a line."""
    lines = []
    for start in range(0, len(frame), 2 * WIDTH):
        upper, lower = frame[start : start + WIDTH], frame[start + WIDTH : start + 2 * WIDTH]
        lines.append("".join(_BLOCKS[top + 2 * bottom] for top, bottom in zip(upper, lower, strict=True)))
    return lines


def _braille(frame: bytes) -> list[str]:
    """Two columns and four rows of pixels a character."""
    lines = []
    for y in range(0, HEIGHT, 4):
        line = ""
        for x in range(0, WIDTH, 2):
            dots = sum(
                mark
                for dy, marks in enumerate(_BRAILLE)
                for dx, mark in enumerate(marks)
                if frame[(y + dy) * WIDTH + x + dx]
            )
            line += chr(0x2800 + dots)
        lines.append(line)
    return lines


def art(pixels: Pixels, columns: int = WIDTH + 2) -> str:
    """The picture in a frame of block characters, 130 columns wide; in braille, 66 wide, where there is less room."""
    frame = as_frame(pixels)
    lines = _blocks(frame) if columns >= WIDTH + 2 else _braille(frame)
    bar = "─" * len(lines[0])
    return "\n".join([f"╭{bar}╮", *(f"│{line}│" for line in lines), f"╰{bar}╯"])
