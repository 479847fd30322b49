# SPDX-License-Identifier: MIT
"""Days of chance against a model of twenty lines (mission O5, C3): whatever happens in whatever order, with answers
lost and requests repeated or overtaken, books, balance, totals and ledger are what the model says.
"""

import random

import pytest

from tests_host.host.client import TerminalClient, TestClock
from tests_host.host.conftest import TID
from tools.host import Host
from tools.host.codec import Fields
from tools.host.errors import PaymentError

_STEPS = 70


class Day:
    """One terminal and its model: amounts of paid sales with what was given back, by STAN."""

    def __init__(self, host: Host, client: TerminalClient, clock: TestClock, seed: int) -> None:
        self.host, self.client, self.clock = host, client, clock
        self.chance = random.Random(seed)
        self.open: dict[str, Fields] = {}  # by reference
        self.sales: list[tuple[Fields, int]] = []
        self.credits: list[tuple[Fields, int, int]] = []  # message, amount, number of the sale

    def left(self, number: int) -> int:
        return self.sales[number][1] - sum(amount for _, amount, sale in self.credits if sale == number)

    def order(self) -> None:
        fields = self.client.order_fields(self.chance.randint(1, 900))
        answer = self.client.ask(fields)
        assert answer.raw == self.client.repeat(fields).raw
        self.open[answer.fields["37"]] = fields

    def cash(self) -> None:
        fields = self.client.sale_fields(self.chance.randint(1, 900))
        self.host.faults.no_answer(TID, on="0220/000")
        self.client.post(fields)
        assert self.client.repeat(fields).code == "00"
        self.sales.append((fields, int(fields["4"])))

    def customer(self) -> None:
        """Pays, comes too late, or the terminal gives up first."""
        if not self.open:
            return
        rrn, fields = self.open.popitem()
        end = self.chance.choice(("pay", "expire", "reverse", "pay then reverse"))
        if end.startswith("pay"):
            self.host.phone.pay(rrn)
            self.sales.append((fields, int(fields["4"])))
        if end == "expire":
            self.clock.advance(seconds=121)
            self.open.clear()
        if end.endswith("reverse"):
            assert self.client.reverse(fields).tags["FS"] == ("P" if "pay" in end else "R")
        expected = {"expire": "68", "reverse": "25"}.get(end, "00")
        assert self.client.status(fields, rrn).code == expected
        with pytest.raises(PaymentError):
            self.host.phone.pay(rrn)

    def give_back(self) -> None:
        if not self.sales:
            return
        number, kind = self.chance.randrange(len(self.sales)), self.chance.choice(("23", "25"))
        sale, whole = self.sales[number]
        amount = self.chance.choice((whole, self.chance.randint(1, 900)))
        fields = self.client.credit_fields(kind, sale, amount)
        if self.chance.random() < 0.2:  # the reversal overtakes its original
            assert self.client.reverse(fields).code == "25"
            assert self.client.ask(fields).code == "94"
            return
        left = self.left(number)
        is_good = amount <= left if kind == "25" else amount == left == whole
        assert (self.client.ask(fields).code == "00") is is_good
        if is_good:
            self.credits.append((fields, amount, number))

    def undo(self) -> None:
        if self.credits:
            fields, _, _ = self.credits.pop(self.chance.randrange(len(self.credits)))
            assert self.client.reverse(fields).tags["FS"] == "R"
            assert self.client.repeat(fields).code == "00"  # as it was answered then; nothing is done

    def check(self) -> None:
        debit, credit = sum(amount for _, amount in self.sales), sum(amount for _, amount, _ in self.credits)
        sums = self.host.books.totals(TID, 1)
        assert (sums.debit_minor, sums.debit_count) == (debit, len(self.sales))
        assert (sums.credit_minor, sums.credit_count) == (credit, len(self.credits))
        balances = self.host.books.balances()
        drawer = sum(self.left(n) for n, (fields, _) in enumerate(self.sales) if fields["t"] == "0220")
        assert balances.get(f"drawer:{TID}", 0) == drawer
        assert balances.get("scheme", 0) == debit - credit - drawer
        assert sum(balances.values()) == 0
        assert self.host.books.verify_ledger() == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_o5_days_of_chance(host: Host, signed_in: TerminalClient, clock: TestClock, seed: int) -> None:
    """O5, C3: at the end the day settles at the first try."""
    day = Day(host, signed_in, clock, seed)
    for _ in range(_STEPS):
        day.chance.choice((day.order, day.cash, day.customer, day.give_back, day.undo))()
    day.check()
    assert int(signed_in.balance().tags["BL"]) == host.books.totals(TID, 1).debit_minor - sum(
        amount for _, amount, _ in day.credits
    )
    sums = host.books.totals(TID, 1)
    credit = (sums.credit_minor, sums.credit_count)
    assert signed_in.settle(sums.debit_minor, sums.debit_count, credit).code == "00"
    assert signed_in.end_batch(sums.debit_count + sums.credit_count).code == "00"
    assert host.phone.orders() == []
