# SPDX-License-Identifier: MIT
"""Opens the TLS connection: certificates from the vault, both sides verified. On loan: gone when it stands."""

import asyncio
import gc

import tls
from micropython import const

from firmware.errors import LinkError
from firmware.host.link import code_of
from firmware.store import secrets

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

_CONNECT_MS = const(10_000)


def _context(scratch: bytearray) -> "Any":
    gc.collect()  # the handshake needs its memory in one piece
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    certificate, key, authority = secrets.certificates(scratch)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(authority)
    context.verify_mode = tls.CERT_REQUIRED  # type: ignore[attr-defined]  # the stubs know only ssl's
    return context


async def dial(address: str, port: int, server: str, scratch: bytearray) -> "Any":
    """The stream; the handshake itself runs with the first frame. `scratch` is overwritten. LinkError N1, N4, N5."""
    opening = asyncio.open_connection(address, port, ssl=_context(scratch), server_hostname=server)
    try:
        return (await asyncio.wait_for_ms(opening, _CONNECT_MS))[0]
    except asyncio.TimeoutError:
        gc.collect()  # closes the socket that was left behind
        raise LinkError("N1") from None
    except (OSError, ValueError) as fault:
        raise LinkError(code_of(fault, False)) from None
