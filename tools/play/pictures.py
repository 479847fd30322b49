# SPDX-License-Identifier: MIT
"""`python -m tools.play.pictures`: takes the manual's pictures, by playing scripts and from the gallery of all screens;
`--check` compares, pixel by pixel.

Every run plays in the same virtual time with the same seed, so that two runs take the same pictures. The scripts of the
operator's guide are played once in each of its languages.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

from tools.day.camera import Camera, Shot
from tools.emulator import BoardError, render
from tools.emulator.script import ScriptError, read_script
from tools.errors import RefusedError
from tools.gallery import sheets
from tools.host.errors import HostError
from tools.play import stage
from tools.play.tongues import FIRST
from tools.provision import ProvisionError
from tools.setup.debian import SetupError

_TOP: Final = Path(__file__).parents[2]
_FOLDER: Final = "docs/pictures"
_DAY: Final = "tools/day/day.script"
_LOCKS: Final = f"{_FOLDER}/locks.txt"
_SINGLES: Final = (
    *("welcome", "locked", "pin-masked", "signed-in", "ready", "sale-amount", "order-code", "totals", "settling"),
)
_GUIDE: Final = "docs/guide"
_GUIDE_LANGUAGES: Final = (FIRST, "en")
_SCALE: Final = 4


def _shots(script: Path, language: str = FIRST) -> list[Shot]:
    """What a script shows at a terminal of this language, dark screens left out."""
    with tempfile.TemporaryDirectory(prefix="qiandao-pictures-") as folder, stage.shop(Path(folder), language) as rig:
        film = Camera(rig.board)
        rig.player.on_picture = film.take
        try:
            rig.play(read_script(script))
        except ScriptError as fault:
            raise ScriptError(f"{script.name} ({language}), {fault}") from None
    return [shot for shot in film.shots if any(map(any, shot.pixels))]


def _numbered(number: int, shot: Shot) -> str:
    return f"{number:02d} {shot.name}"


def _with_light(_number: int, shot: Shot) -> str:
    return f"{shot.name}: {shot.led_pattern}"


def _sheet(shots: list[Shot], columns: int, caption: Callable[[int, Shot], str]) -> Image.Image:
    screens = [(caption(number, shot), shot.pixels) for number, shot in enumerate(shots, 1)]
    return render.sheet(screens, columns, leds=[shot.led for shot in shots])


def _single(shot: Shot) -> Image.Image:
    return render.picture(shot.pixels, _SCALE, shot.led)


def guide_scripts() -> list[Path]:
    """What is played for the operator's guide."""
    return sorted((_TOP / _GUIDE / "scripts").glob("*.txt"))


def _of_the_guide(pool: ProcessPoolExecutor) -> Iterator[tuple[str, Image.Image]]:
    """Path and picture of every screen in it."""
    plays = [
        (language, pool.submit(_shots, path, language)) for path in guide_scripts() for language in _GUIDE_LANGUAGES
    ]
    for language, play in plays:
        for shot in play.result():
            yield f"{_GUIDE}/pictures/{language}/{shot.name}.png", _single(shot)


def taken() -> dict[str, Image.Image]:
    """Every picture of the manual by its path from the top of the tree."""
    with ProcessPoolExecutor() as pool:
        day, locks = pool.map(_shots, (_TOP / _DAY, _TOP / _LOCKS))
        guide = dict(_of_the_guide(pool))
    pictures = {"docs/day.png": _sheet(day, 4, _numbered), "docs/locks.png": _sheet(locks, 3, _with_light)}
    by_name = {shot.name: shot for shot in day}
    for name in _SINGLES:
        pictures[f"{_FOLDER}/{name}.png"] = _single(by_name[name])
    return pictures | guide | sheets.taken()


def is_same(path: Path, picture: Image.Image) -> bool:
    """The file holds the same pixels, however it is packed."""
    if not path.is_file():
        return False
    with Image.open(path) as kept:
        if kept.size != picture.size:
            return False
        return ImageChops.difference(kept.convert("RGB"), picture.convert("RGB")).getbbox() is None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.play.pictures", description="Take the manual's pictures.")
    parser.add_argument("--check", action="store_true", help="compare with the files in the tree, write nothing")
    is_check = parser.parse_args().check
    try:
        pictures = taken()
    except (ScriptError, BoardError, HostError, ProvisionError, RefusedError, SetupError) as fault:
        sys.exit(f"the pictures cannot be taken: {fault}")
    stale = [name for name, picture in pictures.items() if not is_same(_TOP / name, picture)]
    folders = (_TOP / _FOLDER, _TOP / _GUIDE, _TOP / sheets.FOLDER)
    kept = {path.relative_to(_TOP).as_posix() for folder in folders for path in folder.rglob("*.png")}
    foreign = sorted(kept - pictures.keys())
    if is_check and stale + foreign:
        sys.exit(f"pictures are not up to date: {', '.join(stale + foreign)}; run 'make pictures'")
    for name in foreign:
        (_TOP / name).unlink()
    for name in stale:
        (_TOP / name).parent.mkdir(parents=True, exist_ok=True)
        pictures[name].save(_TOP / name, "PNG", optimize=True)
    print(f"pictures: {f'{len(stale)} of {len(pictures)} renewed' if stale else 'up to date'}")


if __name__ == "__main__":
    main()
