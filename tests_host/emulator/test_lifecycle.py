# SPDX-License-Identifier: MIT
"""Resets, deep sleep, watchdog, clock and RTC memory, and what an exception does."""

from datetime import UTC, datetime

import pytest

from tools.emulator import Board, BoardError, rpc

from .conftest import MakeBoard, run

REPORT = """
    import machine, time
    print("cause", machine.reset_cause(), machine.wake_reason(), machine.RTC().memory(), time.time())
"""


def lines(board: Board, word: str) -> list[str]:
    return [line for line in board.serial.decode().splitlines() if line.startswith(word)]


def test_power_on_runs_boot_then_main_then_waits_at_the_repl(make_board: MakeBoard) -> None:
    board = make_board(boot="print('boot'); x = 1", main="print('main', x, __name__)")
    board.power_on()
    board.run(300)
    assert board.serial == b""  # ROM and bootloader take their time
    board.run(200)
    assert board.serial.decode().splitlines()[:2] == ["boot", "main 1 __main__"]
    assert board.serial.endswith(b">>> ")
    assert (board.state, board.is_powered, board.is_idle) == ("running", True, True)


@pytest.mark.parametrize(
    ("call", "cause"), [("machine.reset()", "HARD"), ("machine.soft_reset()", "SOFT"), ("raise SystemExit", "SOFT")]
)
def test_software_resets(make_board: MakeBoard, call: str, cause: str) -> None:
    board = make_board(boot=REPORT, main=f"import machine\nif machine.reset_cause() == 1: {call}")
    board.power_on()
    board.run(2000)
    assert board.resets == ["PWRON", cause]
    assert [line.split()[1] for line in lines(board, "cause")] == ["1", {"HARD": "2", "SOFT": "5"}[cause]]


def test_only_a_hard_reset_switches_the_radio_off(make_board: MakeBoard) -> None:
    """Wi-Fi: a soft reset leaves the radio associated."""
    main = """
        import machine, network, time
        wlan = network.WLAN(network.STA_IF)
        print("radio", wlan.active(), time.ticks_ms() > 5000)
        if machine.reset_cause() == 1:
            wlan.active(True)
            time.sleep(6)
            {}
    """
    for call, expected in (("machine.soft_reset()", "radio True True"), ("machine.reset()", "radio False False")):
        board = make_board(main=main.format(call))
        board.power_on()
        board.run(8000)
        assert lines(board, "radio") == ["radio False False", expected]


SLEEPER = """
    import esp32, machine
    from machine import Pin
    machine.RTC().memory(b"crumb")
    esp32.wake_on_ext0(Pin(33, Pin.IN, Pin.PULL_UP), esp32.WAKEUP_ALL_LOW)
    machine.deepsleep({})
    print("never")
"""


def test_deep_sleep_ends_by_timer(make_board: MakeBoard) -> None:
    """O6: wakes by itself; RTC memory and the clock go on."""
    board = make_board(boot=REPORT, main=SLEEPER.format(60_000))
    board.power_on()
    board.run(1000)
    assert board.state == "deepsleep"
    assert board.run_until(lambda: len(board.resets) == 2, 70_000)
    board.run(500)
    assert lines(board, "cause") == ["cause 1 0 b'' 0", "cause 4 4 b'crumb' 60"]
    assert b"never" not in board.serial


def test_deep_sleep_ends_by_the_button_and_the_led_is_dark_meanwhile(make_board: MakeBoard) -> None:
    """P1."""
    led = "import machine\nmachine.PWM(machine.Pin(19), freq=1000, duty_u16=40000)\n"
    board = make_board(boot=REPORT, main=SLEEPER.format(""))
    board.power_on()
    board.run(10_000)
    assert board.state == "deepsleep"
    board.button.hold(100)
    board.run(3000)
    assert lines(board, "cause") == ["cause 1 0 b'' 0", "cause 4 2 b'crumb' 10"]
    lit = make_board(main=led + "import time\ntime.sleep(1)\nmachine.deepsleep()")
    lit.power_on()
    lit.run(500)
    assert lit.led.pattern() != "off"
    lit.run(4000)
    assert (lit.state, lit.led.colour) == ("deepsleep", (0.0, 0.0, 0.0))


def test_sleeping_on_a_held_button_wakes_at_once(make_board: MakeBoard) -> None:
    board = make_board(main=SLEEPER.format(""))
    board.button.press()
    board.power_on()
    board.run(2000)
    assert len(board.resets) > 3


def test_watchdog_bites_unless_fed(make_board: MakeBoard) -> None:
    board = make_board(
        boot=REPORT,
        main="""
            import machine, time
            machine.RTC().memory(b"kept")
            if machine.reset_cause() == 1:
                dog = machine.WDT(timeout=2500)
                for _ in range(5):
                    time.sleep_ms(2400)
                    dog.feed()
                print("fed", time.ticks_ms())
                while True:
                    time.ticks_ms()
        """,
    )
    board.power_on()
    board.run(16_000)
    assert board.resets == ["PWRON", "WDT"]
    assert lines(board, "cause")[1].startswith("cause 3 0 b'kept'")


