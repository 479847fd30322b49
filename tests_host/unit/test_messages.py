# SPDX-License-Identifier: MIT
"""firmware/host/messages.py and settlement.py on MicroPython: the profile's sample frames byte for byte, and every
message as the acquirer host's own parser (pyiso8583) reads it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests_host.unit.mp import MicroPython, Raised
from tests_host.unit.test_samples import _SETTLEMENT, _SIGN_IN, _TAK0, _TAK1, _TPK0
from tools.host import message, tlv

_CODE = f"""
import sys
sys.path += [{str(Path(__file__).parent / "fakes" / "chip")!r}]
import iso8583, pin_block
from firmware.host import host_clock, messages, settlement
from firmware.host.session import Context, as_repeat
from firmware.store.journal import Txn

class Totals:
    pass

def now():
    return {int((datetime(2026, 11, 20, 11, 15, 30) - datetime(2000, 1, 1)).total_seconds())}

def context(operator="001"):
    made = Context("10000001", "123456789012345", "156")
    made.batch, made.operator, made.zone = 7, operator, 480
    return made

def framed(fields, key):
    text = bytes.fromhex("6000030000") + iso8583.seal(fields, key)
    return len(text).to_bytes(2, "big") + text

def sign_in(tak, tpk):
    tags = [("SN", "E32-0001"), ("FV", "1.0.0"), ("PV", "0003"), ("NV", "0002")]
    fields = messages.management(context(), "001", 101, now(), 0, tags)
    messages.add_pin(fields, pin_block.encode(tpk, bytearray(b"246810"), "100000010001", b"\\x11" * 8), 0)
    return framed(fields, tak)

def settle(tak):
    totals = Totals()
    totals.count, totals.amount, totals.credit_count, totals.credit_amount = 2, 2460, 0, 0
    return framed(settlement.totals_of(context(), totals, 106, now(), 1), tak)

def management(function, operator, tak, tags, key_set):
    return framed(messages.management(context(operator), function, 5, now(), key_set, tags), tak)

def sale(stan=42, amount=1234, zone=480):
    txn = Txn()
    txn.epoch, txn.batch, txn.stan, txn.amount, txn.time, txn.zone = 3, 6, stan, amount, now() - 3600, zone
    txn.status, txn.kind, txn.operator, txn.shift = 2, 1, 12, 1
    txn.rrn = b"000000000321"
    return txn

def advice(tak, zone, is_repeat):
    fields = messages.advice(context("001"), sale(zone=zone), 1)
    if is_repeat:
        as_repeat(fields)
    return framed(fields, tak)

def upload(tak, count):
    txns = [sale(stan, 100 + stan) for stan in range(1, count + 1)]
    return framed(settlement.batch_upload(context(), txns, 107, now(), 1), tak)

def end(tak, count, is_balanced):
    return framed(settlement.batch_end(context(), count, is_balanced, 108, now(), 1), tak)

def utc(stamp, zone):
    return host_clock.utc_of(stamp, host_clock.zone_of(zone))

def verdict(de48):
    return settlement.verdict({{48: de48}} if de48 is not None else {{}})
"""


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def _read(frame: bytes) -> dict[str, str]:
    """The fields of a frame as the host takes it, which must find nothing wrong with its form."""
    request = message.parse(frame[2:])
    assert not request.is_broken
    message.check_form(request)
    return dict(request.fields)


def test_s2_the_sign_in_is_the_profiles_sample(chip: MicroPython) -> None:
    """S2: message 1 with its PIN block and MAC, byte for byte."""
    assert chip.call("sign_in", _TAK0, _TPK0) == _SIGN_IN


def test_o3_the_settlement_is_the_profiles_sample(chip: MicroPython) -> None:
    """O3: message 6, byte for byte."""
    assert chip.call("settle", _TAK1) == _SETTLEMENT


@pytest.mark.parametrize(
    ("function", "tags"),
    [
        ("301", [["FV", "0.1.0"], ["PV", "0000"], ["NV", "0001"], ["JN", "0"], ["DG", "RC1 BV3950"]]),
        ("002", [["SO", "T"]]),
        ("811", [["NV", "0000"]]),
    ],
)
def test_messages_2_8_and_11_say_who_and_what(chip: MicroPython, function: str, tags: list[list[str]]) -> None:
    """L4, S4, O6: status, sign-out, notice; nobody is `---`."""
    for operator, shown in (("001", "001"), ("", "---")):
        fields = _read(chip.call("management", function, operator, _TAK0, tags, 0))
        assert (fields["t"], fields["70"], fields["60"], fields["63"]) == (
            "0800",
            function,
            f"00000007{function}",
            shown,
        )
        assert (fields["7"], fields["12"], fields["13"], fields["11"]) == ("1120111530", "191530", "1120", "000005")
        assert tlv.unpack(fields["62"]) == dict(tags)
        assert fields["53"] == "0000000500000000"


@pytest.mark.parametrize("is_repeat", [False, True])
def test_w3_an_advice_is_the_sale_that_was_recorded(chip: MicroPython, is_repeat: bool) -> None:
    """W3: batch, time, zone and operator are the sale's, not those of whoever sends it."""
    fields = _read(chip.call("advice", _TAK1, 480, is_repeat))
    wanted = {
        **{"t": "0221" if is_repeat else "0220", "3": "000000", "4": "000000001234", "7": "1120101530", "11": "000042"},
        **{"12": "181530", "13": "1120", "22": "012", "25": "00", "49": "156", "60": "30000006000", "63": "012"},
    }
    assert {name: fields[name] for name in wanted} == wanted
    assert tlv.unpack(fields["62"]) == {"TN": "CASH", "RF": "000006000042"}
    assert fields["53"][:2] == "01"


