# SPDX-License-Identifier: MIT
"""The sign-in 签到: one exchange, what it brings, what is told when it fails, and that it never outlasts a restart."""

import random
from collections.abc import Callable

import pytest

from tests_host.journeys.bench import OPENING, Bench
from tools.emulator.ocr import canonical
from tools.host.bundle import TerminalIdentity
from tools.play.tongues import reads
from tools.rig import CASHIER

_SIGN_IN = "0800/001"
_PAIRS = [bytes((lead, trail)) for lead in range(0xA1, 0xF8) for trail in range(0xA1, 0xFF)]
_GB2312 = "".join(pair.decode("gb2312", errors="ignore") for pair in _PAIRS)
_LATIN = "".join(chr(code) for code in [*range(0x21, 0x7F), *range(0xA1, 0x180)] if chr(code).isalnum())
_PATIENCE_S = 200  # three tries of 30 s each, with pauses


def _restarts() -> dict[str, Callable[[Bench], None]]:
    """Ways in which a terminal loses its RAM while it is at work."""

    def power(bench: Bench) -> None:
        bench.board.cut_power()
        bench.play("power on\npower hold 1600")

    def reset_pin(bench: Bench) -> None:
        bench.board.reset_button()
        bench.play("power hold 1600")

    def watchdog(bench: Bench) -> None:
        bench.board.watchdog.arm(1)
        bench.board.run(100)

    return {"power": power, "reset pin": reset_pin, "watchdog": watchdog}


def _identity(bench: Bench) -> TerminalIdentity:
    assert bench.identity is not None
    return bench.identity


def _turn_pages(bench: Bench, mark: str) -> str:
    """Press ENTER as long as the screen says `mark`; everything that stood between title and hint, without spaces."""
    seen = ""
    while bench.shows(mark):
        seen += "".join("".join(row.split()) for row in bench.board.panel.text()[2:-1])
        bench.press("ENTER")
        bench.board.run(300)
    return seen


def test_s1_the_menu_leads_to_the_sign_in_and_the_shift_is_asked(locked: Bench) -> None:
    """S1: by name in the menu; terminal number on the lock screen, shift recorded."""
    assert locked.shows(f"终端{locked.tid}")
    locked.press("MENU")
    locked.expect("功能菜单", "签到")
    locked.press("ENTER")
    locked.expect("操作员号")
    locked.press("1", "ENTER")
    locked.expect("班次")
    locked.press("3", "ENTER")
    locked.expect("密码 操作员001")
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("签到成功", "张伟", "第3班")
    locked.press("ENTER")
    locked.expect("营业中", "操作员001 班次3")


def test_s2_one_exchange_between_the_last_key_and_the_welcome(locked: Bench) -> None:
    """S2: and the handshake was over before the first key."""
    first_key_ms = locked.board.now_ms
    locked.enter_operator()
    heard = len(locked.heard)
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("签到成功")
    assert locked.heard[heard:] == [_SIGN_IN]
    assert locked.board.link.connects == 1
    assert len(locked.hellos) == 1 and locked.hellos[0] < first_key_ms


def test_s2_no_handshake_begins_while_somebody_types(provisioned: Bench) -> None:
    """S2, E1: the link comes up again only when the entry is over, and every key counts."""
    provisioned.start_linked()
    provisioned.enter_operator()
    provisioned.board.link.reset_connections()
    provisioned.press(*"2468")
    provisioned.board.run(20_000)
    assert provisioned.board.link.connects == 1
    provisioned.press(*"10", "ENTER")
    provisioned.expect("签到成功", within_s=30)
    assert provisioned.board.link.connects == 2


def test_e1_a_handshake_that_was_about_to_begin_waits_for_whoever_types(locked: Bench) -> None:
    """E1: nobody has typed for long, the line is gone; a key comes just when that has been announced."""
    board = locked.board
    assert board.run_until(lambda: locked.is_linked, 20_000)
    board.run(2000)
    before = board.link.connects
    board.link.reset_connections()
    assert board.run_until(lambda: locked.shows("正在连接主机"), 20_000)
    pressed_ms = board.now_ms
    board.keypad.press("MENU")
    assert board.run_until(lambda: locked.shows("1签到"), 1000)
    assert board.link.connects == before
    assert board.run_until(lambda: board.link.connects > before, 20_000)
    assert board.now_ms - pressed_ms > 1400


