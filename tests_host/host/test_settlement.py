# SPDX-License-Identifier: MIT
"""Settlement, upload, batch end, sign-out (mission O1-O6, C3; protocol.md clause 5, messages 6 to 8)."""

from collections.abc import Callable

from tests_host.host.client import TerminalClient, TestClock
from tests_host.host.conftest import TID
from tools.host import Host


def test_o3_a_shift_that_balances(host: Host, signed_in: TerminalClient) -> None:
    """O3, C3: two sales, settlement, batch end, sign-out; the next sign-in gets the next batch."""
    signed_in.sell(1230)
    signed_in.sell(1230)
    settled = signed_in.settle(2460, 2)
    assert settled.code == "00"
    assert settled.fields["48"] == f"{2460:012d}002{0:012d}0001" + "0" * 31
    assert signed_in.end_batch(2).code == "00"
    assert signed_in.sign_out().code == "00"
    batch = host.books.batch(TID, 1)
    assert batch.is_balanced
    assert batch.closed_at is not None
    assert (host.books.totals(TID, 1).debit_minor, host.books.totals(TID, 1).debit_count) == (2460, 2)
    signed_in.forget_keys()
    assert signed_in.sign_in().code == "00"
    assert signed_in.batch == 2


def test_o3_request_of_the_profile_sample_balances(host: Host, signed_in: TerminalClient) -> None:
    """O3: DE48 of protocol.md clause 6: two sales, 24.60."""
    signed_in.sell(1460)
    signed_in.sell(1000)
    sample = "00000000246000200000000000000000000000000000000000000000000000"
    assert signed_in.settle_fields(2460, 2)["48"] == sample


def test_o3_empty_batch_balances(signed_in: TerminalClient) -> None:
    """O3: a shift without a sale ends like any other."""
    assert signed_in.settle(0, 0).code == "00"
    assert signed_in.end_batch(0).code == "00"


def test_o3_difference_is_uploaded_and_the_books_follow(host: Host, signed_in: TerminalClient) -> None:
    """O3: a record lost, one changed and one unknown to the terminal are all put right and audited."""
    signed_in.sell(100)
    kept = signed_in.stan
    signed_in.sell(200)
    changed = signed_in.stan
    signed_in.sell(400)
    disputed = signed_in.stan
    lost = signed_in.next_stan()
    total = 100 + 250 + 800
    unbalanced = signed_in.settle(total, 3)
    assert (unbalanced.code, unbalanced.fields["48"][30]) == ("95", "2")
    assert signed_in.upload((kept, 100), (changed, 250)).code == "00"
    assert signed_in.upload((lost, 800)).code == "00"
    assert signed_in.end_batch(3, "202").code == "00"
    totals = host.books.totals(TID, 1)
    assert (totals.debit_minor, totals.debit_count) == (total, 3)
    assert host.books.batch(TID, 1).host_totals == totals.text
    states = {record.stan: (record.amount_minor, record.status) for record in host.books.records(TID, 1)}
    assert states == {
        kept: (100, "booked"),
        changed: (250, "booked"),
        disputed: (400, "disputed"),
        lost: (800, "booked"),
    }
    events = [row.event for row in host.books.audit(TID) if row.event.startswith("record")]
    assert sorted(events) == ["record_added", "record_changed", "record_disputed"]


def test_o3_incomplete_upload_is_made_once_more(host: Host, signed_in: TerminalClient) -> None:
    """O3: 95 until the records add up to the terminal's own totals."""
    signed_in.sell(100)
    stan = signed_in.stan
    missing = signed_in.next_stan()
    signed_in.settle(300, 2)
    signed_in.upload((stan, 100))
    assert signed_in.end_batch(2, "202").code == "95"
    assert host.books.details(TID, 1) == []
    assert host.books.batch(TID, 1).closed_at is None
    signed_in.upload((stan, 100), (missing, 200))
    assert signed_in.end_batch(2, "202").code == "00"


def test_o3_unbalanced_batch_cannot_be_ended_as_balanced(host: Host, signed_in: TerminalClient) -> None:
    """O3: 207 needs a settlement that balanced, and the right count."""
    signed_in.sell(100)
    assert signed_in.end_batch(1).code == "95"
    signed_in.settle(200, 1)
    assert signed_in.end_batch(1).code == "95"
    signed_in.settle(100, 1)
    assert signed_in.end_batch(7).code == "95"
    signed_in.sell(50)
    assert signed_in.end_batch(1).code == "95"
    signed_in.settle(150, 2)
    assert signed_in.end_batch(2).code == "00"


def test_o5_settlement_and_end_repeat_byte_for_byte(host: Host, signed_in: TerminalClient) -> None:
    """O5: answers that were lost come again, also after the batch was closed."""
    signed_in.sell(100)
    fields = signed_in.settle_fields(100, 1)
    assert signed_in.ask(fields).raw == signed_in.repeat(fields).raw
    end = signed_in.fields("0320", "00", "207", f48="0001")
    host.faults.no_answer(TID, on="0320/207")
    signed_in.post(end)
    first = signed_in.repeat(end)
    assert first.code == "00"
    assert signed_in.repeat(end).raw == first.raw
    assert host.books.terminal(TID).batch == 2


