# SPDX-License-Identifier: MIT
"""Display at rest (W5) and the power key: what dims and darkens, what wakes, and the menu behind the key held down."""

from typing import Final

from tests_host.journeys.bench import Bench
from tools.rig import CASHIER

_FULL: Final = 0xCF
_DIM: Final = 0x10
_DIM_S: Final = 30
_DARK_S: Final = 120
_LATE_S: Final = 6  # it is looked at every five seconds
_TAP_MS: Final = 200
_HELD_MS: Final = 1200


def _tap(bench: Bench) -> None:
    bench.play(f"power hold {_TAP_MS}\nwait 100 ms")


def _wait(bench: Bench, seconds: int) -> None:
    bench.play(f"wait {seconds} s")


def test_w5_the_lock_screen_is_dimmed_then_dark_and_a_key_only_wakes_it(locked: Bench) -> None:
    """W5: the light goes on telling; what the first key would do nobody could see."""
    panel = locked.board.panel
    locked.press("CLEAR")
    _wait(locked, _DIM_S - 1)
    assert panel.contrast == _FULL
    _wait(locked, 1 + _LATE_S)
    assert panel.contrast == _DIM
    locked.expect("请签到")
    _wait(locked, _DARK_S - _DIM_S)
    assert not panel.is_lit and locked.board.state == "running"
    locked.play("led steady red")
    locked.press("MENU")
    locked.expect("请签到")
    _wait(locked, 2)
    assert panel.contrast == _FULL and not locked.shows("1签到"), "the key did more than wake"
    locked.press("MENU")
    locked.expect("1签到")


def test_w5_a_dimmed_screen_takes_the_key(signed_in: Bench) -> None:
    """W5: dimmed it can still be read, so nothing of what is typed is lost."""
    _wait(signed_in, _DIM_S + _LATE_S)
    assert signed_in.board.panel.contrast == _DIM
    signed_in.press("1")
    signed_in.expect("现金收款")
    assert signed_in.board.panel.contrast == _FULL


def test_w5_the_code_for_the_customer_keeps_the_light(signed_in: Bench) -> None:
    """W1, W5: a dimmed code is hard to read for a camera."""
    signed_in.press("2")
    signed_in.expect("扫码收款")
    signed_in.press(*"250", "ENTER")
    signed_in.expect("2.50")
    signed_in.press("ENTER")
    signed_in.expect("请扫码")
    _wait(signed_in, _DIM_S + _LATE_S)
    signed_in.expect("请扫码")
    assert signed_in.board.panel.contrast == _FULL


def test_w5_a_lock_for_another_reason_lights_a_dark_screen(locked: Bench) -> None:
    """L1, W5: what the host has decided is seen at once."""
    assert locked.board.run_until(lambda: locked.is_linked, 20_000)
    _wait(locked, _DARK_S + _LATE_S)
    assert not locked.board.panel.is_lit
    locked.play("host maintenance\nexpect 系统维护中 within 90 s")


def test_w5_the_power_key_makes_dark_and_wakes(signed_in: Bench) -> None:
    """W5: pressed for a moment; and only where nobody is in the midst of something."""
    panel = signed_in.board.panel
    _tap(signed_in)
    assert not panel.is_lit
    _tap(signed_in)
    assert panel.is_lit
    signed_in.expect("营业中")
    signed_in.press("1")
    signed_in.expect("现金收款")
    _tap(signed_in)
    assert panel.is_lit
    signed_in.expect("现金收款")


def test_w5_the_power_key_held_down_locks(signed_in: Bench) -> None:
    """W5: the operator's PIN opens again."""
    signed_in.play(f"power hold {_HELD_MS}")
    signed_in.expect("电源", "1锁屏")
    signed_in.press("1")
    signed_in.expect("已锁屏")
    signed_in.press("ENTER")
    signed_in.expect("密码")
    signed_in.press(*CASHIER.pin, "ENTER")
    signed_in.expect("营业中")


def test_o6_the_power_key_held_down_switches_off(locked: Bench) -> None:
    """O6: from the lock screen, and on again by the same key."""
    locked.play(f"power hold {_HELD_MS}")
    locked.expect("电源", "1关机")
    locked.press("1")
    locked.play("asleep\npower hold 1600")
    locked.expect("请签到")
    assert not locked.shows("电源"), "the finger that switched it on opened the menu"


def test_w5_what_stands_for_hours_moves(locked: Bench) -> None:
    """W5: burn-in: with the screen lit, the same words stand at other pixels from minute to minute."""
    _adjust(locked, "2")
    locked.expect("120秒")
    locked.press("UP", "UP", "ENTER", "CANCEL")
    locked.expect("请签到")
    seen = set()
    for _ in range(9):
        _wait(locked, 60)
        locked.expect("请签到")
        seen.add(tuple(map(tuple, locked.board.panel.pixels)))
    assert len(seen) >= 5


def _adjust(bench: Bench, digit: str) -> None:
    bench.press("MENU")
    bench.expect("功能菜单")
    bench.press("8")
    bench.expect("1屏幕亮度")
    bench.press(digit)


def test_w5_brightness_is_seen_while_it_is_chosen_and_kept(locked: Bench) -> None:
    """W5: cancel leaves it as it was; what was taken outlives a power cut."""
    panel = locked.board.panel
    _adjust(locked, "1")
    locked.expect("4/5")
    locked.press("UP")
    locked.expect("5/5")
    assert panel.contrast == 0xFF
    locked.press("CANCEL")
    locked.expect("1屏幕亮度")
    assert panel.contrast == _FULL
    locked.press("1")
    locked.expect("4/5")
    locked.press("DOWN", "DOWN", "ENTER")
    locked.expect("1屏幕亮度")
    assert panel.contrast == 0x3F
    locked.play("cut power\npower on\npower hold 1600\nexpect 请签到")
    assert panel.contrast == 0x3F


def test_w5_when_the_screen_goes_dark_is_a_matter_of_choice(locked: Bench) -> None:
    """W5: half a minute instead of two."""
    _adjust(locked, "2")
    locked.expect("120秒")
    locked.press("DOWN", "DOWN", "ENTER")
    locked.expect("1屏幕亮度")
    locked.press("CANCEL")
    locked.expect("请签到")
    _wait(locked, 30 + _LATE_S)
    assert not locked.board.panel.is_lit
