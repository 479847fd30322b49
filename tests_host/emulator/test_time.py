# SPDX-License-Identifier: MIT
"""Virtual time: sleeping, asyncio, timers, determinism, and the heap that is left to the firmware."""

from collections.abc import Callable

from tools.emulator import Board
from tools.emulator.board import HEAP_32
from tools.emulator.clock import Clock

from .conftest import MakeBoard, run


def test_events_run_in_order_and_at_their_time() -> None:
    clock = Clock()
    seen: list[tuple[str, int]] = []

    def note(name: str) -> Callable[[], None]:
        return lambda: seen.append((name, clock.now_us))

    def first() -> None:
        note("a")()
        clock.after(5, note("c"))

    clock.after(20, note("b"))
    clock.after(10, first)
    clock.after(20, note("d"))
    clock.after(12, note("x")).cancel()
    clock.advance_to(19)
    assert (seen, clock.now_us, clock.next_us()) == ([("a", 10), ("c", 15)], 19, 20)
    clock.advance_to(100)
    assert seen[2:] == [("b", 20), ("d", 20)]


def test_a_quarter_of_an_hour_takes_no_time(make_board: MakeBoard) -> None:
    """E2: a lock-out of 15 minutes is a handful of calls."""
    board = make_board(main="import time\ntime.sleep(900)\nprint('open', time.ticks_ms() // 1000)")
    board.power_on()
    assert board.run_until(lambda: b"open 900" in board.serial, 901_000)
    assert board.requests < 60


ASYNC = """
    import asyncio, time
    log = []
    async def worker(name, ms, times):
        for _ in range(times):
            await asyncio.sleep_ms(ms)
            log.append((time.ticks_ms() - start, name))
    async def forever():
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            log.append((time.ticks_ms() - start, "cancelled"))
            raise
    async def waiter(event):
        await event.wait()
        log.append((time.ticks_ms() - start, "event"))
    async def main():
        event = asyncio.Event()
        task = asyncio.create_task(forever())
        asyncio.create_task(waiter(event))
        both = asyncio.gather(worker("a", 100, 3), worker("b", 150, 2))
        await both
        task.cancel()
        event.set()
        try:
            await asyncio.wait_for_ms(worker("z", 10_000, 1), 50)
        except asyncio.TimeoutError:
            log.append((time.ticks_ms() - start, "timeout"))
    start = time.ticks_ms()
    asyncio.run(main())
    for at, name in log:
        print(at, name)
"""


def test_asyncio_keeps_virtual_time(make_board: MakeBoard) -> None:
    board = make_board(main=ASYNC)
    board.power_on()
    board.run(3000)
    assert [line.split() for line in board.serial.decode().splitlines()[:8]] == [
        ["100", "a"],
        ["150", "b"],
        ["200", "a"],
        ["300", "b"],
        ["300", "a"],
        ["300", "cancelled"],
        ["300", "event"],
        ["350", "timeout"],
    ]


def test_a_flag_set_by_an_interrupt_wakes_the_loop_at_once(make_board: MakeBoard) -> None:
    board = make_board(
        main="""
            import asyncio, time
            from machine import Pin
            flag = asyncio.ThreadSafeFlag()
            Pin(33, Pin.IN, Pin.PULL_UP).irq(lambda pin: flag.set(), Pin.IRQ_FALLING)
            async def main():
                while True:
                    await flag.wait()
                    print("woken", time.ticks_ms())
                    await asyncio.sleep_ms(100)
            asyncio.run(main())
        """
    )
    board.power_on()
    board.run(5000)
    board.button.press()
    board.run(50)
    assert board.serial == b"woken 4750\n"


def test_timers_call_back(make_board: MakeBoard) -> None:
    board = make_board(
        main="""
            import time
            from machine import Timer
            count = []
            timer = Timer(0)
            timer.init(period=100, mode=Timer.PERIODIC, callback=count.append)
            time.sleep_ms(1050)
            timer.deinit()
            Timer(1).init(period=10, mode=Timer.ONE_SHOT, callback=count.append)
            time.sleep_ms(500)
            print(len(count))
        """
    )
    board.power_on()
    board.run(3000)
    assert board.serial.startswith(b"11\n")


