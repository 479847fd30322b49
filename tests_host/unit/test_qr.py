# SPDX-License-Identifier: MIT
"""lib/qr.py and lib/qr_blit.py on MicroPython: `qrcode` as the oracle, zxing as the customer's phone."""

import random
from collections.abc import Iterator
from typing import Any, Final

import pytest
import zxingcpp

from tests_host.unit import qr_oracle
from tests_host.unit.mp import MicroPython, Raised, run
from tests_host.unit.qr_oracle import ALPHANUMERIC, ALPHANUMERIC_ROOM, BYTE_ROOM, NUMERIC, NUMERIC_ROOM
from tools.sim.phone import photograph

_CODE = """
import qr
from qr_blit import blit

def encode(data, *limits):
    made = qr.encode(data, *limits)
    rows = ["".join("01"[made.is_dark(x, y)] for x in range(made.size)) for y in range(made.size)]
    return made.version, made.mask, rows

def frame(data, level, x, y, scale, before):
    made = qr.encode(data, level)
    buffer = bytearray([before] * 1024)
    blit(made, buffer, 128, x, y, scale)
    return buffer

def points(rows):
    size = len(rows)
    stride = qr._stride(size)
    bits = bytearray(qr._length(size))
    for y in range(size):
        for x in range(size):
            bits[stride * y + x >> 3] |= (rows[y][x] == "1") << (stride * y + x & 7)
    return qr._penalty(bits, qr._square(0, 0, size, stride), qr._fields(size), size)
"""
_LEVELS: Final = "LMQH"
_KINDS: Final = (
    (NUMERIC, NUMERIC_ROOM),
    (ALPHANUMERIC, ALPHANUMERIC_ROOM),
    ("".join(map(chr, range(32, 127))), BYTE_ROOM),
)
_ON_PANEL: Final = (  # characters, how many, level, version, pixels a module
    (_KINDS[2][0], 53, "L", 3, 2),
    (ALPHANUMERIC, 77, "L", 3, 2),
    (_KINDS[2][0], 42, "M", 3, 2),
    (ALPHANUMERIC, 61, "M", 3, 2),
    (_KINDS[2][0], 134, "L", 6, 1),
    (ALPHANUMERIC, 154, "M", 6, 1),
)


@pytest.fixture(scope="module")
def board() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def _text(chance: random.Random, characters: str, size: int) -> str:
    """Of the characters' own mode: numeric text is not taken for alphanumeric by chance."""
    return "".join(chance.choices(characters, k=size - 1)) + characters[-1] if size else ""


def _checked(answer: Any, data: bytes, level: str, least: int = 1) -> int:
    """The mask of an answer that is the oracle's symbol; no mask has fewer points, none before it as few."""
    version, mask, rows = answer
    symbols = [qr_oracle.symbol(data, level, number, least) for number in range(8)]
    assert tuple(rows) == symbols[mask], (data, level)
    assert len(rows) == 17 + 4 * version
    points = [qr_oracle.points(symbol) for symbol in symbols]
    assert points.index(min(points)) == mask, (data, level, points)
    return int(mask)


@pytest.mark.parametrize("level", _LEVELS)
def test_every_version_and_mode_is_the_oracles(board: MicroPython, level: str) -> None:
    """One, two and four blocks, of one length or of two; bit for bit, with the right mask."""
    chance = random.Random(level)
    for version in range(1, 7):
        for characters, rooms in _KINDS:
            data = _text(chance, characters, rooms[level][version - 1])
            answer = board.call("encode", data, level)
            assert answer[0] == version
            _checked(answer, data.encode(), level)


@pytest.mark.long
def test_any_text_is_the_oracles(board: MicroPython) -> None:
    chance = random.Random(1)
    masks = set()
    for _ in range(400):
        level = chance.choice(_LEVELS)
        characters, rooms = chance.choice(_KINDS)
        data = _text(chance, characters, chance.randint(0, rooms[level][5]))
        masks.add(_checked(board.call("encode", data, level), data.encode(), level))
    assert masks == set(range(8))


def test_any_bytes_are_the_oracles_under_every_mask(board: MicroPython) -> None:
    chance = random.Random(2)
    cases = [(chance.randbytes(chance.randint(1, 40)), "M") for _ in range(60)]
    answers = [answer.value for answer in board.call_all("encode", cases)]
    for (data, level), (_, mask, rows) in zip(cases, answers, strict=True):
        assert tuple(rows) == qr_oracle.symbol(data, level, mask)
    assert {mask for _, mask, _ in answers} == set(range(8))


