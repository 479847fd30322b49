# SPDX-License-Identifier: MIT
"""Change of PIN, and whom else's PIN counts: first PIN, weak ones, the supervisor's approval (E2, E3, E4, L6)."""

import sqlite3
from contextlib import closing

import pytest

from tests_host.journeys.bench import Bench
from tests_host.journeys.fault_bench import expect_trouble
from tools.host import tlv
from tools.rig import CASHIER, SUPERVISOR, Person

_NEW = "864213"
_CHANGED = Person(CASHIER.number, CASHIER.name, _NEW)


def _must_change(bench: Bench) -> None:
    bench.host.enrolment.operator(bench.mid, CASHIER.number, CASHIER.name, CASHIER.pin, must_change=True)


def _first_sign_in(bench: Bench) -> None:
    """Up to the question for the old PIN."""
    bench.enter_operator()
    bench.press(*CASHIER.pin, "ENTER")
    bench.expect("修改密码", "首次使用")
    bench.press("ENTER")
    bench.expect("原密码")


def _type(bench: Bench, *pins: str) -> None:
    """Old, new and new again, or from the new one on."""
    titles = ("原密码", "新密码 六位以上", "再输一次新密码")[-len(pins) :]
    for title, pin in zip(titles, pins, strict=True):
        bench.expect(title)
        bench.press(*pin, "ENTER")


def _menu(bench: Bench, number: str) -> None:
    bench.press("MENU")
    bench.expect("功能菜单")
    bench.press(number)


def test_e3_the_first_pin_must_be_changed_and_then_the_shop_opens(locked: Bench) -> None:
    """E3, S4: before the change nothing works; afterwards only the new one signs in."""
    _must_change(locked)
    _first_sign_in(locked)
    locked.play("led alternating green red")
    _type(locked, CASHIER.pin, _NEW, _NEW)
    locked.expect("修改密码", "密码已修改")
    locked.press("ENTER")
    locked.expect("签到成功", CASHIER.name)
    locked.press("ENTER")
    locked.expect("营业中")
    locked.sell("100")
    locked.sign_out(_CHANGED)
    locked.restart()
    locked.enter_operator()
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("密码错误")
    locked.press("ENTER")
    locked.press(*_NEW, "ENTER")
    locked.expect("签到成功")


@pytest.mark.parametrize("step", [0, 1, 2])
def test_e3_who_goes_back_is_signed_out_again(locked: Bench, step: int) -> None:
    """E3: at each question; the keys are gone, the lock says so."""
    _must_change(locked)
    _first_sign_in(locked)
    for pin, title in ((CASHIER.pin, "新密码"), (_NEW, "再输一次"))[:step]:
        locked.press(*pin, "ENTER")
        locked.expect(title)
    locked.press("CANCEL")
    locked.expect("终端已锁定", "请签到")
    locked.play("led steady red")
    _menu(locked, "2")
    locked.expect("不能使用", "请先签到")


@pytest.mark.long
def test_e3_a_restart_in_the_middle_leads_back_to_the_question(locked: Bench) -> None:
    """E3, S5: the old PIN is still the one, and still has to go."""
    _must_change(locked)
    _first_sign_in(locked)
    locked.restart()
    _first_sign_in(locked)


def test_e3_weak_pins_are_refused_with_the_reason_before_anything_is_sent(signed_in: Bench) -> None:
    """E3: short, repeated, in a row, the number, the old one, two that differ."""
    _menu(signed_in, "7")
    sent = len(signed_in.heard)
    signed_in.expect("原密码")
    signed_in.press(*CASHIER.pin, "ENTER")
    weak = {"86421": "至少六位", "111111": "数字重复", "121212": "数字重复", "123456": "数字连续", "098765": "数字连续"}
    for pin, why in {**weak, "000001": "与操作员或终端号相同", CASHIER.pin: "与原密码相同"}.items():
        signed_in.expect("新密码 六位以上")
        signed_in.press(*pin, "ENTER")
        signed_in.expect("请换一个密码", why)
        signed_in.press("ENTER")
    _type(signed_in, _NEW, "864214")
    signed_in.expect("请换一个密码", "两次输入不同")
    signed_in.press("ENTER")
    assert "0800/801" not in signed_in.heard[sent:]
    _type(signed_in, _NEW, _NEW)
    signed_in.expect("密码已修改")
    assert "0800/801" in signed_in.heard[sent:]


def test_e3_a_wrong_old_pin_counts_as_a_try(signed_in: Bench) -> None:
    """E2, E3: by the host's word; the terminal's own count too."""
    _menu(signed_in, "7")
    _type(signed_in, "135799", _NEW, _NEW)
    signed_in.expect("密码错误", "还可输入4次")
    assert signed_in.journal().state["attempts"] == 1
    signed_in.press("ENTER")
    _type(signed_in, CASHIER.pin, _NEW, _NEW)
    signed_in.expect("密码已修改")
    assert signed_in.journal().state["attempts"] == 0
    signed_in.press("ENTER")
    signed_in.expect("营业中")


