# SPDX-License-Identifier: MIT
"""After the sign-out: everything off, keys gone, health checks in the dark, and waking up (O6)."""

from tests_host.journeys.bench import Bench

_WAKE_MS = 4 * 3_600_000  # the host's word (WK) at the sign-out
_LATER_MS = 6 * 3_600_000  # from one check to the next, for which the host has no word


def _day(bench: Bench) -> None:
    bench.sell("100")
    bench.sign_out()


def test_o6_asleep_everything_is_off(signed_in: Bench) -> None:
    """O6: panel, its charge pump, LED and radio; no connection is left at the host's end."""
    _day(signed_in)
    board = signed_in.board
    board.run(10_000)
    assert board.state == "deepsleep"
    assert not board.panel.is_on
    assert not board.panel.is_pumping
    assert board.led.pattern() == "off"
    assert not board.wifi.is_started
    assert board.link.open_connections() == []


def test_o6_the_button_wakes_it_locked(signed_in: Bench) -> None:
    """O6, S5, P1: a short press does not, a long one leads to the lock screen."""
    _day(signed_in)
    signed_in.board.run(60_000)
    shown = signed_in.board.panel.bytes_received
    signed_in.play("power hold 300\nasleep")
    assert signed_in.board.panel.bytes_received == shown
    signed_in.play("power hold 1600")
    signed_in.expect("请签到")
    assert "lock" in signed_in.icons


def test_o6_it_wakes_by_itself_for_a_health_check_in_the_dark(signed_in: Bench) -> None:
    """O6: when the host wants it, then every six hours; status with diagnostics reaches it, and nothing lights up."""
    _day(signed_in)
    board = signed_in.board
    board.run(5000)
    lit_us = board.led.history[-1][0]
    for pause_ms in (_WAKE_MS, _LATER_MS):
        asked, slept_ms = len(signed_in.heard), board.now_ms
        assert board.run_until(lambda: board.state == "running", pause_ms + 1000)
        assert board.now_ms - slept_ms > pause_ms - 60_000
        assert board.run_until(lambda: board.state == "deepsleep", 40_000)
        assert signed_in.heard[asked:] == ["0800/301"]
        fields = signed_in.host.heard[signed_in.tid][-1].fields
        assert (fields["63"], fields["53"][:2]) == ("---", "00")
        assert "DG" in fields["62"]
        assert board.resets[-1] == "DEEPSLEEP"
    assert not board.panel.is_on
    assert [entry for entry in board.led.history if entry[0] > lit_us and any(entry[1])] == []


def test_o6_a_health_check_without_network_sleeps_again(signed_in: Bench) -> None:
    """O6: and does not empty the battery by trying for ever."""
    _day(signed_in)
    board = signed_in.board
    signed_in.play("wifi off")
    assert board.run_until(lambda: board.state == "running", _WAKE_MS + 60_000)
    assert board.run_until(lambda: board.state == "deepsleep", 40_000)
    assert not board.panel.is_on


def test_o6_a_health_check_hears_of_a_lock(signed_in: Bench) -> None:
    """O6, L1: set under maintenance over night, it says so in the morning."""
    _day(signed_in)
    signed_in.host.enrolment.control_terminal(signed_in.tid, lock_level=2)
    assert signed_in.board.run_until(lambda: signed_in.board.state == "running", _WAKE_MS + 60_000)
    signed_in.play("asleep")
    signed_in.play("wifi off\npower hold 1600")
    signed_in.expect("系统维护中")


def test_o6_no_working_key_is_left_anywhere(signed_in: Bench) -> None:
    """O6: what the night's messages are signed with is key set 00; the day's set is good for nothing any more."""
    _day(signed_in)
    before = signed_in.journal().state
    signed_in.play("power hold 1600")
    signed_in.expect("请签到")
    assert signed_in.board.run_until(lambda: signed_in.is_linked, 20_000)
    assert signed_in.host.heard[signed_in.tid][-1].fields["53"][:2] == "00"
    assert (before["code"], before["operator"], before["shift"]) == (0, 255, 0)
