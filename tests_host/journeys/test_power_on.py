# SPDX-License-Identifier: MIT
"""Power on: the button's gate, the welcome, the self-test and what the preparation says (P1 .. P4)."""

from datetime import timedelta

import pytest

from tests_host.journeys.bench import OPENING, Bench
from tools.emulator.chip import Chip
from tools.emulator.rpc import Reply, Request

_TESTS = ["display", "keypad", "led", "flash", "journal", "config", "keys", "clock", "random", "battery", "wifi"]
_GATE_MS = 1500
_BAR_Y = 3 * 13 + 5  # through the middle of the progress bar


def _bar(bench: Bench) -> int:
    """Lit pixels of the progress bar."""
    return sum(bench.board.panel.pixels[_BAR_Y])


@pytest.mark.parametrize("press_ms", [30, 700, 1400])
def test_p1_a_short_press_goes_back_to_sleep_in_the_dark(provisioned: Bench, press_ms: int) -> None:
    """P1: the panel hears nothing and the LED stays dark, at battery connection and at each short press."""
    board = provisioned.board
    provisioned.play("power on\nasleep")
    board.run(5000)
    board.button.hold(press_ms)
    provisioned.play("asleep")
    board.run(5000)
    assert board.state == "deepsleep"
    assert board.panel.bytes_received == 0
    assert {colour for _, colour in board.led.history} == {(0.0, 0.0, 0.0)}


def test_p1_held_for_one_and_a_half_seconds_it_starts(provisioned: Bench) -> None:
    """P1: and a short press before it does no harm."""
    provisioned.play("power on\nasleep\npower hold 300\nasleep\npower hold 1500")
    provisioned.expect("请签到")


def test_p2_welcome_stands_within_a_second_and_progress_grows(provisioned: Bench) -> None:
    """P2: counted from the moment at which the press was long enough."""
    board = provisioned.board
    provisioned.play("power on\nasleep")
    pressed_ms = board.now_ms
    board.button.press()
    assert board.run_until(lambda: provisioned.shows("欢迎"), _GATE_MS + 1000)
    assert board.now_ms - pressed_ms <= _GATE_MS + 1000
    bars: list[int] = []
    while not provisioned.shows("终端"):
        bars.append(_bar(provisioned))
        board.run(10)
    assert bars == sorted(bars)
    assert len(set(bars)) >= 5
    board.button.release()


def test_p3_every_self_test_says_its_result_with_a_code(locked: Bench) -> None:
    """P3: on the serial line on a sound terminal, where nothing stops."""
    for number, name in enumerate(_TESTS, 1):
        assert f"selftest P{number:02d} {name} ok" in locked.serial


def test_p3_the_led_shows_each_of_its_colours(locked: Bench) -> None:
    """P3: there is nothing to measure, so a person looks."""
    shown = {tuple(round(part) for part in colour) for _, colour in locked.board.led.history}
    assert {(1, 0, 0), (0, 1, 0), (0, 0, 1)} <= shown


