# SPDX-License-Identifier: MIT
"""Setting up, enrolling, bundles, files of secrets (mission C3, C4)."""

import dataclasses
import json
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from tests_host.host.client import TerminalClient, TestClock
from tests_host.host.conftest import KEYS, MID, PIN, REAL_HASHER, TID, TRANSPORT
from tools.host import Host, HostError, bundle, clock, components, crypto, pins, pki, setup
from tools.host.components import Components
from tools.host.db import Database, file_url
from tools.host.errors import EnrolError, SetupError, UnknownError
from tools.host.models import Meta


def test_c4_bundle_brings_a_terminal_to_its_first_sign_in(
    host: Host, terminal: TerminalClient, tmp_path: Path, clock: TestClock
) -> None:
    """C4: what is saved is what was enrolled, and it is enough to sign in."""
    path = tmp_path / "terminal.json"
    bundle.save(terminal.identity, path, TRANSPORT)
    loaded = bundle.load(path, TRANSPORT)
    assert loaded == terminal.identity
    assert TerminalClient(loaded, host.port, clock).sign_in().code == "00"
    assert bundle.label(path) == bundle.Label(TID, crypto.kcv(TRANSPORT.key), is_tmk=False)


def test_c4_nothing_secret_is_in_clear_in_the_bundle(terminal: TerminalClient, tmp_path: Path) -> None:
    """C4: neither keys nor the private key; the file is its owner's only, and the key over it is in none."""
    path = tmp_path / "terminal.json"
    bundle.save(terminal.identity, path, TRANSPORT)
    text = path.read_text()
    document = json.loads(text)
    for secret in (KEYS.tmk, KEYS.tak0, KEYS.tpk0, TRANSPORT.key, TRANSPORT.first, TRANSPORT.second):
        assert secret.hex() not in text.lower()
    assert "ENCRYPTED PRIVATE KEY" in document["client_key"]
    assert [document[name][5:9] for name in ("tmk", "tak0", "tpk0")] == ["K1AD", "M6AC", "P0AE"]
    assert path.stat().st_mode & 0o777 == 0o600 and list(tmp_path.glob("terminal.*")) == [path]
    assert KEYS.tmk.hex() not in repr(terminal.identity)


def test_c4_damaged_or_foreign_bundles_are_refused(terminal: TerminalClient, tmp_path: Path) -> None:
    """C4: one line that says which file, and no traceback of a parser."""
    path = tmp_path / "terminal.json"
    bundle.save(terminal.identity, path, TRANSPORT)
    with pytest.raises(SetupError, match="exists"):
        bundle.save(terminal.identity, path, TRANSPORT)
    document = json.loads(path.read_text())
    for change in ({"tmk": document["tak0"]}, {"version": 9}, {"client_key": "x"}, {"tid": None, "tak0": None}):
        path.write_text(json.dumps(document | change))
        with pytest.raises(SetupError, match=r"terminal\.json"):
            bundle.load(path, TRANSPORT)
    path.write_text(json.dumps(document))
    with pytest.raises(SetupError, match="the components are not those of"):
        bundle.load(path, Components.fresh())
    path.chmod(0o644)
    with pytest.raises(SetupError, match="others"):
        bundle.load(path, TRANSPORT)


@pytest.mark.parametrize("older", [{"version": 1}, {"version": 0, "tmk": KEYS.tmk.hex()}])
def test_c4_an_older_bundle_is_refused_with_what_to_do(
    terminal: TerminalClient, tmp_path: Path, older: dict[str, object]
) -> None:
    """C4: its keys in clear, or the key over them in a file beside it."""
    path = tmp_path / "terminal.json"
    bundle.save(terminal.identity, path, TRANSPORT)
    path.write_text(json.dumps(json.loads(path.read_text()) | older))
    with pytest.raises(SetupError, match=r"another version and not used; .*enrol-terminal --renew.*destroy"):
        bundle.load(path, TRANSPORT)


def test_c4_components_that_make_the_tmk_leave_no_block_of_it(terminal: TerminalClient, tmp_path: Path) -> None:
    """C4: the other two keys are under the TMK."""
    path = tmp_path / "terminal.json"
    bundle.save(terminal.identity, path, Components.of(KEYS.tmk))
    assert json.loads(path.read_text())["tmk"] == "" and bundle.label(path).is_tmk
    assert bundle.load(path, Components.of(KEYS.tmk)) == terminal.identity


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("00" * 32, "the component is weak: it is all zeros"),
        ("00112233445566778899AABBCCDDEEFF", "the component is weak: it is a published sample"),
        ("C7F2A9015B3E4D88", "is not 16 or 32 bytes"),
        ("seven77", "has 32 or 64 hexadecimal digits"),
        ("é" * 64, "has 32 or 64 hexadecimal digits"),
    ],
)
def test_c4_a_bad_component_is_refused_unseen(tmp_path: Path, text: str, words: str) -> None:
    """C4: and what is wrong is said without it."""
    for name, content in (("1", text), ("2", secrets.token_hex(32))):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o600)
    with pytest.raises(SetupError, match=words) as fault:
        components.of_files(tmp_path / "1", tmp_path / "2")
    assert text not in str(fault.value)


