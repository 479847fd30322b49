# SPDX-License-Identifier: MIT
"""`python -m tools.glyphs`: makes firmware/ui/glyphs.bin and its licence; `--check` compares instead of writing.

Deterministic: the same package gives the same bytes. Without npm nothing can be compared: a failure where CI=true.
"""

import argparse
import hashlib
import os
import sys
from pathlib import Path

from tools.glyphs import container, coverage, font, icons

LICENSE = container.PATH.with_name("GLYPHS-LICENSE")
_PREFACE = """\
SPDX-License-Identifier: OFL-1.1

glyphs.bin is the font "Qiandao 12": a subset, drawn at 12 pixels, of the font in the npm package
{package} {version}.
It is a Modified Version in the sense of the licence below and may not bear the reserved name.

"""


def generate() -> dict[Path, bytes]:
    """What each generated file should hold."""
    source = font.fetch()
    license_text = _PREFACE.format(package=font.PACKAGE, version=font.VERSION) + source.license_text.strip() + "\n"
    glyphs = container.pack(font.draw(source.font, coverage.wanted()) | icons.load())
    return {container.PATH: glyphs, LICENSE: license_text.encode()}


def _check(files: dict[Path, bytes]) -> int:
    stale = [path.name for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    if stale:
        print(f"glyphs: not as generated: {', '.join(stale)}; run 'make glyphs'", file=sys.stderr)
        return 1
    print(f"glyphs: as generated, sha256 {hashlib.sha256(files[container.PATH]).hexdigest()[:16]}")
    return 0


def _write(files: dict[Path, bytes]) -> int:
    for path, content in files.items():
        path.write_bytes(content)
    print(f"glyphs: {len(container.load())} characters, {len(files[container.PATH])} bytes")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.glyphs", description="make the terminal's font")
    parser.add_argument("--check", action="store_true", help="compare with the files in the tree, write nothing")
    is_check = parser.parse_args().check
    try:
        files = generate()
    except font.NoFontError as error:
        is_failure = not is_check or os.environ.get("CI") == "true"
        print(f"glyphs: {'' if is_failure else 'comparison left out, '}{error}", file=sys.stderr)
        return int(is_failure)
    return _check(files) if is_check else _write(files)


if __name__ == "__main__":
    sys.exit(main())
