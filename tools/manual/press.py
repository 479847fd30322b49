# SPDX-License-Identifier: MIT
"""HTML pages printed to PDF by the browser that also tests the simulator's page (tools/setup/chromium.py)."""

from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.setup import chromium


def press(pages: Iterable[Path]) -> list[Path]:
    """A PDF beside each page, on the paper that its style asks for; SetupError without a browser."""
    browser_path = chromium.prepare()
    printed = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, headless=True, args=chromium.flags())
        tab = browser.new_page()
        for path in pages:
            tab.goto(path.resolve().as_uri())
            printed.append(path.with_suffix(".pdf"))
            tab.pdf(path=printed[-1], prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
        browser.close()
    return printed
