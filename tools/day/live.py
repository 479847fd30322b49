# SPDX-License-Identifier: MIT
"""Sets up the shop, plays the day, compares the books. Everything it makes lies in one folder and is made anew.

Invariant: what it removes from that folder are its own files only.
"""

import shutil
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.day import audit, camera
from tools.day.camera import Camera
from tools.day.failure import DayError
from tools.day.narrator import Narrator
from tools.day.service import HostProcess
from tools.emulator import BoardError
from tools.emulator.script import Player, ScriptError, read_script
from tools.host.host import Host
from tools.play.stage import MORNING, NOTICES, TID
from tools.play.tongues import FIRST
from tools.provision import provision
from tools.rig import CASHIER, HOST_ADDRESS, MID, SUPERVISOR, Rig, new_host

_WORK: Final = "work"


@dataclass(frozen=True)
class Day:
    """How to spend it."""

    script: Path
    folder: Path
    is_kept: bool = False


def _clear(folder: Path) -> Path:
    """Remove what an earlier day left; the folder for host and flash."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in [*folder.glob("[0-9][0-9]-*.png"), folder / camera.SHEET, folder / camera.ANIMATION]:
        path.unlink(missing_ok=True)
    work = folder / _WORK
    if work.exists():
        shutil.rmtree(work)
    work.mkdir()
    return work


def _play(rig: Rig, day: Day, narrator: Narrator) -> None:
    """The script from its first line to its last; pictures are written however it ends."""
    film = Camera(rig.board)
    player = Player(
        rig.board,
        on_picture=lambda name: narrator.picture(film.shoot(name)),
        on_step=lambda words: narrator.heading(player.steps, words, rig.board.now_ms),
        desk=rig,
    )
    try:
        player.play(read_script(day.script))
    except (ScriptError, BoardError) as fault:
        where = f"step {player.steps}, {player.step!r}\n" if player.steps else ""
        raise DayError(f"{where}{day.script.name}, {fault}") from None
    finally:
        paths = film.develop(day.folder)
        narrator.say(f"\n{len(film.shots)} screens, {len(paths)} pictures in {day.folder}")


def _show_sign_ins(host: Host, tid: str, narrator: Narrator) -> None:
    rows = [
        (f"{row.at:%H:%M:%S}Z", f"{row.operator} {row.operator_name}", row.shift, row.result, row.sign_out or "-")
        for row in host.books.sign_ins(tid)
    ]
    narrator.table("Sign-ins at the host", ("At", "Operator", "Shift", "DE39", "Signed out"), rows)


def _audit(host: Host, rig: Rig, narrator: Narrator) -> None:
    _show_sign_ins(host, rig.tid, narrator)
    lines = audit.compare(host.books, rig.journal(), rig.tid)
    rows = [(line.what, line.terminal, line.host, "yes" if line.is_agreed else "NO") for line in lines]
    narrator.table("Books at the end of the day", ("", "Terminal's journal", "Host's books", "Agree"), rows)
    if wrong := [line.what for line in lines if not line.is_agreed]:
        raise DayError(f"terminal and host differ: {'; '.join(wrong)}")


def _tell_setting(narrator: Narrator, process: HostProcess, kcvs: dict[str, str]) -> None:
    narrator.say(f"host      process {process.pid}, TLS with client certificates, SQLite")
    narrator.say(f"shop      {MID}, cashier {CASHIER.number} {CASHIER.name}, supervisor {SUPERVISOR.number}")
    checks = "  ".join(f"{name} {value}" for name, value in kcvs.items())
    narrator.say(f"terminal  {TID}, freshly flashed and provisioned; key check values {checks}")


def live(day: Day, narrator: Narrator) -> None:
    """The whole day; DayError says what went wrong."""
    started = time.monotonic()
    work = _clear(day.folder)
    with closing(new_host(work, lambda: MORNING)) as host:  # enrols, reads and pays; another process serves
        process = HostProcess(work, MORNING.isoformat())
        with process, Rig(work, host, TID, clock=MORNING) as rig:
            identity = host.enrolment.terminal(TID, MID, f"E32-{TID}")
            kcvs = provision(rig.board, identity, rig.site, rig.board.now)
            host.enrolment.notice(*NOTICES[FIRST], tid=TID, must_confirm=True)
            rig.board.link.route(HOST_ADDRESS, ("127.0.0.1", process.wait_ready()))
            _tell_setting(narrator, process, kcvs)
            _play(rig, day, narrator)
            _audit(host, rig, narrator)
            spent = time.monotonic() - started
            narrator.say(f"\nThe day ended well: {rig.board.now_ms / 1000:.0f} s of the chip's time in {spent:.1f} s.")
    if not day.is_kept:
        shutil.rmtree(work)  # the host's keys are in it