def test_what_fits_exactly_and_one_character_more(board: MicroPython) -> None:
    """The smallest version is taken, and the last one says what does not fit."""
    for characters, rooms in _KINDS:
        for level in _LEVELS:
            sizes = rooms[level]
            cases = [(characters[-1] * (size + more), level) for size in sizes for more in (0, 1)]
            answers = board.call_all("encode", cases)
            versions = [answer.value[0] for answer in answers if answer.kind is None]
            assert versions == [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
            assert answers[-1].kind == "ValueError"
            assert "bits do not fit into" in str(answers[-1].text)


@pytest.mark.parametrize("data", ["", b"", "0", "007", "A", "AB", "a", "12é", "付款 ¥12.50", b"\x00\xff"])
def test_short_and_foreign_texts(board: MicroPython, data: str | bytes) -> None:
    raw = data.encode() if isinstance(data, str) else data
    answer = board.call("encode", data, "L")
    if raw:
        _checked(answer, raw, "L")
    assert answer[0] == 1


def test_versions_are_kept_within_limits(board: MicroPython) -> None:
    _checked(board.call("encode", "A", "M", 6, 4), b"A", "M", least=4)
    assert board.call("encode", "A" * 77, "L", 3)[0] == 3
    with pytest.raises(Raised, match="ValueError: 442 bits do not fit into 440"):
        board.call("encode", "A" * 78, "L", 3)
    board.call("encode", "A" * 61)  # level M without a word
    for limits in (("X",), ("",), ("LM",), ("L", 7), ("L", 2, 3), ("L", 3, 0)):
        with pytest.raises(Raised, match="ValueError: no such level or version"):
            board.call("encode", "A", *limits)


def test_points_of_any_picture(board: MicroPython) -> None:
    """Also where no symbol would have them: finder patterns at the edges, all dark, all light."""
    chance = random.Random(3)
    cases = []
    for size in range(21, 42, 4):
        cases += [("0" * size,) * size, ("1" * size,) * size]
        for share in (20, 50, 80, 90):
            rows = [["01"[chance.randrange(100) < share] for _ in range(size)] for _ in range(size)]
            for _ in range(6):
                x, y = chance.randrange(size - 6), chance.randrange(size)
                for i, module in enumerate("1011101"):
                    rows[y][x + i] = rows[x + i][y] = module
            cases.append(tuple("".join(row) for row in rows))
    answers = board.call_all("points", [(rows,) for rows in cases])
    assert [answer.value for answer in answers] == [qr_oracle.points(rows) for rows in cases]


def _pixels(frame: bytes) -> list[list[int]]:
    return [[frame[128 * (y // 8) + x] >> y % 8 & 1 for x in range(128)] for y in range(64)]


@pytest.mark.parametrize("before", [0x00, 0xFF, 0xA5])
@pytest.mark.parametrize(("x", "y", "scale"), [(35, 3, 2), (8, 11, 1), (0, 0, 2), (90, 40, 2), (-9, -5, 3)])
def test_dark_on_lit_with_the_quiet_zone_lit(board: MicroPython, x: int, y: int, scale: int, before: int) -> None:
    """As far as the panel reaches; what lies farther off stays."""
    rows = board.call("encode", "A" * 61, "M")[2]
    size = len(rows)
    expected = _pixels(bytes([before]) * 1024)
    for py in range(64):
        for px in range(128):
            column, row = (px - x) // scale, (py - y) // scale
            if -4 <= column < size + 4 and -4 <= row < size + 4:
                is_inside = 0 <= column < size and 0 <= row < size
                expected[py][px] = int(not (is_inside and rows[row][column] == "1"))
    assert _pixels(board.call("frame", "A" * 61, "M", x, y, scale, before)) == expected


def _phone_reads(board: MicroPython, kind: tuple[str, int, str, int, int], count: int) -> None:
    characters, length, level, version, scale = kind
    chance = random.Random(length)
    texts = [_text(chance, characters, length) for _ in range(count)]
    top = (64 - (17 + 4 * version) * scale) // 2
    frames = board.call_all("frame", [(text, level, 35, top, scale, 0) for text in texts])
    wanted = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    for text, frame in zip(texts, frames, strict=True):
        found = zxingcpp.read_barcodes(photograph(_pixels(frame.value)), formats=wanted)
        assert [code.text for code in found] == [text]


@pytest.mark.parametrize("kind", _ON_PANEL, ids=lambda kind: f"{kind[1]}-{kind[2]}")
def test_the_largest_texts_are_read_from_the_panel(board: MicroPython, kind: tuple[str, int, str, int, int]) -> None:
    _phone_reads(board, kind, 12)


@pytest.mark.long
@pytest.mark.parametrize("kind", _ON_PANEL, ids=lambda kind: f"{kind[1]}-{kind[2]}")
def test_500_of_the_largest_texts_are_read(board: MicroPython, kind: tuple[str, int, str, int, int]) -> None:
    _phone_reads(board, kind, 500)


def test_chinese_is_read_as_it_was_written(board: MicroPython) -> None:
    frame = board.call("frame", "签到：付款 ¥12.50", "M", 35, 3, 2, 0)
    assert zxingcpp.read_barcodes(photograph(_pixels(frame)))[0].text == "签到：付款 ¥12.50"


_ROOM = """
import sys
import qr

def works(text, room):
    hole = bytearray(room)
    rest = None
    size = 65536
    while size > 8:  # all but the hole is taken
        try:
            rest = rest, bytearray(size)
        except MemoryError:
            size //= 2
    hole = None
    try:
        qr.encode(text, "L")
    except MemoryError:
        return False
    return True

factor = 2 if sys.maxsize >> 32 else 1  # of what takes a word
link = "HTTPS://P.CN/Q/12345678A000001000123"
print([works(link, 3000 * factor), works("x" * 53, 4400 * factor), works("x" * 134, 7000 * factor)])
"""


def test_it_works_in_a_nearly_full_heap() -> None:
    """A link of version 2, the largest of version 3 and of version 6; bytes free in one piece."""
    assert run(_ROOM) == "[True, True, True]\n"
