# SPDX-License-Identifier: MIT
"""A man in the middle with valid certificates, on the emulated board over real TLS: a sample of tools.fuzz.mitm.

Whatever is altered on all three tries of a sign-in, the screen says what is wrong, nothing durable changes and no key
is used; and the terminal signs in as soon as the wire is honest again.
"""

from collections.abc import Iterator

import pytest

from tests_host.fuzz.proxy import Proxy
from tests_host.journeys.bench import Bench
from tests_host.journeys.fault_bench import ALL_TRIES_S, decline, durable, expect_trouble, quick_fingers
from tools.fuzz.acquirer import name_of
from tools.rig import CASHIER, HOST_ADDRESS

pytestmark = pytest.mark.long  # its short form is in one process, in test_parts.py

_SIGN_IN = "0800/001"


@pytest.fixture
def proxy(provisioned: Bench) -> Iterator[Proxy]:
    """Between the host and a terminal that asks for the sign-in."""
    assert provisioned.identity is not None
    with Proxy(provisioned.host.folder / "pki", provisioned.identity, provisioned.host.port) as proxy:
        provisioned.board.link.route(HOST_ADDRESS, ("127.0.0.1", proxy.port))
        provisioned.start_linked()
        quick_fingers(provisioned)
        yield proxy


def _flipped(frame: bytes, at: int) -> bytes:
    at %= len(frame)
    return frame[:at] + bytes([frame[at] ^ 4]) + frame[at + 1 :]


def _fails(bench: Bench, code: str) -> None:
    before = durable(bench)
    bench.enter_operator()
    bench.press(*CASHIER.pin, "ENTER")
    expect_trouble(bench, code, ALL_TRIES_S)
    decline(bench)
    assert durable(bench) == before
    assert not [note for note in bench.host.heard[bench.tid] if note.fields["53"][:2] != "00"]


def _results(bench: Bench) -> list[str]:
    return [row.result for row in bench.host.books.sign_ins(bench.tid)]


@pytest.mark.parametrize(
    ("at", "code"),
    [(-1, "HA0"), (-20, "HA0"), (24, "H30"), (26, "N3"), (40, "N3")],
    ids=["MAC", "PIN block", "form", "STAN", "number"],
)
def test_s2_an_altered_request_signs_nobody_in(provisioned: Bench, proxy: Proxy, at: int, code: str) -> None:
    """S2: the host refuses what the terminal did not send; its refusal of another STAN is no answer to this one."""
    proxy.up = lambda frame: _flipped(frame, at) if name_of(frame) == _SIGN_IN else frame
    _fails(provisioned, code)
    assert _results(provisioned) == []
    proxy.honest()
    provisioned.sign_in()
    assert _results(provisioned) == ["00"]


@pytest.mark.parametrize("at", [-1, 60, 150, 300], ids=["MAC", "head", "tags", "key blocks"])
def test_s2_an_altered_answer_changes_nothing(provisioned: Bench, proxy: Proxy, at: int) -> None:
    """S2, S3: no keys, no batch, no tags."""
    proxy.down = lambda frame: _flipped(frame, at)
    _fails(provisioned, "N3")
    proxy.honest()
    provisioned.sign_in()


def test_s2_an_earlier_answer_is_no_answer(provisioned: Bench, proxy: Proxy) -> None:
    """S2: the answer to a sign-in of this terminal, under a good MAC, in the place of the next one's."""
    provisioned.sign_in()
    old = next(answer for request, answer in proxy.seen if name_of(request) == _SIGN_IN)
    provisioned.board.cut_power()
    provisioned.start_linked()
    proxy.down = lambda _frame: old
    before = durable(provisioned)
    provisioned.enter_operator()
    provisioned.press(*CASHIER.pin, "ENTER")
    expect_trouble(provisioned, "N3", ALL_TRIES_S)
    decline(provisioned)
    assert durable(provisioned) == before
    proxy.honest()
    provisioned.sign_in()
