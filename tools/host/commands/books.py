# SPDX-License-Identifier: MIT
"""Reading the books at the command line (mission C3)."""

import click

from tools.host.batches import Totals
from tools.host.commands.context import Place, pass_place, show_amount, show_table, show_time
from tools.host.enrol import ROLES
from tools.host.models import Terminal

_tid = click.argument("tid")
_tid_option = click.option("--tid", help="Of this terminal only.")
_batch = click.option("--batch", type=click.IntRange(1, 999_999), help="The open one by default.")


def _state(row: Terminal) -> str:
    if row.is_barred:
        return "barred"
    if row.lock_level:
        return f"lock {row.lock_level}"
    return "signed out" if row.operator is None else f"operator {row.operator}"


@click.command()
@pass_place
def terminals(place: Place) -> None:
    """Terminals and how they stand."""
    with place.open() as host:
        rows = host.books.terminals()
    cells = [
        (row.tid, row.mid, row.serial, _state(row), f"{row.batch:06d}", row.firmware, show_time(row.last_seen_at))
        for row in rows
    ]
    show_table("Terminals", ("TID", "Merchant", "Serial", "State", "Batch", "Firmware", "Last seen"), cells)


@click.command()
@click.option("--mid", required=True)
@pass_place
def operators(place: Place, mid: str) -> None:
    """Operators of a merchant."""
    with place.open() as host:
        rows = host.books.operators(mid)
        guards = {row.number: host.books.pin_guard(mid, row.number) for row in rows}
    cells = []
    for row in rows:
        guard = guards[row.number]
        locked = show_time(guard.locked_until) if guard else "-"
        state = "enabled" if row.is_enabled else "disabled"
        cells.append((row.number, row.name, ROLES[row.role], state, locked, show_time(row.last_sign_in_at)))
    show_table("Operators", ("Number", "Name", "Role", "State", "Locked until", "Last sign-in"), cells)


@click.command()
@_tid_option
@click.option("--last", default=50, show_default=True, type=click.IntRange(1, 100_000))
@pass_place
def sign_ins(place: Place, tid: str | None, last: int) -> None:
    """Who signed in where, when and on which shift; failures too."""
    with place.open() as host:
        rows = host.books.sign_ins(tid, last)
    cells = [
        (
            show_time(row.at),
            row.tid,
            f"{row.operator} {row.operator_name}",
            row.shift,
            row.result,
            show_time(row.signed_out_at),
        )
        for row in rows
    ]
    show_table("Sign-ins", ("At", "TID", "Operator", "Shift", "Result", "Signed out"), cells)


@click.command()
@_tid_option
@pass_place
def batches(place: Place, tid: str | None) -> None:
    """Batches and whether they balanced."""
    with place.open() as host:
        rows = host.books.batches(tid)
    balance = {True: "yes", False: "no", None: "-"}
    cells = [
        (row.tid, f"{row.number:06d}", show_time(row.opened_at), show_time(row.closed_at), balance[row.is_balanced])
        for row in rows
    ]
    show_table("Batches", ("TID", "Batch", "Opened", "Closed", "Balanced at settlement"), cells)


def _sums(name: str, sums: Totals) -> tuple[tuple[str, str, str, str], ...]:
    return (
        (name, "debit", str(sums.debit_count), show_amount(sums.debit_minor)),
        (name, "credit", str(sums.credit_count), show_amount(sums.credit_minor)),
        (name, "net", "", show_amount(sums.debit_minor - sums.credit_minor)),
    )


@click.command()
@_tid
@_batch
@click.option("--by", type=click.Choice(["operator", "shift"]), help="One block for each of them.")
@pass_place
def totals(place: Place, tid: str, batch: int | None, by: str | None) -> None:
    """Totals of a batch of terminal TID."""
    with place.open() as host:
        number = batch or host.books.terminal(tid).batch
        if by is None:
            groups = {"": host.books.totals(tid, number)}
        else:
            groups = getattr(host.books, f"totals_by_{by}")(tid, number)
    cells = [row for name, sums in groups.items() for row in _sums(name, sums)]
    show_table(f"Totals of {tid}, batch {number:06d}", ((by or "").capitalize(), "", "Count", "Amount"), cells)


@click.command()
@_tid
@_batch
@pass_place
def records(place: Place, tid: str, batch: int | None) -> None:
    """Transactions of a batch of terminal TID."""
    with place.open() as host:
        number = batch or host.books.terminal(tid).batch
        rows = host.books.records(tid, number)
    cells = [
        (f"{row.stan:06d}", row.kind, show_amount(row.amount_minor), row.local_time, row.operator, row.rrn, row.status)
        for row in rows
    ]
    show_table(f"Records of {tid}, batch {number:06d}", ("STAN", "Kind", "Amount", "At", "Op", "RRN", "Status"), cells)
