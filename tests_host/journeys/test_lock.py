# SPDX-License-Identifier: MIT
"""The lock 机关机 recognised: icon, reason, light, refused functions, asking support, and the ways out (L1 .. L6)."""

import pytest

from tests_host.journeys.bench import Bench
from tools.rig import CASHIER

_BACK_S = 70  # an echo every minute brings the host's word
_FUNCTIONS = {"2": "收款", "3": "合计", "4": "签退/结束营业"}
_SIGN_IN = "1"
_SUPPORT = "5"


def _choose(bench: Bench, number: str) -> None:
    bench.press("MENU")
    bench.expect("功能菜单")
    bench.press(number)


def _control(bench: Bench, **orders: object) -> None:
    bench.host.enrolment.control_terminal(bench.tid, **orders)  # type: ignore[arg-type]


def test_l1_the_lock_screen_has_icon_reason_terminal_and_way_out(locked: Bench) -> None:
    """L1, L2, S1: please sign in; the light is steady red."""
    assert "lock" in locked.icons
    for words in ("终端已锁定", "请签到", f"终端{locked.tid}", "确认签到"):
        assert locked.shows(words)
    locked.play("led steady red")


def test_l1_l2_maintenance_has_a_reason_and_a_rhythm_of_its_own(provisioned: Bench) -> None:
    """L1, L2, L6: locked by the host while switched off; back when the host says so."""
    _control(provisioned, lock_level=2)
    provisioned.start("系统维护中")
    assert "lock" in provisioned.icons
    provisioned.play("led blink yellow")
    _control(provisioned, lock_level=0)
    provisioned.expect("请签到", within_s=_BACK_S)
    provisioned.play("led steady red")


def test_l1_maintenance_reaches_a_terminal_at_work(signed_in: Bench) -> None:
    """L1, L6: with the next echo; the shift goes on where it was."""
    signed_in.sell("500")
    _control(signed_in, lock_level=2)
    signed_in.expect("系统维护中", within_s=_BACK_S)
    signed_in.play("led blink yellow")
    _control(signed_in, lock_level=0)
    signed_in.expect("营业中", "共1笔", within_s=_BACK_S)
    signed_in.play("led steady green")


def test_l1_a_maintenance_lock_outlives_a_restart_without_network(locked: Bench) -> None:
    """L1: it is durable; nobody gets round it with the plug."""
    _control(locked, lock_level=2)
    locked.expect("系统维护中", within_s=_BACK_S)
    locked.board.cut_power()
    locked.play("wifi off")
    locked.start("系统维护中")


def test_l1_barred_by_the_host(provisioned: Bench) -> None:
    """L1, L6: answer 58 to everything; unbarred it comes back by itself."""
    _control(provisioned, is_barred=True)
    provisioned.start("终端被主机停用")
    provisioned.expect("请联系客服")
    assert "lock" in provisioned.icons
    _control(provisioned, is_barred=False)
    provisioned.expect("请签到", within_s=_BACK_S)


def test_l1_a_battery_that_runs_low_at_work_locks(signed_in: Bench) -> None:
    """L1, L6: within a minute; with the charger the shift goes on."""
    signed_in.play("battery 3.3")
    signed_in.expect("电量不足", "请接充电器", within_s=_BACK_S)
    assert "lock" in signed_in.icons
    signed_in.play("battery 4.1")
    signed_in.expect("营业中", within_s=_BACK_S)


def test_p4_the_status_row_shows_the_way_to_the_host(locked: Bench) -> None:
    """P4, L1: strength while the link is open, nothing while the router is gone, battery at all times."""
    assert locked.icons[0] == "link4"
    locked.play("wifi weak")
    assert locked.board.run_until(lambda: locked.icons[0] == "link1", 70_000)
    locked.play("wifi off")
    assert locked.board.run_until(lambda: locked.icons[0] == "link0", 70_000)
    assert any(icon.startswith("battery") for icon in locked.icons)
    locked.play("wifi on")
    assert locked.board.run_until(lambda: locked.is_linked, 70_000)


def test_l2_each_state_has_its_own_light(locked: Bench) -> None:
    """L2: red when locked, green and red in turn while signing in, green when ready."""
    locked.enter_operator()
    locked.board.link.swallow = True
    locked.press(*"246810", "ENTER")
    locked.expect("正在签到")
    locked.play("led alternating green red")
    locked.board.link.swallow = False
    locked.expect("签到成功")
    locked.play("led steady green")
    assert "lock" not in locked.icons


