# SPDX-License-Identifier: MIT
"""The page's own behaviour: keys that never stick, the computer's keyboard, two languages, names for those who listen,
wrong things typed.
"""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests_host.sim.stand import Person, Simulator

pytestmark = pytest.mark.long


def _held(person: Person) -> Locator:
    return person.page.locator(".key.held, .power.held")


def _let_go(person: Person) -> None:
    _held(person).first.wait_for(state="detached")
    assert person.page.locator(".key.down, .power.down").count() == 0


def test_p1_a_short_press_lights_nothing(person: Person) -> None:
    """P1: back to sleep; the button is seen to go down and up."""
    power = person.page.locator("#power")
    power.hover()
    person.page.mouse.down()
    person.page.locator(".power.held").wait_for()
    person.page.mouse.up()
    _let_go(person)
    person.expect_state("deepsleep")
    person.expect_dark()


def test_c5_no_key_sticks(person: Person) -> None:
    """C5: whatever the pointer or the page does, what went down comes up; Shift and a click latches on purpose."""
    page, key = person.page, person.key("5")
    key.hover()
    page.mouse.down()
    _held(person).wait_for()
    page.mouse.move(5, 5)  # away, and let go elsewhere
    expect(_held(person)).to_have_count(1)
    page.mouse.up()
    _let_go(person)

    key.hover()
    page.mouse.down()
    _held(person).wait_for()
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    _let_go(person)
    page.mouse.up()

    page.keyboard.down("7")
    page.locator(".key.held[data-key='7']").wait_for()
    page.locator("#line-input").focus()
    page.keyboard.up("7")
    _let_go(person)

    key.click(modifiers=["Shift"])
    expect(_held(person)).to_have_attribute("data-key", "5")
    key.click(modifiers=["Shift"])
    _let_go(person)

    person.key("8").focus()
    page.keyboard.down("Space")
    page.locator(".key.held[data-key='8']").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.up("Space")
    _let_go(person)


def test_e1_the_keyboard_and_wrong_things_typed(person: Person) -> None:
    """E1, E2: digits, Enter, Backspace and Escape; a wrong PIN says so, and is nowhere to be read."""
    page = person.page
    page.keyboard.down("p")
    page.locator("#panel[data-lit=true]").wait_for()
    page.keyboard.up("p")
    person.expect("请签到")
    person.expect_linked()
    page.keyboard.press("Enter")
    person.expect("操作员号")
    page.keyboard.type("0091")
    person.expect("009")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.type("001")
    page.keyboard.press("Enter")
    person.expect("班次")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    person.expect("密码 操作员")
    page.keyboard.type("135791")
    assert not {"1", "3", "5", "7", "9"} & set("".join(person.reads()[1:]))
    page.keyboard.press("Enter")
    person.expect("密码错误", "还可输入4次")
    person.host_shows("密码错误")
    page.keyboard.press("Enter")
    person.expect("密码 操作员")
    page.keyboard.press("Escape")
    person.expect("请签到")
    assert "135791" not in page.locator("#log").inner_text()


def test_c5_the_serial_line(person: Person) -> None:
    """C5: a line reaches the console and not the keypad; one that is too long is refused; then the keys work again."""
    page = person.page
    person.start()
    page.locator("#line-input").fill("@status")
    page.locator("#line-input").press("Enter")
    page.locator("#log", has_text='"re": "status"').wait_for()
    person.expect("请签到")
    page.locator("#line-input").fill("签" * 40)
    page.locator("#line-input").press("Enter")
    page.locator("#toasts", has_text="这一行太长").wait_for()
    page.locator("#device").focus()
    page.keyboard.press("m")
    person.expect("功能菜单")


def test_w5_two_languages(page: Page, simulator: Simulator) -> None:
    """W5: the page's words change at once, and are remembered; nothing is left without words."""
    page.goto(simulator.url)
    person = Person(page)
    person.is_ready()
    assert page.locator("#supply").inner_text() == "切断电源"
    page.locator("#language").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("#supply").inner_text() == "Cut power"
    page.locator("#state", has_text="asleep").wait_for()
    page.reload()
    person.is_ready()
    assert page.locator("#supply").inner_text() == "Cut power"
    page.locator("#help-open").click()
    page.locator("#help", has_text="Backspace").wait_for()
    page.keyboard.press("Enter")
    page.locator("#help").wait_for(state="hidden")
    page.locator("#scan").click()
    page.locator("#phone-says", has_text="No code on the display").wait_for()
    empty = (
        "[...document.querySelectorAll('[data-t]')].filter(e => !e.textContent.trim() || e.textContent === e.dataset.t)"
    )
    assert page.evaluate(f"{empty}.length") == 0


def test_c5_everything_has_a_name(person: Person) -> None:
    """C5: each control says what it is, and the panel's words are read out, for those who do not see them."""
    page = person.page
    nameless = """[...document.querySelectorAll('button, input, canvas[role], [role=img]')].filter(e =>
        !(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim() || e.title))"""
    assert page.evaluate(f"({nameless}).map(e => e.outerHTML)") == []
    for name in ("功能", "取消", "清除", "确认", "上", "下", "电源（按住）", "0", "9"):
        page.get_by_role("button", name=name, exact=True).first.wait_for()
    person.hold_power()
    page.locator("#screen-text", has_text="请签到").wait_for(state="attached")
    page.get_by_role("img", name="指示灯：红常亮").wait_for()


def test_c5_it_fits_small_screens(page: Page, simulator: Simulator) -> None:
    """C5: nothing sticks out sideways on a telephone, and the panel's pixels stay whole."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(simulator.url)
    Person(page).is_ready()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#panel").evaluate("canvas => canvas.width % 128") == 0