def test_s2_the_request_says_who_where_and_what(locked: Bench) -> None:
    """S2: versions, shift and journal count; the PIN only as a block under key set 00."""
    locked.sign_in(shift="2")
    fields = next(note.fields for note in locked.host.heard[locked.tid] if note.what == _SIGN_IN)
    assert (fields["41"], fields["42"].strip(), fields["63"]) == (locked.tid, locked.mid, CASHIER.number)
    assert fields["53"] == "0000040500000000"
    for tag in (f"SN{len(_identity(locked).serial):03d}{_identity(locked).serial}", "SH0012", "JN0010", "NV0040000"):
        assert tag in fields["62"]
    assert fields["110"].startswith("PB032")


def test_s2_batch_time_and_keys_come_from_the_host(provisioned: Bench) -> None:
    """S2: a clock half an hour off is set; what follows is under the new key set."""
    provisioned.host.world.shift_s = 1800
    provisioned.start_linked()
    provisioned.sign_in()
    assert abs((provisioned.board.rtc.now - provisioned.host.world()).total_seconds()) <= 2
    assert provisioned.journal().state["batch"] == 1
    assert provisioned.shows("09:30")
    provisioned.sell("100")
    assert provisioned.uploaded(1)
    assert provisioned.host.heard[provisioned.tid][-1].fields["53"][:2] == "01"


def test_s3_no_answer_is_repeated_then_told_and_tried_again_on_request(locked: Bench) -> None:
    """S3: repeats are xxx1 with the same STAN, before and after the operator's ENTER, so no try is burnt."""
    locked.enter_operator()
    locked.board.link.swallow = "down"
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("正在签到", "第1次重试", "第2次重试", within_s=80)
    locked.expect("N2", "主机没有应答", "请稍后重试", within_s=80)
    assert locked.journal().state["code"] == 0
    locked.board.link.swallow = False
    locked.press("ENTER")
    locked.expect("客服400-000-0000")
    locked.press("ENTER")
    locked.expect("签到成功", within_s=40)
    asked = [note for note in locked.host.heard[locked.tid] if note.function == "001"]
    assert [note.mti for note in asked] == ["0800"] + ["0801"] * (len(asked) - 1)
    assert len({(note.stan, note.fields["7"]) for note in asked}) == 1
    assert [attempt.result for attempt in locked.host.books.sign_ins(locked.tid)] == ["00"]


def test_s3_declined_after_a_failure_nothing_is_half_stored(locked: Bench) -> None:
    """S3: no answer, cancel: the terminal is locked as before, also after a restart."""
    locked.enter_operator()
    before = locked.journal().state
    locked.board.link.swallow = True
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("主机没有应答", within_s=_PATIENCE_S)
    locked.press("CANCEL")
    locked.expect("请签到")
    after = locked.journal().state
    assert {name for name in after if after[name] != before[name]} <= {"attempts", "stan_limit"}
    locked.board.link.swallow = False
    locked.restart()
    locked.sign_in()


def test_s4_notices_are_shown_whole_and_must_be_acknowledged(locked: Bench) -> None:
    """S4: message 11 until there are none; no other key leads past it; the next request says what was read."""
    enrolment = locked.host.enrolment
    first = enrolment.notice(
        "停电通知", "今晚十点至十一点停电，请提前签退并关机，不便之处敬请谅解。谢谢！", tid=locked.tid
    )
    second = enrolment.notice("第二条", "已读", tid=locked.tid)
    locked.enter_operator()
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("签到成功")
    locked.press("ENTER")
    locked.expect("停电通知", "今晚十点至十一点停电")
    assert locked.shows("确认键翻页")
    locked.press("CANCEL", "1", "MENU", "CLEAR")
    locked.board.run(40_000)
    assert locked.shows("停电通知")
    locked.press("ENTER", "ENTER")
    locked.expect("第二条", "确认键表示已读")
    locked.press("ENTER")
    locked.expect("营业中")
    assert locked.journal().state["notice"] == second > first
    assert locked.heard.count("0800/811") == 3
    locked.board.run(70_000)  # the next echo confirms
    assert locked.host.books.terminal(locked.tid).notice_version == second


