# SPDX-License-Identifier: MIT
"""Where a shop's secrets are not, after a day with everything that handles them (E1, C4, invariant 6): the serial line,
the RTC memory, the flash outside `nvs`, what the host writes down and, once nobody is signed in, the chip's memory.
"""

import logging
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from tests_host.journeys.bench import Bench, ShopHost
from tests_host.marked import found, memory_of
from tests_host.serial import terminals
from tools.emulator.flash import SIZE
from tools.host.vault import Vault
from tools.rig import CASHIER, SUPERVISOR, Person

_TIDS: Final = count(30_900_001)
_FIRST: Final = Person(CASHIER.number, CASHIER.name, "481592637094")
_CHANGED: Final = Person(CASHIER.number, CASHIER.name, "739518462803")
_WRONG: Final = "627384950172"
_SUPERVISOR: Final = Person(SUPERVISOR.number, SUPERVISOR.name, "951736284059")
_PINS: Final = {"first": _FIRST.pin, "changed": _CHANGED.pin, "wrong": _WRONG, "supervisor's": _SUPERVISOR.pin}
_LEAKY: Final = (  # a fault whose message quotes what was typed
    "firmware/flows/own_pin.py",
    "is_right = pin_check.matches(t.pin_digest, memoryview(pin)[:length])",
    "raise ValueError(bytes(memoryview(pin)[:length]), t.keys.tak(t.keys.number))",
)
_LEAKY_TASK: Final = (  # the same in a task of the background
    "firmware/flows/upload.py",
    "    t.upload_wanted = False\n",
    "    if not t.must_change_pin:\n        raise ValueError(t.keys.tak(t.keys.number))\n",
)


