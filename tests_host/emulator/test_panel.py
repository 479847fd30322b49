# SPDX-License-Identifier: MIT
"""The SSD1306 decoder: every addressing mode against the data sheet, and a framebuf drawing end to end."""

import pytest

from tools.emulator.panel import ADDRESS, HEIGHT, WIDTH, Panel

from .conftest import MakeBoard

LIT = (0x8D, 0x14, 0xAF)
USUAL = (0xA1, 0xC8, *LIT)


def commands(panel: Panel, *codes: int) -> None:
    assert panel.write(bytes([0x00, *codes]))


def data(panel: Panel, *values: int) -> None:
    assert panel.write(bytes([0x40, *values]))


@pytest.fixture
def panel() -> Panel:
    fresh = Panel()
    commands(fresh, *USUAL)
    return fresh


def lit(panel: Panel) -> set[tuple[int, int]]:
    return {(x, y) for y, row in enumerate(panel.pixels) for x, pixel in enumerate(row) if pixel}


def test_horizontal_mode_wraps_within_its_window(panel: Panel) -> None:
    commands(panel, 0x20, 0x00, 0x21, 126, 127, 0x22, 2, 3)
    data(panel, 0x01, 0x02, 0x04, 0x08, 0x80)
    assert lit(panel) == {(127, 17), (126, 26), (127, 27), (126, 23)}  # the fifth byte is back at the first place


def test_vertical_mode_goes_down_first(panel: Panel) -> None:
    commands(panel, 0x20, 0x01, 0x21, 5, 6, 0x22, 0, 1)
    data(panel, 0x01, 0x01, 0x80, 0x80)
    assert lit(panel) == {(5, 0), (5, 8), (6, 7), (6, 15)}


def test_page_mode_is_the_mode_after_reset(panel: Panel) -> None:
    commands(panel, 0xB3, 0x0F, 0x17)
    data(panel, 0x10, 0x20)
    assert lit(panel) == {(127, 28), (0, 29)}


def test_control_bytes_mix_commands_and_data(panel: Panel) -> None:
    panel.write(bytes([0x80, 0xB1, 0x80, 0x00, 0x80, 0x10, 0xC0, 0xFF, 0x40, 0x01]))
    assert lit(panel) == {(0, y) for y in range(8, 16)} | {(1, 8)}


def test_remap_start_line_and_offset() -> None:
    panel = Panel()
    commands(panel, *LIT)
    data(panel, 0x01)
    assert lit(panel) == {(WIDTH - 1, HEIGHT - 1)}  # not remapped: the usual module shows it upside down
    commands(panel, 0xA1, 0xC8)
    assert lit(panel) == {(0, 0)}
    commands(panel, 0x40 | 60)
    assert lit(panel) == {(0, 4)}
    commands(panel, 0x40, 0xD3, 8)
    assert lit(panel) == {(0, 56)}


def test_what_an_eye_would_see(panel: Panel) -> None:
    data(panel, 0xFF)
    commands(panel, 0xA7)
    assert len(lit(panel)) == WIDTH * HEIGHT - 8
    commands(panel, 0xA6, 0xA5)
    assert len(lit(panel)) == WIDTH * HEIGHT
    commands(panel, 0xA4, 0x8D, 0x10)
    assert lit(panel) == set() and panel.is_on and not panel.is_lit
    commands(panel, 0x8D, 0x14, 0xAE)
    assert lit(panel) == set() and not panel.is_on
    commands(panel, 0x81, 0x22, 0xD5, 0xF0, 0xAF)
    assert (panel.contrast, panel.oscillator, len(lit(panel))) == (0x22, 0xF0, 8)


def test_a_broken_panel_acknowledges_nothing(panel: Panel) -> None:
    panel.broken = True
    assert not panel.write(b"\x00\xae")
    assert panel.read(1) is None


DRAWING = """
    import framebuf
    from machine import I2C, Pin
    i2c = I2C(0, scl=Pin(22), sda=Pin(21), freq=400_000)
    print(i2c.scan(), i2c.readfrom(0x3C, 1))
    buf = bytearray(1025); buf[0] = 0x40
    fb = framebuf.FrameBuffer(memoryview(buf)[1:], 128, 64, framebuf.MONO_VLSB)
    fb.rect(10, 20, 30, 12, 1); fb.pixel(127, 63, 1)
    i2c.writeto(0x3C, b"\\0\\xae\\x20\\0\\xa1\\xc8\\x8d\\x14\\xaf")
    import time
    before = time.ticks_us()
    i2c.writeto(0x3C, buf)
    print(time.ticks_diff(time.ticks_us(), before) // 100)
    try:
        i2c.writeto(0x3D, b"")
    except OSError as e:
        print(e.errno)
"""


def test_a_drawing_arrives_and_takes_the_time_of_its_bits(make_board: MakeBoard) -> None:
    board = make_board(main=DRAWING)
    board.power_on()
    board.run(1000)
    assert board.serial.split(b"\n")[:3] == [b"[60] b'@'", b"231", b"19"]  # 1,026 bytes of 9 bits at 400 kHz; ENODEV
    frame = {(x, y) for x in range(10, 40) for y in range(20, 32) if x in (10, 39) or y in (20, 31)}
    assert lit(board.panel) == frame | {(127, 63)}
    assert ADDRESS == 60
    assert board.panel.bytes_received == 1025 + 9
    board.power_off()
    assert lit(board.panel) == set()