def test_busy_waiting_ends(board: Board) -> None:
    output = run(
        board,
        """
            import time
            start = time.ticks_ms()
            while time.ticks_diff(time.ticks_ms(), start) < 200: pass
            print(time.ticks_diff(time.ticks_ms(), start))
            a = time.ticks_us(); time.sleep_us(50); print(50 <= time.ticks_diff(time.ticks_us(), a) < 70)
        """,
    )
    assert output.split() == ["200", "True"]


def test_ticks_wrap_as_on_the_chip(make_board: MakeBoard) -> None:
    """The period is 2**30 us, about 1,074 s, on every interpreter."""
    board = make_board(
        main="""
            import time
            before = time.ticks_us()
            time.sleep(1070)
            late = time.ticks_us()
            time.sleep(5)
            after = time.ticks_us()
            print(after < late, time.ticks_diff(after, late) // 1000, time.ticks_diff(late, after) // 1000)
            print(time.ticks_diff(time.ticks_add(late, 10_000_000), late))
        """
    )
    board.power_on()
    board.run(1_100_000)
    assert board.serial.splitlines()[:2] == [b"True 5000 -5001", b"10000000"]


def trace(board: Board) -> list[object]:
    seen: list[object] = []
    board.flash.on_operation = lambda kind, start, size: seen.append((board.clock.now_us, kind, start, size))
    board.power_on()
    board.run(1500)
    board.keypad.press("1", "5", "ENTER")
    board.button.hold(700)
    board.run(4000)
    return [*seen, board.serial, board.requests, board.led.history, board.panel.pixels]


NOISY = """
    import asyncio, esp32, machine, network, os, random, time
    from machine import Pin
    part = esp32.Partition("journal")
    columns = [Pin(n, Pin.IN, Pin.PULL_UP) for n in (25, 26, 27, 32)]
    rows = [Pin(n, Pin.OPEN_DRAIN, value=0) for n in (13, 14, 16, 17)]
    flag = asyncio.ThreadSafeFlag()
    for column in columns:
        column.irq(lambda pin: flag.set(), Pin.IRQ_FALLING)
    led = machine.PWM(Pin(18), freq=1000, duty_u16=0)
    async def keys():
        slot = 0
        while True:
            await flag.wait()
            print(time.ticks_us(), os.urandom(4), random.getrandbits(16), machine.ADC(Pin(35)).read_uv())
            part.writeblocks(0, os.urandom(64), 64 * slot)
            slot += 1
            await asyncio.sleep_ms(random.getrandbits(5))
    async def blink():
        while True:
            led.duty_u16(random.getrandbits(16))
            await asyncio.sleep_ms(100 + random.getrandbits(6))
    async def main():
        wlan = network.WLAN(network.STA_IF); wlan.active(True); wlan.connect("shop", "correct horse")
        asyncio.create_task(blink())
        asyncio.create_task(keys())
        while not wlan.isconnected():
            await asyncio.sleep_ms(10)
        print("up", time.ticks_us())
        await asyncio.sleep(100)
    asyncio.run(main())
"""


def test_same_seed_same_trace(make_board: MakeBoard) -> None:
    first, again, other = (trace(make_board(main=NOISY, seed=seed)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_the_heap_is_nearly_all_the_firmwares(make_board: MakeBoard) -> None:
    """What boot and the modules take of the firmware's heap, though most of it is in ROM on the chip, stays small."""
    board = make_board(boot="import gc\ngc.collect()\nprint(gc.mem_free(), __import__('sys').maxsize > 1 << 32)")
    board.power_on()
    board.run(1000)
    free, is_wide = board.serial.split()[:2]
    scale = 2 if is_wide == b"True" else 1
    assert 0 < HEAP_32 - int(free) / scale < 20 * 1024
