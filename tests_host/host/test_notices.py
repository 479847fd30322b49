# SPDX-License-Identifier: MIT
"""Echo, notices, pending work, lock levels (mission S4, L1, L4, C3; protocol.md clause 5, messages 2 and 11)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests_host.host.client import Response, TerminalClient, TestClock
from tests_host.host.conftest import MID, TID
from tools.host import Host
from tools.host.errors import EnrolError


def take(client: TerminalClient, seen: int = 0) -> Response:
    """Message 11."""
    return client.ask(client.fields("0800", "00", "811", [("NV", f"{seen:04d}")]))


def test_s4_notices_are_given_oldest_first_until_the_terminal_has_seen_them(
    host: Host, terminal: TerminalClient
) -> None:
    """S4: PR 8 stays until NV says that all were seen."""
    host.enrolment.notice("停机", "今晚系统维护", must_confirm=True)
    host.enrolment.notice("价格", "新价目表")
    assert terminal.sign_in().tags["PR"] == "8"
    first = take(terminal).tags
    assert (first["NV"], first["NT"], first["NB"], first["NM"]) == ("0001", "停机", "今晚系统维护", "1")
    echo = terminal.echo(("NV", "0001"))
    assert (echo.tags["PR"], echo.tags["NA"]) == ("8", "0002")
    assert take(terminal, 1).tags["NT"] == "价格"
    assert "PR" not in terminal.echo(("NV", "0002")).tags
    assert take(terminal, 2).code == "25"


def test_s4_notices_have_their_audience_and_their_end(
    host: Host, make_terminal: Callable[..., TerminalClient], clock: TestClock
) -> None:
    """S4, C3: for one terminal or merchant, and not after they have expired."""
    first, second = make_terminal(), make_terminal("10000002")
    host.enrolment.notice("一", "only 10000001", tid=TID)
    host.enrolment.notice("二", "for the merchant", mid=MID, expires_at=clock.now + timedelta(hours=1))
    assert take(second).tags["NE"] == "20261120201530"
    assert take(first).tags["NT"] == "一"
    clock.advance(hours=2)
    assert take(second).code == "25"
    assert take(first, 1).code == "25"


def test_s4_new_notices_are_above_what_a_terminal_has_seen_elsewhere(host: Host, terminal: TerminalClient) -> None:
    """S4: a terminal that comes from another host must not miss the first notices of this one."""
    terminal.echo(("NV", "0041"))
    assert host.enrolment.notice("新", "text") == 42
    assert terminal.echo(("NV", "0041")).tags["PR"] == "8"


def test_l4_echo_tells_lock_work_contact_and_batch(host: Host, terminal: TerminalClient) -> None:
    """L1, L4: maintenance, pending work and the support contact are shown also while signed out."""
    host.enrolment.control_terminal(TID, lock_level=2, pending="92")
    tags = terminal.echo(("DG", "boot=3")).tags
    assert (tags["LK"], tags["SC"], tags["TM"]) == ("2", "400-000-0000", "20261120191530")
    assert tags["PR"] == "9"
    assert host.books.terminal(TID).diagnostics == "boot=3"
    assert terminal.sign_in().tags["LK"] == "2"
    tags = terminal.echo().tags
    assert (tags["BS"], tags["PR"]) == ("O", "9")
    terminal.settle(0, 0)
    terminal.end_batch(0)
    tags = terminal.echo().tags
    assert tags["BS"] == "C"
    assert "PR" not in tags


def test_l4_sign_in_asked_for_is_done_by_signing_in(host: Host, signed_in: TerminalClient) -> None:
    """L4: PR 3 is shown until the terminal has signed in again."""
    host.enrolment.control_terminal(TID, pending="3")
    assert signed_in.echo().tags["PR"] == "3"
    assert "PR" not in signed_in.sign_in().tags


def test_c3_notice_must_fit_the_terminal(host: Host) -> None:
    """C3: titles of 32 bytes, texts of 600."""
    with pytest.raises(EnrolError, match="title"):
        host.enrolment.notice("长" * 11, "text")
    with pytest.raises(EnrolError, match="notice"):
        host.enrolment.notice("t", "长" * 201)
    host.enrolment.notice("长" * 10, "长" * 200)