def test_c4_two_components_are_two_files_of_two_people(tmp_path: Path) -> None:
    """C4: not one file, not one content, not of two lengths, not one that others can read."""
    one, two = tmp_path / "1", tmp_path / "2"
    component = components.create(one)
    assert one.stat().st_mode & 0o777 == 0o600 and components.parse(one.read_text()) == component
    with pytest.raises(SetupError, match="given twice"):
        components.of_files(one, tmp_path / ".." / tmp_path.name / "1")
    with pytest.raises(SetupError, match="No such file"):
        components.of_files(one, two)
    two.touch(0o600)
    for content, words in ((component, "are the same"), (secrets.token_bytes(16), "not of one length")):
        two.write_text(content.hex())
        with pytest.raises(SetupError, match=words):
            components.of_files(one, two)
    two.chmod(0o640)
    with pytest.raises(SetupError, match="can be read by others: chmod 600"):
        components.of_files(one, two)
    with pytest.raises(SetupError, match="make a weak key"):
        Components(component, bytes(a ^ 1 for a in component)).checked()


def test_c3_renewed_terminal_has_new_keys_and_keeps_its_batch(
    host: Host, signed_in: TerminalClient, clock: TestClock
) -> None:
    """C3: the old keys are worth nothing afterwards."""
    with pytest.raises(EnrolError, match="already"):
        host.enrolment.terminal(TID, MID, "E32-0002")
    renewed = host.enrolment.terminal(TID, MID, "E32-0002", is_renewed=True)
    assert signed_in.echo().code == "A0"
    clock.advance(seconds=1)
    client = TerminalClient(renewed, host.port, clock)
    assert client.sign_in().code == "00"
    assert client.batch == 1


def test_c3_replaced_terminal_starts_a_batch_of_its_own(
    host: Host, signed_in: TerminalClient, clock: TestClock
) -> None:
    """C3, O5: records of the old device and of the new one never meet; the old batch can still be settled."""
    signed_in.sell(100)
    renewed = host.enrolment.terminal(TID, MID, "E32-0002", is_renewed=True)
    clock.advance(seconds=1)
    new = TerminalClient(renewed, host.port, clock)
    new.sign_in()
    assert (new.batch, new.sell(200).code) == (2, "00")
    assert [host.books.totals(TID, number).debit_minor for number in (1, 2)] == [100, 200]
    kept = TerminalClient(renewed, host.port, clock, stan=100)
    assert kept.sign_in(journal=1).code == "00"
    assert kept.batch == 1
    assert [kept.sell(50).code, kept.settle(150, 2).code, kept.end_batch(2).code] == ["00"] * 3
    assert host.books.terminal(TID).batch == 2


def test_c3_operator_gets_a_new_pin_and_is_unlocked(host: Host, terminal: TerminalClient) -> None:
    """C3: resetting a PIN ends the lock."""
    for _ in range(5):
        terminal.sign_in("111111")
    host.enrolment.operator(MID, "001", "李雷", "864209")
    assert terminal.sign_in(PIN).code == "55"
    assert terminal.sign_in("864209").tags["PW"] == "1"


@pytest.mark.parametrize("pin", ["123", "1234567890123", "12a4", "", "１２３４"])
def test_c3_pin_has_4_to_12_digits(host: Host, pin: str) -> None:
    """C3, E3: and the refusal does not quote it."""
    with pytest.raises(EnrolError) as caught:
        host.enrolment.operator(MID, "002", "x", pin)
    assert not pin or pin not in str(caught.value)


def test_c3_wrong_input_is_refused(host: Host, terminal: TerminalClient) -> None:
    """C3: numbers of another form, unknown merchants, terminals and operators."""
    desk = host.enrolment
    wrong: list[Callable[[], object]] = [
        lambda: desk.terminal("1", MID, "s"),
        lambda: desk.terminal("10000009", "9", "s"),
        lambda: desk.terminal("10000009", MID, ""),
        lambda: desk.terminal("10000009", MID, "s", support="x" * 21),
        lambda: desk.operator(MID, "1", "x", "1234"),
        lambda: desk.operator("9", "001", "x", "1234"),
        lambda: desk.operator(MID, "001", "x" * 31, "1234"),
        lambda: desk.operator(MID, "001", "x", "1234", role="5"),
        lambda: desk.merchant("1" * 16, "x"),
        lambda: desk.merchant("1", "x", currency="CNY"),
        lambda: desk.control_terminal(TID, lock_level=3),
        lambda: desk.control_terminal(TID, pending="8"),
    ]
    for call in wrong:
        with pytest.raises(EnrolError):
            call()
    unknown: list[Callable[[], object]] = [
        lambda: desk.control_terminal("10000009"),
        lambda: desk.unlock_operator(MID, "055"),
        lambda: desk.enable_operator(MID, "055", is_enabled=True),
        lambda: desk.notice("t", "b", tid="10000009"),
        lambda: desk.notice("t", "b", mid="9"),
        lambda: host.books.terminal("10000009"),
        lambda: host.books.batch(TID, 77),
    ]
    for call in unknown:
        with pytest.raises(UnknownError):
            call()


