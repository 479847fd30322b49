# SPDX-License-Identifier: MIT
"""What the tests of provisioning have in common: a shop, a place, and what is on a board afterwards."""

from pathlib import Path

from tools.emulator import Board
from tools.host import components
from tools.host.components import Components
from tools.provision import Found, probe

MID = "123456789012345"
PSK = "correct horse battery"
ENV = {"QIANDAO_PSK": PSK}
SITE = ("--ssid", "shop", "--address", "192.168.4.10")


def found_on(flash: Path) -> Found:
    """What a board that is off says of itself."""
    with Board(flash) as board:
        return probe(board)


def enrol(data: Path, tid: str = "20000001") -> tuple[object, ...]:
    """Options that enrol a terminal at the host of a folder."""
    return ("--enrol", "--data", data, "--tid", tid, "--mid", MID, "--serial-number", f"E32-{tid}")


def sheets(folder: Path) -> tuple[tuple[object, ...], Components]:
    """Two custodians' component files, as options, and what they make."""
    files = (folder / "custodian-1", folder / "custodian-2")
    for file in files:
        components.create(file)
    return ("--first-component", files[0], "--second-component", files[1]), components.of_files(*files)