@pytest.mark.long
def test_e3_a_change_whose_answers_are_lost_is_asked_for_again(signed_in: Bench) -> None:
    """E3, S3: the host may have the new PIN already; the same request again tells, without typing anything anew."""
    signed_in.host.faults.no_answer(signed_in.tid, on="0800/801", times=3)
    _menu(signed_in, "7")
    _type(signed_in, CASHIER.pin, _NEW, _NEW)
    expect_trouble(signed_in, "N2", within_s=150)
    signed_in.press("ENTER")
    signed_in.expect("修改密码", "密码已修改", within_s=60)
    signed_in.press("ENTER")
    signed_in.sign_out(_CHANGED)


def test_e3_neither_pin_is_anywhere_but_in_its_block(signed_in: Bench) -> None:
    """E1, E3: serial line, RTC memory and journal."""
    _menu(signed_in, "7")
    _type(signed_in, CASHIER.pin, _NEW, _NEW)
    signed_in.expect("密码已修改")
    note = next(note for note in signed_in.host.heard[signed_in.tid] if note.function == "801")
    blocks = tlv.unpack(note.fields["110"])
    assert set(blocks) == {"PB", "PN"}
    written = signed_in.board.serial + signed_in.board.rtc.memory + signed_in.region("journal")
    for pin in (CASHIER.pin, _NEW):
        assert pin.encode() not in written and bytes.fromhex(pin) not in written
    for block in blocks.values():
        assert block.encode() not in written and bytes.fromhex(block) not in written


def test_e4_a_supervisor_may_end_the_shift_of_another(signed_in: Bench) -> None:
    """E4, O2: key A at the PIN question; the host judges."""
    signed_in.sell("700")
    signed_in.press("MENU", "3")
    signed_in.expect("密码 操作员001", "A主管")
    signed_in.press("MENU")
    signed_in.expect("密码 操作员000")
    signed_in.press(*"135799", "ENTER")
    signed_in.expect("密码错误", "还可输入4次")
    signed_in.press("ENTER")
    signed_in.expect("密码 操作员000")
    signed_in.press(*SUPERVISOR.pin, "ENTER")
    signed_in.expect("合计")
    signed_in.confirm_sign_out()
    signed_in.expect("签退成功", within_s=60)
    assert signed_in.journal().state["approvals"] == 0


@pytest.mark.long
def test_e4_an_approval_outlives_a_lost_answer(signed_in: Bench) -> None:
    """E4, S3: the link is lost under the question and opened again; nobody types the PIN twice."""
    signed_in.sell("700")
    signed_in.host.faults.no_answer(signed_in.tid, on="0800/801")
    signed_in.press("MENU", "3")
    signed_in.expect("密码 操作员001", "A主管")
    signed_in.press("MENU")
    signed_in.expect("密码 操作员000")
    signed_in.press(*SUPERVISOR.pin, "ENTER")
    signed_in.expect("合计", within_s=60)


def test_e4_a_handover_outlives_a_lost_link(signed_in: Bench) -> None:
    """E4: what the host does not hear keeps nobody at the counter."""
    signed_in.host.faults.no_answer(signed_in.tid, on="0820/002")
    _menu(signed_in, "6")
    signed_in.expect("密码 操作员001")
    signed_in.host.faults.no_answer(signed_in.tid, on="0800/002")
    signed_in.press(*CASHIER.pin, "ENTER")
    signed_in.expect("换班", "请下一位操作员签到", within_s=60)


def test_e4_an_operator_hands_over_within_the_shift(signed_in: Bench) -> None:
    """E4, S4: message 8 with SO=O; the batch stays open for the next one."""
    signed_in.sell("700")
    _menu(signed_in, "6")
    signed_in.expect("密码 操作员001")
    signed_in.press(*CASHIER.pin, "ENTER")
    signed_in.expect("换班", "请下一位操作员签到")
    signed_in.expect("请签到")
    note = next(note for note in signed_in.host.heard[signed_in.tid] if note.function == "002")
    assert tlv.unpack(note.fields["62"])["SO"] == "O"
    assert "0500/201" not in signed_in.heard
    signed_in.sign_in(SUPERVISOR, "2")
    signed_in.expect("批次000001 共1笔")


def test_l6_a_supervisor_shortens_the_wait_after_wrong_pins(locked: Bench) -> None:
    """E2, L6: approved by the host, which forgives the operator too."""
    locked.enter_operator()
    for _ in range(3):
        locked.press(*"135799", "ENTER")
        locked.expect("密码错误")
        locked.press("ENTER")
    locked.expect("密码已锁定", "主管请按确认键")
    locked.press("ENTER")
    locked.expect("密码 操作员000")
    locked.press(*SUPERVISOR.pin, "ENTER")
    locked.expect("请签到")
    assert locked.journal().state["attempts"] == 0
    locked.sign_in()