def test_s4_a_host_that_fails_over_a_notice_does_not_hold_up_the_shop(locked: Bench) -> None:
    """S4, L6: refused now, shown after the next echo."""
    locked.host.enrolment.notice("停电通知", "今晚", tid=locked.tid)
    locked.host.faults.answer(locked.tid, "96", on="0800/811")
    locked.sign_in()
    locked.sell("100")
    locked.expect("停电通知", within_s=70)


def test_s4_the_longest_texts_of_the_profile_are_shown_whole(locked: Bench) -> None:
    """S4: title of 32 bytes, body of 600, operator's name of 30; page by page, nothing is cut off."""
    title, body = "Power off tonight, ten to eleven", "0123456789 abcdefgh. " * 28
    locked.host.enrolment.notice(title, body.strip(), tid=locked.tid)
    locked.host.enrolment.operator(locked.mid, "005", "Anna-Maria Schwarzenegger-Wong", "864209", must_change=False)
    locked.enter_operator("005")
    locked.press(*"864209", "ENTER")
    locked.expect("签到成功")
    seen = _turn_pages(locked, "签到成功")
    assert "Schwarzenegger-Wong" in seen
    assert reads(seen, "第1班")
    seen = _turn_pages(locked, "确认键")
    assert title.replace(" ", "") in seen
    assert body.replace(" ", "") in seen
    locked.expect("营业中")


def _of_600_bytes(letters: str) -> str:
    chosen = random.Random(letters)
    body = ""
    while len((more := body + chosen.choice(letters)).encode()) <= 600:
        body = more
    return body


@pytest.mark.parametrize(
    "letters", [_GB2312, _LATIN + 60 * " ", _GB2312 + 20 * (_LATIN + 60 * " ")], ids=["gb2312", "latin", "both"]
)
def test_s4_any_text_of_600_bytes_is_shown_without_loss(locked: Bench, letters: str) -> None:
    """S4: whatever GB 2312 or the languages of Europe have, read back from the panel."""
    body = _of_600_bytes(letters)
    locked.host.enrolment.notice("Notice", body, tid=locked.tid)
    locked.enter_operator()
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("签到成功")
    _turn_pages(locked, "签到成功")
    assert _turn_pages(locked, "确认键") == "".join(canonical(body).split())


def test_s4_the_host_records_who_signed_in_where_when_and_on_which_shift(locked: Bench) -> None:
    """S4: and the terminal is open: light green, lock icon gone, functions active."""
    locked.sign_in(shift="2")
    [entry] = locked.host.books.sign_ins(locked.tid)
    assert (entry.operator, entry.operator_name, entry.shift, entry.result) == ("001", "张伟", "2", "00")
    assert 0 <= (entry.at - OPENING).total_seconds() < 60
    locked.play("led steady green")
    assert "lock" not in locked.icons
    locked.sell("100")
    locked.press("MENU", "2")
    locked.expect("本批合计", "笔数1")


def test_s4_the_last_sign_in_is_told(locked: Bench) -> None:
    """S4: so that somebody who was not there notices."""
    locked.sign_in()
    locked.restart()
    locked.enter_operator()
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("签到成功", "上次11-20 09:00")


def test_s4_maintenance_ordered_meanwhile_follows_the_welcome(locked: Bench) -> None:
    """S2, L1: LK 2 in the answer; signed in, and locked all the same."""
    locked.enter_operator()
    locked.host.enrolment.control_terminal(locked.tid, lock_level=2)
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("签到成功")
    locked.press("ENTER")
    locked.expect("系统维护中")
    locked.play("led blink yellow")


@pytest.mark.parametrize("kind", ["power", "reset pin", "watchdog"])
def test_s5_after_every_restart_the_terminal_is_locked_again(signed_in: Bench, kind: str) -> None:
    """S5: batch, journal and books are kept; the same batch goes on after the next sign-in."""
    signed_in.sell("1250")
    assert signed_in.uploaded(1)
    kept = signed_in.journal()
    _restarts()[kind](signed_in)
    signed_in.expect("请签到")
    signed_in.play("led steady red")
    assert "lock" in signed_in.icons
    assert signed_in.journal().transactions == kept.transactions
    assert signed_in.board.run_until(lambda: signed_in.is_linked, 20_000)
    signed_in.press("MENU", "2")
    signed_in.expect("请先签到")
    signed_in.press("ENTER")
    signed_in.expect("终端已锁定")
    signed_in.sign_in()
    signed_in.expect("批次000001 共1笔")
    assert signed_in.differences(1) == []
