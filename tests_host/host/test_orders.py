# SPDX-License-Identifier: MIT
"""Orders, their status, balances and the customer's phone (mission W1, W2; protocol.md clause 5, messages 4 to 4c)."""

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zxingcpp

import iso8583
from tests_host.host.client import Response, TerminalClient, TestClock
from tests_host.host.conftest import MID, TID
from tests_host.host.test_cli import Desk
from tools.host import Host, Settings, codec, spec
from tools.host.codec import Fields
from tools.host.errors import PaymentError, UnknownError
from tools.sim import phone as sim_phone

Order = tuple[Fields, Response]


@pytest.fixture
def order(signed_in: TerminalClient) -> Order:
    """Message 4 of 12.30 and its answer."""
    fields = signed_in.order_fields()
    answer = signed_in.ask(fields)
    assert answer.code == "00"
    return fields, answer


def _rrn(order: Order) -> str:
    return order[1].fields["37"]


def test_w1_an_order_gets_a_small_code_and_is_not_money(host: Host, signed_in: TerminalClient, order: Order) -> None:
    """W1: DE37, QC, EX; the code fits the display as a real QR encoder sees it."""
    tags = order[1].tags
    assert tags["QC"] == f"HTTPS://P.CN/Q/{TID}A000001{order[0]['11']}"
    assert tags["EX"] == "120"
    assert re.fullmatch(r"[0-9A-Z $%*+\-./:]{1,77}", tags["QC"])
    code = zxingcpp.create_barcode(tags["QC"], zxingcpp.BarcodeFormat.QRCode)
    assert zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False).shape[0] <= 29
    assert host.books.records(TID, 1) == []
    assert host.books.totals(TID, 1).debit_count == 0
    assert host.books.balances() == {}


def test_w1_the_answer_on_the_wire_is_plain_iso_8583(order: Order) -> None:
    """W1: decoded by pyiso8583 alone."""
    fields, _ = iso8583.decode(order[1].raw, spec=spec.build())
    assert (fields["t"], fields["39"], fields.get("3", "")) == ("0210", "00", "")
    assert fields["62"].startswith("QC036HTTPS://P.CN/Q/")


def test_w1_a_paid_order_is_booked_in_its_batch(host: Host, signed_in: TerminalClient, order: Order) -> None:
    """W1: 09 until the customer pays, then 00 with the payer; once in books, totals and ledger."""
    assert signed_in.status(order[0], _rrn(order)).code == "09"
    host.phone.pay(order[1].tags["QC"], "张三 wx")
    paid = signed_in.status(order[0], _rrn(order))
    assert (paid.code, paid.tags["PI"]) == ("00", "张三 wx")
    (record,) = host.books.records(TID, 1)
    assert (record.kind, record.amount_minor, record.rrn, record.payer) == ("22", 1230, _rrn(order), "张三 wx")
    assert (record.operator, record.shift, record.stan) == ("001", "2", int(order[0]["11"]))
    assert host.books.balances() == {f"merchant:{MID}": -1230, "scheme": 1230}
    with pytest.raises(PaymentError, match="is paid"):
        host.phone.pay(_rrn(order))
    assert signed_in.settle(1230, 1).code == "00"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"4": "000000000000"}, "13"),
        ({"4": "000005000001"}, "61"),
        ({"49": "840"}, "12"),
        ({"22": "012"}, "12"),
        ({"3": "200000"}, "12"),
        ({"62": "PT0012"}, "12"),
        ({"4": ""}, "30"),
        ({"60": "22000009000"}, "77"),
        ({"53": "0000000500000000"}, "A7"),
    ],
)
def test_w1_what_cannot_be_ordered(host: Host, signed_in: TerminalClient, change: dict[str, str], code: str) -> None:
    """W1: refused with the profile's code; no order, and the same on a repeat."""
    fields = signed_in.changed(signed_in.order_fields(), change)
    tak = signed_in.identity.tak0 if code == "A7" else None
    assert signed_in.ask(fields, tak).code == code
    assert signed_in.ask(fields | {"t": "0201"}, tak).code == code
    assert host.books.orders(TID, 1) == []


def test_w1_limits_locks_and_bars(host: Host, signed_in: TerminalClient) -> None:
    """W1: a terminal's own limit; no orders while it is locked or barred."""
    host.enrolment.limit_sales(TID, 500)
    assert [signed_in.order(amount).code for amount in (500, 501)] == ["00", "61"]
    host.enrolment.limit_sales(TID, None)
    assert signed_in.order(501).code == "00"
    host.enrolment.control_terminal(TID, lock_level=1)
    locked = signed_in.order()
    assert (locked.code, locked.tags["LK"]) == ("58", "1")
    host.enrolment.control_terminal(TID, lock_level=0, is_barred=True)
    assert signed_in.order().code == "58"
    with pytest.raises(UnknownError):
        host.enrolment.limit_sales("99999999", 1)


