# SPDX-License-Identifier: MIT
"""lib/ssd1306 on MicroPython against a panel that decodes what comes over its bus by the data sheet.

P2: a first frame within the time of the welcome screen, without rubbish. P3: a display that does not answer is noticed.
O6: panel and charge pump off before sleep. What the panel shows is always compared byte for byte with what was drawn.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests_host.unit.fakes import PRELUDE
from tests_host.unit.mp import MicroPython

CODE = (
    PRELUDE
    + """
import gc
from panel import Panel
from ssd1306 import SSD1306

class Rig:
    def __init__(self):
        self.panel = Panel(0x3C)
        self.display = SSD1306(self.panel, 0x3C)
    def is_same(self):
        used = len(self.display.buffer)
        return self.panel.ram[:used] == self.display.buffer
    def paint(self, strokes):
        '''A stroke is [x, y, width, height, colour].'''
        for stroke in strokes:
            self.display.fill_rect(*stroke)
    def send(self):
        '''Bytes of one show().'''
        before = self.panel.bytes_on_bus
        self.display.show()
        assert self.is_same()
        assert self.display.bytes_sent == self.panel.bytes_on_bus
        return self.panel.bytes_on_bus - before

def started():
    rig = Rig()
    rig.display.init()
    return rig

def first_light():
    '''Registers after init(); bytes sent; was rubbish ever visible; is the frame there.'''
    rig = Rig()
    rig.paint([[3, 5, 40, 20, 1]])
    rig.display.init()
    registers = rig.panel.registers
    names = (0x20, 0xA8, 0xD3, 0x8D, 0xDA, 0x81, 0xD5, 0xD9, 0xDB)
    flags = [code for code in (0xA1, 0xC8, 0x40, 0xA4, 0xA6, 0x2E) if code in registers]
    return [[registers[name] for name in names], flags, rig.panel.bytes_on_bus, rig.panel.rubbish_shown, rig.is_same(),
            rig.panel.is_on]

def frames(pictures):
    '''Bytes of each of a series of frames.'''
    rig = started()
    sent = []
    for strokes in pictures:
        rig.paint(strokes)
        sent.append(rig.send())
    return sent

def parts(pictures, most):
    '''Bytes of each show(most) of a series of frames, and whether the panel has each whole at the end of it.'''
    rig = started()
    sent = []
    for strokes in pictures:
        rig.paint(strokes)
        has_more = True
        while has_more:
            before = rig.panel.bytes_on_bus
            has_more = rig.display.show(most)
            sent.append(rig.panel.bytes_on_bus - before)
        sent.append('whole' if rig.is_same() else 'torn')
    return sent

def failing(pictures, n, after):
    '''The n-th transfer fails after some of its bytes; show() is tried again for each picture. Failures and end.'''
    rig = started()
    rig.panel.fail_in = n
    rig.panel.fail_after = after
    failures = 0
    for strokes in pictures:
        rig.paint(strokes)
        try:
            rig.display.show()
        except OSError as error:
            failures += 1
            assert error.errno == 19
            rig.display.show()
        assert rig.is_same()
    return failures

def unplugged():
    '''The panel loses its supply for a while: errors meanwhile, and all settings are back afterwards.'''
    rig = started()
    rig.panel.is_gone = True
    rig.panel.power_cycle()
    rig.paint([[0, 0, 10, 10, 1]])
    errors = [rig.display.ping()]
    try:
        rig.display.show()
    except OSError:
        errors.append("show")
    rig.panel.is_gone = False
    rig.display.show()
    registers = rig.panel.registers
    return [errors, rig.display.ping(), rig.is_same(), rig.panel.is_on, registers[0x81], registers[0xD5],
            rig.panel.rubbish_shown]

def switches():
    rig = started()
    panel, display = rig.panel, rig.display
    states = []
    def note():
        states.append([panel.is_on, panel.registers[0x8D]])
    note()
    display.power(False)
    note()
    rig.paint([[0, 0, 8, 8, 1]])
    rig.send()
    note()
    panel.fail_in = 0
    rig.paint([[0, 0, 8, 8, 0]])
    try:
        display.show()
        raise AssertionError
    except OSError:
        rig.send()
    note()
    display.power(True)
    note()
    return states

def garbage(strokes):
    '''Bytes of a 32-bit heap that a show() of some strokes leaves behind.'''
    class Sink:
        def writeto(self, address, data):
            pass
    display = SSD1306(Sink())
    display.init()
    display.fill(1)
    display.show()
    gc.collect()
    gc.disable()
    for stroke in strokes:
        display.fill_rect(*stroke)
    before = gc.mem_alloc()
    display.show()
    left = gc.mem_alloc() - before
    gc.enable()
    return left // 2 if sys.maxsize > 0x7FFFFFFF else left
