# SPDX-License-Identifier: MIT
"""What the tests of the page use: the simulator as a process of its own, and a person before the page in Chromium.

What the person reads are the pixels of the canvas; what they press are the drawn keys, with the mouse, or the
computer's keyboard. Everything is waited for with a deadline.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from playwright.sync_api import Locator, Page, TimeoutError
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tools.emulator import ocr

ROOT: Final = Path(__file__).parents[2]
FIRST: Final = "10000001"
_PATIENCE_S: Final = 40.0
Pixels = list[list[int]]
_ENDING_S: Final = 60.0
_GLANCE_MS: Final = 40
_LINK_OPEN: Final = {"link2", "link3", "link4"}
_KEYS: Final = {"MENU": "A", "CANCEL": "B", "CLEAR": "C", "ENTER": "D", "UP": "*", "DOWN": "#"}
# The middle of each of the panel's pixels on the canvas; what is bright there is lit.
_LOOK: Final = """canvas => {
  const side = canvas.width / 128;
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const rows = [];
  for (let y = 0; y < 64; y += 1) {
    let row = "";
    for (let x = 0; x < 128; x += 1) {
      const at = 4 * (Math.floor((y + 0.5) * side - 0.5) * canvas.width + Math.floor((x + 0.5) * side - 0.5));
      row += data[at + 3] && data[at + 1] > 60 ? "1" : "0";
    }
    rows.push(row);
  }
  return { drawn: canvas.dataset.drawn, rows };
}"""
_DRAWN_AGAIN: Final = "drawn => document.getElementById('panel').dataset.drawn !== drawn"


class Simulator:
    """`qiandao sim` on the files in `folder`, as a person starts it; ended by Ctrl-C."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.url = ""
        self.output = ""
        self._words = words
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _out(self) -> IO[str]:
        assert self._process is not None and self._process.stdout is not None
        return self._process.stdout

    def start(self, port: int = 0) -> None:
        command = [sys.executable, "-m", "tools.cli", "sim", "--no-browser", "--folder", str(self.folder)]
        command += ["--port", str(port), "--pace", "4", *self._words]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        first = self._out.readline()
        if "http://" not in first:
            self._kill()
            raise AssertionError(first + self.output)
        self.url = first.split()[4]

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    def line(self) -> ClientConnection:
        """To the simulator, as a page has it."""
        origin = self.url.rstrip("/")
        return connect(f"{origin.replace('http', 'ws', 1)}/live", origin=Origin(origin))

    def ask(self, order: dict[str, object]) -> None:
        with self.line() as line:
            line.send(json.dumps(order))

    def answer(self, order: str, topic: str = "trouble") -> str:
        """The first message of a topic after an order, as text."""
        with self.line() as line:
            line.send(order)
            while True:
                for message in json.loads(line.recv(timeout=_PATIENCE_S)):
                    if message["topic"] == topic:
                        return json.dumps(message)

    def stop(self) -> int:
        """Ctrl-C, which reaches its helpers too; the exit code."""
        if self._process is None:
            return 0
        process = self._process
        try:
            os.killpg(process.pid, signal.SIGINT)
            self.output, _ = process.communicate(timeout=_ENDING_S)
        finally:
            self._kill()
        return process.returncode

    def _kill(self) -> None:
        """Nothing of it goes on, whatever has happened."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.returncode is None:
            self.output, _ = self._process.communicate()
        self._out.close()
        self._process = None


class Person:
    """Somebody before one page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    # Eyes.

    def _look(self) -> tuple[str, Pixels]:
        seen = self.page.locator("#panel").evaluate(_LOOK)
        return seen["drawn"], [[int(pixel) for pixel in row] for row in seen["rows"]]

    def pixels(self) -> Pixels:
        return self._look()[1]

    def reads(self) -> list[str]:
        """The panel's rows of text."""
        return ocr.read_rows(self.pixels())

    def expect(self, *words: str) -> None:
        """Each in turn appears on the panel."""
        for part in words:
            wanted = part.replace(" ", "")
            self._until(lambda pixels, wanted=wanted: wanted in "".join(ocr.read_rows(pixels)).replace(" ", ""), part)  # type: ignore[misc]

    def expect_linked(self) -> None:
        """The way to the host is open: no handshake swallows the next key."""
        self._until(lambda pixels: bool(_LINK_OPEN.intersection(ocr.read_icons(pixels))), "open link")

    def _until(self, is_met: Callable[[Pixels], bool], wanted: str) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            drawn, pixels = self._look()
            if is_met(pixels):
                return
            left_ms = (deadline - time.monotonic()) * 1000
            assert left_ms > 0, f"no {wanted!r} on the display: {ocr.read_rows(pixels)}"
            with suppress(TimeoutError):  # then it is looked at for the last time
                self.page.wait_for_function(_DRAWN_AGAIN, arg=drawn, timeout=left_ms, polling=_GLANCE_MS)

    def expect_dark(self) -> None:
        self.page.locator("#panel[data-lit=false]").wait_for()
        assert not any(map(any, self.pixels()))

    def expect_state(self, state: str) -> None:
        self.page.locator(f"#device[data-state={state}]").wait_for()

    def expect_light(self, words: str) -> None:
        self.page.locator(f"#led[title={words}]").wait_for()

    # Hands.

    def key(self, name: str) -> Locator:
        return self.page.locator(f".key[data-key='{_KEYS.get(name, name)}']")

    def press(self, *names: str) -> None:
        """Click on the drawn keys, one after the other, as fast as a mouse can."""
        for name in names:
            self.key(name).click()

    def hold_power(self) -> None:
        """Press the power button until the panel lights up."""
        self.page.locator("#power").hover()
        self.page.mouse.down()
        self.page.locator("#panel[data-lit=true]").wait_for(timeout=_PATIENCE_S * 1000)
        self.page.mouse.up()

    def is_ready(self, tid: str = FIRST) -> None:
        """The bench has the terminal, set up and with its battery in."""
        self.page.locator(f".tab[data-tid='{tid}']").wait_for(timeout=_PATIENCE_S * 2000)
        self.page.locator("#progress").wait_for(state="hidden", timeout=_PATIENCE_S * 2000)

    def is_renewed(self, life: int) -> None:
        """The terminal has its so manyth board, powered."""
        self.page.locator(f"#device[data-life='{life}']:not([data-state=off])").wait_for()

    def start(self, words: str = "请签到") -> None:
        self.hold_power()
        self.expect(words)
        self.expect_linked()

    @property
    def tid(self) -> str:
        """The terminal whose tab is open."""
        return self.page.locator(".tab[aria-selected=true]").get_attribute("data-tid") or ""

    def sign_in(self, number: str = "001", pin: str = "246810", notice: str = "欢迎") -> None:
        """From the lock screen to the ready screen, a new notice read."""
        self.press("ENTER")
        self.expect("操作员号")
        self.press(*number, "ENTER")
        self.expect("班次")
        self.press("1", "ENTER")
        self.expect("密码 操作员" + number)
        self.press(*pin, "ENTER")
        self.expect("签到成功")
        self.press("ENTER")
        if notice:
            self.expect(notice)
            self.press("ENTER")
        self.expect("营业中")

    def sell(self, digits: str) -> None:
        """A cash sale from the ready screen and back."""
        self.press("1")
        self.expect("现金收款")
        self.press(*digits, "ENTER")
        self.expect("收款金额")
        self.press("ENTER")
        self.expect("收款成功")
        self.press("ENTER")
        self.expect("营业中")

    def host_shows(self, words: str) -> None:
        self.page.locator("#host", has_text=words).wait_for(timeout=_PATIENCE_S * 1000)
