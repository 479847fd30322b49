# SPDX-License-Identifier: MIT
"""What a person at a bench does and sees: waits for a board, pulls its cable, reads the last line of a command."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests_host.serial.programs import PATIENCE_S as _DEADLINE_S
from tools.emulator import Board
from tools.emulator.live import LiveBoard


def reached(live: LiveBoard, holds: Callable[[Board], bool]) -> None:
    """Wait until the board is so."""
    end = time.monotonic() + _DEADLINE_S
    pause = threading.Event()
    while not live.call(holds):
        assert time.monotonic() < end, live.serial_tail()[-2000:].decode("utf-8", "replace")
        pause.wait(0.01)


def says(words: bytes) -> Callable[[Board], bool]:
    return lambda board: words in board.serial


@contextmanager
def cable_pulled(live: LiveBoard, when: Callable[[Board], bool]) -> Iterator[None]:
    """The board loses its port at that moment of what is done inside."""
    # Held open, the name of the pty is not given to another one: esptool opens it again and again.
    held = os.open(live.port, os.O_RDWR | os.O_NOCTTY)

    def pull() -> None:
        reached(live, when)
        live.close()

    hand = threading.Thread(target=pull)
    hand.start()
    try:
        yield
        hand.join()
    finally:
        os.close(held)


def last_line(output: str) -> str:
    return output.strip().splitlines()[-1]
