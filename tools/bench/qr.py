# SPDX-License-Identifier: MIT
"""What a QR code costs: steps of its encoder beside the plain way, both counted in CPython's byte code.

The reference is `qrcode`, of which uQR is the port to MicroPython: lists of lists, all eight masks drawn and judged
module by module. A step on a large integer takes longer than one on a small one, but no more than a few times.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Final

import qrcode.main
import qrcode.util

from tools.bench.figure import Figure
from tools.bench.stand import Stand

_SOURCE: Final = Path(__file__).parents[2] / "lib" / "qr.py"
_TEXT: Final = "HTTPS://P.CN/Q/12345678A000001000123"  # version 2, level L


def _encoder() -> ModuleType:
    """lib/qr.py needs nothing of MicroPython."""
    module = ModuleType("qr")
    exec(compile(_SOURCE.read_text(), str(_SOURCE), "exec"), module.__dict__)
    return module


def steps(work: Callable[[], Any], where: str) -> int:
    """Byte codes that `work` runs in files whose names begin so."""
    count = 0

    def step(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        return step

    def enter(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(where):
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return step

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def _plain() -> None:
    code = qrcode.main.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_L)
    code.add_data(qrcode.util.QRData(_TEXT), optimize=0)
    code.make(fit=True)


def measure(_: Stand) -> list[Figure]:
    encode = _encoder().encode
    ours = steps(lambda: encode(_TEXT, "L"), str(_SOURCE))
    qrcode.main.precomputed_qr_blanks.clear()
    plain = steps(_plain, str(Path(qrcode.main.__file__).parent))
    return [Figure("qr_encode_steps", ours, "steps", "the same text by qrcode, all masks the plain way", plain)]
