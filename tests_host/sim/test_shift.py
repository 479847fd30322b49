# SPDX-License-Identifier: MIT
"""A person's shift on the page, by clicking: from the first hold of the power button to the terminal asleep."""

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page

from tests_host.sim.stand import ROOT, Person, Simulator

pytestmark = pytest.mark.long

_MORNING: Final = "2026-03-02T00:55:00Z"  # 08:55 in the shop


def test_c5_a_shift_by_clicking(page: Page, pictures: Path) -> None:
    """C5: every step of P1, L1, L3, S1-S4, W2, O1-O6 as a person sees it; the page reloaded in the middle."""
    with Simulator(ROOT / "build" / "pictures" / "sim", "--new", "--clock", _MORNING) as simulator:
        page.goto(simulator.url)
        person = Person(page)
        person.is_ready()
        _to_work(person)
        person.sell("1234")
        person.host_shows("12.34")
        person.sell("8800")
        person.expect("共2笔")
        before = person.reads()

        page.reload()
        person.expect("营业中")
        assert person.reads() == before
        person.sell("560")
        person.host_shows("3 笔，共 105.94")
        page.locator("#scan").click()
        page.locator("#phone-says", has_text="屏幕上没有收款码").wait_for()
        page.locator("#log", has_text="advice").wait_for()
        page.mouse.move(5, 400)
        page.screenshot(path=pictures / "sim.png")

        _to_bed(person)
        person.host_shows("上一批次 000001：3 笔，105.94 已平账")
        assert simulator.stop() == 0
        assert simulator.output.strip() == "Stopped."


def _to_work(person: Person) -> None:
    """From the terminal asleep to the ready screen, with a look at the lock."""
    person.expect_state("deepsleep")
    person.expect_dark()
    person.start()
    person.expect_light("红常亮")
    person.press("MENU", "2")
    person.expect("请先签到")
    person.press("ENTER")
    person.expect("终端已锁定")
    person.sign_in()
    person.expect_light("绿常亮")
    person.host_shows("001 张伟")


def _to_bed(person: Person) -> None:
    """Totals, sign-out, sleep."""
    person.press("MENU")
    person.expect("功能菜单")
    person.press("2")
    person.expect("笔数 3", "105.94")
    person.press("ENTER")
    person.expect("营业中")
    person.press("MENU", "3")
    person.expect("密码 操作员001")
    person.press(*"246810", "ENTER")
    person.expect("本批合计")
    person.press("ENTER")
    person.expect("结束营业")
    person.press("ENTER")
    person.expect("签退成功")
    person.expect_dark()
    person.expect_state("deepsleep")