"""
)

FULL_FRAME = 8 * (128 + 2) + 12
TEXT_ROW = 13  # pixels from one text row to the next


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with MicroPython(CODE) as process:
        yield process


def row(n: int, x: int = 0, width: int = 128, colour: int = 1) -> list[int]:
    return [x, n * TEXT_ROW, width, 12, colour]


def test_p2_first_light_shows_the_frame_and_never_rubbish(chip: MicroPython) -> None:
    """P2: charge pump, geometry and orientation are set, and the panel is lit after its RAM holds the frame.

    At 400 kHz a byte takes 22.5 us: the whole of it stays below 30 ms.
    """
    registers, flags, size, is_rubbish_shown, is_same, is_on = chip.call("first_light")
    assert registers == [0x00, 63, 0, 0x14, 0x12, 0xCF, 0x80, 0xF1, 0x40]
    assert flags == [0xA1, 0xC8, 0x40, 0xA4, 0xA6, 0x2E]
    assert (is_rubbish_shown, is_same, is_on) == (False, True, True)
    assert size * 22.5e-6 < 0.030


def test_nothing_changed_nothing_sent(chip: MicroPython) -> None:
    assert chip.call("frames", [[row(1)], [row(1)], []])[1:] == [0, 0]


def test_bytes_of_typical_changes(chip: MicroPython) -> None:
    """What the counter terminal does most, in bytes on the bus; page addressing would need 8 and the pixels a page.

    A digit (6 x 12) of row 0 lies on two pages, row 1 on three. The window stays in the panel: a second change in the
    same place needs none.
    """
    digit, next_digit, back, line, everything = chip.call(
        "frames", [[row(0, 0, 6)], [row(0, 6, 6)], [row(0, 6, 6, 0)], [row(1)], [[0, 0, 128, 64, 1], [0, 0, 6, 64, 0]]]
    )
    assert digit == 2 * (2 + 6) + 12 == 2 * (8 + 6)
    assert next_digit == 2 * (2 + 6) + 6
    assert back == 2 * (2 + 6)
    assert line == 3 * (2 + 128) + 12 < 3 * (8 + 128)
    assert everything <= FULL_FRAME < 8 * (8 + 128)


def test_far_apart_changes_get_windows_of_their_own(chip: MicroPython) -> None:
    """Two digits at opposite edges of neighbouring pages: one window would carry 2 x 128 pixels."""
    (sent,) = chip.call("frames", [[[0, 0, 6, 8, 1], [122, 8, 6, 8, 1]]])
    assert sent == 2 * (2 + 6 + 12)


strokes = st.tuples(
    st.integers(0, 127), st.integers(0, 63), st.integers(1, 128), st.integers(1, 64), st.integers(0, 1)
).map(list)
pictures = st.lists(st.lists(strokes, max_size=4), min_size=1, max_size=6)


@settings(deadline=None)
@given(pictures)
def test_panel_shows_what_was_drawn_at_no_more_than_a_window_a_page(chip: MicroPython, shots: list[Any]) -> None:
    """Any drawing: the panel's RAM equals the buffer after each show(), and the bound of the merge rule holds."""
    shown = [[0] * 128 for _ in range(8)]
    for shot, sent in zip(shots, chip.call("frames", shots), strict=True):
        limit = 0
        drawn = [list(page) for page in shown]
        for x, y, width, height, colour in shot:
            for line in range(y, min(y + height, 64)):
                for column in range(x, min(x + width, 128)):
                    mask = 1 << line % 8
                    drawn[line // 8][column] = drawn[line // 8][column] & ~mask | (mask if colour else 0)
        for before, after in zip(shown, drawn, strict=True):
            changed = [column for column in range(128) if before[column] != after[column]]
            limit += changed[-1] - changed[0] + 1 + 2 + 12 if changed else 0
        assert sent <= min(limit, FULL_FRAME)
        shown = drawn


@settings(deadline=None)
@given(pictures, st.integers(128, 1024))
def test_a_frame_may_go_in_parts(chip: MicroPython, shots: list[Any], most: int) -> None:
    """Each with no more pixels than allowed, beside the windows' own bytes, and something in each but the last."""
    sent = chip.call("parts", shots, most)
    assert sent.count("whole") == len(shots) and "torn" not in sent
    assert max(size for size in sent if size != "whole") <= most + 8 * 14
    assert all(size != 0 or after == "whole" for size, after in zip(sent, sent[1:], strict=False))


@settings(deadline=None)
@given(pictures, st.integers(0, 30), st.integers(0, 140))
def test_p3_any_failed_transfer_is_reported_and_mended(chip: MicroPython, shots: list[Any], n: int, after: int) -> None:
    """P3: OSError at the transfer that fails, wherever it breaks off; the next show() makes the panel whole."""
    assert chip.call("failing", shots, n, after) in (0, 1)


@pytest.mark.parametrize("n", range(12))
def test_p3_transfer_that_breaks_off_at_any_byte_is_mended(chip: MicroPython, n: int) -> None:
    """P3: within a window command too, whose missing bytes the panel goes on waiting for."""
    shots = [[row(0, 0, 6)], [[0, 0, 128, 64, 1]], [row(2, 30, 40, 0)], [row(2, 36, 6)]]
    for after in range(145):
        assert chip.call("failing", shots, n, after) == 1


def test_p3_panel_that_lost_its_supply_comes_back_as_it_was(chip: MicroPython) -> None:
    """P3: lit, with contrast and clock, and without rubbish."""
    assert chip.call("unplugged") == [[False, "show"], True, True, True, 0xCF, 0x80, False]


def test_o6_power_off_is_panel_and_charge_pump(chip: MicroPython) -> None:
    """O6: dark with the pump off, dark while frames are sent and after a recovery."""
    assert chip.call("switches") == [[True, 0x14], [False, 0x10], [False, 0x10], [False, 0x10], [True, 0x14]]


def test_show_leaves_little_garbage(chip: MicroPython) -> None:
    """No buffers are made, only slices of those there are: it takes tens of frames to fill a heap."""
    assert chip.call("garbage", []) < 50
    assert chip.call("garbage", [row(1, 0, 6, 0)]) < 1200
    assert chip.call("garbage", [[0, 0, 128, 64, 0]]) < 1700
