# SPDX-License-Identifier: MIT
"""Locks that the terminal puts on by itself, and the ways out: wrong PINs, idle, software, update (L1, L6, W5)."""

from datetime import timedelta

import pytest

from tests_host.journeys.attacker import countdown
from tests_host.journeys.bench import Bench
from tests_host.serial import terminals
from tools.rig import CASHIER

_WRONG = "135799"


def _wrong_pins(bench: Bench, count: int) -> None:
    """At the PIN question; each is answered by the host, and then the terminal asks again or makes wait."""
    for _ in range(count):
        bench.press(*_WRONG, "ENTER")
        bench.expect("密码错误")
        bench.press("ENTER")


def test_e2_the_wait_doubles_and_is_counted_down(locked: Bench) -> None:
    """E2, L1: three tries are free, then 30 s, 1, 2 min; the right PIN afterwards opens, and the count starts anew."""
    locked.enter_operator()
    _wrong_pins(locked, 2)
    for wait in (30, 60):
        _wrong_pins(locked, 1)
        locked.expect("密码已锁定")
        assert wait - 2 <= countdown(locked) <= wait
        before = countdown(locked)
        locked.board.run(10_000)
        assert before - 11 <= countdown(locked) <= before - 9
        locked.play("led steady red")
        locked.expect("请签到", within_s=wait)
        locked.enter_operator()
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("签到成功")
    assert locked.journal().state["attempts"] == 0


@pytest.mark.long
def test_e2_the_longest_wait_is_a_quarter_of_an_hour(locked: Bench) -> None:
    """E2: whatever the count; computed from the record in flash."""
    locked.host.enrolment.operator(locked.mid, "002", "王", "864209", must_change=False)
    locked.enter_operator()
    _wrong_pins(locked, 3)
    for wait in (30, 60, 120, 240, 480, 900, 900):
        locked.expect("密码已锁定")
        assert wait - 2 <= countdown(locked) <= wait
        locked.expect("请签到", within_s=wait + 1)
        locked.enter_operator()
        locked.press(*_WRONG, "ENTER")
        locked.board.run_until(lambda: locked.shows("密码错误"), 20_000)
        locked.press("ENTER")
        locked.board.run(300)


def test_e2_neither_power_nor_clock_shortens_the_wait(locked: Bench) -> None:
    """E2: it begins anew with every start, and no clock is asked."""
    locked.enter_operator()
    _wrong_pins(locked, 3)
    locked.expect("密码已锁定")
    locked.board.run(20_000)
    locked.board.cut_power()
    locked.host.world.shift_s = 3600
    locked.start("密码已锁定")
    assert 28 <= countdown(locked) <= 30
    locked.board.run(20_000)
    assert locked.shows("密码已锁定")
    locked.expect("请签到", within_s=12)


def test_w5_idle_for_five_minutes_locks_until_the_pin(signed_in: Bench) -> None:
    """W5, L1, L3: the reason, the refusal; the operator's PIN opens at once and without the host."""
    signed_in.sell("500")
    signed_in.expect("已锁屏", within_s=310)
    signed_in.play("led steady red")
    assert "lock" in signed_in.icons
    assert signed_in.shows(f"操作员{CASHIER.number}")
    signed_in.press("MENU")
    signed_in.expect("功能菜单")
    signed_in.press("2")
    signed_in.expect("不能使用", "已锁屏")
    signed_in.press("ENTER")
    signed_in.expect("已锁屏")
    signed_in.play("wifi off")
    signed_in.press("ENTER")
    signed_in.expect("密码 操作员")
    signed_in.press(*_WRONG, "ENTER")
    signed_in.expect("密码错误", "还可输入4次")
    signed_in.press("ENTER")
    signed_in.expect("密码 操作员")
    signed_in.press(*CASHIER.pin, "ENTER")
    signed_in.expect("营业中", "共1笔")
    signed_in.play("led steady green")


@pytest.mark.long
def test_w5_a_key_now_and_then_keeps_the_terminal_open(signed_in: Bench) -> None:
    """W5: the time counts from the last key."""
    for _ in range(3):
        signed_in.board.run(200_000)
        signed_in.press("UP")
        signed_in.board.run(500)
        assert signed_in.shows("营业中")
    signed_in.expect("已锁屏", within_s=310)


