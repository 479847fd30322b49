# SPDX-License-Identifier: MIT
"""The bench console and service mode: who may ask for what over the serial line, and that what is told is true.

Lines go in and come out through the board's UART; what they claim is compared with pixels, LED and flash.
"""

import json
import random
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from tests_host.journeys.bench import Bench
from tools.play.tongues import reads
from tools.provision import provision
from tools.rig import CASHIER, SUPERVISOR

_BENCH_ONLY: Final = ("key 1", "screen", "led", "selftest", "echo", "service", "reset")
_SLOT: Final = 64


def ask(bench: Bench, line: str, within_ms: int = 5000) -> dict[str, Any]:
    """The JSON answer to `@line`."""
    board = bench.board
    start = len(board.serial)
    name = line.split()[0]
    board.type_serial(f"@{line}\n".encode())

    def answers() -> list[dict[str, Any]]:
        lines = board.serial[start:].decode("utf-8", "replace").splitlines(keepends=True)
        return [json.loads(row) for row in lines if row.startswith("{") and row.endswith("\n")]

    assert board.run_until(lambda: bool(answers()), within_ms), f"no answer to @{line}"
    assert answers()[0]["re"] == name
    return answers()[0]


@pytest.fixture
def as_bench(fresh: Bench) -> Bench:
    """A board provisioned for the test bench, switched off."""
    provision_as(fresh, bench=True)
    return fresh


def provision_as(terminal: Bench, **site: Any) -> None:
    terminal.provisioned()
    assert terminal.identity is not None
    provision(terminal.board, terminal.identity, replace(terminal.site, **site), terminal.board.now)


def _told(status: dict[str, Any]) -> tuple[bool, str, str, str, str]:
    return status["locked"], status["reason"], status["screen"]["reason"], status["led"], status["probe"]


def test_l5_status_tells_the_lock_as_screen_and_light_do(locked: Bench) -> None:
    """L5, L3: on a terminal in service, without a key pressed."""
    status = ask(locked, "status")
    assert _told(status) == (True, "sign_in", "sign_in", "steady red", "sign_in")
    assert status["screen"]["icon"] and status["state"] == "signed_out" and status["level"] == "counter"
    assert status["led"] == locked.board.led.pattern()
    locked.sign_in()
    locked.sell("1234")
    status = ask(locked, "status")
    assert _told(status) == (False, "", "", "steady green", "")
    assert (status["state"], status["records"], status["batch"]) == ("signed_in", 1, locked.journal().state["batch"])


def test_l5_status_of_a_board_that_was_never_provisioned(fresh: Bench) -> None:
    fresh.board.power_on()
    fresh.expect("未初始化")
    status = ask(fresh, "status")
    assert _told(status) == (True, "unprovisioned", "unprovisioned", "steady red", "unprovisioned")
    assert status["level"] == "open"


def test_l5_a_low_battery_is_told_by_screen_and_status_alike(locked: Bench) -> None:
    """L1, L5: within the seconds of a watch round, without anybody touching the terminal."""
    locked.board.battery.volts = 3.3
    locked.expect("电量不足", within_s=10)
    assert _told(ask(locked, "status")) == (True, "battery", "battery", "steady red", "battery")


def test_in_service_keys_and_screen_are_refused(locked: Bench) -> None:
    """C4: nobody presses keys or reads the screen over serial at a counter."""
    for line in _BENCH_ONLY:
        answer = ask(locked, line)
        assert not answer["ok"] and answer["error"] == "level" and "bench" in answer["do"]
    assert locked.shows("请签到") and locked.board.state == "running"


