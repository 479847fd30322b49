# SPDX-License-Identifier: MIT
"""Debian's chromium, and a font with Chinese: it tests the simulator's page and prints the operator's guide.

Nothing else needs it. CHROMIUM=/path names another one; as root, what is missing comes from the machine's own apt.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tools.setup.debian import SetupError, has_apt, run

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_BROWSER: Final = "chromium"
_LISTER: Final = "fc-list"
_LISTERS_PACKAGE: Final = "fontconfig"
_FONT: Final = "fonts-wqy-microhei"  # small, and it has all of GB 2312
_FLAGS: Final = (
    *("--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
)
_FLAGS_AS_ROOT: Final = ("--no-sandbox",)


def find() -> Path | None:
    """The browser that is here already."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named)
    found = [path for path in map(shutil.which, _NAMES) if path]
    return Path(found[0]) if found else None


def flags() -> list[str]:
    """What a browser without a window of its own is started with."""
    return [*_FLAGS, *(_FLAGS_AS_ROOT if os.geteuid() == 0 else ())]


def _has_chinese() -> bool:
    command = [_LISTER, ":lang=zh-cn", "family"]
    done = subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL)
    return bool(done.stdout.strip())


def missing() -> list[str]:
    """Debian's packages that this machine lacks."""
    wanted = [] if find() else [_BROWSER]
    if not shutil.which(_LISTER):
        return [*wanted, _LISTERS_PACKAGE, _FONT]
    return wanted if _has_chinese() else [*wanted, _FONT]


def version(browser: Path) -> str:
    """What it says of itself; SetupError when it does not run."""
    return run(browser, "--version").strip()


def _install(packages: list[str]) -> None:
    names = " ".join(packages)
    if not has_apt() or os.geteuid() != 0:
        raise SetupError(
            f"page tests and the printed guide need {names}: run 'apt-get install {names}' as root, then again"
        )
    quiet = ("-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    try:
        run("apt-get", *quiet, "install", *packages)
    except SetupError:  # the lists may be old or empty
        run("apt-get", "-q", "update")
        run("apt-get", *quiet, "install", *packages)


def prepare() -> Path:
    """The browser, installed if need be."""
    if packages := missing():
        _install(packages)
    browser = find()
    if browser is None:
        raise SetupError("there is no chromium on PATH; name one with CHROMIUM=/path")
    version(browser)
    return browser


def main() -> int:
    try:
        browser = prepare()
        print(f"{version(browser)}: {browser}")
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
