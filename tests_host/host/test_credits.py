# SPDX-License-Identifier: MIT
"""Voids, refunds and reversals (mission W1, W4, O5; protocol.md clause 5, messages 4d and 5)."""

from collections.abc import Callable

import pytest

from tests_host.host.client import TerminalClient, TestClock
from tests_host.host.conftest import MID, PIN, TID
from tools.host import Host
from tools.host.codec import Fields
from tools.host.errors import PaymentError


@pytest.fixture
def paid(host: Host, signed_in: TerminalClient) -> Fields:
    """Message 4 of 12.30, which the customer has paid."""
    fields = signed_in.order_fields()
    host.phone.pay(signed_in.ask(fields).fields["37"], "payer")
    return fields


def _sold(client: TerminalClient, amount_minor: int = 500) -> Fields:
    """Message 3 of a cash sale."""
    assert client.sell(amount_minor).code == "00"
    return client.last


def test_w1_a_void_is_a_credit_of_its_own(host: Host, signed_in: TerminalClient, paid: Fields) -> None:
    """W1: all of the sale goes back; both records count, and the settlement agrees."""
    fields = signed_in.credit_fields("23", paid, 1230)
    answer = signed_in.ask(fields)
    assert answer.code == "00"
    assert signed_in.repeat(fields).raw == answer.raw
    sale, void = host.books.records(TID, 1)
    assert (void.kind, void.amount_minor, void.stan, void.status) == ("23", 1230, int(fields["11"]), "booked")
    assert (void.original, void.rrn) == (f"000001{sale.stan:06d}", answer.fields["37"])
    assert set(host.books.balances().values()) == {0}
    assert signed_in.void(paid, 1230).code == "25"
    assert signed_in.refund(paid, 1).code == "25"
    assert signed_in.settle(1230, 1, credit=(1230, 1)).code == "00"
    assert signed_in.end_batch(2).code == "00"
    approved = [row.detail for row in host.books.audit(TID) if row.event == "approved"]
    assert approved == [f"void of {void.original}, amount 1230, while 001 is signed in"]


def test_w1_cash_goes_back_to_the_customer_from_the_drawer(host: Host, signed_in: TerminalClient) -> None:
    """W1: a stored cash sale is voided like any other."""
    sale = _sold(signed_in)
    assert host.books.balances()[f"drawer:{TID}"] == 500
    assert signed_in.void(sale, 500).code == "00"
    assert host.books.balances() == {f"drawer:{TID}": 0, f"takings:{MID}": 0}


def test_w1_refunds_up_to_what_is_left(host: Host, signed_in: TerminalClient, paid: Fields) -> None:
    """W1: in parts, and of an earlier batch; a part taken back is not voided any more."""
    assert signed_in.refund(paid, 1231).code == "61"
    assert signed_in.refund(paid, 0).code == "13"
    assert signed_in.refund(paid, 1000).code == "00"
    assert signed_in.void(paid, 230).code == "25"
    assert signed_in.settle(1230, 1, credit=(1000, 1)).code == "00"
    assert signed_in.end_batch(2).code == "00"
    signed_in.batch = 2
    assert signed_in.void(paid, 1230).code == "25"
    assert signed_in.refund(paid, 231).code == "61"
    assert signed_in.refund(paid, 230).code == "00"
    assert signed_in.refund(paid, 1).code == "25"
    assert host.books.totals(TID, 2).credit_minor == 230
    assert host.books.verify_ledger() == []


def test_w1_a_void_is_of_the_open_batch_and_the_full_amount(signed_in: TerminalClient, paid: Fields) -> None:
    """W1: part of it is no void."""
    assert signed_in.void(paid, 1000).code == "13"
    assert signed_in.settle(1230, 1).code == "00"
    assert signed_in.end_batch(1).code == "00"
    assert signed_in.void(paid, 1230).code == "77"
    signed_in.batch = 2
    assert signed_in.void(paid, 1230).code == "25"


def test_w1_what_cannot_be_given_back(host: Host, signed_in: TerminalClient, paid: Fields) -> None:
    """W1: an order that is not paid, a credit itself, another date, something malformed."""
    unpaid = signed_in.order_fields(700)
    signed_in.ask(unpaid)
    assert signed_in.void(unpaid, 700).code == "25"
    void = signed_in.credit_fields("25", paid, 1)
    assert signed_in.ask(void).code == "00"
    assert signed_in.void(void, 1).code == "25"
    assert signed_in.refund(paid | {"13": "0101"}, 1).code == "25"
    for change, code in (
        ({"61": "1"}, "30"),
        ({"110": ""}, "30"),
        ({"3": "000000"}, "12"),
        ({"49": "840"}, "12"),
        ({"60": "23000009000"}, "77"),
        ({"11": paid["11"]}, "94"),
        ({"53": f"{signed_in.key_set:02d}00040500000000"}, "A7"),
        ({"53": f"{signed_in.key_set:02d}" * 2 + "000500000000"}, "99"),
    ):
        assert signed_in.ask(signed_in.changed(signed_in.credit_fields("23", paid, 1), change)).code == code, change
    assert len(host.books.records(TID, 1)) == 2


