# SPDX-License-Identifier: MIT
"""The PIN: typed masked, corrected, given up, timed out, refused; and where it must never be found (E1, E2, E4)."""

import pytest

from tests_host.journeys.bench import Bench
from tools.emulator import flash
from tools.host import tlv
from tools.host.models import SignIn
from tools.rig import CASHIER, SUPERVISOR


def _digits(bench: Bench) -> str:
    """What stands in the entry's two rows."""
    rows = bench.board.panel.text()
    return rows[-2] if len(rows) > 2 else ""


def _attempts(bench: Bench) -> list[SignIn]:
    return bench.host.books.sign_ins(bench.tid)


def _type_pin(bench: Bench, pin: str, *answer: str) -> None:
    bench.press(*pin, "ENTER")
    bench.expect(*answer)


def _wait_for_the_next_try(bench: Bench) -> None:
    """The PIN question again, after the terminal's own wait if there is one."""
    bench.board.run(500)
    if bench.shows("请等待"):
        bench.expect("请签到", within_s=901)
    if bench.shows("请签到"):
        bench.enter_operator()
    bench.expect("密码 操作员")


def _outside(bench: Bench) -> bytes:
    """All flash but `nvs` and `journal`: code, glyphs, partition table."""
    image = bench.board.flash.read(0, flash.SIZE)
    nvs, journal = bench.board.regions["nvs"], bench.board.regions["journal"]
    return image[: nvs.start] + image[nvs.start + nvs.size : journal.start] + image[journal.start + journal.size :]


def _traces(secret: bytes) -> list[bytes]:
    return [secret, secret.hex().encode(), secret.hex().upper().encode()]


def test_e1_the_display_shows_asterisks_only(locked: Bench) -> None:
    """E1: one for each digit; the pixels are the same whatever was typed."""
    pictures = []
    for pin in ("246810", "135799"):
        locked.enter_operator()
        for count in range(1, 7):
            locked.press(pin[count - 1])
            assert _digits(locked) == "*" * count
        pictures.append(locked.board.panel.pixels)
        locked.press("CANCEL")
        locked.expect("请签到")
    assert pictures[0] == pictures[1]


def test_e1_clear_takes_one_digit_and_long_clear_all(locked: Bench) -> None:
    """E1: corrections count: the PIN signs in after them."""
    locked.enter_operator()
    locked.press("9", "9", "9", "CLEAR")
    assert _digits(locked) == "**"
    locked.board.keypad.press("CLEAR", down_ms=1000)
    assert _digits(locked) == "_"
    locked.press("2", "4", "5", "CLEAR")
    _type_pin(locked, "6810", "签到成功")


@pytest.mark.parametrize("place", ["操作员号", "班次", "密码"])
def test_e1_cancel_leads_back_to_the_lock_screen(locked: Bench, place: str) -> None:
    """E1, S3: from each question; nothing was sent, nothing counted."""
    heard, before = list(locked.heard), locked.journal().state
    locked.press("ENTER")
    locked.expect("操作员号")
    if place != "操作员号":
        locked.press("0", "0", "1", "ENTER")
    if place == "密码":
        locked.press("1", "ENTER")
        locked.press("2", "4", "6", "8", "1", "0")
    locked.expect(place)
    locked.press("CANCEL")
    locked.expect("请签到")
    assert locked.heard == heard
    assert locked.journal().state == before


def test_e1_an_entry_left_alone_times_out(locked: Bench) -> None:
    """E1: 30 s after the last key; half a PIN is gone with it."""
    locked.enter_operator()
    locked.press("2", "4", "6")
    locked.board.run(29_000)
    assert _digits(locked) == "***"
    locked.press("8")
    locked.board.run(29_000)
    assert _digits(locked) == "****"
    locked.expect("请签到", within_s=3)


def test_e1_a_pin_has_four_to_twelve_digits(locked: Bench) -> None:
    """E1: ENTER waits for the fourth, a thirteenth is not taken."""
    locked.enter_operator()
    locked.press("2", "4", "6", "ENTER")
    locked.board.run(500)
    assert _digits(locked) == "***"
    locked.press(*"8101357913579")
    assert "".join(_digits(locked).split()) == "*" * 12
    assert locked.heard.count("0800/001") == 0


