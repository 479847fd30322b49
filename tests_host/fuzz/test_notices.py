# SPDX-License-Identifier: MIT
"""The fuzzing itself: a terminal or a host with a hole in it is found out, and the case told shows it again."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.fuzz import device
from tools.fuzz.acquirer import Acquirer, new_folder
from tools.fuzz.corpus import FILE, record
from tools.fuzz.counter import Counter
from tools.fuzz.mitm import Middle
from tools.fuzz.parts import FRAMES
from tools.fuzz.run import Order, Report, on_device
from tools.host import crypto


@pytest.fixture(scope="module")
def corpus() -> Iterator[tuple[Path, list[str]]]:
    """A folder with recorded exchanges, and the static keys."""
    folder = new_folder()
    recorded = record()
    recorded.write(folder)
    yield folder, recorded.static
    shutil.rmtree(folder)


def _codec(corpus: tuple[Path, list[str]], order: Order, broken: dict[str, str]) -> Report:
    folder, keys = corpus
    return on_device("codec", order, folder, {"corpus": f"/work/{FILE}", "keys": keys, "broken": broken}, FRAMES)


def test_a_terminal_that_takes_any_mac_is_found_out(corpus: tuple[Path, list[str]]) -> None:
    hole = {"iso8583.verify": "yes"}
    first = _codec(corpus, Order(1, 0, 300), hole).findings[0]
    again = _codec(corpus, Order(1, first.case, 1), hole)
    assert [again.findings[0].what, again.findings[0].shown] == [first.what, first.shown]
    assert _codec(corpus, Order(1, first.case, 1), {}).findings == []


@pytest.mark.long
def test_a_case_that_hangs_is_named(corpus: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only the process that fell silent."""
    monkeypatch.setattr(device, "SILENCE_S", 3.0)
    hole = {"tlv.unpack": "hang"}
    found = _codec(corpus, Order(1, 0, 300), hole).findings
    assert [finding.what for finding in found] == ["nothing for 3 s"]
    assert _codec(corpus, Order(1, found[0].case, 1), hole).findings == found


def test_only_the_answer_itself_counts() -> None:
    """What is spoilt in the man in the middle's cases would count as it was recorded, at each place of the shift."""
    with Acquirer() as acquirer, Counter(acquirer) as counter:
        middle = Middle(counter)
        assert len(middle.places) > 10
        for number, exchange in enumerate(middle.recorded):
            assert "has changed" in middle.answered(number, exchange.response)
            assert middle.answered(number, exchange.response[:-1] + bytes([exchange.response[-1] ^ 1])) == ""


def test_a_host_that_takes_any_mac_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with Acquirer() as acquirer, Counter(acquirer) as counter:
        middle = Middle(counter)
        case = max(case for case in middle.cases() if case.kind == "flip" and case.other == 0)  # the MAC's last byte
        assert middle.run(case) == ""
        monkeypatch.setattr(crypto, "is_sealed", lambda *_: True)
        assert middle.run(case) == "signed in"
