# SPDX-License-Identifier: MIT
"""`make bench`: the shape of build/bench.json, the figures that must not move, and the budget that fails a run."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools.bench import command
from tools.bench.figure import Figure

_NAMES = {
    "heap_live_signed_in_bytes",
    "heap_emulator_bytes",
    "signin_exchanges",
    "signin_bytes",
    "i2c_bytes_per_pin_digit",
    "pin_attempt_flash_ops",
    "enter_to_signed_in_ms_rtt50",
    "key_to_echo_ms_p99",
    "frame_bytes_p95",
    "handshakes_within_1500ms_of_a_key",
    "glyph_lookup_steps",
    "mac_us_per_message",
    "boot_to_lock_ms",
    "boot_cpu_ms",
    "journal_bytes_programmed_per_record",
    "journal_programs_per_record",
    "journal_erases_per_record",
    "journal_bytes_programmed_per_transaction",
    "journal_erases_per_transaction",
    "upload_records_per_s_rtt50",
    "signout_900_records_s_rtt50",
    "recovery_ms_full_journal",
    "qr_encode_steps",
}


@pytest.mark.long
def test_the_figures_stand_beside_their_references(tmp_path: Path) -> None:
    """S2: one exchange; 64 bytes, one operation and 1/64 erase a record; each figure with what it is compared with."""
    out = tmp_path / "new" / "bench.json"
    result = CliRunner().invoke(command.bench, ["--out", str(out)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    documents = json.loads(out.read_text())
    figures = {document["name"]: document for document in documents}
    assert len(documents) == len(figures)
    assert figures.keys() == _NAMES
    for figure in documents:
        assert list(figure) == ["name", "value", "unit", "reference", "reference_value", "better"]
        is_count = figure["name"] == "handshakes_within_1500ms_of_a_key"
        assert is_count or figure["value"] > 0 and figure["reference_value"] > 0
        assert figure["better"] in ("lower", "higher")
    assert figures["handshakes_within_1500ms_of_a_key"]["value"] == 0
    assert figures["key_to_echo_ms_p99"]["value"] <= 40
    assert figures["i2c_bytes_per_pin_digit"]["value"] <= figures["i2c_bytes_per_pin_digit"]["reference_value"]
    assert figures["signin_exchanges"]["value"] == 1
    assert figures["signin_bytes"]["value"] < figures["signin_bytes"]["reference_value"]
    assert figures["journal_bytes_programmed_per_record"]["value"] <= 66  # a little for what the ring carries on
    assert figures["journal_erases_per_record"]["value"] <= 1 / 64 + 0.001
    assert figures["qr_encode_steps"]["value"] < figures["qr_encode_steps"]["reference_value"] / 10


@pytest.mark.parametrize(("value", "code"), [(2.0, 1), (1.0, 0)])
def test_a_budget_that_is_exceeded_fails_a_strict_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float, code: int
) -> None:
    figures = [Figure("limited", value, "x", "budget", 1, is_limit=True), Figure("free", 9, "x", "other", 1)]
    monkeypatch.setattr(command, "measure", lambda: figures)
    result = CliRunner().invoke(command.bench, ["--strict", "--out", str(tmp_path / "bench.json")])
    assert result.exit_code == code
    assert ("over budget: limited" in result.output) == bool(code)
    assert "free" in json.loads((tmp_path / "bench.json").read_text())[1]["name"]


def test_more_may_be_better() -> None:
    assert Figure("f", 1, "x", "r", 2, "higher", is_limit=True).is_exceeded
    assert not Figure("f", 3, "x", "r", 2, "higher", is_limit=True).is_exceeded
    assert not Figure("f", 3, "x", "r", 2).is_exceeded