def test_o5_sign_in_after_a_lost_batch_end_goes_on_under_the_old_batch(host: Host, signed_in: TerminalClient) -> None:
    """O5: the host has closed the batch, the terminal does not know: it asks again and only then steps on."""
    signed_in.sell(100)
    signed_in.settle(100, 1)
    end = signed_in.fields("0320", "00", "207", f48="0001")
    host.faults.crash(TID, is_committed=True, on="0320/207")
    signed_in.post(end)
    assert signed_in.is_closed()
    signed_in.connect()
    signed_in.forget_keys()
    answer = signed_in.sign_in(journal=1)
    assert (answer.code, signed_in.batch) == ("00", 1)
    again = f"{signed_in.key_set:02d}{signed_in.key_set:02d}000500000000"
    assert signed_in.repeat(end | {"53": again, "63": "001"}).code == "00"
    assert signed_in.settle(100, 1).code == "00"
    assert signed_in.end_batch(1).code == "00"
    assert signed_in.sell(100).code == "77"
    assert signed_in.sign_in(journal=0).fields["60"] == "00000002001"
    assert len(host.books.records(TID, 1)) == 1


def test_o3_malformed_totals_and_records_are_30(signed_in: TerminalClient) -> None:
    """O3: nothing is settled on what cannot be read."""
    for function, text in (("201", "x" * 62), ("201", "0" * 61)):
        assert signed_in.ask(signed_in.fields("0500", "00", function, f48=text, f49="156")).code == "30"
    for text in ("00", "09" + "0" * 42 * 9, "01" + "0" * 41, "02" + "0" * 42, "01" + "A" * 42):
        assert signed_in.ask(signed_in.fields("0320", "00", "201", f48=text)).code == "30"
    assert signed_in.ask(signed_in.fields("0320", "00", "207", f48="1")).code == "30"


def test_o3_batch_that_the_host_does_not_know_is_77(signed_in: TerminalClient) -> None:
    """O3: settling another batch would close the wrong books."""
    signed_in.batch = 9
    assert signed_in.settle(0, 0).tags["BT"] == "000001"
    assert signed_in.end_batch(0).code == "77"
    assert signed_in.end_batch(0, "202").code == "77"


def test_o3_records_of_an_unknown_batch_are_saved_by_an_upload(host: Host, signed_in: TerminalClient) -> None:
    """O3, invariant 2: after 77 a supervisor uploads the details under the old batch; nothing is dropped silently."""
    signed_in.batch = 9
    assert signed_in.upload((1, 100), (2, 200)).code == "00"
    assert signed_in.end_batch(2, "202").code == "00"
    assert host.books.totals(TID, 9).debit_minor == 300
    assert host.books.batch(TID, 9).closed_at is not None
    assert signed_in.sign_in(journal=0).code == "00"
    assert signed_in.batch == 1


def test_o3_current_number_steps_over_batches_that_are_in_the_books(host: Host, signed_in: TerminalClient) -> None:
    """O3: a batch number is never given to two batches."""
    signed_in.batch = 2
    signed_in.upload((1, 100))
    signed_in.end_batch(1, "202")
    signed_in.batch = 1
    signed_in.settle(0, 0)
    signed_in.end_batch(0)
    assert host.books.terminal(TID).batch == 3


def test_o3_upload_that_differs_from_closed_books_is_kept_and_audited(host: Host, signed_in: TerminalClient) -> None:
    """O3: it cannot change books that are closed, but staff will see it."""
    signed_in.sell(100)
    stan = signed_in.stan
    signed_in.settle(100, 1)
    signed_in.end_batch(1)
    signed_in.upload((stan, 100))
    assert signed_in.end_batch(1, "202").code == "00"
    assert host.books.audit(TID)[-1].event != "late_upload"
    signed_in.upload((stan + 50, 900))
    assert signed_in.end_batch(2, "202").code == "00"
    assert host.books.audit(TID)[-1].event == "late_upload"
    assert [row.amount_minor for row in host.books.details(TID, 1)] == [100, 900]
    assert host.books.totals(TID, 1).debit_minor == 100


def test_o3_eight_uploads_in_flight_are_answered_in_order(host: Host, signed_in: TerminalClient) -> None:
    """O3: messages 3 and 7 may be pipelined, up to eight."""
    sales = [signed_in.sale_fields(100 + number) for number in range(8)]
    for fields in sales:
        signed_in.post(fields)
    assert [signed_in.receive(fields).code for fields in sales] == ["00"] * 8
    assert len(host.books.records(TID, 1)) == 8


def test_o6_sign_out_forgets_the_keys(host: Host, signed_in: TerminalClient, clock: TestClock) -> None:
    """O6: the session's keys answer a repeat of the sign-out for some minutes, and nothing else."""
    fields = signed_in.fields("0800", "00", "002", [("SO", "T")])
    first = signed_in.ask(fields)
    assert (first.code, first.tags["WK"]) == ("00", "14400")
    assert signed_in.repeat(fields).raw == first.raw
    assert signed_in.echo().code == "A0"
    assert signed_in.sell(100).code == "A0"
    clock.advance(minutes=6)
    assert signed_in.repeat(fields).code == "A0"
    (row,) = host.books.sign_ins(TID)
    assert (row.sign_out, host.books.terminal(TID).operator) == ("T", None)
    signed_in.forget_keys()
    assert signed_in.echo().code == "00"


def test_o6_shift_change_keeps_the_batch(host: Host, signed_in: TerminalClient) -> None:
    """O6: SO=O ends the operator's shift only; the next one goes on in the same batch."""
    signed_in.sell(100)
    assert signed_in.sign_out("O").code == "00"
    signed_in.forget_keys()
    assert signed_in.sign_in(journal=1).code == "00"
    assert signed_in.batch == 1
    assert [row.sign_out for row in host.books.sign_ins(TID)] == ["O", ""]
    assert signed_in.sign_out("X").code == "30"


def test_o3_batch_number_wraps(host: Host, make_terminal: Callable[..., TerminalClient]) -> None:
    """O3: 999999 is followed by 000001."""
    client = make_terminal("10000003", first_batch=999_999)
    client.sign_in()
    assert client.batch == 999_999
    client.settle(0, 0)
    assert client.end_batch(0).code == "00"
    assert client.sign_in().fields["60"] == "00000001001"
