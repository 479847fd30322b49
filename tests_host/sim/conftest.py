# SPDX-License-Identifier: MIT
"""Fixtures of the page's tests: one Chromium and one running simulator for each worker, a page for each test.

A page that complains in its console fails its test.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests_host.sim.stand import Person, Simulator
from tools.setup import chromium
from tools.setup.debian import SetupError

_VIEW: Final = ViewportSize(width=1440, height=900)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless. Playwright keeps a loop in this thread: it is gone before other folders' tests."""
    path = chromium.find()
    if path is None:
        raise SetupError("the tests of the page need chromium: run 'python3 -m tools.setup.chromium'")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, headless=True, args=chromium.flags())


@pytest.fixture(scope="package")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A running simulator; each test that changes a terminal adds one of its own."""
    with Simulator(tmp_path_factory.mktemp("sim")) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of a Chinese-speaking person; what it complains about fails the test."""
    context = browser.new_context(viewport=_VIEW, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    # A line that was lost on purpose is not a fault of the page.
    assert [words for words in complaints if "WebSocket" not in words] == []


@pytest.fixture
def person(page: Page, simulator: Simulator) -> Iterator[Person]:
    """Somebody with the page open, and a terminal of their own chosen, asleep; it is taken away afterwards."""
    person = Person(page)
    page.goto(simulator.url)
    person.is_ready()
    tabs = page.locator(".tab")
    before = tabs.count()
    page.locator("#add").click()
    page.locator(f".tab >> nth={before}").wait_for()
    page.locator(".tab[aria-selected=true]", has_text=tabs.nth(before).get_attribute("data-tid") or "-").wait_for()
    page.locator("#progress").wait_for(state="hidden")
    person.expect_state("deepsleep")
    tid = person.tid
    yield person
    page.close()
    simulator.ask({"do": "remove", "tid": tid})


@pytest.fixture
def pictures() -> Path:
    """Where screenshots go: docs/ when they are asked for, else below build/."""
    folder = Path("docs" if os.environ.get("QIANDAO_PICTURES") else "build/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