def test_p3_a_dead_display_is_told_by_the_led(provisioned: Bench) -> None:
    """P3, L2: one blink for test P01, then the light of the lock; the terminal goes on and reaches the host."""
    board = provisioned.board
    board.panel.broken = True
    provisioned.play("power on\npower hold 1600")
    assert board.run_until(lambda: board.led.pattern() == "blink red", 6000)
    blinks = [(name, ms // 10 * 10) for name, ms in board.led.segments(4000)]
    assert ("red", 250) in blinks and ("off", 1750) in blinks
    provisioned.play("led steady red")
    assert board.run_until(lambda: "0800/301" in provisioned.heard, 20_000)


def test_p3_a_stuck_key_is_named_and_locks(provisioned: Bench) -> None:
    """P3, L1, L2, L6: code, part and key; hardware lock; without the finger the next start is a good one."""
    board = provisioned.board
    board.keypad.hold("5")
    provisioned.start("P02按键异常5")
    board.keypad.release("5")
    provisioned.play("led double red")
    provisioned.press("ENTER")
    provisioned.expect("硬件故障P02", "请联系维修")
    assert "lock" in provisioned.icons
    provisioned.press("ENTER")
    board.run(1000)
    assert provisioned.shows("硬件故障P02")
    provisioned.restart()


def test_p3_a_constant_random_generator_locks(provisioned: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """P3: it must never make a key or pad a PIN block."""

    def constant(_chip: Chip, request: Request) -> Reply:
        return Reply(0, b"\x5a" * request.a)

    monkeypatch.setattr(Chip, "_urandom", constant)
    provisioned.start("P09随机数异常")
    provisioned.expect("硬件故障P09", "请联系维修")
    provisioned.press("ENTER", "ENTER", "ENTER")
    assert not provisioned.shows("操作员号")


def test_p3_a_low_battery_is_measured_and_locks_until_charged(provisioned: Bench) -> None:
    """P3, L1, L6: the voltage is told; with the charger the terminal comes back."""
    provisioned.board.battery.volts = 3.3
    provisioned.start("P10电池异常")
    assert "mV" in provisioned.screen
    provisioned.press("ENTER")
    provisioned.expect("电量不足", "请接充电器")
    provisioned.play("battery 4.1")
    provisioned.expect("请签到", within_s=70)


@pytest.mark.parametrize(
    ("record", "result"), [("cfg", "P06 config C1"), ("crt", "P06 config C1"), ("key", "P07 keys C2")]
)
def test_p3_a_damaged_record_in_nvs_is_told(provisioned: Bench, record: str, result: str) -> None:
    """P3, L1: settings, certificates, keys; the terminal starts, says what is wrong and whom to call."""
    damage = f"""
import esp32
nvs = esp32.NVS("qiandao")
for name in ("{record}_a", "{record}_b"):
    buffer = bytearray(2100)
    try:
        size = nvs.get_blob(name, buffer)
    except OSError:
        continue
    buffer[size // 2] ^= 1
    nvs.set_blob(name, buffer[:size])
nvs.commit()
"""
    provisioned.board.exec(damage)
    provisioned.start("参数损坏")
    provisioned.expect("请联系管理员")
    provisioned.play("led double red")
    assert f"selftest {result}" in provisioned.serial
    assert "lock" in provisioned.icons


def test_p3_a_terminal_never_provisioned_says_so(fresh: Bench) -> None:
    """P3, L1: it starts at once, since no record names its button."""
    fresh.play("power on")
    fresh.expect("终端未初始化", "请联系管理员")
    assert "lock" in fresh.icons


def test_p3_a_clock_that_lost_its_time_starts_from_the_last_one_known(provisioned: Bench) -> None:
    """P3: a chip without power wakes up in the year 2000; certificates can be judged all the same."""
    provisioned.play("power on\npower hold 1600")
    provisioned.expect("请签到")
    assert timedelta() <= provisioned.board.rtc.now - OPENING < timedelta(minutes=1)


def test_p4_without_wifi_the_sign_in_says_what_to_do_and_retries(provisioned: Bench) -> None:
    """P4, S3: found missing before anything is typed; with the router back the same key goes on."""
    provisioned.play("wifi off")
    provisioned.start()
    provisioned.press("ENTER")
    provisioned.expect("正在连接网络", "W1", "找不到无线网络", "检查路由器后重试")
    provisioned.play("wifi on")
    provisioned.press("ENTER")
    provisioned.expect("请签到")
    provisioned.press("ENTER")
    provisioned.expect("操作员号", within_s=30)


def test_p4_a_wrong_wifi_key_is_told_apart(provisioned: Bench) -> None:
    """P4: nothing that the shop could do about it."""
    provisioned.board.wifi.psk = "another key"
    provisioned.start()
    provisioned.press("ENTER")
    provisioned.expect("W2", "无线密码被拒绝", "请联系客服")


def test_p4_a_host_out_of_reach_is_told_apart(provisioned: Bench) -> None:
    """P4: Wi-Fi is there; the support contact is on the second page."""
    provisioned.board.link.is_refusing = True
    provisioned.start()
    provisioned.press("ENTER")
    provisioned.expect("连不上主机", "检查网络后重试")
    provisioned.press("ENTER")
    provisioned.expect("客服400-000-0000")


def test_p4_a_battery_too_low_for_the_sign_in_is_told(locked: Bench) -> None:
    """P4: it fell after the start."""
    locked.play("battery 3.4")
    locked.press("ENTER")
    locked.expect("电量不足", "请接充电器")