@pytest.mark.long
def test_w5_uploads_go_on_behind_the_idle_lock(signed_in: Bench) -> None:
    """W3, W5: the lock is for people."""
    signed_in.play("wifi off")
    signed_in.sell("500")
    signed_in.expect("已锁屏", within_s=310)
    signed_in.play("wifi on")
    assert signed_in.uploaded(1, within_s=400)
    assert signed_in.shows("已锁屏")


def test_w5_after_a_restart_the_idle_terminal_asks_for_the_sign_in(signed_in: Bench) -> None:
    """S5: nothing of the PIN is left to compare with."""
    signed_in.expect("已锁屏", within_s=310)
    signed_in.restart()
    signed_in.sign_in()


def test_l6_software_faults_lock_and_are_left_by_enter(provisioned: Bench) -> None:
    """L1, L2, L6: three in ten minutes; the report has kind and place, and reaches the host."""
    terminals.break_language(provisioned)
    provisioned.start_linked()
    terminals.crash(provisioned, 2)
    provisioned.expect("请签到")
    terminals.crash(provisioned)
    provisioned.expect("软件故障", "language ImportErr")
    provisioned.play("led double red")
    provisioned.press("MENU")
    provisioned.expect("功能菜单")
    provisioned.press("2")
    provisioned.expect("不能使用", "软件故障")
    provisioned.press("ENTER")
    provisioned.expect("软件故障")
    provisioned.press("ENTER")
    provisioned.expect("重新启动终端")
    provisioned.press("ENTER")
    provisioned.expect("请签到")
    provisioned.sign_in()
    assert any("SFlanguage@ImportError" in str(note.fields) for note in provisioned.host.heard[provisioned.tid])


@pytest.mark.long
def test_l6_two_faults_in_a_long_day_are_no_loop(provisioned: Bench) -> None:
    """L6: ten minutes later the count is forgotten."""
    terminals.break_language(provisioned)
    provisioned.start_linked()
    terminals.crash(provisioned, 2)
    provisioned.expect("请签到")
    provisioned.board.run(700_000)
    provisioned.press("CLEAR")  # the display sleeps
    terminals.crash(provisioned)
    provisioned.expect("请签到")


@pytest.mark.long
def test_l6_a_terminal_that_fails_before_its_lock_screen_is_no_brick(provisioned: Bench) -> None:
    """L6, design invariant 7: six faults in a row end at a screen that says so; ENTER tries again, and so does time."""
    terminals.deploy(provisioned, "firmware/flows/power_on.py", "import asyncio", "import no_such_module")
    provisioned.play("power on\npower hold 1600")
    provisioned.expect("终端已锁定", "软件故障", "power_on ImportErr", "重新启动", within_s=40)
    provisioned.board.run(5000)
    assert provisioned.shows("软件故障")
    assert provisioned.serial.count(" fault ImportError") == 6
    provisioned.press("ENTER")
    assert provisioned.board.run_until(lambda: provisioned.serial.count(" fault ImportError") == 12, 60_000)
    provisioned.expect("软件故障")
    assert provisioned.board.run_until(lambda: provisioned.serial.count(" fault ImportError") == 18, 660_000)
    provisioned.expect("软件故障")


@pytest.mark.long
@pytest.mark.parametrize("is_hung", [False, True])
def test_l6_a_bite_of_the_watchdog_counts_as_a_fault(provisioned: Bench, is_hung: bool) -> None:
    """L6: a hang that nobody could note; a restart by hand does not count."""
    body = "    import time\n    time.sleep(60)\n" if is_hung else "    import machine\n    machine.reset()\n"
    source = 'async def run(t: "Terminal") -> None:\n'
    terminals.deploy(provisioned, "firmware/flows/language.py", source, source + body)
    provisioned.start_linked()
    terminals.crash(provisioned, 2)
    provisioned.expect("请签到")
    terminals.crash(provisioned)
    provisioned.expect("软件故障" if is_hung else "请签到")
    assert provisioned.shows("watchdog") == is_hung


