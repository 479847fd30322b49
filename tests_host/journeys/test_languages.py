# SPDX-License-Identifier: MIT
"""The terminal in English and in traditional Chinese, and the change of language at any time (W5)."""

from functools import partial

import pytest

from tests_host.journeys.bench import Bench
from tests_host.serial import terminals
from tools.play.tongues import LANGUAGE, catalogue
from tools.rig import CASHIER, SUPERVISOR


def _sell(bench: Bench, asked: tuple[str, ...], ready: tuple[str, ...], sold: tuple[str, ...]) -> None:
    """From the lock screen through the sign-in to one cash sale; the words of each screen on the way."""
    for keys, words in zip(("", "1", "1", CASHIER.pin), asked, strict=True):
        bench.press(*keys, "ENTER")
        bench.expect(words)
    bench.press("ENTER")
    bench.expect(*ready)
    for pressed, words in zip((["1"], [*"250", "ENTER"], ["ENTER"]), sold, strict=True):
        bench.press(*pressed)
        bench.expect(words)


def test_w5_a_whole_day_in_english(fresh: Bench) -> None:
    """W5: lock, sign-in, sale, totals, sign-out, as provisioned."""
    fresh.provisioned(language="en")
    fresh.play("power on\npower hold 1600")
    fresh.expect("Welcome", "Please sign in", "Terminal locked", "ENTER sign in MENU")
    assert fresh.board.run_until(lambda: fresh.is_linked, 20_000)
    _sell(
        fresh,
        ("Operator number", "Shift 1-9", "PIN of operator 001", "Signed in"),
        ("Ready", "Operator 001 shift 1"),
        ("Cash sale", "Amount", "Sale recorded"),
    )
    fresh.press("ENTER", "MENU", "3")
    fresh.expect("PIN of operator 001")
    fresh.press(*CASHIER.pin, "ENTER")
    fresh.expect("Batch totals", "Count 1", "Amount 2.50")
    fresh.press("ENTER")
    fresh.expect("Close the batch?")
    fresh.press("ENTER")
    fresh.expect("DO NOT POWER OFF", "Signed out")
    fresh.play("asleep")
    assert fresh.differences(1) == []


def test_w5_refusals_and_failures_in_english(fresh: Bench) -> None:
    """W5, L3, P4: reasons and what to do."""
    fresh.provisioned(language="en")
    fresh.play("wifi off")
    fresh.start("Please sign in")
    fresh.press("MENU", "2")
    fresh.expect("Not available", "Please sign in first")
    fresh.press("ENTER")
    fresh.expect("Terminal locked")
    fresh.press("ENTER")
    fresh.expect("W1", "Wi-Fi not found", "Check router, retry")


_HELD = "hold UP 900 ms"
_ORDER = ("zh", "en", "zh-Hant")


def _shows(bench: Bench, text: str) -> bool:
    return text in bench.screen


def _expect_in(bench: Bench, turns: int, *keys: str) -> None:
    """Texts of the catalogue, in the language that so many changes lead to."""
    words = catalogue(_ORDER[(_ORDER.index(LANGUAGE) + turns) % len(_ORDER)])
    for key in keys:
        text = "".join(words[key].format("001", "1").split())
        assert bench.board.run_until(partial(_shows, bench, text), 5000), f"{text}: {bench.screen}"


def test_w5_the_language_changes_on_any_screen_while_up_is_held(signed_in: Bench) -> None:
    """W5: on the screen that stands there, with what it holds; from one language to the next, and kept."""
    signed_in.play(_HELD)
    _expect_in(signed_in, 1, "ready", "ready.line")
    signed_in.press("1")
    _expect_in(signed_in, 1, "amount.title")
    signed_in.press(*"1234")
    signed_in.play(_HELD)
    _expect_in(signed_in, 2, "amount.title")
    signed_in.expect("12.34")
    signed_in.press("ENTER")
    _expect_in(signed_in, 2, "amount.confirm")
    signed_in.play(_HELD)
    _expect_in(signed_in, 3, "amount.confirm", "hint.confirm")
    signed_in.expect("12.34")
    signed_in.press("ENTER")
    _expect_in(signed_in, 3, "sale.done")
    signed_in.play(_HELD)
    _expect_in(signed_in, 4, "sale.done")
    signed_in.expect("12.34")
    signed_in.press("ENTER", "MENU")
    _expect_in(signed_in, 4, "menu")
    signed_in.play(_HELD)
    _expect_in(signed_in, 5, "menu")
    signed_in.press("CANCEL")
    _expect_in(signed_in, 5, "ready")
    signed_in.play("cut power\npower on\npower hold 1600")
    _expect_in(signed_in, 6, "lock.sign_in")


