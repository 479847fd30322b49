# SPDX-License-Identifier: MIT
"""What must hold after every restart, whatever happened before it: the invariants of the design, seen from outside.

The panel, the raw flash, the serial line and the host's books are compared; the firmware is asked nothing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Final

from tests_host.journeys.bench import Bench, Heard
from tests_host.journeys.crooked import CrookedHost
from tools.journal import Status
from tools.rig import CASHIER, SUPERVISOR

_BOOT_MS: Final = 350  # from reset to boot.py
_LIMIT_MS: Final = 2000
_OWN: Final = ("nvs", "journal")  # regions that the firmware may write
_NOT_SAID_TWICE: Final = {"t", "53", "64", "110", "128"}  # what a repeat may have different
_SIGNED_OUT: Final = 0
_VOID: Final = 3  # kind of transaction; from here on money goes back
_REVERSED: Final = "reversed"
_BOOKED: Final = (Status.ACKED, Status.VOIDED)


class Watch:
    """One terminal's life from the moment at which this was made."""

    def __init__(self, bench: Bench, host: CrookedHost) -> None:
        self._bench = bench
        self._host = host
        self._code = self._digest_of_code()
        self._sold: set[int] = set()
        self._voided: list[int] = []

    def may_sell(self, amounts: list[int], voided: int = 0) -> None:
        """All that can be in the books, each amount once, so that what is booked twice shows; one may be given back."""
        self._sold = set(amounts)
        self._voided = [voided] if voided else []

    def restart(self) -> None:
        """Power comes back while the button is held: 7 and 8, then everything else."""
        bench, board = self._bench, self._bench.board
        tries = bench.journal().state.get("attempts", 0)
        start_ms = board.now_ms
        board.button.press()
        board.power_on()
        reached = board.run_until(lambda: bench.shows("终端已锁定") or board.state == "off", _BOOT_MS + _LIMIT_MS)
        if board.state == "off":  # the power fails again while it starts
            board.button.release()
            board.run(500)  # until it has bounced
            return
        assert reached, f"7: {board.now_ms - start_ms} ms after the reset the screen says {board.panel.text()}"
        assert bench.shows("请签到") and "lock" in bench.icons, f"8: not locked but {board.panel.text()}"
        board.button.release()
        assert bench.journal().state.get("attempts", 0) == tries, "1: the restart changed the tries that are left"
        self.check()

    def check(self) -> None:
        """1 to 6, at any time."""
        self._check_tries()
        self._check_records()
        self._check_numbers()
        self._check_batches()
        self._check_secrets()

    def finish(self) -> None:
        """4: signed out, and both books are the same to the cent."""
        bench, books = self._bench, self._host.books
        self.check()
        state = bench.journal().state
        assert state["code"] == _SIGNED_OUT
        number = state["batch"] - 1
        batch, totals = books.batch(bench.tid, number), books.totals(bench.tid, number)
        kept = [record for record in bench.journal().batch(number) if record.status in _BOOKED]
        taken = [record.amount for record in kept if record.kind < _VOID]
        back = [record.amount for record in kept if record.kind >= _VOID]
        assert (totals.debit_count, totals.debit_minor) == (len(taken), sum(taken))
        assert (totals.credit_count, totals.credit_minor) == (len(back), sum(back))
        assert set(taken) == self._sold, "2: not all that was sold is booked"
        assert back == self._voided, "2: what was to be given back"
        assert batch.closed_at is not None and batch.is_balanced, "4: the totals had to be mended by an upload"
        assert bench.differences(number) == []

    def _check_tries(self) -> None:
        """1: what the host has counted as failed is not more than the terminal has counted as tried."""
        guard = self._host.books.pin_guard(self._bench.mid, CASHIER.number)
        is_right = any(row.result == "00" for row in self._host.books.sign_ins(self._bench.tid))
        if guard is not None and not is_right:
            assert self._bench.journal().state["attempts"] >= guard.failures

    def _check_records(self) -> None:
        """2: what the host has booked is in the journal; nothing is booked twice."""
        bench = self._bench
        for batch in self._host.books.batches(bench.tid):
            found = self._host.books.records(bench.tid, batch.number)
            booked = [record for record in found if record.status != _REVERSED]  # undone, and counts no more
            amounts = [record.amount_minor for record in booked if record.kind != "23"]
            assert len(set(amounts)) == len(amounts) and set(amounts) <= self._sold, f"2: booked {amounts}"
            back = [record.amount_minor for record in booked if record.kind == "23"]
            assert back in ([], self._voided), f"2: given back {back}"
            kept = {record.stan: record for record in bench.journal().batch(batch.number)}
            for record in booked:
                own = kept.get(record.stan)
                assert own is not None and own.amount == record.amount_minor, f"2: STAN {record.stan} only at the host"
                assert own.status not in (Status.REJECTED, Status.UNDONE), f"2: STAN {record.stan} is {own.status}"

    def _check_numbers(self) -> None:
        """3: one request for each STAN of a batch, whether it was heard or only recorded."""
        uses: dict[tuple[int, int], set[str]] = defaultdict(set)
        for note in self._host.heard.get(self._bench.tid, []):
            if note.mti[:3] != "040":  # a reversal has the number of what it undoes
                uses[int(note.fields["60"][2:8]), note.stan].add(_content(note))
        for (batch, stan), contents in uses.items():
            assert len(contents) == 1, f"3: STAN {stan} of batch {batch}: {contents}"
        for record in self._bench.journal().transactions:
            mark = "022" if record.kind == 1 else "020"
            heard = uses.get((record.batch, record.stan), {mark})
            assert all(content.startswith(mark) for content in heard), f"3: STAN {record.stan} is not only a sale's"

    def _check_batches(self) -> None:
        """5: a batch that the terminal has left was closed by the host before."""
        current = self._bench.journal().state.get("batch", 0)
        for batch in self._host.books.batches(self._bench.tid):
            assert batch.number >= current or batch.closed_at is not None, f"5: batch {batch.number} is still open"

    def _check_secrets(self) -> None:
        """6: no PIN, PIN block or key on the serial line or in flash outside nvs; nothing written to the program."""
        bench = self._bench
        assert self._digest_of_code() == self._code, "6: something wrote to the flash outside of nvs and journal"
        identity = bench.identity
        assert identity is not None
        hidden = {identity.tmk, identity.tak0, identity.tpk0} | self._host.secrets.get(bench.tid, set())
        needles = [person.pin.encode() for person in (CASHIER, SUPERVISOR)]
        for secret in hidden:
            needles += [secret, secret.hex().encode(), secret.hex().upper().encode()]
        for place, content in (("journal", bench.region("journal")), ("serial line", bench.board.serial)):
            assert not [needle for needle in needles if needle in content], f"6: a secret is in the {place}"

    def _digest_of_code(self) -> bytes:
        digest = hashlib.sha256()
        for name in sorted(set(self._bench.board.regions) - set(_OWN)):
            digest.update(self._bench.region(name))
        return digest.digest()


def _content(note: Heard) -> str:
    """What must not differ in a repeat, begun with the kind of message."""
    fields = sorted((name, value) for name, value in note.fields.items() if name not in _NOT_SAID_TWICE)
    return f"{note.mti[:3]}/{note.function} {fields}"