def test_l1_an_update_that_was_broken_off_is_told(provisioned: Bench) -> None:
    """L1, L6: until the copying has come to its end."""
    provisioned.board.exec("open('updating.txt', 'w').close()")
    provisioned.start("正在更新")
    provisioned.play("led blink yellow")
    assert provisioned.shows("请勿断电")
    provisioned.board.cut_power()
    provisioned.board.exec("import os\nos.remove('updating.txt')")
    provisioned.start("请签到")


@pytest.mark.long
def test_l1_maintenance_ends_by_itself_without_the_host(signed_in: Bench) -> None:
    """L1, L6: the end is shown and durable; neither the host nor a network is needed for it."""
    end = signed_in.board.now + timedelta(minutes=20)
    signed_in.host.enrolment.control_terminal(signed_in.tid, lock_level=2, until=end, text="夜间升级")
    local = end + timedelta(hours=8)
    signed_in.expect("系统维护中", f"预计{local:%H:%M}结束", within_s=70)
    signed_in.play("wifi off")
    signed_in.board.cut_power()
    signed_in.start("系统维护中")
    assert signed_in.shows(f"预计{local:%H:%M}结束")
    signed_in.expect("请签到", within_s=1300)


def test_l1_maintenance_without_an_end_tells_the_reason(locked: Bench) -> None:
    """L1, L4: the host's words on the lock screen and with the support contact; it ends at the host's word."""
    locked.host.enrolment.control_terminal(locked.tid, lock_level=2, text="夜间升级")
    locked.expect("系统维护中", "夜间升级", within_s=70)
    locked.press("MENU")
    locked.expect("功能菜单")
    locked.press("5")
    locked.expect("询问客服", "夜间升级")
    locked.press("ENTER", "ENTER")
    locked.host.enrolment.control_terminal(locked.tid, lock_level=0)
    locked.expect("请签到", within_s=70)


def test_l1_no_new_sales_is_told_before_somebody_tries(signed_in: Bench) -> None:
    """L1, L3: LK 1; the shift goes on, sales do not."""
    signed_in.host.enrolment.control_terminal(signed_in.tid, lock_level=1)
    signed_in.expect("主机暂停收款", within_s=70)
    signed_in.press("1")
    signed_in.board.run(500)
    assert not signed_in.shows("现金收款")
    signed_in.host.enrolment.control_terminal(signed_in.tid, lock_level=0)
    signed_in.press("ENTER")
    signed_in.expect("批次", within_s=130)


def _renewed(bench: Bench) -> None:
    """Told, and signed in again with the PIN alone; the batch is kept."""
    bench.press("ENTER")  # the second page
    bench.board.run(300)
    bench.press("ENTER")
    bench.expect(f"密码 操作员{CASHIER.number}")
    bench.press(*CASHIER.pin, "ENTER")
    bench.expect("签到成功")
    bench.press("ENTER")
    bench.expect("营业中", "共1笔")


def test_s2_the_host_asks_for_new_keys(signed_in: Bench) -> None:
    """S2: PR 3, when idle; operator and shift are not asked again."""
    signed_in.sell("500")
    signed_in.host.enrolment.control_terminal(signed_in.tid, pending="3")
    signed_in.expect("K2", "密钥须更新", "请重新签到", within_s=70)
    _renewed(signed_in)


@pytest.mark.long
def test_s2_keys_are_good_for_a_day(provisioned: Bench) -> None:
    """S2: then they are due. The day is made short here."""
    terminals.deploy(provisioned, "firmware/flows/ready.py", "const(86_400_000)", "const(900_000)")
    provisioned.start_linked()
    provisioned.sign_in()
    provisioned.sell("500")
    for _ in range(3):
        provisioned.play("wifi off")  # no echo needs to be simulated
        provisioned.board.run(270_000)
        provisioned.press("UP")
    provisioned.play("wifi on")
    provisioned.expect("K2", "密钥须更新", within_s=400)
    _renewed(provisioned)


def test_s2_two_bad_macs_lead_to_a_new_sign_in(signed_in: Bench) -> None:
    """S2, S3: told as A0; nothing is changed by answers that nobody signed."""
    signed_in.sell("500")
    assert signed_in.uploaded(1)
    before = signed_in.journal().state
    for _ in range(2):
        signed_in.host.faults.wrong_mac(signed_in.tid, "0800/301")
    signed_in.expect("HA0", within_s=200)
    assert signed_in.journal().state["batch"] == before["batch"]
    _renewed(signed_in)
