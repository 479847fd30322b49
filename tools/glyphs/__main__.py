# SPDX-License-Identifier: MIT
"""`python -m tools.glyphs`: makes firmware/ui/glyphs.bin and its licence; `--check` compares instead of writing.

Deterministic: the same packages give the same bytes. Without npm nothing can be compared: a failure where CI=true.
"""

import argparse
import hashlib
import os
import sys
from pathlib import Path

from tools.glyphs import container, coverage, font, icons, shrink

LICENSE = container.PATH.with_name("GLYPHS-LICENSE")
FIRST = font.Package(
    "@fontsource/fusion-pixel-12px-monospaced-sc",
    "5.3.0",
    "package/files/fusion-pixel-12px-monospaced-sc-latin-400-normal.woff",
    "ee48b20a23b8df1d9243322105ec44906d2635036ca7a4395a3f3be6b6375a5e",
    unit=100,
    ascent=10,
    height=12,
)
# For what the first one lacks: 327 rare Hanzi of GB 2312 and some signs, made smaller.
SECOND = font.Package(
    "@fontsource/unifont",
    "5.3.0",
    "package/files/unifont-latin-400-normal.woff",
    "7d7a1f7bf7c7164bbb91fa58d188a991eac8deb90fdaed4826dfb2c49ff40402",
    unit=64,
    ascent=14,
    height=16,
)
_PREFACE = """\
SPDX-License-Identifier: OFL-1.1

glyphs.bin is the font "Qiandao 12": subsets, drawn at 12 pixels, of the fonts in the npm packages
{first.name} {first.version} and {second.name} {second.version}.
It is a Modified Version in the sense of the licences below and may not bear the reserved name.

"""


def _glyphs(first: font.Source, second: font.Source) -> dict[int, container.Columns]:
    wanted = coverage.wanted()
    drawn = font.draw(first, wanted)
    others = font.draw(second, [code for code in wanted if code not in drawn])
    return drawn | {code: shrink.shrunk(columns, SECOND.height) for code, columns in others.items()} | icons.load()


def generate() -> dict[Path, bytes]:
    """What each generated file should hold."""
    sources = [font.fetch(package) for package in (FIRST, SECOND)]
    texts = [_PREFACE.format(first=FIRST, second=SECOND)]
    texts += [f"{source.package.name}:\n\n{source.license_text.strip()}\n\n" for source in sources]
    return {container.PATH: container.pack(_glyphs(*sources)), LICENSE: ("".join(texts).strip() + "\n").encode()}


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