def test_w1_one_key_is_one_order(host: Host, signed_in: TerminalClient, order: Order, clock: TestClock) -> None:
    """W4, O5: a repeat gets the same bytes; the STAN under another DE7, or of an advice, is a duplicate."""
    assert signed_in.repeat(order[0]).raw == order[1].raw
    clock.advance(seconds=1)
    later = order[0] | {"7": clock().strftime("%m%d%H%M%S")}
    assert signed_in.ask(later).code == "94"
    assert signed_in.ask(signed_in.sale_fields() | {"11": order[0]["11"]}).code == "94"
    assert len(host.books.orders(TID, 1)) == 1


def test_w1_an_expired_order_is_never_paid(
    host: Host, signed_in: TerminalClient, order: Order, clock: TestClock
) -> None:
    """W1, W4: 68 is final: no clock that goes back makes the order payable again."""
    clock.advance(seconds=119)
    assert signed_in.status(order[0], _rrn(order)).code == "09"
    clock.advance(seconds=1)
    assert host.phone.orders() == []
    assert signed_in.status(order[0], _rrn(order)).code == "68"
    clock.advance(seconds=-60)
    with pytest.raises(PaymentError, match="is expired"):
        host.phone.pay(_rrn(order))
    assert host.books.records(TID, 1) == []


def test_w1_the_customer_lets_it_expire_or_comes_too_late(host: Host, signed_in: TerminalClient, order: Order) -> None:
    """W1: by hand; by time."""
    host.phone.expire(host.phone.last(TID).code)
    assert signed_in.status(order[0], _rrn(order)).code == "68"
    with pytest.raises(UnknownError):
        host.phone.last()
    with pytest.raises(PaymentError):
        host.phone.expire(_rrn(order))
    with pytest.raises(UnknownError):
        host.phone.pay("HTTPS://P.CN/Q/1")
    with pytest.raises(PaymentError, match="printable"):
        host.phone.pay(_rrn(order), "a\nb")


def test_w1_status_of_something_else_is_25(host: Host, signed_in: TerminalClient, order: Order) -> None:
    """W4: another reference, date, STAN or terminal finds nothing."""
    fields, rrn = order
    original = signed_in.original(fields)
    for change in ({"37": "000000000000"}, {"61": original[:12] + "0101"}, {"61": "000001999999" + original[12:]}):
        assert signed_in.ask(signed_in.status_fields(fields, rrn.fields["37"]) | change).code == "25"
    assert signed_in.ask(signed_in.status_fields(fields, rrn.fields["37"], f61="1")).code == "30"
    assert signed_in.ask(signed_in.status_fields(fields, rrn.fields["37"], f61="")).code == "30"


def test_w1_an_order_ends_with_its_batch(host: Host, signed_in: TerminalClient, order: Order) -> None:
    """O1, W4: what a closed batch left open cannot be paid into it."""
    assert signed_in.settle(0, 0).code == "00"
    assert signed_in.end_batch(0).code == "00"
    with pytest.raises(PaymentError, match="is expired"):
        host.phone.pay(_rrn(order))
    assert signed_in.status(order[0], _rrn(order)).code == "68"


def test_w1_payment_between_settlement_and_batch_end_is_not_lost(
    host: Host, signed_in: TerminalClient, order: Order
) -> None:
    """O3: the totals no longer agree, so the batch stays open."""
    assert signed_in.settle(0, 0).code == "00"
    host.phone.pay(_rrn(order))
    assert signed_in.end_batch(0).code == "95"
    assert signed_in.settle(1230, 1).code == "00"
    assert signed_in.end_batch(1).code == "00"


def test_w1_a_held_answer_comes_with_the_payment_and_holds_nobody_up(
    host: Host, signed_in: TerminalClient, order: Order, make_terminal: Callable[..., TerminalClient]
) -> None:
    """W1: more answers are held than the host has workers; another terminal is served meanwhile."""
    waiting = [make_terminal(f"200000{number:02d}", keys=None) for number in range(host.settings.workers + 2)]
    asked = []
    for client in waiting:
        client.sign_in()
        fields = client.order_fields()
        rrn = client.ask(fields).fields["37"]
        status = client.status_fields(fields, rrn, 20)
        client.post(status)
        asked.append((client, status, rrn))
    started = time.monotonic()
    assert signed_in.echo().code == "00"
    for client, status, rrn in asked:
        host.phone.pay(rrn)
        assert client.receive(status).code == "00"
    assert time.monotonic() - started < 10


