# SPDX-License-Identifier: MIT
"""Debian packages of any suite and architecture, unpacked into a folder by the machine's own apt, without root.

The mirror is the one that the machine's apt is configured for; lists and cache are private, so that neither the
machine's package state nor its architecture matters. Invariant: nothing outside the given folder is written.
"""

import platform
import re
import shutil
import subprocess
from pathlib import Path

KEYRINGS = ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")
_TIMEOUT_S = 600
_DEPENDS = ("depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks")


class SetupError(Exception):
    """What is missing on this machine, and what to do about it, in a sentence for the person at the keyboard."""


def has_apt() -> bool:
    return all(shutil.which(tool) for tool in ("apt-get", "apt-cache", "dpkg"))


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """The standard output of a command; SetupError with the end of its complaint when it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, cwd=cwd, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{words[0]} did not run: {error}") from error
    if done.returncode:
        complaint = (done.stderr or done.stdout)[-2000:].strip()
        raise SetupError(f"{' '.join(words[:2])} failed ({done.returncode}): {complaint}")
    return done.stdout


class Apt:
    """A private view of one suite and architecture of the machine's Debian mirror."""

    def __init__(self, folder: Path, suite: str, arch: str) -> None:
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial", "debs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        places = [Path("/usr/share/keyrings") / name for name in KEYRINGS]
        signed = [f" signed-by={path}" for path in places if path.exists()][:1]
        # Packages only: a machine with apt-file or appstream would fetch far larger indexes of every suite.
        line = f"deb [arch={arch} target=Packages{''.join(signed)}] {self._mirror()} {suite} main\n"
        (folder / "sources.list").write_text(line)
        self._options = self._as_options(
            {
                "Dir::State": folder,
                "Dir::State::Lists": folder / "lists",
                "Dir::State::status": folder / "status",
                "Dir::Cache": folder / "cache",
                "Dir::Etc::sourcelist": folder / "sources.list",
                "Dir::Etc::sourceparts": "/dev/null",
                "APT::Architecture": arch,
                "APT::Architectures": arch,
                "APT::Sandbox::User": "",
                "Acquire::Languages": "none",
                "Acquire::Retries": "3",
            }
        )

    @staticmethod
    def _as_options(settings: dict[str, str | Path]) -> list[str]:
        return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]

    def _mirror(self) -> str:
        """The address of the Debian archive that this machine uses (not its security archive)."""
        listed = run("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)").splitlines()
        known = [line.split("|")[2] for line in listed if line.startswith("Debian|Debian|")]
        # A fresh container has no lists and so no labels: then the configured addresses speak for themselves.
        lists = self.folder / "lists"
        fresh = run("apt-get", "-o", f"Dir::State::Lists={lists}", "--print-uris", "update")
        for address in known + [match[1] for match in re.finditer(r"'(\S+?/debian/)dists/", fresh)]:
            return address
        raise SetupError("this machine's apt knows no Debian mirror; add one, or see MICROPYTHON in 'make help'")

    def update(self) -> None:
        run("apt-get", *self._options, "update")

    def closure(self, package: str) -> list[str]:
        """The package and everything that it depends on; virtual packages (in angle brackets) are left out."""
        listed = run("apt-cache", *self._options, *_DEPENDS, "--no-replaces", "--no-enhances", package)
        return sorted({line.strip() for line in listed.splitlines() if re.match(r"\w", line)})

    def unpack(self, packages: list[str], root: Path) -> None:
        """Downloads the packages (apt checks their digests against the signed index) and unpacks them below `root`."""
        debs = self.folder / "debs"
        run("apt-get", *self._options, "download", *packages, cwd=debs)
        root.mkdir(parents=True, exist_ok=True)
        for deb in sorted(debs.glob("*.deb")):
            run("dpkg", "-x", deb, root)


def describe_machine() -> str:
    return f"{platform.system()} {platform.machine()}"
