# SPDX-License-Identifier: MIT
"""The simulator's parts by themselves: finger, phone, hub, claim, the page's table of words."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest
import zxingcpp

from tools.emulator import Board, flash_image
from tools.sim import phone
from tools.sim.claim import BusyError, Claim
from tools.sim.finger import Finger
from tools.sim.hub import Hub
from tools.sim.phone import PaymentRefusedError
from tools.sim.view import packed, unpacked

_PAGE: Final = Path(__file__).parents[2] / "tools" / "sim" / "page"
_CODE: Final = "HTTPS://P.CN/Q/10000001A000001000007"  # as the host will issue them
_DARK: Final = [[0] * 128 for _ in range(64)]


def _with_code(text: str) -> list[list[int]]:
    """A panel with a QR code at two pixels a module on a lit ground, as the terminal will show it."""
    image = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L").to_image(
        scale=2, add_quiet_zones=False
    )
    rows = memoryview(image)  # type: ignore[arg-type]
    side = rows.shape[0] if rows.shape else 0
    margin = (64 - side) // 2
    pixels = [[1 if x < 64 else 0 for x in range(128)] for _ in range(64)]
    for y in range(side):
        for x in range(side):
            pixels[margin + y][margin + x] = 1 if rows[y, x] else 0
    return pixels


def test_w1_the_phone_reads_what_the_panel_shows() -> None:
    """W1: the real code, from the pixels; it pays at the host's entry, and says so when there is none."""
    panel = _with_code(_CODE)
    assert phone.scan(panel, None) == phone.Scan("unpaid", _CODE)
    asked: list[str] = []

    def pay(code: str) -> str:
        asked.append(code)
        return "12.34"

    assert phone.scan(panel, pay) == phone.Scan("paid", _CODE, "12.34")
    assert asked == [_CODE]


def test_w1_the_phone_says_when_there_is_no_code() -> None:
    """W1: nothing is made up, and nothing is paid."""
    for panel in (_DARK, [[1] * 128 for _ in range(64)]):
        assert phone.scan(panel, lambda _code: pytest.fail("paid")) == phone.Scan("none")


def test_w1_the_phone_shows_a_refusal() -> None:
    def refuse(_code: str) -> str:
        raise PaymentRefusedError("paid already")

    assert phone.scan(_with_code(_CODE), refuse) == phone.Scan("refused", _CODE, "paid already")


def test_pixels_are_packed_and_unpacked() -> None:
    pixels = [[(x * 7 + y * 3) % 5 == 0 for x in range(128)] for y in range(64)]
    numbers = [[int(pixel) for pixel in row] for row in pixels]
    assert unpacked(packed(numbers)) == b"".join(bytes(row) for row in numbers)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    with Board(flash_image(tmp_path / "flash")) as board:
        yield board


class _Watch:
    """Which keys of the matrix are closed, noted whenever that changes."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.seen: list[str] = []

    def run(self, ms: int) -> None:
        for _ in range(ms):
            self._board.run(1)
            down = "".join(sorted(name for name, switch in self._board.keypad._switches.items() if switch.is_down))
            if not self.seen or self.seen[-1] != down:
                self.seen.append(down)


def test_a_hasty_click_is_a_press_that_a_hand_could_make(board: Board) -> None:
    """Down and up in one instant is held; two keys never overlap, whatever is asked."""
    board.keypad.bounces = 0
    finger, watch = Finger(board), _Watch(board)
    watch.run(1)
    for name in "12":
        finger.down(name)
        finger.up(name)
    finger.down("3")
    finger.down("4")  # rolled over
    finger.up("3")
    finger.up("4")
    assert finger.held == []
    watch.run(1000)
    assert watch.seen == ["", "1", "", "2", "", "3", "", "4", ""]


def test_what_is_held_is_let_go(board: Board) -> None:
    """The hand leaves: keys and the power button come up, and unknown names do nothing."""
    board.keypad.bounces = 0
    finger, watch = Finger(board), _Watch(board)
    finger.down("A")
    finger.down("power")
    finger.down("Q")
    finger.up("9")
    watch.run(500)
    assert finger.held == ["A", "power"]
    assert watch.seen[-1] == "A"
    finger.lift_all()
    watch.run(500)
    assert (finger.held, watch.seen[-1]) == ([], "")


def test_a_flood_of_keys_is_bounded(board: Board) -> None:
    finger, watch = Finger(board), _Watch(board)
    for _ in range(500):
        for name in "12":
            finger.down(name)
            finger.up(name)
    watch.run(6000)
    assert finger.held == []
    assert watch.seen[-1] == ""


def test_a_slow_page_skips_pictures_and_loses_no_words() -> None:
    """The newest picture replaces older ones, the log grows; a page that comes later is told all of it."""

    async def talk() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        hub = Hub(asyncio.get_running_loop())
        early = hub.join()
        for number in range(3):
            hub.tell("terminal", "1", bits=f"picture {number}")
            hub.tell("log", "1", text=f"line {number}\n")
        hub.tell("trouble", code="form")
        hub.tell("log", "2", text="other\n")
        hub.tell("gone", "2")
        await asyncio.sleep(0)
        return await early.take(), await hub.join().take()

    with ThreadPoolExecutor(1) as thread:  # in this one there may be a loop already: the browser's
        early, late = thread.submit(asyncio.run, talk()).result()
    assert {"topic": "terminal", "tid": "1", "bits": "picture 2"} in early
    assert {"topic": "log", "tid": "1", "text": "line 0\nline 1\nline 2\n"} in early
    assert [message["topic"] for message in late] == ["terminal", "log"]
    assert late[1]["text"] == "line 0\nline 1\nline 2\n"


def test_one_server_a_folder(tmp_path: Path) -> None:
    claim = Claim(tmp_path, "http://127.0.0.1:1/")
    with pytest.raises(BusyError, match="http://127.0.0.1:1/"):
        Claim(tmp_path, "http://127.0.0.1:2/")
    (tmp_path / "10000001.flash").touch()
    (tmp_path / "mine.txt").touch()
    claim.clear()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "server"]
    claim.release()
    Claim(tmp_path, "http://127.0.0.1:2/").release()


def _tables() -> dict[str, set[str]]:
    """Names by language, read out of words.js."""
    text = (_PAGE / "words.js").read_text()
    tables = re.split(r"^  (zh|en): \{$", text.split("const KEPT")[0], flags=re.MULTILINE)[1:]
    return {code: set(re.findall(r'"([^"\n]+)":', body)) for code, body in zip(tables[::2], tables[1::2], strict=True)}


def test_every_word_is_there_in_both_languages() -> None:
    """Every name that the page uses has words; plural forms may be missing where a language has none."""
    tables = _tables()
    plural = {name for name in tables["en"] if name.endswith(".one")}
    assert tables["zh"] == tables["en"] - plural
    used = set(re.findall(r'data-t(?:-\w+)?="([^"]+)"', (_PAGE / "index.html").read_text()))
    for path in _PAGE.glob("*.js"):
        used |= set(re.findall(r'\bt\("([^"]+)"', path.read_text()))
    assert used
    assert used - tables["zh"] == set()
