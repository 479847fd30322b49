# SPDX-License-Identifier: MIT
"""Bad answers to the sign-in: each leads to a clear screen, changes nothing durable, and leaves the terminal able to
sign in as soon as the fault is gone (S3).
"""

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests_host.journeys.bench import Bench
from tests_host.journeys.crooked import Bend, CrookedHost, Edit, append_text, edit_tags, running
from tests_host.journeys.fault_bench import ALL_TRIES_S, SIGN_IN, Silence, decline, durable, expect_trouble
from tools.host import crypto
from tools.host.server import Outgoing
from tools.rig import CASHIER, MID


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrookedHost]:
    with running(tmp_path_factory.mktemp("crooked")) as host:
        yield host


@pytest.fixture
def bench(locked: Bench, shop: CrookedHost) -> Iterator[Bench]:
    locked.board.keypad.down_ms, locked.board.keypad.gap_ms = 30, 40
    yield locked
    shop.forget_bends()


def _type_pin(bench: Bench) -> None:
    bench.enter_operator()
    bench.press(*CASHIER.pin, "ENTER")


def _signs_in_after_all(bench: Bench) -> None:
    """Without a restart, and with the host's word for it."""
    restarts = len(bench.board.resets)
    bench.sign_in()
    assert len(bench.board.resets) == restarts
    assert bench.board.led.pattern() == "steady green" or bench.board.run_until(
        lambda: bench.board.led.pattern() == "steady green", 6000
    )
    assert bench.host.books.sign_ins(bench.tid)[-1].result == "00"


def _fails_clearly(bench: Bench, code: str) -> None:
    """The PIN is typed, the screen says what is wrong, nothing is stored, no key is installed."""
    before = durable(bench)
    _type_pin(bench)
    expect_trouble(bench, code, ALL_TRIES_S)
    decline(bench)
    assert durable(bench) == before
    assert not [note for note in bench.host.heard[bench.tid] if note.fields["53"][:2] != "00"]


def _sent(make: Callable[[bytes], bytes]) -> Bend:
    return lambda frame: Outgoing([make(frame)])


def _cut(count: int) -> Bend:
    return lambda frame: Outgoing([frame[:count] if count >= 0 else frame[:count]], is_closing=True)


UNANSWERED: Final[dict[str, tuple[Bend, str]]] = {
    "garbage": (_sent(lambda _frame: bytes(range(251, 7, -1))), "N3"),
    "zero length": (_sent(lambda _frame: b"\0\0"), "N3"),
    "longer than 2048": (_sent(lambda frame: b"\x08\x01" + frame[2:7] + bytes(2044)), "N3"),
    "no message behind the TPDU": (_sent(lambda frame: b"\0\5" + frame[2:7]), "N3"),
    "not a TPDU": (_sent(lambda frame: frame[:2] + b"\x61" + frame[3:]), "N3"),
    "something behind the frame": (_sent(lambda frame: frame + b"\0"), "N3"),
    "a byte too many inside": (_sent(lambda frame: _framed(frame[2:] + b"\0")), "N3"),
    "a byte too few inside": (_sent(lambda frame: _framed(frame[2:-1])), "N3"),
    "wrong MAC": (_sent(lambda frame: frame[:-1] + bytes([frame[-1] ^ 1])), "N3"),
    "a bit of the body": (_sent(lambda frame: frame[:60] + bytes([frame[60] ^ 1]) + frame[61:]), "N3"),
    **{f"cut at byte {count}": (_cut(count), "N2") for count in (0, 1, 2, 3, 7, 40, -1)},
}


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


@pytest.mark.parametrize("name", UNANSWERED)
def test_s3_a_spoilt_answer_is_no_answer(bench: Bench, shop: CrookedHost, name: str) -> None:
    """S3, W4: three tries with the same STAN, then the reason; the same PIN entry never counts twice at the host."""
    bend, code = UNANSWERED[name]
    for _ in range(3):
        shop.bend(SIGN_IN, bend)
    _fails_clearly(bench, code)
    tries = [note for note in shop.heard[bench.tid] if note.what.endswith("/001")]
    assert [note.mti for note in tries] == ["0800", "0801", "0801"]
    assert len({(note.stan, note.fields["7"], note.fields["110"]) for note in tries}) == 1
    assert len(shop.books.sign_ins(bench.tid)) == 1
    _signs_in_after_all(bench)
