# SPDX-License-Identifier: MIT
"""Opens the TLS connection: certificates from the vault, both sides verified. On loan: gone when it stands."""

import asyncio
import gc

import tls
from micropython import const

import tcp
from firmware import log
from firmware.errors import LinkError
from firmware.host.link import code_of
from firmware.loader import Loan
from firmware.store.vault import LARGEST

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

_CONNECT_MS = const(10_000)


def context() -> "Any":
    """Made once: it needs its memory in one piece."""
    gc.collect()
    made = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    with Loan("firmware.store.secrets") as secrets:
        certificate, key, authority = secrets.certificates(bytearray(LARGEST))
    made.load_cert_chain(certificate, key)
    made.load_verify_locations(authority)
    made.verify_mode = tls.CERT_REQUIRED  # type: ignore[attr-defined]  # the stubs know only ssl's
    return made


async def dial(address: str, port: int, server: str, context: "Any") -> "Any":
    """The stream; the handshake itself runs with the first frame. LinkError N1, N4, N5."""
    gc.collect()
    plain = None
    try:
        plain = await tcp.connect(address, port, _CONNECT_MS)
        gc.collect()
        wrapped = context.wrap_socket(plain, server_hostname=server, do_handshake_on_connect=False)
        wrapped.setblocking(False)
        plain = None
        return asyncio.StreamReader(wrapped)
    except MemoryError:  # the next try finds more of it: a journey that asks whether to try again is small
        log.event("dial", "memory")
        raise LinkError("N1") from None
    except asyncio.TimeoutError:
        raise LinkError("N1") from None
    except (OSError, ValueError) as fault:
        raise LinkError(code_of(fault, False)) from None
    finally:
        if plain is not None:
            plain.close()