@pytest.mark.parametrize("number", _FUNCTIONS)
def test_l3_every_other_function_is_refused_with_the_reason(locked: Bench, number: str) -> None:
    """L3: by its name in the menu; nothing reaches host or journal."""
    heard = list(locked.heard)
    locked.press("MENU")
    locked.expect("功能菜单")
    if number == "4":  # on the second page
        locked.press("DOWN", "DOWN", "DOWN")
    locked.expect(_FUNCTIONS[number])
    locked.press(number)
    locked.expect("不能使用", "请先签到")
    locked.press("ENTER")
    locked.expect("终端已锁定")
    assert locked.heard == heard
    assert locked.journal().transactions == []


def test_l3_under_maintenance_even_the_sign_in_is_refused(provisioned: Bench) -> None:
    """L3: with that reason."""
    _control(provisioned, lock_level=2)
    provisioned.start("系统维护中")
    provisioned.press("ENTER")
    provisioned.board.run(1000)
    assert provisioned.shows("系统维护中")
    _choose(provisioned, _SIGN_IN)
    provisioned.expect("不能使用", "系统维护中请稍候")


@pytest.mark.parametrize(
    ("orders", "words"),
    [({}, "无待办事项"), ({"pending": "3"}, "请重新签到"), ({"lock_level": 2}, "系统维护中")],
)
def test_l4_asking_support_tells_what_is_pending(locked: Bench, orders: dict[str, object], words: str) -> None:
    """L4: one question to the host while locked; answer and support contact."""
    _control(locked, **orders)
    asked = locked.heard.count("0800/301")
    _choose(locked, _SUPPORT)
    locked.expect("询问客服", words)
    assert locked.shows("客服400-000-0000")
    assert locked.heard.count("0800/301") == asked + 1
    locked.press("ENTER")
    locked.expect("终端已锁定")


def test_l4_asking_support_without_network_says_so(provisioned: Bench) -> None:
    """L4, S3: and leads back to the lock screen."""
    provisioned.play("wifi off")
    provisioned.start()
    _choose(provisioned, _SUPPORT)
    provisioned.expect("W1", "找不到无线网络", within_s=40)
    provisioned.press("ENTER")
    provisioned.expect("请签到")


def test_l4_support_can_be_asked_at_work_too(signed_in: Bench) -> None:
    """L4: the fourth item of the menu."""
    _choose(signed_in, "4")
    signed_in.expect("无待办事项")
    signed_in.press("ENTER")
    signed_in.expect("营业中")


def test_l6_switched_off_at_the_lock_screen_and_on_again(locked: Bench) -> None:
    """L6, O6: the last item of the menu; the button brings it back, locked."""
    _choose(locked, "7")
    locked.play("asleep")
    assert not locked.board.panel.is_on
    assert locked.board.led.pattern(500) == "off"
    locked.play("power hold 1600")
    locked.expect("请签到")


def _winks(bench: Bench, key: str) -> list[int]:
    """How long the light was dark, each time, soon after a key was pressed; ms."""
    board = bench.board
    since = board.clock.now_us
    bench.press(key)
    board.run(300)
    lit = [(at_us, any(colour)) for at_us, colour in board.led.history if at_us >= since]
    pairs = zip(lit, lit[1:], strict=False)
    return [
        (end_us - at_us) // 1000 for (at_us, is_lit), (end_us, is_lit_again) in pairs if not is_lit and is_lit_again
    ]


def test_l2_a_key_that_means_nothing_is_answered_by_the_light(signed_in: Bench) -> None:
    """L2: dark for a moment, then as before; a key that does something, and one that is held, leave it alone."""
    signed_in.expect("营业中")
    for _ in range(2):
        (dark_ms,) = _winks(signed_in, "7")
        assert 60 <= dark_ms <= 120
    assert _winks(signed_in, "MENU") == []
    assert _winks(signed_in, "DOWN") == []
    assert len(_winks(signed_in, "CLEAR")) == 1
    signed_in.press("CANCEL")
    signed_in.expect("营业中")
    signed_in.play("led steady green")


def test_l2_keys_that_find_no_room_are_answered_by_the_light(locked: Bench) -> None:
    """L2, E1: nothing to clear, a number that is full, too few digits."""
    locked.enter_operator()
    assert len(_winks(locked, "CLEAR")) == 1
    assert len(_winks(locked, "ENTER")) == 1
    for digit in CASHIER.pin + CASHIER.pin:
        assert _winks(locked, digit) == []
    assert len(_winks(locked, "9")) == 1
    locked.play("led steady red")