class Marked:
    """Every secret of the shop by name; keys are noted when the host makes them."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.in_flash: set[str] = set()
        self.others: dict[str, bytes] = {f"PIN {name}": pin.encode() for name, pin in _PINS.items()}

    def note(self, key: bytes) -> bytes:
        self.keys[f"key {len(self.keys) + 1}"] = key
        return key

    def within(self, data: "bytes | bytearray | str") -> list[str]:
        raw = data.encode() if isinstance(data, str) else bytes(data)
        packed = [f"PIN {name} in BCD" for name, pin in _PINS.items() if bytes.fromhex(pin) in raw]
        return packed + found(raw, self.keys | self.others)


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Marked]:
    secrets, make = Marked(), Vault.new_key
    monkeypatch.setattr(Vault, "new_key", lambda vault: secrets.note(make(vault)))
    yield secrets
    assert len(secrets.keys) > 3, "no key of the shop was noted"


@pytest.fixture
def bench(marked: Marked, shop: ShopHost, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, shop, str(next(_TIDS))).provisioned()
    marked.others["Wi-Fi"] = bench.site.psk.encode()
    assert bench.identity is not None
    marked.others["TLS"] = bench.identity.client_key
    marked.in_flash = {"Wi-Fi", "TLS", *marked.keys}
    enrolment = shop.enrolment
    enrolment.operator(bench.mid, _FIRST.number, _FIRST.name, _FIRST.pin, must_change=True)
    enrolment.operator(bench.mid, _SUPERVISOR.number, _SUPERVISOR.name, _SUPERVISOR.pin, must_change=False)
    with bench:
        yield bench


def _type(bench: Bench, title: str, pin: str) -> None:
    bench.expect(title)
    bench.press(*pin, "ENTER")


def _change_the_first(bench: Bench) -> None:
    _type(bench, "密码 操作员", _FIRST.pin)
    bench.expect("首次使用")
    bench.press("ENTER")
    _type(bench, "原密码", _FIRST.pin)
    _type(bench, "新密码", _CHANGED.pin)
    _type(bench, "再输一次", _CHANGED.pin)


def _sign_in_and_change(bench: Bench) -> None:
    bench.enter_operator()
    _type(bench, "密码 操作员", _WRONG)
    bench.expect("密码错误")
    bench.press("ENTER")
    _change_the_first(bench)
    bench.expect("密码已修改")
    bench.press("ENTER")
    bench.expect("签到成功")
    bench.press("ENTER")
    bench.expect("营业中")


def _let_a_supervisor_look(bench: Bench) -> None:
    """The approval of a sign-out that is then left alone."""
    bench.ask_sign_out()
    bench.press("MENU")
    _type(bench, "密码 操作员000", _SUPERVISOR.pin)
    bench.expect("本批合计")
    bench.press("CANCEL")
    bench.expect("营业中")


def _unlock(bench: Bench) -> None:
    bench.expect("已锁屏", within_s=310)
    bench.press("ENTER")
    _type(bench, "密码 操作员", _WRONG)
    bench.expect("密码错误")
    bench.press("ENTER")
    _type(bench, "密码 操作员", _CHANGED.pin)
    bench.expect("营业中")


def _crash_while_a_pin_is_typed(bench: Bench) -> None:
    bench.ask_sign_out()
    _type(bench, "密码 操作员", _CHANGED.pin)
    bench.expect("请签到")
    assert "ValueError" in bench.serial
    assert bench.board.run_until(lambda: bench.is_linked, 20_000)


def _ask_everything(bench: Bench) -> None:
    for name in ("status", "health", "journal", "screen", "keys", "echo", "nonsense"):
        terminals.ask(bench, name)


def _check(bench: Bench, marked: Marked) -> None:
    board = bench.board
    flash = bytearray(board.flash.read(0, SIZE))
    nvs = board.regions["nvs"]
    flash[nvs.start : nvs.start + nvs.size] = bytes(nvs.size)
    assert marked.within(flash) == []
    assert marked.within(board.rtc.memory) == []
    assert marked.within(bytes(board.serial)) == []


def test_e1_no_secret_is_anywhere_but_in_its_place(
    bench: Bench, marked: Marked, caplog: pytest.LogCaptureFixture
) -> None:
    """E1, C4: wrong and right PINs, change, approval, idle lock, a crash with a PIN in hand, hand-over and sign-out."""
    caplog.set_level(logging.DEBUG)
    bench.start_linked()
    _sign_in_and_change(bench)
    bench.sell("700")
    _let_a_supervisor_look(bench)
    _unlock(bench)
    _ask_everything(bench)
    _check(bench, marked)
    bench.board.cut_power()
    terminals.deploy(bench, *_LEAKY)
    bench.start_linked()
    bench.sign_in(_CHANGED)
    _crash_while_a_pin_is_typed(bench)
    _check(bench, marked)
    bench.sign_in(_CHANGED)
    assert bench.uploaded(1)
    _ask_everything(bench)
    _check(bench, marked)
    assert marked.within(caplog.text) == []
    for path in bench.host.folder.rglob("*.sqlite*"):
        assert marked.within(path.read_bytes()) == [], path.name


def test_c4_a_task_that_fails_unheard_quotes_nothing(bench: Bench, marked: Marked) -> None:
    """C4: its kind is told, and the terminal starts anew without it."""
    terminals.deploy(bench, *_LEAKY_TASK)
    bench.start_linked()
    bench.enter_operator()
    _change_the_first(bench)
    assert bench.board.run_until(lambda: "task ValueError" in bench.serial, 60_000)
    assert bench.board.run_until(lambda: len(bench.board.resets) > 1, 120_000), "the watchdog does not bite"
    _check(bench, marked)


def _in_memory(bench: Bench, marked: Marked) -> set[str]:
    """PINs and working keys that the emulated chip's process holds; what is in the flash anyway may be there too."""
    interpreter = bench.board._interpreter
    assert interpreter is not None
    return set(marked.within(memory_of(interpreter.pid))) - marked.in_flash


def _hand_over(bench: Bench) -> None:
    bench.press("MENU")
    bench.expect("功能菜单")
    bench.press("6")
    _type(bench, "密码 操作员", _CHANGED.pin)
    bench.expect("请签到")


def _be_locked_out(bench: Bench) -> None:
    """Five wrong PINs at the idle lock, the waits sat out."""
    bench.expect("已锁屏", within_s=310)
    bench.press("ENTER")
    for number in range(1, 6):
        _type(bench, "密码 操作员", _WRONG)
        if number == 5:
            break
        bench.expect("密码错误")
        bench.press("ENTER")
        if number in (3, 4):
            bench.expect("已锁屏", within_s=130)
            bench.press("ENTER")
    bench.expect("密码已锁定")


@pytest.mark.parametrize("end", [_hand_over, pytest.param(_be_locked_out, marks=pytest.mark.long)])
def test_s4_nothing_stays_in_memory_when_nobody_is_signed_in(
    bench: Bench, marked: Marked, end: Callable[[Bench], None]
) -> None:
    """E1, S4: working keys are there while somebody works, PINs and static keys not even then."""
    bench.start_linked()
    _sign_in_and_change(bench)
    _let_a_supervisor_look(bench)
    assert _in_memory(bench, marked) == set(list(marked.keys)[-2:])
    end(bench)
    assert _in_memory(bench, marked) == set()
