# SPDX-License-Identifier: MIT
"""Pictures of the panel: every lit pixel is where it belongs, in each of the forms."""

from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from tools.emulator import render
from tools.emulator.frame import HEIGHT, WIDTH

_BLANK = bytes(WIDTH * HEIGHT)


def _lit(*dots: tuple[int, int]) -> bytes:
    frame = bytearray(WIDTH * HEIGHT)
    for x, y in dots:
        frame[y * WIDTH + x] = 1
    return bytes(frame)


def _is_bright(image: Image.Image, x: int, y: int, scale: int) -> bool:
    """The middle of a panel pixel in a picture with a bezel of 6 panel pixels."""
    value = image.convert("L").getpixel(((x + 6) * scale + scale // 2 - 1, (y + 6) * scale + scale // 2 - 1))
    assert isinstance(value, int)
    return value > 128


@pytest.mark.parametrize("scale", [2, 3, 4, 6])
def test_a_picture_shows_the_pixels_that_are_lit(scale: int) -> None:
    dots = {(0, 0), (127, 0), (0, 63), (127, 63), (64, 31)}
    image = render.picture(_lit(*dots), scale)
    assert {(x, y) for x in range(WIDTH) for y in range(HEIGHT) if _is_bright(image, x, y, scale)} == dots


def test_l2_the_led_is_shown_in_its_colour(tmp_path: Path) -> None:
    """L2: pictures for the manual show panel and LED together."""
    render.png(_BLANK, tmp_path / "red.png", led=(1.0, 0.0, 0.0))
    render.png(_BLANK, tmp_path / "off.png", led=(0.0, 0.0, 0.0))
    with Image.open(tmp_path / "red.png") as red, Image.open(tmp_path / "off.png") as off:
        assert (255, 0, 0) in {colour for _, colour in red.getcolors(1 << 20) or []}
        assert (255, 0, 0) not in {colour for _, colour in off.getcolors(1 << 20) or []}


def test_block_art_has_two_pixels_a_character() -> None:
    lines = render.art(_lit((0, 0), (1, 1), (2, 0), (2, 1), (127, 63))).splitlines()
    assert (len(lines), {len(line) for line in lines}) == (34, {130})
    assert lines[1][1:5] == "▀▄█ "
    assert lines[32][128] == "▄"
    assert sum(line.count(block) for line in lines for block in "▀▄█") == 4


def test_braille_art_fits_eighty_columns() -> None:
    lines = render.art(_lit((0, 0), (1, 3), (127, 63)), columns=80).splitlines()
    assert (len(lines), {len(line) for line in lines}) == (18, {66})
    assert lines[1][1] == chr(0x2800 + 0x01 + 0x80)
    assert lines[16][64] == chr(0x2800 + 0x80)


def test_a_contact_sheet_has_room_for_every_screen(tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    render.contact_sheet(
        [(f"画面 {number} of a caption that is much too long for its place", _BLANK) for number in range(5)], path
    )
    one = render.picture(_BLANK, 3).size
    with Image.open(path) as sheet:
        assert sheet.width > 3 * one[0]
        assert sheet.height > 2 * one[1]


def test_an_animation_keeps_frames_and_times(tmp_path: Path) -> None:
    path = tmp_path / "play.gif"
    render.animation([(_lit((1, 1)), 500), (_BLANK, 300), (_lit((5, 5)), 100)], path, scale=2)
    with Image.open(path) as film:
        times = [frame.info["duration"] for frame in ImageSequence.Iterator(film)]
        assert times == [500, 300, 100]
        assert _is_bright(film, 5, 5, 2)
        assert not _is_bright(film, 1, 1, 2)


def test_nothing_to_show_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        render.contact_sheet([], tmp_path / "sheet.png")
    with pytest.raises(ValueError):
        render.animation([], tmp_path / "play.gif")