def test_w5_a_pin_that_is_typed_outlives_the_change(locked: Bench) -> None:
    """W5, E1: the masked digits stay, and nothing but the language is another one."""
    locked.enter_operator()
    locked.press(*CASHIER.pin[:3])
    locked.play(_HELD)
    _expect_in(locked, 1, "pin.title")
    locked.expect("***")
    locked.press(*CASHIER.pin[3:], "ENTER")
    _expect_in(locked, 1, "sign_in.done")


def test_w5_a_notice_stays_as_it_was_written(locked: Bench) -> None:
    """W5, S4: the hint changes; somebody's own words, however many and whatever they look like, do not."""
    body = "End of day: 2 of 3 tills close at 9. " * 16
    locked.host.enrolment.notice("Notice", body.strip(), tid=locked.tid)
    locked.enter_operator()
    locked.press(*CASHIER.pin, "ENTER")
    _expect_in(locked, 0, "sign_in.done")
    locked.press("ENTER")
    locked.expect("End of day")
    locked.play(_HELD)
    _expect_in(locked, 1, "hint.more")
    assert "Endofday:2of3tills" in locked.screen
    assert locked.journal().state["operator"] == int(CASHIER.number)


def test_w5_a_sale_in_traditional_chinese(fresh: Bench) -> None:
    """W5: as provisioned; every character is the font's own."""
    fresh.provisioned(language="zh-Hant")
    fresh.start_linked("請簽到")
    _sell(
        fresh,
        ("操作員編號", "班次 1-9", "密碼 操作員001", "簽到成功"),
        ("營業中", "操作員001 班次1"),
        ("現金收款", "收款金額", "收款成功"),
    )


def test_w5_the_language_is_chosen_at_the_lock_screen_and_stays(locked: Bench) -> None:
    """W5: from a list in which each stands in its own words and the one in use is marked; also after a restart."""
    locked.press("MENU", "6")
    locked.expect("语言 Language", "简体中文", "English", "繁體中文")
    locked.press("2")
    locked.expect("Please sign in")
    locked.restart("Please sign in")
    locked.press("MENU", "6")
    locked.expect("Language", "简体中文", "English", "繁體中文")
    locked.press("DOWN", "ENTER")
    locked.expect("請簽到")
    locked.press("MENU", "6", "CANCEL")
    locked.expect("請簽到")


def _sign_in(bench: Bench, operator: str, pin: str, words: str) -> None:
    bench.expect(words)
    bench.press("ENTER")
    bench.expect("操作员号")
    bench.press(*operator, "ENTER")
    bench.expect("班次 1-9")
    bench.press("1", "ENTER")
    bench.expect("密码 操作员")
    bench.press(*pin, "ENTER")


def test_w5_each_operator_has_a_language(signed_in: Bench) -> None:
    """W5: chosen at work without touching the shift; the next one is spoken to as before, the terminal is nobody's."""
    signed_in.press("MENU", "5", "2")
    signed_in.expect("Ready", "Operator 001 shift 1")
    signed_in.press("MENU")
    signed_in.expect("Cash sale", "Totals", "Sign out")
    signed_in.press("6")
    signed_in.expect("PIN of operator 001")
    signed_in.press(*CASHIER.pin, "ENTER")
    _sign_in(signed_in, "0", SUPERVISOR.pin, "请签到")
    signed_in.expect("签到成功")
    signed_in.press("ENTER")
    signed_in.expect("营业中", "操作员000")
    signed_in.restart("请签到")
    assert signed_in.board.run_until(lambda: signed_in.is_linked, 20_000)
    _sign_in(signed_in, "1", CASHIER.pin, "请签到")
    signed_in.expect("Signed in")


def test_w5_a_damaged_list_of_languages_keeps_nobody_out(locked: Bench) -> None:
    """W5: whoever is not found there has the terminal's."""
    locked.board.cut_power()
    locked.board.exec("import esp32\nnvs = esp32.NVS('qiandao')\nnvs.set_blob('tongues', b'\\x09' * 100)\nnvs.commit()")
    locked.start_linked()
    _sign_in(locked, "1", CASHIER.pin, "请签到")
    locked.expect("签到成功")


@pytest.mark.long
def test_w5_a_choice_that_cannot_be_kept_is_told(provisioned: Bench) -> None:
    """W5, O4: NVS takes nothing any more; the shift goes on in the language that it had."""
    terminals.deploy(provisioned, "firmware/tongue.py", "nvs.commit()", "raise OSError(-0x1105)")
    provisioned.start_linked()
    provisioned.sign_in()
    provisioned.press("MENU", "5", "2")
    provisioned.expect("C3 操作未完成", "存储写入失败")
    provisioned.press("ENTER")
    provisioned.expect("客服")
    provisioned.press("ENTER")
    provisioned.expect("营业中")
