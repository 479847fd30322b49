# SPDX-License-Identifier: MIT
"""What the facts that a board has measured mean: pure functions from facts to a verdict, with the limits they use."""

from itertools import combinations, product
from typing import Any, Final

from tools.selftest import randomness
from tools.selftest.result import NOT_FITTED, NOT_PROVISIONED, Verdict, failed, passed, skipped

Facts = dict[str, Any]

_LEAST_HEAP: Final = 64 * 1024  # bytes free before anything is loaded
_PLAUSIBLE_MV: Final = (2800, 4400)  # of a lithium cell, or of what charges it
_NOISE_MV: Final = 150
_JOURNAL_BYTES: Final = 0x40000
_WEAK_DBM: Final = -85
_SECOND_MS: Final = (950, 1050)
_SLOW_ERASE_US: Final = 400_000  # the flash chip's data sheet: 45 ms typical, 400 ms at most
_CODES: Final = {
    "C1": "settings or certificates are damaged: provision it again",
    "C2": "the keys are damaged: provision it again",
    "J1": "the journal cannot be read: have the flash examined, nothing is written over it",
    "W1": "the network is not found: check router and antenna, or provision the right name",
    "W2": "the network refuses the Wi-Fi key: provision the right one",
    "N1": "the host cannot be reached: is it running, and are address and port right?",
    "N2": "the host does not answer: look into its log",
    "N3": "the answer is not the host's: look into its log, compare the KCVs",
    "N4": "the host's certificate is not accepted: provision with the CA of this host",
    "N5": "the host refuses this terminal's certificate: enrol and provision it again",
}


def trouble(facts: Facts) -> Verdict | None:
    """The verdict on a measurement that failed as such; None if there are facts."""
    if "de39" in facts:
        return failed(
            f"the host answers {facts['de39']}", "look the terminal up at the host: is it enrolled, is it barred?"
        )
    if "code" in facts:
        code = str(facts["code"])
        return failed(code, _CODES.get(code, "look the code up in the README"))
    if "error" in facts:
        return failed(str(facts["error"]).strip(), "the driver gave up: check the wiring, deploy the firmware again")
    return None


def about(facts: Facts) -> Verdict:
    figure = f"firmware {facts['version']}, MicroPython {facts['micropython']}, {facts['free'] // 1024} KiB free"
    if facts["free"] < _LEAST_HEAP:
        return failed(figure, f"less than {_LEAST_HEAP // 1024} KiB of heap: is this the right MicroPython image?")
    return passed(figure)


def display(facts: Facts) -> Verdict:
    if not facts["is_fitted"]:
        return NOT_FITTED
    if not facts["answers"]:
        return failed("no answer on I2C", "check the display's plug, its supply and its address")
    return passed("answers on I2C")


def _ghosts(layout: str, columns: int, down: set[str]) -> set[str]:
    """Keys that may only look down: the fourth corner of a rectangle whose other corners are down."""
    rows = [layout[at : at + columns] for at in range(0, len(layout), columns)]
    found: set[str] = set()
    for (upper, lower), (left, right) in product(combinations(rows, 2), combinations(range(columns), 2)):
        corners = {upper[left], upper[right], lower[left], lower[right]}
        if corners <= down:
            found |= corners
    return found


def keypad(facts: Facts) -> Verdict:
    if not facts["is_fitted"]:
        return NOT_FITTED
    layout, scans = facts["layout"], facts["scans"]
    stuck = [key for key, count in zip(layout, facts["counts"], strict=True) if count == scans]
    loose = [key for key, count in zip(layout, facts["counts"], strict=True) if 0 < count < scans]
    if loose:
        return failed(
            f"comes and goes: {' '.join(loose)}", "a loose contact, or somebody pressed; leave the keys alone"
        )
    if not stuck:
        return passed("no key is down")
    ghosts = _ghosts(layout, facts["columns"], set(stuck))
    if ghosts:
        return failed(f"down: {' '.join(stuck)}", f"one of {' '.join(sorted(ghosts))} may be a ghost; free the others")
    return failed(
        f"down: {' '.join(stuck)}", "a key sticks or a row touches a column: free it, check the keypad's plug"
    )


def button(facts: Facts) -> Verdict:
    if not facts["is_fitted"]:
        return NOT_FITTED
    if facts["is_down"]:
        return failed(
            "looks pressed", "the power button sticks or its pin touches ground: the terminal would not sleep"
        )
    return passed("is up")


def program_flash(facts: Facts) -> Verdict:
    figure = f"{facts['files']} files, {facts['bytes'] // 1024} KiB read"
    return passed(figure) if facts["font"] else failed(figure, "the font file is damaged: deploy again")


