# SPDX-License-Identifier: MIT
"""A terminal that was without network or power for days (W3, O5): the host refuses what says it is a day old."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tests_host.journeys.bench import Bench
from tools.journal import Status

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_SETTLING: Final = 2
_HEAD: Final = """
from firmware.store.journal import CASH, QUEUED, Journal, Txn
journal = Journal()
journal.mount()
state = journal.state
"""


def _days_ago_s(days: int) -> int:
    """As the journal keeps it, by the host's clock."""
    return int((datetime.now(UTC) - _EPOCH - timedelta(days=days)).total_seconds())


def test_w3_what_has_waited_for_days_is_booked(signed_in: Bench) -> None:
    """W3: under the sale's own date and number, sent with the time of its sending."""
    signed_in.board.cut_power()
    signed_in.board.exec(
        f"""{_HEAD}
txn = Txn()
txn.epoch, txn.batch, txn.amount = state.epoch, state.batch, 1234
txn.time, txn.operator, txn.shift, txn.zone = {_days_ago_s(3)}, 1, 1, 480
txn.kind, txn.status, txn.stan = CASH, QUEUED, journal.next_stan()
journal.record(txn)
"""
    )
    signed_in.start_linked()
    signed_in.sign_in()
    assert signed_in.uploaded(1)
    [record] = signed_in.host.books.records(signed_in.tid, 1)
    local = datetime.now(UTC) + timedelta(hours=8) - timedelta(days=3)
    assert record.local_time.startswith(local.strftime("%m%d"))
    signed_in.sign_out()


def test_o5_a_settlement_that_lay_for_days_is_asked_for_anew(signed_in: Bench) -> None:
    """O5: nothing came of the old request, and nobody has to know."""
    signed_in.sell("700")
    assert signed_in.board.run_until(lambda: signed_in.journal().transactions[0].status is Status.ACKED, 20_000)
    signed_in.board.cut_power()
    signed_in.board.exec(
        f"""{_HEAD}
journal.change(code={_SETTLING}, settle_stan=journal.next_stan(), settle_time={_days_ago_s(2)}, pointer=0)
"""
    )
    signed_in.start_linked()
    signed_in.sign_in(then="签退成功")
    assert signed_in.differences(1) == []
    assert signed_in.journal().state["batch"] == 2