def test_w1_the_supervisors_pin_is_counted_as_at_sign_in(
    host: Host, signed_in: TerminalClient, paid: Fields, clock: TestClock
) -> None:
    """W1, E2: each newly typed PIN costs a try, a repeat none; the fifth locks; nothing is booked."""
    fields = signed_in.credit_fields("23", paid, 1230, "111222")
    first = signed_in.ask(fields)
    assert (first.code, first.tags["RT"]) == ("55", "4")
    assert signed_in.repeat(fields).raw == first.raw
    assert signed_in.check_pin("111222").tags["RT"] == "3"
    assert [signed_in.refund(paid, 1, "111222").code for _ in range(3)] == ["55", "55", "75"]
    locked = signed_in.void(paid, 1230)
    assert (locked.code, locked.tags["LT"]) == ("75", "30")
    assert len(host.books.records(TID, 1)) == 1
    clock.advance(minutes=31)
    assert signed_in.void(paid, 1230).code == "00"


def test_w1_only_a_supervisor_gives_money_back(host: Host, signed_in: TerminalClient, paid: Fields) -> None:
    """W1: 000 with another role is refused; the cashier's own PIN is not the supervisor's."""
    assert signed_in.void(paid, 1230, PIN).code == "55"
    host.enrolment.operator(MID, "000", "店长", "808642", role="0")
    refused = signed_in.void(paid, 1230)
    assert (refused.code, "Supervisor" in refused.tags["DT"]) == ("63", True)


def test_w4_a_reversed_order_is_never_paid(host: Host, signed_in: TerminalClient) -> None:
    """W4: 00 with FS=R, the same on every repeat; the order can neither be paid nor come again."""
    order = signed_in.order_fields()
    rrn = signed_in.ask(order).fields["37"]
    fields = signed_in.reversal_fields(order)
    answer = signed_in.ask(fields)
    assert (answer.fields["t"], answer.code, answer.tags) == ("0410", "00", {"FS": "R"})
    assert signed_in.repeat(fields).raw == answer.raw
    assert signed_in.status(order, rrn).code == "25"
    with pytest.raises(PaymentError, match="is reversed"):
        host.phone.pay(rrn)
    assert host.phone.orders() == []
    assert host.books.totals(TID, 1).text == "0" * 30


def test_w4_an_original_that_comes_after_its_reversal_is_refused(
    host: Host, signed_in: TerminalClient, paid: Fields
) -> None:
    """W4, O5: the request overtaken on the way books nothing, whatever kind it is."""
    late = [signed_in.order_fields(), signed_in.credit_fields("23", paid, 1230), signed_in.credit_fields("25", paid, 5)]
    for original in late:
        answer = signed_in.reverse(original)
        assert (answer.code, answer.tags["FS"]) == ("25", "R")
        assert signed_in.ask(original).code == "94"
    assert len(host.books.records(TID, 1)) == 1
    assert len(host.books.orders(TID, 1)) == 1
    assert [row.outcome for row in host.books.reversals(TID, 1)] == ["R"] * 3


def test_w4_a_paid_order_stays_paid(host: Host, signed_in: TerminalClient, paid: Fields, clock: TestClock) -> None:
    """W4: FS=P, the sale is booked and the terminal shows it; also when it asks again later."""
    fields = signed_in.reversal_fields(paid)
    answer = signed_in.ask(fields)
    assert (answer.code, answer.tags["FS"]) == ("00", "P")
    clock.advance(seconds=5)
    assert signed_in.reverse(paid, "06").tags["FS"] == "P"
    assert signed_in.repeat(fields).raw == answer.raw
    assert host.books.totals(TID, 1).debit_minor == 1230
    assert signed_in.void(paid, 1230).code == "00"


def test_w4_a_reversed_void_leaves_the_sale_as_it_was(host: Host, signed_in: TerminalClient, paid: Fields) -> None:
    """W4: the credit counts no more, the sale can be voided anew, and the ledger holds all three events."""
    void = signed_in.credit_fields("23", paid, 1230)
    host.faults.no_answer(TID, on="void")
    signed_in.post(void)
    answer = signed_in.reverse(void)
    assert (answer.code, answer.tags["FS"]) == ("00", "R")
    assert host.books.totals(TID, 1).credit_count == 0
    assert [row.status for row in host.books.records(TID, 1)] == ["booked", "reversed"]
    assert signed_in.repeat(void).code == "00"  # the stored answer, and nothing is done
    assert host.books.totals(TID, 1).credit_count == 0
    assert signed_in.void(paid, 1230).code == "00"
    events = [entry.event for entry in host.books.ledger(TID, 1)]
    assert events == ["book 22", "book 23", "reversed", "book 23"]
    assert host.books.verify_ledger() == []


