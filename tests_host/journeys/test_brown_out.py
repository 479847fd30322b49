# SPDX-License-Identifier: MIT
"""A supply that sags: the port calls a brown-out a power-on, and the terminal must not go dark for it, nor loop."""

from tests_host.journeys.bench import Bench


def test_o5_after_a_brown_out_it_says_where_it_stands(signed_in: Bench) -> None:
    """O5, S5: by itself, locked again."""
    board = signed_in.board
    board.brown_out()
    assert board.resets[-1] == "BROWNOUT"
    signed_in.expect("请签到", within_s=5)


def test_l6_a_second_brown_out_waits_for_the_button(locked: Bench) -> None:
    """L6: a cell that cannot carry the radio would restart the terminal for ever; a press starts it anew."""
    board = locked.board
    board.brown_out()
    locked.expect("请签到", within_s=5)
    board.brown_out()
    assert board.run_until(lambda: board.state == "deepsleep", 5000)
    board.run(60_000)
    assert (board.state, board.resets[-1]) == ("deepsleep", "BROWNOUT")
    locked.play("power hold 2000")
    locked.expect("请签到", within_s=5)
    board.brown_out()
    locked.expect("请签到", within_s=5)


def test_l6_a_cell_that_sags_at_the_radios_start_does_not_loop(provisioned: Bench) -> None:
    """P4: it rests after two tries instead of restarting until it is empty."""
    board = provisioned.board
    board.battery.volts, board.battery.ohms = 3.7, 2.4
    provisioned.play("power on\nasleep\npower hold 2000")
    assert board.run_until(lambda: board.resets.count("BROWNOUT") == 2, 30_000)
    assert board.run_until(lambda: board.state == "deepsleep", 5000)
    board.run(60_000)
    assert board.resets.count("BROWNOUT") == 2


def test_o6_a_brown_out_of_a_health_check_stays_in_the_dark(signed_in: Bench) -> None:
    """O6: nobody asked for that start, so nothing lights up after it."""
    board = signed_in.board
    signed_in.sign_out()
    assert board.run_until(lambda: board.state == "deepsleep", 60_000)
    lives = len(board.resets)
    assert board.run_until(lambda: len(board.resets) > lives, 7 * 3_600_000)
    board.run(500)
    lit = board.panel.bytes_received
    board.brown_out()
    assert board.run_until(lambda: board.state == "deepsleep", 5000)
    assert board.panel.bytes_received == lit