def test_c1_the_journal_over_the_console_is_that_of_the_flash(signed_in: Bench) -> None:
    """C1: every used slot, while the terminal works."""
    signed_in.sell("500")
    region, at, copy = signed_in.region("journal"), 0, {}
    while at >= 0:
        answer = ask(signed_in, f"journal {at}")
        data = b64decode(answer["data"])
        assert data == region[answer["at"] * _SLOT :][: len(data)]
        copy.update({answer["at"] + n: data[n * _SLOT :][:_SLOT] for n in range(len(data) // _SLOT)})
        at = answer["next"]
    assert answer["slots"] == len(region) // _SLOT
    used = [n for n in range(len(region) // _SLOT) if region[n * _SLOT :][:_SLOT].strip(b"\xff")]
    assert set(used) <= set(copy)


def test_a_bench_board_says_so_on_every_screen_and_takes_keys(as_bench: Bench) -> None:
    """L5, S2: a shift by keys over serial; BENCH stands in the status row all the while."""
    as_bench.start_linked()
    keys = [
        ("D", "操作员号"),
        (" ".join(CASHIER.number) + " D", "班次"),
        ("1 D", "密码"),
        (" ".join(CASHIER.pin) + " D", "签到成功"),
        ("D", "营业中"),
        ("1", "现金收款"),
        ("5 0 0 D", "收款金额"),
        ("D", "收款成功"),
    ]
    for pressed, expected in keys:
        assert as_bench.shows("BENCH")
        assert ask(as_bench, f"key {pressed}")["ok"]
        as_bench.expect(expected)
    assert ask(as_bench, "key Q")["error"] == "key"
    assert ask(as_bench, "key")["error"] == "usage"


def test_l5_the_screen_over_serial_is_the_panels(as_bench: Bench) -> None:
    """L5: pixel for pixel, and the rows as text."""
    as_bench.start_linked()
    answer = ask(as_bench, "screen")
    bits = b64decode(answer["bits"])
    pixels = [[bits[y // 8 * 128 + x] >> y % 8 & 1 for x in range(128)] for y in range(64)]
    assert pixels == [[int(bool(dot)) for dot in row] for row in as_bench.board.panel.pixels]
    assert any(reads("".join(row.split()), "请签到") for row in answer["rows"])


def test_the_light_can_be_held_and_let_go_of(as_bench: Bench) -> None:
    """L2, L5: what is told is what is lit, even when that is wrong."""
    as_bench.start_linked()
    assert ask(as_bench, "led 0 255 0")["led"] == "steady green"
    as_bench.play("led steady green")
    assert ask(as_bench, "status")["led"] == "steady green"
    assert ask(as_bench, "led 0 300 0")["error"] == "usage"
    ask(as_bench, "led auto")
    as_bench.play("led steady red")


def test_w6_echo_health_and_selftest(as_bench: Bench) -> None:
    """W6, P3: figures that a bench can judge."""
    as_bench.start_linked()
    echo = ask(as_bench, "echo", 20_000)
    assert 40 <= echo["ms"] < 1000 and not echo["handshake"]
    health = ask(as_bench, "health")
    assert health["linked"] and -60 < health["rssi"] < -40 and 3900 < health["battery_mv"] < 4000
    assert health["journal"]["capacity"] == 900 and health["free"] > 5000
    tests = ask(as_bench, "selftest")["tests"]
    assert set(tests.values()) == {"ok"} and "P01 display" in tests
    as_bench.board.panel.broken = True
    assert ask(as_bench, "selftest")["tests"]["P01 display"] != "ok"


_WORDS: Final = [
    b"@status",
    b"@key",
    b"@journal",
    b"@led",
    b"@",
    b"@@",
    b"{}",
    b"9" * 40,
    b"-1",
    b"\x00",
    b"\xff\xfe",
    b"\xe7\xad",
]


def _babble(bench: Bench, seed: int) -> None:
    """Lines made of words that mean something, in the wrong places, and of noise."""
    chance = random.Random(seed)
    for _ in range(50):
        line = b" ".join(chance.choices(_WORDS, k=chance.randint(0, 3)))
        line += chance.randbytes(chance.choice((0, 0, 3, 120))).translate(None, b"\x03")
        bench.board.type_serial(line + chance.choice((b"\n", b"\r\n", b"\r")))
        bench.board.run(ms=20)
    bench.board.type_serial(b"\n")
    bench.board.run(ms=300)


def _used(bench: Bench, seeds: range) -> int:
    """Bytes of the heap after some talk, the least of some times: what is in use for a moment does not count."""
    found: list[int] = []
    for seed in seeds:
        _babble(bench, seed)
        found.append(ask(bench, "health")["used"])
    return min(found)


@pytest.mark.parametrize("level", ["counter", "bench"])
def test_lines_that_mean_nothing_cost_nothing(level: str, locked: Bench, make_bench: Callable[[], Bench]) -> None:
    """The console is fuzzed: no crash, no restart, no heap that grows, and a good question is answered afterwards."""
    bench = locked
    if level == "bench":
        bench = make_bench()
        provision_as(bench, bench=True)
        bench.start_linked()
    resets = len(bench.board.resets)
    before = _used(bench, range(3))  # words that were asked for once are kept
    assert _used(bench, range(3, 6)) - before < 200
    assert len(bench.board.resets) == resets
    assert ask(bench, "nonsense")["error"] == "unknown"
    assert ask(bench, "status")["locked"]


def test_a_byte_that_interrupts_a_program_does_not_stop_a_terminal_in_service(locked: Bench) -> None:
    """C4: no REPL for who only has the serial line."""
    locked.board.type_serial(b"\x03\x03\r\x01\x04\n")
    locked.board.run(ms=2000)
    assert b">>>" not in locked.board.serial[-200:]
    assert ask(locked, "status")["reason"] == "sign_in"


def test_c4_a_terminal_that_starts_is_not_yet_open_to_anybody(signed_in: Bench) -> None:
    """C4: while settings and journal are still being read, nothing is answered; nor is a terminal open whose settings
    cannot be read."""
    signed_in.sell("500")
    board = signed_in.board
    board.cut_power()
    board.power_on()
    board.run(ms=900)
    board.button.hold(ms=1600)
    board.cut_power()
    board.power_on()
    board.button.press()
    start = len(board.serial)
    for _ in range(60):
        board.type_serial(b"@service\n@key D\n")
        board.run(ms=50)
    board.button.release()
    signed_in.expect("请签到")
    lines = board.serial[start:].decode("utf-8", "replace").splitlines()
    answers = [json.loads(line) for line in lines if line.startswith("{")]
    assert answers and not any(answer["ok"] for answer in answers)
    assert board.resets[-1] == "PWRON"


def test_c4_ctrl_c_stops_no_start(provisioned: Bench) -> None:
    """C4: from the reset to the lock screen, at every moment at which a program of ours runs; no prompt appears."""
    board = provisioned.board
    board.power_on()
    board.button.press()
    for _ in range(300):
        board.type_serial(b"\x03")
        board.run(ms=10)
    board.button.release()
    provisioned.expect("请签到")
    assert b">>>" not in board.serial and b"KeyboardInterrupt" not in board.serial


def test_c4_damaged_settings_open_nothing(provisioned: Bench) -> None:
    """L1, C4: both copies unreadable: a named fault, and a terminal as closed as before."""
    board = provisioned.board
    board.exec("import esp32\nnvs = esp32.NVS('qiandao')\nfor key in ('cfg_a', 'cfg_b'): nvs.set_blob(key, b'x')")
    board.power_on()
    board.button.hold(ms=1600)
    provisioned.expect("终端已锁定", within_s=40)
    status = ask(provisioned, "status")
    assert (status["reason"], status["level"]) == ("configuration", "counter")
    assert ask(provisioned, "service")["error"] == "level"


def _hold_menu_at_power_on(bench: Bench) -> None:
    board = bench.board
    board.power_on()
    board.run(ms=600)
    board.keypad.hold("A")
    board.button.hold(ms=1600)
    bench.expect("重启进入维护模式")
    board.keypad.release("A")
    board.run(ms=200)


def test_l6_the_menu_key_at_power_on_leads_to_service_mode(provisioned: Bench) -> None:
    """L6: journal empty: a confirmation, then the REPL; yellow light; gone after the next restart."""
    _hold_menu_at_power_on(provisioned)
    provisioned.press("ENTER")
    provisioned.expect("维护模式", "串口已开放")
    provisioned.play("led steady yellow")
    assert provisioned.board.serial.rstrip().endswith(b">>>")
    provisioned.board.run(ms=60_000)  # no watchdog
    assert provisioned.board.resets[-1] != "WDT"
    provisioned.board.cut_power()
    provisioned.start("请签到")


def test_l6_a_menu_key_that_stays_down_is_a_fault(provisioned: Bench) -> None:
    """P3: not a wish for service."""
    board = provisioned.board
    board.keypad.hold("A")
    board.power_on()
    board.button.hold(ms=1600)
    provisioned.expect("重启进入维护模式")
    provisioned.expect("P02", within_s=60)
    status = ask(provisioned, "status")
    assert (status["reason"], status["led"]) == ("hardware", "double red")


def test_l6_with_an_open_batch_only_a_supervisor_opens_the_service_mode(signed_in: Bench) -> None:
    """E4, L6: a cashier is refused; the records stay."""
    signed_in.sell("500")
    assert signed_in.uploaded(1)
    signed_in.board.cut_power()
    for pin, words in ((CASHIER.pin, "密码错误"), (SUPERVISOR.pin, "串口已开放")):
        _hold_menu_at_power_on(signed_in)
        signed_in.press("ENTER")
        signed_in.expect("需主管授权")
        signed_in.press("ENTER")
        signed_in.expect("密码 操作员000", within_s=30)
        signed_in.press(*pin, "ENTER")
        signed_in.expect(words)
        signed_in.board.cut_power()
    assert len(signed_in.journal().transactions) == 1


def test_l6_a_bench_board_goes_into_service_by_serial_unless_somebody_works(as_bench: Bench) -> None:
    """L6: not while signed in, not with records of an open batch."""
    as_bench.start_linked()
    as_bench.sign_in()
    assert ask(as_bench, "service")["error"] == "signed_in"
    as_bench.sell("500")
    as_bench.restart()
    assert ask(as_bench, "service")["error"] == "journal"
    as_bench.sign_in()
    as_bench.sign_out()
    as_bench.board.cut_power()
    as_bench.start_linked()
    assert ask(as_bench, "service")["ok"]
    as_bench.expect("串口已开放")


def test_c4_a_headless_board_works_over_serial_alone(fresh: Bench) -> None:
    """C4, C5: no display, no keypad, no button: starts with the power, driven by keys, read by the frame buffer."""
    provision_as(fresh, bench=True, profile="headless")
    board = fresh.board
    board.power_on()
    assert board.run_until(lambda: b"wifi up" in board.serial, 20_000)
    assert board.run_until(lambda: ask(fresh, "health")["linked"], 20_000)
    assert not board.panel.is_lit
    for pressed in ("D", " ".join(CASHIER.number) + " D", "1 D", " ".join(CASHIER.pin) + " D", "D"):
        ask(fresh, f"key {pressed}")
        board.run(ms=1500)
    status = ask(fresh, "status")
    assert status["state"] == "signed_in" and not status["locked"]
    assert any(reads("".join(row.split()), "营业中") for row in ask(fresh, "screen")["rows"])