def journal(facts: Facts) -> Verdict:
    if facts["bytes"] != _JOURNAL_BYTES:
        return failed(f"{facts['bytes']} bytes", "the partition table is not ours: make flash")
    figure = f"{facts['sectors']} sectors, {facts['records']} records, {facts['torn']} torn, read in {facts['ms']} ms"
    if facts["torn"] > facts["sectors"]:  # a power cut leaves one, and one a sector is as many as were ever cut short
        return failed(figure, "no power cuts leave so many: have the flash examined, back the journal up")
    return passed(figure)


def flash_write(facts: Facts) -> Verdict:
    if "why" in facts:
        return skipped(facts["why"], "sign out first; nothing is written over what is there")
    figure = (
        f"sector {facts['sector']}: 64 bytes {facts['program_us'] / 1000:.1f} ms, erase {facts['erase_us'] // 1000} ms"
    )
    if not all(facts["steps"]):
        return failed(figure, "the flash does not hold what is written: replace the module")
    if facts["erase_us"] > _SLOW_ERASE_US:
        return failed(figure, "erasing takes too long: the flash is worn or counterfeit")
    return passed(figure)


def battery(facts: Facts) -> Verdict:
    if not facts["is_fitted"]:
        return NOT_FITTED
    values = facts["mv"]
    mean, spread = sum(values) // len(values), max(values) - min(values)
    figure = f"{mean} mV, noise {spread} mV"
    least, most = _PLAUSIBLE_MV
    if not least <= mean <= most:
        return failed(figure, f"a cell has {least} to {most} mV: check battery, divider and ADC pin")
    if spread > _NOISE_MV:
        return failed(figure, "the reading is unsteady: check the divider's ground and capacitor")
    return Verdict(
        passed(figure).status, figure, "below what a sign-in needs: charge it" if mean < facts["low_mv"] else ""
    )


def random_bytes(sample: bytes) -> Verdict:
    figure = f"{100 * randomness.share_of_ones(sample):.1f} % ones of {8 * len(sample)} bits"
    weak = randomness.weaknesses(sample)
    if weak:
        return failed(f"{figure}, fails: {', '.join(weak)}", "repeat once; if it fails again the generator is broken")
    return passed(figure)


def clock(facts: Facts) -> Verdict:
    figure = f"a second takes {facts['second_ms']} ms"
    if abs(facts["read"] - facts["set"]) > 1:
        return failed(figure, "the clock does not keep what it is set to")
    if not _SECOND_MS[0] <= facts["second_ms"] <= _SECOND_MS[1]:
        return failed(figure, "clock and timer disagree: the crystal is bad")
    return passed(figure)


def settings(facts: Facts) -> Verdict:
    if facts.get("damage") == "missing":
        return NOT_PROVISIONED
    if "damage" in facts:
        return failed(f"damaged: {facts['damage']}", _CODES["C1"])
    return passed(f"terminal {facts['tid']}, merchant {facts['mid']}, network {facts['ssid']!r}")


def keys(facts: Facts) -> Verdict:
    return passed(" ".join(f"{name} {kcv}" for name, kcv in zip(("TMK", "TAK0", "TPK0"), facts["kcv"], strict=True)))


def scan(facts: Facts) -> Verdict:
    count, seen, wanted = facts["count"], facts["seen"], facts["wanted"]
    if not count:
        return failed("no network heard", "check the antenna, and that a router is on")
    if wanted and (not seen or seen[0][0] != wanted):
        return failed(f"{count} networks, not {wanted!r}", "check the router, or provision the right name")
    name, rssi = seen[0]
    figure = f"{name!r} {rssi} dBm, {count} in all"
    if wanted and rssi < _WEAK_DBM:
        return failed(figure, "too weak: check the antenna, move the router")
    return passed(figure)


def echo(facts: Facts) -> Verdict:
    handshake = max(0, facts["first_ms"] - facts["echo_ms"])
    address = f"{facts['address']}:{facts['port']}"
    figure = f"{address}: Wi-Fi {facts['wifi_ms']} ms, TLS {handshake} ms, echo {facts['echo_ms']} ms"
    lock = {"1": "the host allows no new sales", "2": "the host has it under maintenance"}.get(facts["lock"], "")
    return Verdict(passed(figure).status, figure, lock)


def key_press(wanted: str, heard: str) -> str:
    """What is wrong with a key that a person has pressed, "" if nothing is."""
    if heard == wanted:
        return ""
    return f"{wanted} answers as {heard}" if heard else f"{wanted} is silent"


def keys_pressed(faults: list[str], count: int) -> Verdict:
    if faults:
        return failed(", ".join(faults), "check the keypad's plug: wires swapped or broken")
    return passed(f"{count} of {count}")