def test_e1_no_trace_of_pin_or_keys(locked: Bench) -> None:
    """E1: PIN, PIN block and keys are in no output, no flash region but nvs and no RTC memory, wrong PIN included."""
    before = _outside(locked)
    locked.enter_operator()
    _type_pin(locked, "97531908", "密码错误")
    locked.press("ENTER")
    _type_pin(locked, CASHIER.pin, "签到成功")
    locked.press("ENTER")
    locked.expect("营业中")
    locked.sell("100")
    locked.sign_out()
    assert _outside(locked) == before
    asked = [note for note in locked.host.heard[locked.tid] if "110" in note.fields]
    blocks = [bytes.fromhex(tlv.unpack(note.fields["110"])["PB"]) for note in asked]
    assert len(blocks) == 2
    identity = locked.identity
    assert identity is not None
    written = locked.board.serial + locked.board.rtc.memory + locked.region("journal")
    for secret in (*blocks, identity.tmk, identity.tak0, identity.tpk0):
        assert not [trace for trace in _traces(secret) if trace in written]
    for pin in ("97531908", CASHIER.pin):
        assert pin.encode() not in written
        assert bytes.fromhex(pin) not in written


def test_e1_typed_ahead_in_one_go_nothing_is_lost(locked: Bench) -> None:
    """E1: thirteen keys faster than any screen asks for them."""
    keys = ["ENTER", *CASHIER.number, "ENTER", "1", "ENTER", *CASHIER.pin, "ENTER"]
    locked.board.keypad.press(*keys, down_ms=30, gap_ms=40)
    locked.expect("签到成功")
    assert [attempt.result for attempt in _attempts(locked)] == ["00"]


@pytest.mark.long
def test_e2_a_wrong_pin_tells_the_tries_left_by_the_hosts_count(locked: Bench) -> None:
    """E2: five, then locked for minutes; the right PIN does not help until the host says so (L6)."""
    locked.enter_operator()
    for left in (4, 3, 2, 1):
        _type_pin(locked, "1357", "密码错误", f"还可输入{left}次")
        locked.press("ENTER")
        _wait_for_the_next_try(locked)
    _type_pin(locked, "1357", "密码已锁定", "请30分钟后再试或找主管")
    locked.press("ENTER")
    _wait_for_the_next_try(locked)
    _type_pin(locked, CASHIER.pin, "密码已锁定")
    locked.host.enrolment.unlock_operator(locked.mid, CASHIER.number)
    locked.press("ENTER")
    _wait_for_the_next_try(locked)
    _type_pin(locked, CASHIER.pin, "签到成功")
    assert [attempt.result for attempt in _attempts(locked)] == ["55"] * 4 + ["75"] * 2 + ["00"]


def test_e2_each_try_is_counted_in_flash_before_it_is_sent(locked: Bench) -> None:
    """E2: a power cut between key and answer takes no try back."""
    locked.enter_operator()
    for tries in (1, 2):
        locked.board.link.swallow = True
        locked.press(*"135799", "ENTER")
        locked.expect("正在签到")
        assert locked.journal().state["attempts"] == tries
        locked.board.link.swallow = False
        locked.expect("密码错误")
        locked.press("ENTER")
        locked.expect("密码 操作员")
    locked.restart()
    assert locked.journal().state["attempts"] == 2


def test_e2_failures_are_told_to_the_next_one_who_signs_in(locked: Bench) -> None:
    """E2, S4: how many there were, by whomever."""
    locked.enter_operator()
    _type_pin(locked, "1357", "密码错误")
    locked.press("ENTER")
    locked.expect("密码 操作员")
    _type_pin(locked, CASHIER.pin, "签到成功", "第1班")
    assert locked.shows("其间密码错误1次")


def test_e2_a_disabled_operator_is_sent_to_the_supervisor(locked: Bench) -> None:
    """E2, S3: answer 62."""
    locked.host.enrolment.enable_operator(locked.mid, CASHIER.number, False)
    locked.enter_operator()
    _type_pin(locked, CASHIER.pin, "H62", "操作员被停用", "请找主管")


def test_e2_a_barred_terminal_is_told_at_the_sign_in(locked: Bench) -> None:
    """E2, S3: answer 58 between key and welcome."""
    locked.enter_operator()
    locked.host.enrolment.control_terminal(locked.tid, is_barred=True)
    _type_pin(locked, CASHIER.pin, "H58", "终端被停用", "请联系客服")


def test_e2_an_unknown_operator_looks_like_a_wrong_pin(locked: Bench) -> None:
    """E2: nobody learns who exists."""
    locked.enter_operator("098")
    _type_pin(locked, "135799", "密码错误", "操作员或密码错误")


def test_e4_the_role_is_the_hosts_word(locked: Bench) -> None:
    """E4: the supervisor signs in as such."""
    locked.sign_in(SUPERVISOR, "2")
    state = locked.journal().state
    assert (state["operator"], state["role"], state["shift"]) == (0, 1, 2)
