# SPDX-License-Identifier: MIT
"""Diagnostics on the terminal itself (W6): what it knows of itself, the way to the host, keys and display by hand."""

import re
from functools import partial
from typing import Final

from tests_host.journeys.bench import Bench
from tests_host.serial.terminals import ask
from tools.emulator.keypad import LAYOUT
from tools.play.tongues import catalogue

_LIT: Final = 128 * 64


def _open(bench: Bench, digits: str, item: tuple[str, ...] = ("9",)) -> None:
    """From the lock screen, or by other keys to the item of the menu, and there to a part."""
    bench.press("MENU")
    bench.expect("功能菜单")
    bench.press(*item)
    bench.expect("终端状态")
    bench.press(digits)


def _pages(bench: Bench, last: str) -> str:
    """What all pages of a message say, up to the one that says `last`."""
    read = bench.screen
    while not bench.shows(last):
        before = bench.screen
        bench.press("ENTER")
        assert bench.board.run_until(partial(_has_turned, bench, before), 2000), before
        read += bench.screen
    return read


def _has_turned(bench: Bench, before: str) -> bool:
    return bench.screen != before


def _found(screen: str, key: str, *values: str) -> re.Match[str] | None:
    """A text of the catalogue on a screen without spaces; `values` are patterns of what is filled in."""
    words = re.escape("".join(catalogue()[key].split()))
    for number, value in enumerate(values):
        words = words.replace(re.escape(f"{{{number}}}"), f"({value})")
    return re.search(words, screen)


def _round_trip(bench: Bench) -> int:
    """Milliseconds on the screen."""
    found = _found(bench.screen, "echo.time", r"\d+")
    return int(found[1]) if found else 1_000_000


def test_w6_a_locked_terminal_tells_how_it_is(locked: Bench) -> None:
    """W6: versions, memory, radio, journal, wear and battery, as the bench is told them."""
    _open(locked, "1")
    locked.expect("软件版本")
    read = _pages(locked, "电池")
    health = ask(locked, "health")
    assert health is not None
    journal = health["journal"]
    assert _found(read, "facts.version", re.escape(health["v"]))
    assert _found(read, "facts.python", re.escape(health["mp"]))
    assert _found(read, "facts.cause", "".join(catalogue()["cause.1"].split()))
    assert _found(read, "facts.signal", r"-\d+dBm") and _found(read, "facts.drops", "0")
    assert _found(read, "facts.journal", str(journal["records"]), str(journal["capacity"]))
    assert _found(read, "facts.wear", r"\d+", "100000")
    battery = _found(read, "facts.battery", r"(\d+)mV")
    assert battery and 3800 < int(battery[2]) < 4200


def test_w6_the_echo_test_measures_the_way_to_the_host(locked: Bench) -> None:
    """W6: the round trip as the network makes it; without one, the reason and what to do."""
    assert locked.board.run_until(lambda: locked.is_linked, 20_000)
    locked.play("network 300 ms")
    _open(locked, "2")
    locked.expect("主机已应答")
    assert 300 <= _round_trip(locked) < 400
    locked.play("network quick")
    locked.press("ENTER")
    assert locked.board.run_until(lambda: _round_trip(locked) < 100, 5000)
    locked.play("wifi off")
    locked.press("ENTER")
    locked.expect("N2 测试失败", "主机没有应答", within_s=60)
    locked.press("CANCEL")
    locked.expect("网络测试")
    locked.press("CANCEL")
    locked.expect("终端已锁定")


def test_w6_each_key_is_tried_by_hand(locked: Bench) -> None:
    """W6: all sixteen; once cancel is a key like any other, twice it leaves."""
    _open(locked, "3")
    locked.expect("连按两次取消退出")
    locked.press("CANCEL", "5")
    locked.expect("按键:5")
    locked.press("CANCEL", "CANCEL")
    locked.expect("终端状态")
    locked.press("3")
    locked.expect("连按两次取消退出")
    for key in LAYOUT:
        locked.press(key)
    locked.expect("全部按键正常")


def test_w6_the_display_is_tried_by_eye(signed_in: Bench) -> None:
    """W6: each pixel lit, every other one, the edge; the light in its three colours; then everything as before."""
    _open(signed_in, "4", ("UP", "UP", "UP", "UP", "ENTER"))
    signed_in.expect("有无坏点")
    panel, led = signed_in.board.panel, signed_in.board.led
    seen = []
    for _ in range(3):
        signed_in.press("ENTER")
        signed_in.board.run(200)
        seen.append((sum(map(sum, panel.pixels)), led.colour))
    assert [count for count, _ in seen] == [_LIT, _LIT // 2, 2 * (128 + 64) - 4]
    assert [colour.index(max(colour)) for _, colour in seen] == [0, 1, 2]
    signed_in.press("ENTER")
    signed_in.expect("屏幕测试")
    signed_in.press("CANCEL")
    signed_in.expect("营业中")
    signed_in.play("led steady green")
