# SPDX-License-Identifier: MIT
"""The bench on the page: several terminals, lost power, a restarted simulator, the factory, the world around."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests_host.sim.stand import FIRST, Person, Simulator
from tools.host.host import Host

pytestmark = pytest.mark.long


def _tab(person: Person, tid: str) -> None:
    person.page.locator(f".tab[data-tid='{tid}']").click()
    person.page.locator(f".tab[data-tid='{tid}'][aria-selected=true]").wait_for()


def test_c5_two_terminals_at_once(person: Person) -> None:
    """C5: each has its own panel, keys and records; both work while either is looked at."""
    mine = person.tid
    person.page.locator("#add").click()
    person.page.locator(f".tab[aria-selected=true]:not([data-tid='{mine}'])").wait_for()
    other = person.tid
    person.is_ready(other)
    person.start()
    person.sign_in("000", "975310")
    _tab(person, mine)
    person.expect_dark()
    person.start()
    person.sign_in()
    person.sell("111")
    _tab(person, other)
    person.expect("操作员000", "共0笔")
    person.sell("222")
    person.host_shows("1 笔，共 2.22")
    _tab(person, mine)
    person.expect("操作员001", "共1笔")
    person.host_shows("1 笔，共 1.11")
    person.host_shows(mine)
    person.host_shows(other)


def test_o5_the_power_is_cut_and_comes_back(person: Person) -> None:
    """O5, S5: dark at once; back, it sleeps until the button is held, is locked, and has its sale."""
    person.start()
    person.sign_in()
    person.page.get_by_label("关", exact=True).check(force=True)
    person.sell("4200")
    person.expect("1笔待上传")
    person.page.locator("#supply", has_text="切断电源").click()
    person.expect_state("off")
    person.expect_dark()
    person.expect_light("灭")
    person.page.locator("#supply", has_text="恢复供电").click()
    person.expect_state("deepsleep")
    person.expect_dark()
    person.page.get_by_label("开", exact=True).check(force=True)
    person.start()
    person.sign_in(notice="")
    person.expect("共1笔")
    person.host_shows("1 笔，共 42.00")


def test_c5_a_restarted_simulator_keeps_flash_and_books(page: Page, tmp_path: Path) -> None:
    """C5: the page says that the line is lost, comes back by itself, and the terminal has its unsent sale."""
    with Simulator(tmp_path) as simulator:
        page.goto(simulator.url)
        person = Person(page)
        person.is_ready()
        person.start()
        person.sign_in()
        page.get_by_label("关", exact=True).check(force=True)
        person.sell("777")
        person.expect("1笔待上传")
        port = simulator.port
        assert simulator.stop() == 0
        page.locator("#lost", has_text="连接已断开").wait_for()
        page.locator("#line", has_text="未连接").wait_for()
        assert page.locator("#main").evaluate("main => main.inert")
        assert "MicroPython" not in page.locator("#log").inner_text()  # Ctrl-C was for the simulator, not for the chip
        simulator.start(port)
        page.locator("#lost").wait_for(state="hidden")
        person.is_ready()
        person.expect_state("deepsleep")
        person.start()
        person.sign_in(notice="")
        person.expect("共1笔")
        person.host_shows("1 笔，共 7.77")
    host = Host(f"sqlite:///{tmp_path / 'host.sqlite'}", tmp_path / "pki")
    assert [row.amount_minor for row in host.books.records(FIRST, 1)] == [777]
    host.close()


def test_c4_factory_new(person: Person) -> None:
    """C4: a terminal without identity says so; enrolled again it works, with the books it had at the host."""
    page, tid = person.page, person.tid
    page.locator("#renew-open").click()
    page.locator("#renew-provision").uncheck()
    page.locator("#renew button[value=yes]").click()
    person.is_renewed(2)
    person.expect("终端未初始化")  # it does not know its power button yet
    page.locator("#renew-open").click()
    assert tid in page.locator("#renew-title").inner_text()
    page.keyboard.press("Escape")  # the dialog's own: nothing happens
    page.locator("#renew").wait_for(state="hidden")
    person.expect("终端未初始化")
    page.locator("#renew-open").click()
    page.locator("#renew-provision").check()
    page.locator("#renew button[value=yes]").click()
    person.is_renewed(3)
    person.start()
    person.sign_in()


def test_c5_a_terminal_is_taken_off_the_bench(person: Person) -> None:
    """C5: its tab and its flash go, another tab opens; the last one stays."""
    page, tid, before = person.page, person.tid, person.page.locator(".tab").count()
    page.locator("#renew-open").click()
    page.locator("#renew button[value=remove]").click()
    page.locator(f".tab[data-tid='{tid}']").wait_for(state="detached")
    assert page.locator(".tab").count() == before - 1
    assert person.tid != tid
    person.expect_dark()


def test_c5_a_flash_file_that_is_none(page: Page, tmp_path: Path) -> None:
    """C5: a damaged file costs that terminal only; its tab says so, and it can be made new."""
    (tmp_path / f"{FIRST}.flash").write_bytes(b"nothing")
    with Simulator(tmp_path) as simulator:
        page.goto(simulator.url)
        person = Person(page)
        person.is_ready()
        page.locator("#toasts", has_text="终端出了问题").wait_for()
        page.locator("#renew-open").click()
        page.locator("#renew button[value=yes]").click()
        person.is_renewed(1)
        person.start()


def test_l1_an_empty_battery_locks(person: Person) -> None:
    """L1, P4: the slider is the battery."""
    person.page.locator("#volts").fill("3.2")
    person.page.locator("#volts-shown", has_text="3.20 V").wait_for()
    person.hold_power()
    person.expect("电量不足")
    person.page.reload()
    person.page.locator("#volts-shown", has_text="3.20 V").wait_for()
    person.expect("电量不足")


def test_c5_two_pages_show_the_same_terminal(person: Person, browser: Browser, simulator: Simulator) -> None:
    """C5: what one page does the other one sees, also in English; a page that goes lets go of its keys."""
    context = browser.new_context(locale="en-GB")
    other = Person(context.new_page())
    other.page.goto(simulator.url)
    _tab(other, person.tid)
    other.page.locator("#state", has_text="asleep").wait_for()
    person.start()
    other.expect("请签到")
    other.key("5").hover()
    other.page.mouse.down()
    person.page.locator(".key.held[data-key='5']").wait_for()
    context.close()
    person.page.locator(".key.held").wait_for(state="detached")