def test_l6_a_supervisor_forgives_an_operator_whom_the_host_has_locked(locked: Bench) -> None:
    """E2, L6: key A on the message; the right PIN signs in at once."""
    locked.host.alter_books(
        "INSERT OR REPLACE INTO pin_guards (mid, number, failures, failures_since) VALUES (?, '001', 4, 4)",
        locked.mid,
    )
    locked.enter_operator()
    locked.press(*"135799", "ENTER")
    locked.expect("密码已锁定", "30分钟")
    locked.press("DOWN")
    locked.press("MENU")
    locked.expect("密码 操作员000")
    locked.press(*SUPERVISOR.pin, "ENTER")
    locked.expect("请签到")
    locked.sign_in()


def test_e2_a_supervisors_tries_wait_like_the_others(locked: Bench) -> None:
    """E2: the way out is no way round: three tries, then the wait, which outlives a restart."""
    locked.enter_operator()
    for _ in range(3):
        locked.press(*"135799", "ENTER")
        locked.expect("密码错误")
        locked.press("ENTER")
    locked.expect("密码已锁定")
    locked.press("ENTER")
    for left in (4, 3, 2):
        locked.expect("密码 操作员000")
        locked.press(*"135799", "ENTER")
        locked.expect("密码错误", f"还可输入{left}次")
        locked.press("ENTER")
    locked.expect("主管授权", "请等待")
    assert locked.journal().state["approvals"] == 3
    locked.board.cut_power()
    locked.start("密码已锁定")
    assert locked.board.run_until(lambda: locked.is_linked, 20_000)
    locked.press("ENTER")
    locked.expect("主管授权", "请等待")


def _make_wait(bench: Bench) -> None:
    """Three wrong PINs."""
    bench.enter_operator()
    for _ in range(3):
        bench.press(*"135799", "ENTER")
        bench.expect("密码错误")
        bench.press("ENTER")
    bench.expect("密码已锁定")


def _ask_support(bench: Bench) -> None:
    bench.press("MENU")
    bench.expect("功能菜单")
    bench.press("5")


def test_e2_the_hosts_word_ends_the_wait(locked: Bench) -> None:
    """E2, L6: told with the next status; operators and supervisors are forgiven."""
    _make_wait(locked)
    locked.press("ENTER")
    locked.expect("密码 操作员000")
    locked.press(*"135799", "ENTER")
    locked.expect("密码错误")
    locked.press("ENTER")
    locked.expect("密码 操作员000")
    locked.press("CANCEL")
    locked.expect("密码已锁定")
    locked.host.enrolment.unlock_terminal(locked.tid)
    _ask_support(locked)
    locked.expect("询问客服")
    assert (locked.journal().state["attempts"], locked.journal().state["approvals"]) == (0, 0)
    locked.press("ENTER")
    locked.expect("请签到", within_s=3)


def _is_owed(bench: Bench) -> bool:
    """Whether the host still has to tell that the tries are forgiven."""
    with closing(sqlite3.connect(bench.host.folder / "host.sqlite")) as books:
        row = books.execute("SELECT is_pin_freed FROM terminals WHERE tid = ?", (bench.tid,)).fetchone()
    return bool(row[0])


def test_e2_the_hosts_word_comes_again_when_it_was_lost(locked: Bench) -> None:
    """E2, L6, P4: with the status over the next connection, by itself; the desk gives the order once."""
    _make_wait(locked)
    locked.host.enrolment.unlock_terminal(locked.tid)
    locked.host.faults.cut(locked.tid, 9, "0800/301")
    _ask_support(locked)
    expect_trouble(locked, "N2")
    assert locked.host.faults.is_empty()
    assert locked.journal().state["attempts"] == 3
    assert locked.board.run_until(lambda: locked.journal().state["attempts"] == 0, 20_000)
    assert _is_owed(locked)
    locked.press("ENTER")
    locked.expect("请签到", within_s=5)
    assert locked.board.run_until(lambda: not _is_owed(locked), 70_000), "the next status shows that it was heard"
    locked.enter_operator()
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("签到成功")


@pytest.mark.long
def test_e4_an_administrator_takes_no_payments(locked: Bench) -> None:
    """E4, L3: the role's refusal, the same from key and menu."""
    admin = Person("099", "王芳", "803517")
    locked.host.enrolment.operator(locked.mid, admin.number, admin.name, admin.pin, role="9", must_change=False)
    locked.sign_in(admin)
    for keys in (["1"], ["MENU", "1"]):
        locked.press(*keys)
        locked.expect("不能使用", "您的角色不能使用")
        locked.press("ENTER")
        locked.expect("营业中")
