# SPDX-License-Identifier: MIT
"""What must not reach the simulator: other computers, other pages, messages that are none; and how it says no."""

import socket
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests_host.sim.stand import FIRST, ROOT, Simulator
from tools.commands.sim import sim
from tools.sim import server

pytestmark = pytest.mark.long

_OUTSIDE: Final = "evil.example"


def _get(simulator: Simulator, path: str, host: str | None = None) -> tuple[int, str, dict[str, str]]:
    line = HTTPConnection("127.0.0.1", simulator.port, timeout=10)
    line.request("GET", path, headers={"Host": host or f"127.0.0.1:{simulator.port}"})
    answer = line.getresponse()
    body = answer.read().decode()
    line.close()
    return answer.status, body, {name.lower(): value for name, value in answer.getheaders()}


def test_the_page_has_nothing_from_elsewhere(simulator: Simulator) -> None:
    """Works offline: no address of another server in any of its files, and the browser is told to refuse one."""
    status, body, headers = _get(simulator, "/")
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    for path in sorted((ROOT / "tools" / "sim" / "page").iterdir()):
        text = path.read_text()
        assert "SPDX-License-Identifier: MIT" in text
        assert "http" not in text.replace("http://www.w3.org/2000/svg", ""), path.name
        if path.name != "index.html":
            assert _get(simulator, f"/page/{path.name}")[0] == 200
    assert _get(simulator, "/page/../orders.py")[0] == 404
    assert _get(simulator, "/page/%2e%2e/orders.py")[0] == 404


@pytest.mark.parametrize(
    "host", [_OUTSIDE, f"{_OUTSIDE}:{{port}}", "127.0.0.1", "127.0.0.1:1", "localhost.evil:{port}"]
)
def test_another_name_for_this_computer_gets_nothing(simulator: Simulator, host: str) -> None:
    """DNS rebinding: the Host must be ours."""
    status, body, _ = _get(simulator, "/", host.format(port=simulator.port))
    assert (status, "<html" in body) == (403, False)


def test_localhost_is_ours(simulator: Simulator) -> None:
    assert _get(simulator, "/", f"localhost:{simulator.port}")[0] == 200


@pytest.mark.parametrize("origin", [f"http://{_OUTSIDE}", "http://127.0.0.1:1", "null", None])
def test_another_page_has_no_line(simulator: Simulator, origin: str | None) -> None:
    """The socket is for our own page only."""
    url = f"ws://127.0.0.1:{simulator.port}/live"
    with pytest.raises(InvalidStatus) as refused, connect(url, origin=Origin(origin) if origin else None):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("order", "answer"),
    [
        ("nonsense", "a message is JSON"),
        ("[1]", "a message is an object"),
        ("{}", "'do' is missing"),
        ('{"do": "explode"}', "'do' is missing or not known"),
        ('{"do": ["down"]}', "'do' is missing or not known"),
        ('{"do": "down", "tid": "10000001", "key": "Q"}', "'key' is missing or not known"),
        ('{"do": "down", "key": "1"}', "there is no terminal"),
        ('{"do": "volts", "tid": "10000001", "volts": "4"}', "'volts' must be a number"),
        ('{"do": "volts", "tid": "10000001", "volts": NaN}', "'volts' must be a number"),
        ('{"do": "power", "tid": "10000001", "is_on": 1}', "'is_on' must be true or false"),
        ('{"do": "line", "tid": "10000001", "line": "a\\u0003b"}', "a line has at most"),
        ('{"do": "wifi", "tid": "10000001", "mode": "fast"}', "'mode' is missing or not known"),
        ('{"do": "remove", "tid": "99999999"}', "there is no terminal"),
        ("[" * 3000, "a message is JSON"),
    ],
)
def test_a_message_that_is_none_is_refused(simulator: Simulator, order: str, answer: str) -> None:
    """One clear line, and the page goes on."""
    assert answer in simulator.answer(order)


def test_a_flood_and_bytes_end_the_line_only(simulator: Simulator) -> None:
    """A message too long, or one that is no text, costs its sender the line; others do not notice."""
    for message in ("x" * 100_000, bytes(10)):
        with simulator.line() as line, pytest.raises(ConnectionClosed):
            line.send(message)
            while True:
                line.recv(timeout=10)
    assert FIRST in simulator.answer("nonsense", "terminal")


def test_it_says_no_in_one_line(simulator: Simulator, tmp_path: Path) -> None:
    """Other computers, a taken port, a folder in use: one line, no traceback."""
    for words, answer in (
        (["--folder", str(tmp_path), "--address", "0.0.0.0"], "0.0.0.0 can be reached from other computers"),
        (["--folder", str(tmp_path), "--address", "example"], "'example' is not an IP address"),
        (["--folder", str(tmp_path), "--port", str(simulator.port)], f"port {simulator.port} of 127.0.0.1 cannot be"),
        (["--folder", str(simulator.folder), "--port", "0"], f"is open already: {simulator.url}"),
        (["--folder", __file__], "is a file"),
    ):
        done = CliRunner().invoke(sim, ["--no-browser", *words])
        assert done.exit_code in (1, 2)
        assert answer in done.output.splitlines()[-1]
        assert done.exception is None or isinstance(done.exception, SystemExit)


def test_a_taken_default_port_is_given_up() -> None:
    """Another one is taken by itself, unless one was asked for."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server, "DEFAULT_PORT", taken)
            with server.bind("127.0.0.1", None) as listening:
                assert listening.getsockname()[1] != taken
        with pytest.raises(server.AddressError, match=f"port {taken}"):
            server.bind("127.0.0.1", taken)