def test_c3_every_change_is_in_the_audit(host: Host, terminal: TerminalClient) -> None:
    """C3: who looks later sees what was done."""
    host.enrolment.control_terminal(TID, is_barred=True)
    host.enrolment.notice("t", "b", tid=TID)
    assert [row.event for row in host.books.audit(TID)] == ["terminal", "terminal_barred", "notice"]


def test_e1_verifiers_are_argon2id_of_a_sensible_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """E1: the parameters of the service, not those of the tests."""
    monkeypatch.setattr(pins, "HASHER", REAL_HASHER)
    verifier = pins.make_verifier("246810")
    assert verifier.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert pins.is_right(verifier, "246810")
    assert not pins.is_right(verifier, "246811")
    assert not pins.is_right(None, "246810")
    assert not pins.is_right("damaged", "246810")


def test_c4_secrets_of_the_host_are_its_owners_only(host_dir: Path) -> None:
    """C4: keys and the database have mode 0600, and a key that others can read is not used."""
    names = ("pki/ca.key", "pki/server.key", "pki/master.key", "host.db")
    assert {os.stat(host_dir / name).st_mode & 0o777 for name in names} == {0o600}
    (host_dir / "pki/master.key").chmod(0o640)
    with pytest.raises(SetupError, match="chmod"):
        Host(file_url(host_dir / "host.db"), host_dir / "pki")


def test_c4_setup_does_not_overwrite(host_dir: Path) -> None:
    """C4: a second setup in the same place is refused, and the first still works."""
    before = (host_dir / "pki/master.key").read_bytes()
    with pytest.raises(SetupError, match="already"):
        setup.create(file_url(host_dir / "host.db"), host_dir / "pki")
    assert (host_dir / "pki/master.key").read_bytes() == before


def test_c4_incomplete_hosts_say_what_is_missing(host_dir: Path, tmp_path: Path) -> None:
    """C4: no directory, no database, another version, no key, a key of another length, no such database."""
    url, secrets = file_url(host_dir / "host.db"), host_dir / "pki"
    with pytest.raises(SetupError, match="init"):
        Host(url, tmp_path / "nowhere")
    with pytest.raises(SetupError, match="init"):
        Host(file_url(tmp_path / "empty.db"), secrets)
    with pytest.raises(SetupError, match="URL"):
        Host("nonsense://x", secrets)
    for content in ("zz", "00" * 16):
        (secrets / "master.key").write_text(content)
        with pytest.raises(SetupError, match="does not hold"):
            Host(url, secrets)
    (secrets / "master.key").unlink()
    with pytest.raises(SetupError, match="missing"):
        Host(url, secrets)


def test_c4_damaged_certificates_say_which(host_dir: Path) -> None:
    """C4: a damaged authority or server certificate is found at the start, not by the first terminal."""
    secrets = host_dir / "pki"
    host = Host(file_url(host_dir / "host.db"), secrets)
    (secrets / "server.pem").write_text("x")
    with pytest.raises(SetupError, match="damaged"):
        host.start()
    with pytest.raises(SetupError, match=r"server\.pem"):
        pki.server_name(secrets)
    (secrets / "ca.pem").write_text("x")
    with pytest.raises(SetupError, match=r"ca\.key"):
        pki.load_ca(secrets)
    host.close()


def test_c4_host_can_be_named_by_its_address(tmp_path: Path) -> None:
    """C4: an address as server name becomes an address in the certificate."""
    leaf = pki.issue_server(pki.make_ca(), "192.0.2.7")
    names = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]


def test_c4_database_of_another_version_is_refused(host_dir: Path) -> None:
    """C4: an older or newer host's books are not guessed at."""
    db = Database(file_url(host_dir / "host.db"))
    with db.writing() as session:
        session.merge(Meta(name="schema", value="99"))
    for call in (db.check, db.upgrade):
        with pytest.raises(SetupError, match="version 99, .* version 5: go on with the release"):
            call()
    db.close()


def test_identity_is_immutable(terminal: TerminalClient) -> None:
    """C4: what was enrolled is not changed by accident."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        terminal.identity.tid = "10000002"  # type: ignore[misc]


def test_clock_of_an_option() -> None:
    """C5: a demo starts the host at the emulated board's time."""
    assert clock.parse_clock("") is clock.system_clock
    for text in ("2026-11-20T11:15:30Z", "2026-11-20T19:15:30+08:00", "2026-11-20T11:15:30"):
        now = clock.parse_clock(text)()
        assert 0 <= (now - datetime(2026, 11, 20, 11, 15, 30, tzinfo=UTC)).total_seconds() < 60
    with pytest.raises(HostError):
        clock.parse_clock("yesterday")