def test_w4_a_void_of_a_closed_batch_stands(host: Host, signed_in: TerminalClient, paid: Fields) -> None:
    """W4: closed books are not changed: FS=P."""
    void = signed_in.credit_fields("23", paid, 1230)
    signed_in.ask(void)
    signed_in.settle(1230, 1, credit=(1230, 1))
    assert signed_in.end_batch(2).code == "00"
    assert signed_in.reverse(void).tags["FS"] == "P"
    assert host.books.totals(TID, 1).credit_count == 1


def test_w4_malformed_reversals(signed_in: TerminalClient, paid: Fields) -> None:
    """W4: another amount is another sale; DE61 names the message itself."""
    for change, code in (
        ({"61": "1"}, "30"),
        ({"61": "000001999999" + paid["13"]}, "30"),
        ({"4": "000000001231"}, "12"),
        ({"60": "25000001000"}, "12"),
        ({"60": "30000001000"}, "12"),
        ({"39": ""}, "30"),
    ):
        assert signed_in.ask(signed_in.changed(signed_in.reversal_fields(paid), change)).code == code, change


@pytest.mark.parametrize("is_committed", [False, True])
def test_o5_a_crash_of_the_host_around_a_reversal(
    host: Host, signed_in: TerminalClient, is_committed: bool, make_host: Callable[..., Host]
) -> None:
    """O5: done once, whenever the process dies; another process answers the repeat."""
    order = signed_in.order_fields()
    rrn = signed_in.ask(order).fields["37"]
    fields = signed_in.reversal_fields(order)
    host.faults.crash(TID, is_committed=is_committed, on="reversal")
    signed_in.post(fields)
    assert signed_in.is_closed()
    host.stop()
    signed_in.port = make_host().start()
    signed_in.connect()
    assert signed_in.repeat(fields).tags["FS"] == "R"
    assert signed_in.status(order, rrn).code == "25"
    assert len(host.books.reversals(TID, 1)) == 1


def test_w4_reversal_while_signed_out(host: Host, signed_in: TerminalClient) -> None:
    """W4: a pending reversal needs nobody at the keypad: key set 00 is enough."""
    order = signed_in.order_fields()
    signed_in.ask(order)
    signed_in.sign_out()
    signed_in.forget_keys()
    assert signed_in.reverse(order).tags["FS"] == "R"
    assert signed_in.order().code == "A7"


def test_w4_payment_expiry_and_reversal_at_once_agree(host: Host, signed_in: TerminalClient) -> None:
    """W4, O5: whoever comes first wins: FS=P and a record, or FS=R and none; never both, never neither."""
    booked = 0
    for number in range(12):
        order = signed_in.order_fields(100 + number)
        rrn = signed_in.ask(order).fields["37"]
        fields = signed_in.reversal_fields(order)
        signed_in.post(fields)
        is_paid = _try(host.phone.pay, rrn)
        if number % 2:
            _try(host.phone.expire, rrn)
        outcome = signed_in.receive(fields).tags["FS"]
        assert outcome == ("P" if is_paid else "R")
        booked += is_paid
        assert signed_in.status(order, rrn).code == ("00" if is_paid else "25")
    assert len(host.books.records(TID, 1)) == booked
    assert host.books.verify_ledger() == []


def _try(call: Callable[[str], object], rrn: str) -> bool:
    """Whether the customer was in time."""
    try:
        call(rrn)
    except PaymentError:
        return False
    return True


def test_w4_a_reversal_over_two_connections_is_written_once(
    host: Host, signed_in: TerminalClient, paid: Fields, clock: TestClock
) -> None:
    """W4, O5: a void, its repeat and its reversal on several connections end as the reversal said."""
    void = signed_in.credit_fields("23", paid, 1230)
    other = TerminalClient(signed_in.identity, signed_in.port, clock)
    other.tak, other.key_set = signed_in.tak, signed_in.key_set
    signed_in.post(void)
    outcome = other.reverse(void)
    assert outcome.tags["FS"] == "R"
    assert signed_in.receive(void).code == ("00" if outcome.code == "00" else "94")
    assert other.repeat(void).code in ("00", "94")
    other.close()
    assert host.books.totals(TID, 1).credit_count == 0
    assert set(host.books.balances().values()) == {1230, -1230}
