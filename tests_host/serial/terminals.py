# SPDX-License-Identifier: MIT
"""Terminals driven into each lock reason, asked over the serial line; and ones whose parts tell different stories."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Final

from tests_host.journeys.bench import Bench
from tests_host.serial.peer import Peer
from tools.emulator import image
from tools.provision import provision

_ANSWER_MS: Final = 5000
_PIECE: Final = 4096  # of a file: its source has to fit the board's heap


def provisioned(bench: Bench, is_bench: bool = True, language: str = "zh") -> None:
    """As the bench's own, and open to the bench console if wanted."""
    bench.provisioned(language)
    if is_bench:
        assert bench.identity is not None
        provision(bench.board, bench.identity, replace(bench.site, bench=True), bench.board.now)


def signed_out(bench: Bench) -> None:
    provisioned(bench)
    bench.start_linked()


def signed_in(bench: Bench) -> None:
    signed_out(bench)
    bench.sign_in()


def _unprovisioned(bench: Bench) -> None:
    bench.play("power on")
    bench.expect("终端未初始化")


def _low(bench: Bench) -> None:
    provisioned(bench)
    bench.board.battery.volts = 3.3
    bench.start("P10电池异常")
    bench.press("ENTER")
    bench.expect("请接充电器")


def _barred(bench: Bench) -> None:
    provisioned(bench)
    bench.host.enrolment.control_terminal(bench.tid, is_barred=True)
    bench.start("终端被主机停用")


def _maintenance(bench: Bench) -> None:
    provisioned(bench)
    bench.host.enrolment.control_terminal(bench.tid, lock_level=2)
    bench.start("系统维护中")


def _stuck_key(bench: Bench) -> None:
    provisioned(bench)
    bench.board.keypad.stick("5")
    bench.start("P02按键异常5")
    bench.board.keypad.release("5")
    bench.board.run(200)
    bench.press("ENTER")
    bench.expect("硬件故障P02")


def _damaged(bench: Bench) -> None:
    provisioned(bench)
    harm = "import esp32\nnvs = esp32.NVS('qiandao')\nfor half in 'ab':\n    nvs.set_blob('cfg_' + half, b'x' * 99)\n"
    bench.board.exec(harm + "nvs.commit()")
    bench.start("参数损坏")


def crash(bench: Bench, times: int = 1) -> None:
    """Ask for the language menu, which `break_language` has broken."""
    for _ in range(times):
        bench.expect("请签到")
        bench.press("MENU")
        bench.expect("功能菜单")
        bench.press("6")
        bench.expect("欢迎")


def break_language(bench: Bench) -> None:
    """A fault in the software, behind a key: the board is switched off."""
    deploy(bench, "firmware/flows/language.py", "from micropython import const", "from micropython import no_such_name")


def _software(bench: Bench) -> None:
    provisioned(bench)
    break_language(bench)
    bench.start_linked()
    crash(bench, 3)
    bench.expect("软件故障")


def _update(bench: Bench) -> None:
    provisioned(bench)
    bench.board.exec("open('updating.txt', 'w').close()")
    bench.start("正在更新")


def _wrong_pins(bench: Bench) -> None:
    signed_out(bench)
    bench.enter_operator()
    for left in (4, 3, 2):
        bench.press(*"135799", "ENTER")
        bench.expect(f"还可输入{left}次")
        bench.press("ENTER")
    bench.expect("密码已锁定")


def _idle(bench: Bench) -> None:
    signed_in(bench)
    bench.expect("已锁屏", within_s=310)


DRIVES: Final[dict[str, Callable[[Bench], None]]] = {
    "hardware": _stuck_key,
    "unprovisioned": _unprovisioned,
    "configuration": _damaged,
    "battery": _low,
    "barred": _barred,
    "maintenance": _maintenance,
    "sign_in": signed_out,
    "software": _software,
    "update": _update,
    "pin": _wrong_pins,
    "idle": _idle,
}


@cache
def _changed(path: str, before: str, after: str) -> tuple[str, bytes]:
    """Its place on the board and its byte code; constants go from one module into others, so all are made."""
    files = image.tree_files()
    source = files[path].decode()
    assert before in source
    return image.changed(path, source.replace(before, after).encode())


def deploy(bench: Bench, path: str, before: str, after: str) -> None:
    """Change one module of the firmware on a board that is switched off."""
    place, code = _changed(path, before, after)
    for at in range(0, len(code), _PIECE):
        mode, piece = "ab" if at else "wb", code[at : at + _PIECE]
        bench.board.exec(f"with open({place!r}, {mode!r}) as file:\n    file.write({piece!r})")


def ask(bench: Bench, name: str, *arguments: str) -> dict[str, Any] | None:
    """A request to the terminal's console, in its own time."""
    board = bench.board
    start = len(board.serial)
    mark = f'"re": "{name}"'.encode()
    board.type_serial(b"\n" + " ".join(["@" + name, *arguments]).encode() + b"\n")
    board.run_until(lambda: mark in board.serial[start:] and board.serial.endswith(b"\n"), _ANSWER_MS)
    answers = [json.loads(line) for line in board.serial[start:].decode().splitlines() if line.startswith("{")]
    return answers[-1] if answers else None


def peer_of(bench: Bench) -> Peer:
    """A serial port at which the terminal answers; its time passes only while it is asked."""

    def console(name: str, arguments: list[str]) -> dict[str, Any] | None:
        bench.board.run(1000)
        return ask(bench, name, *arguments)

    return Peer(console)