def test_an_exception_leaves_the_repl_and_the_watchdog(make_board: MakeBoard) -> None:
    board = make_board(boot=REPORT, main="import machine\nmachine.WDT(timeout=3000)\nraise KeyError('lost')")
    board.power_on()
    board.run(1500)
    assert board.state == "running"
    assert b"KeyError: lost" in board.serial
    assert board.serial.count(b"Traceback") == 1
    board.run(2500)
    assert board.resets == ["PWRON", "WDT"]


def test_an_exception_in_boot_keeps_main_from_running(make_board: MakeBoard) -> None:
    board = make_board(boot="raise OSError(5)", main="print('main')")
    board.power_on()
    board.run(1000)
    assert b"EIO" in board.serial
    assert b"main'" not in board.serial and lines(board, "main") == []


def test_clock_and_memory_are_lost_with_the_power_only(make_board: MakeBoard) -> None:
    board = make_board(boot=REPORT)
    board.exec("pass")
    board.power_on()
    board.run(500)
    board.rtc.set_us(int((board.now - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000)
    board.rtc.memory = b"m"
    board.run(1000)
    assert abs((board.rtc.now - board.now).total_seconds()) < 1
    board.power_off()
    board.run(5000)
    board.power_on()
    board.run(500)
    assert lines(board, "cause")[-1] == "cause 1 0 b'' 0"


def test_calendar_has_the_ports_epoch_and_shape(board: Board) -> None:
    output = run(
        board,
        """
            import time, machine
            print(time.gmtime(0), time.mktime((2000, 1, 1, 0, 0, 0, 5, 1)))
            machine.RTC().datetime((2026, 2, 28, 0, 23, 59, 58, 500000))
            time.sleep(2)
            print(machine.RTC().datetime()[:7], time.localtime(), time.time())
        """,
    )
    assert output.splitlines() == [
        "(2000, 1, 1, 0, 0, 0, 5, 1) 0",
        "(2026, 3, 1, 6, 0, 0, 0) (2026, 3, 1, 0, 0, 0, 6, 60) 825638400",
    ]


def test_exec_returns_what_was_printed_and_raises_what_was_raised(board: Board) -> None:
    assert board.exec("print(6 * 7)") == "42\n"
    with pytest.raises(BoardError, match="ZeroDivisionError"):
        board.exec("1 / 0")
    assert board.state == "off"
    board.power_on()
    with pytest.raises(BoardError, match="switched off"):
        board.exec("pass")


def test_adc_reads_the_battery_through_the_divider(board: Board) -> None:
    code = "from machine import ADC, Pin; a = ADC(Pin(35), atten=ADC.ATTN_11DB); print(a.read_uv(), a.read_u16())"
    board.battery.volts = 3.6
    microvolts, raw = (int(word) for word in board.exec(code).split())
    assert microvolts == pytest.approx(1_800_000, abs=30_000)
    assert raw == pytest.approx(65535 * (1.8 - 0.142) / (3.134 - 0.142), rel=0.02)


def test_a_program_that_never_comes_back_is_reported(make_board: MakeBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "REAL_TIME_LIMIT_S", 0.2)
    board = make_board(main="print('spinning')\nwhile True: pass")
    board.power_on()
    with pytest.raises(BoardError, match="said nothing for(.|\n)*spinning"):
        board.run(1000)


def test_an_uptime_beyond_the_emulators_clock_is_reported(make_board: MakeBoard) -> None:
    board = make_board(main="import time\nwhile True: time.sleep(80_000)")
    board.power_on()
    with pytest.raises(BoardError, match="four days"):
        board.run(400_000_000)


CONSOLE = """
    import asyncio, sys
    async def main():
        reader = asyncio.StreamReader(sys.stdin)
        while True:
            print("got", (await reader.readline()).strip().decode(), time.ticks_ms())
    import time
    asyncio.run(main())
"""


def test_console_input_wakes_the_program(make_board: MakeBoard) -> None:
    """L5: the serial bench console."""
    board = make_board(main=CONSOLE)
    board.power_on()
    board.run(1000)
    board.type_serial(b"status\n")
    board.run(1000)
    board.type_serial(b"again\n")
    board.run(1)
    assert lines(board, "got") == ["got status 750", "got again 1750"]


def test_switched_led_pins_show_too(make_board: MakeBoard) -> None:
    board = make_board(main="from machine import PWM, Pin\nPin(18, Pin.OUT, value=1)\nPin(19, Pin.OUT).on()")
    board.power_on()
    board.run(5000)
    assert board.led.pattern() == "steady yellow"
