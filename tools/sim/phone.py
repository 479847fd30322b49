# SPDX-License-Identifier: MIT
"""The customer's phone: looks at the panel as a camera would, and pays what it can read there.

It knows nothing but the pixels. What it reads goes to the host's pay entry; while no host is open, it says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import zxingcpp
from PIL import Image

from tools.emulator.frame import HEIGHT, WIDTH, Pixels, as_frame
from tools.host import Host, HostError

_SCALE: Final = 4  # camera pixels for each of the panel's
_QR: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_MARGIN: Final = 24  # camera pixels of dark bezel around the panel
Pay = Callable[[str], str]
"""The host's entry: takes the code's text, pays the order, gives words for the customer."""


@dataclass(frozen=True)
class Scan:
    """`outcome`: none (no code), unpaid (read, and no host is open), paid, refused."""

    outcome: str
    code: str = ""
    words: str = ""


class PaymentRefusedError(Exception):
    """The host did not take the payment; the text is for the customer."""


def payer_at(host: Host) -> Pay:
    """Pays at this host, whichever process serves it; words are the amount."""

    def pay(code: str) -> str:
        try:
            amount_minor = host.phone.pay(code).amount_minor
        except HostError as refusal:
            raise PaymentRefusedError(str(refusal)) from None
        return f"{amount_minor // 100}.{amount_minor % 100:02d}"

    return pay


def photograph(pixels: Pixels) -> Image.Image:
    """What the camera sees: the lit panel in its dark bezel."""
    panel = Image.frombytes("L", (WIDTH, HEIGHT), as_frame(pixels).translate(bytes([0, 255]) + bytes(254)))
    panel = panel.resize((WIDTH * _SCALE, HEIGHT * _SCALE), Image.Resampling.NEAREST)
    photo = Image.new("L", (panel.width + 2 * _MARGIN, panel.height + 2 * _MARGIN), 0)
    photo.paste(panel, (_MARGIN, _MARGIN))
    return photo


def decode(pixels: Pixels) -> str:
    """Text of the QR code on the panel, empty when there is none."""
    found = zxingcpp.read_barcodes(photograph(pixels), formats=_QR)
    return found[0].text if found else ""


def scan(pixels: Pixels, pay: Pay | None) -> Scan:
    """Look, and pay if there is something to pay."""
    code = decode(pixels)
    if not code:
        return Scan("none")
    if pay is None:
        return Scan("unpaid", code)
    try:
        return Scan("paid", code, pay(code))
    except PaymentRefusedError as refusal:
        return Scan("refused", code, str(refusal))
