# SPDX-License-Identifier: MIT
"""The order to forget PIN tries (tag PU): told again until it is heard, never again behind a PIN (mission E2, L6)."""

from collections.abc import Callable

import pytest

from tests_host.host.client import TerminalClient
from tests_host.host.conftest import PIN, TID
from tests_host.host.test_terminal_trail import Trail
from tools.host import Host

_POWER_ON, _PIN_FAILED, _UNLOCKED = 1, 5, 10
_WRONG = "111111"


@pytest.fixture
def freed(host: Host, terminal: TerminalClient) -> TerminalClient:
    """A terminal that is to forget its tries."""
    host.enrolment.unlock_terminal(TID)
    return terminal


def _is_told(client: TerminalClient, handshakes: int, trail: str | None = None) -> bool:
    """With the answer to a status over the connection of that number."""
    tags = [("DG", f"RC1 BV3900 WD0 HS{handshakes} JU3"), *([] if trail is None else [("AU", trail)])]
    answer = client.echo(*tags)
    assert (answer.code, answer.is_signed) == ("00", True)
    return "PU" in answer.tags


def _told(client: TerminalClient, *handshakes: int) -> list[bool]:
    return [_is_told(client, number) for number in handshakes]


def test_e2_it_is_told_until_the_connection_goes_on(freed: TerminalClient) -> None:
    """E2: three answers are lost with their connections, the fourth is heard."""
    assert _told(freed, 1, 2, 3, 4, 4, 4, 5) == [True, True, True, True, False, False, False]


def test_e2_it_survives_a_restart_of_the_host(
    host: Host, freed: TerminalClient, make_host: Callable[..., Host]
) -> None:
    """E2, L6: what is owed is in the books."""
    assert _is_told(freed, 1)
    freed.close()
    host.stop()
    freed.port = make_host().start()
    assert _told(freed, 2, 2) == [True, False]


def test_e2_a_new_order_is_told_anew(host: Host, freed: TerminalClient) -> None:
    """E2: over the same connection."""
    assert _told(freed, 1, 1) == [True, False]
    host.enrolment.unlock_terminal(TID)
    assert _told(freed, 1, 1) == [True, False]


@pytest.mark.parametrize("pin", [PIN, _WRONG])
def test_e2_a_sign_in_ends_what_was_told(freed: TerminalClient, pin: str) -> None:
    """E2: right or wrong, the tries from then on count."""
    assert _is_told(freed, 1)
    assert "PU" not in freed.sign_in(pin).tags
    assert _told(freed, 2, 3) == [False, False]


def test_e2_a_sign_in_before_it_was_told_carries_it(freed: TerminalClient) -> None:
    """E2: with a status behind it in case that was lost, unless another PIN comes first."""
    assert "PU" in freed.sign_in(_WRONG).tags
    assert _told(freed, 2, 2) == [True, False]


def test_e2_a_supervisors_pin_ends_what_was_told(signed_in: TerminalClient, host: Host) -> None:
    """E2: message 9 as well."""
    host.enrolment.unlock_terminal(TID)
    assert _is_told(signed_in, 1)
    assert signed_in.check_pin(_WRONG, "000", ("AP", "unlock")).code == "55"
    assert _told(signed_in, 2, 3) == [False, False]


def test_e2_tries_at_the_idle_lock_end_what_was_told(freed: TerminalClient) -> None:
    """E2: they are in the terminal's trail. Whoever cuts each connection gets no more of them."""
    trail = Trail()
    assert _is_told(freed, 1, trail.add(_PIN_FAILED))
    assert _is_told(freed, 2, trail.add(_UNLOCKED))
    assert not _is_told(freed, 3, trail.add(_PIN_FAILED))
    assert _told(freed, 4, 5) == [False, False]


def test_e2_tries_that_are_known_do_not_end_it(freed: TerminalClient) -> None:
    """E2: the answer that would have said so was lost with the word."""
    records = Trail().add(_PIN_FAILED)
    assert _is_told(freed, 1, records)
    assert _is_told(freed, 2, records)
    assert not _is_told(freed, 2)


def test_e2_it_waits_for_the_whole_trail(freed: TerminalClient) -> None:
    """E2: eight records may have more behind them."""
    trail = Trail()
    assert _is_told(freed, 1)
    assert not _is_told(freed, 2, "".join(trail.add(_POWER_ON) for _ in range(8)))
    assert _is_told(freed, 2, trail.add(_POWER_ON))
    assert not _is_told(freed, 3, "".join(trail.add(_PIN_FAILED) for _ in range(8)))
    assert not _is_told(freed, 4)


def test_e2_a_restarted_terminal_counts_its_connections_anew(freed: TerminalClient) -> None:
    """E2: the same number is not the same connection; its trail comes first."""
    trail = Trail()
    first = trail.add(_POWER_ON)
    assert _is_told(freed, 1, first)
    assert not _is_told(freed, 1, "")
    assert _is_told(freed, 1, trail.add(_POWER_ON))
    assert not _is_told(freed, 1)


@pytest.mark.parametrize("diagnostics", ["", "RC1 BV3900", "HS", "XHS1", "HS12345678", "HS-1", "HS٣"])
def test_e2_a_terminal_that_gives_no_sign_is_told_once(freed: TerminalClient, diagnostics: str) -> None:
    """E2: whatever it says instead."""
    told = ["PU" in freed.echo(("DG", diagnostics)).tags for _ in range(3)]
    assert told == [True, False, False]