def test_w3_local_time_is_that_of_the_sales_own_zone(chip: MicroPython) -> None:
    """W3: a sale keeps its local time, across midnight too, when the host's zone has changed since."""
    fields = _read(chip.call("advice", _TAK1, -720, False))
    assert (fields["7"], fields["12"], fields["13"]) == ("1120101530", "221530", "1119")


@pytest.mark.parametrize("count", [1, 8])
def test_o3_details_carry_up_to_eight_records(chip: MicroPython, count: int) -> None:
    """O3: message 7: type, STAN, host reference, amount, time of each."""
    frame = chip.call("upload", _TAK1, count)
    assert len(frame) <= message.FRAME_MAX
    fields = _read(frame)
    assert (fields["t"], fields["60"], fields["11"]) == ("0320", "00000007201", "000107")
    records = [f"30{stan:06d}000000000321{100 + stan:012d}1120101530" for stan in range(1, count + 1)]
    assert fields["48"] == f"{count:02d}" + "".join(records)


@pytest.mark.parametrize(("is_balanced", "function"), [(True, "207"), (False, "202")])
def test_o3_the_batch_end_says_whether_details_went_before(chip: MicroPython, is_balanced: bool, function: str) -> None:
    """O3: message 7e."""
    fields = _read(chip.call("end", _TAK1, 12, is_balanced))
    assert (fields["t"], fields["60"], fields["48"]) == ("0320", f"00000007{function}", "0012")


@pytest.mark.parametrize(
    ("de48", "verdict"),
    [(b"0" * 30 + b"1" + b"0" * 31, "1"), (b"0" * 30 + b"2", "2"), (b"0" * 30, "3"), (b"", "3"), (None, "3")],
)
def test_o3_the_verdict_is_the_31st_character(chip: MicroPython, de48: Any, verdict: str) -> None:
    """O3: an answer without it is an error, not a yes."""
    assert chip.call("verdict", de48) == verdict


# The unix port's mktime ends in 2038, the chip's does not.
@settings(deadline=None)
@given(st.datetimes(datetime(2000, 1, 3), datetime(2038, 1, 17)), st.integers(-12 * 60, 14 * 60))
def test_s2_the_hosts_local_time_becomes_utc(chip: MicroPython, local: datetime, offset_min: int) -> None:
    """S2: TM and TZ, any zone."""
    local = local.replace(microsecond=0)
    zone = f"{'-' if offset_min < 0 else '+'}{abs(offset_min) // 60:02d}{abs(offset_min) % 60:02d}"
    wanted = int((local - timedelta(minutes=offset_min) - datetime(2000, 1, 1)).total_seconds())
    assert chip.call("utc", local.strftime("%Y%m%d%H%M%S"), zone) == wanted


@pytest.mark.parametrize(
    ("stamp", "zone"),
    [
        *((stamp, "+0800") for stamp in ("", "2026112009153", "202611200915300", "20261320091530", "20261132091530")),
        *((stamp, "+0800") for stamp in ("20261120241530", "20261120096030", "19991231235959", "2026-11-200915")),
        *(("20261120091530", zone) for zone in ("", "0800", "+800", "+08:00", "+0860", "+08x0", "8+000")),
    ],
)
def test_s2_a_time_that_is_none_is_refused(chip: MicroPython, stamp: str, zone: str) -> None:
    """S2: the clock stays as it is."""
    with pytest.raises(Raised, match="ValueError"):
        chip.call("utc", stamp, zone)