def test_w1_a_held_answer_ends_with_wt(host: Host, signed_in: TerminalClient, order: Order) -> None:
    """W1: 09 after the time asked for; a setting can make it shorter."""
    started = time.monotonic()
    assert signed_in.status(order[0], _rrn(order), 1).code == "09"
    assert 0.9 < time.monotonic() - started < 5
    timer = host.phone.pay_after(0.2, host.phone.wait_for_order(TID).code)
    assert signed_in.status(order[0], _rrn(order), 20).code == "00"
    timer.join()
    host.phone.pay_after(0, _rrn(order)).join()  # too late: nothing happens


def test_w1_a_host_that_never_holds(
    make_host: Callable[..., Host], signed_in: TerminalClient, order: Order, host: Host
) -> None:
    """W1: for a bench whose clock stands still."""
    host.stop()
    signed_in.port = make_host(Settings(hold_max_s=0)).start()
    signed_in.connect()
    assert signed_in.status(order[0], _rrn(order), 20).code == "09"


def test_w1_a_phone_in_another_process_is_noticed(signed_in: TerminalClient, order: Order, host_dir: Path) -> None:
    """W1, C3: `host phone pay` works through the database; the held answer follows within half a second."""
    desk = Desk(host_dir)
    assert TID in desk.good("phone", "list")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(signed_in.status, order[0], _rrn(order), 20)
        assert "Paid 12.30" in desk.good("phone", "pay", "--last", "--payer", "someone")
        paid_at = time.monotonic()
        answer = held.result()
    assert (answer.code, answer.tags["PI"]) == ("00", "someone")
    assert time.monotonic() - paid_at < 2
    assert "no order is open" in desk.bad("phone", "pay", "--last")
    assert "is paid" in desk.bad("phone", "pay", order[1].tags["QC"])
    assert "name a CODE" in desk.bad("phone", "pay")
    signed_in.order(200)
    assert "is expired" in desk.good("phone", "expire", "--last")
    assert "limit" in desk.good("limit-sales", TID)


def test_w1_payment_and_status_at_once_agree(host: Host, signed_in: TerminalClient) -> None:
    """W4: whichever comes first, the last word is 00 and one record."""
    for _ in range(5):
        fields = signed_in.order_fields()
        rrn = signed_in.ask(fields).fields["37"]
        paying = threading.Thread(target=host.phone.pay, args=(rrn,))
        paying.start()
        assert signed_in.status(fields, rrn).code in ("00", "09")
        paying.join()
        assert signed_in.status(fields, rrn).code == "00"
    assert len(host.books.records(TID, 1)) == 5
    assert host.books.verify_ledger() == []


def test_w2_balance_of_the_batch(host: Host, signed_in: TerminalClient, order: Order) -> None:
    """W2: cash and paid orders, less what was given back."""
    empty = signed_in.balance()
    assert (empty.tags["BL"], empty.tags["BC"]) == ("0" * 12, "0")
    signed_in.sell(70)
    host.phone.pay(_rrn(order))
    full = signed_in.balance()
    assert (full.tags["BL"], full.tags["BC"]) == (f"{1300:012d}", "2")
    assert signed_in.refund(order[0], 1000).code == "00"
    assert signed_in.balance().tags == {"BL": f"{300:012d}", "BC": "3"}
    signed_in.batch = 9
    assert signed_in.balance().code == "77"


def test_faults_tell_the_messages_apart(host: Host, signed_in: TerminalClient, order: Order) -> None:
    """W4: of messages that share a type and function, a fault strikes only the one it names."""
    host.faults.answer(TID, "96", on="status")
    host.faults.answer(TID, "98", on="balance")
    host.faults.answer(TID, "91", on="void")
    host.faults.answer(TID, "90", on="refund")
    host.faults.answer(TID, "95", on="reversal")
    host.faults.answer(TID, "13", on="order")
    host.faults.answer(TID, "68", on="0200/000")
    fields = order[0]
    assert signed_in.order().code == "00"
    assert signed_in.status(fields, _rrn(order)).code == "96"
    assert signed_in.status(fields, _rrn(order)).code == "09"
    assert signed_in.balance().code == "98"
    assert signed_in.refund(fields, 1).code == "25"
    assert signed_in.void(fields, 1).code == "91"
    assert signed_in.refund(fields, 1).code == "90"
    assert signed_in.reverse(fields).code == "95"
    assert signed_in.order().code == "13"
    assert signed_in.order().code == "68"
    assert host.faults.is_empty()
    assert codec.unpack(order[1].raw)["39"] == "00"


def test_w1_the_simulators_phone_pays_here(host: Host, signed_in: TerminalClient, order: Order) -> None:
    """W1, C5: what it reads off the panel; a refusal in the host's words."""
    pay = sim_phone.payer_at(host)
    assert pay(order[1].tags["QC"]) == "12.30"
    assert signed_in.status(order[0], _rrn(order)).code == "00"
    with pytest.raises(sim_phone.PaymentRefusedError, match="is paid"):
        pay(order[1].tags["QC"])
