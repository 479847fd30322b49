# SPDX-License-Identifier: MIT
"""The terminal in English, and the change of language at any time (W5)."""

from tests_host.journeys.bench import Bench
from tools.rig import CASHIER


def test_w5_a_whole_day_in_english(fresh: Bench) -> None:
    """W5: lock, sign-in, sale, totals, sign-out, as provisioned."""
    fresh.provisioned(language="en")
    fresh.play("power on\npower hold 1600")
    fresh.expect("Welcome", "Please sign in", "Terminal locked", "ENTER sign in MENU")
    assert fresh.board.run_until(lambda: fresh.is_linked, 20_000)
    fresh.press("ENTER")
    fresh.expect("Operator number")
    fresh.press("1", "ENTER")
    fresh.expect("Shift 1-9")
    fresh.press("1", "ENTER")
    fresh.expect("PIN of operator 001")
    fresh.press(*CASHIER.pin, "ENTER")
    fresh.expect("Signed in")
    fresh.press("ENTER")
    fresh.expect("Ready", "Operator 001 shift 1")
    fresh.press("1")
    fresh.expect("Cash sale")
    fresh.press(*"250", "ENTER")
    fresh.expect("Amount")
    fresh.press("ENTER")
    fresh.expect("Sale recorded")
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


def test_w5_the_language_changes_at_the_lock_screen_and_stays(locked: Bench) -> None:
    """W5: through the menu, also after a restart."""
    locked.press("MENU", "6")
    locked.expect("Please sign in")
    locked.restart("Please sign in")
    locked.press("MENU", "6")
    locked.expect("请签到")


def test_w5_the_language_changes_at_work(signed_in: Bench) -> None:
    """W5: without touching the shift."""
    signed_in.press("MENU", "5")
    signed_in.expect("Ready", "Operator 001 shift 1")
    signed_in.press("MENU")
    signed_in.expect("Cash sale", "Totals", "Sign out")
