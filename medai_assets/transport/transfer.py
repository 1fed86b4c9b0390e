"""Reading a reply's body off the wire: in pieces, within limits, and only if it is whole.

What belongs here: what happens between the socket and the bytes. Retries and rates are decided in ``http.py``.
"""

from __future__ import annotations

import time
import zipfile
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import IO

import requests
from urllib3.exceptions import HTTPError

PIECE = 1 << 17
LOOKED_AT = 1 << 28  # bytes of what is unpacked for a look
MOST_UNPACKED = 100  # times its size that a packed file may have; those of upstreams have ten
_LEAST_BOUND = 64 << 20  # bytes that any may have, however small it is packed


class BodyCut(Exception):
    """The body ended early, stalled, or did not decode: worth another attempt."""


class BodyTooLarge(Exception):
    """The body is larger than the caller allows; asking again would not help."""


def body_pieces(response: requests.Response, deadline: float, decode: bool) -> Iterator[bytes]:
    """The body in pieces as they arrive, so that a slow one is noticed.

    Args:
        deadline: of ``time.monotonic()``; a body that drips past it is given up.
        decode: undo ``Content-Encoding: gzip`` (the only one we ask for).

    Raises:
        BodyCut: fewer bytes than announced, a broken connection, a compressed stream without its end, or too slow.
    """
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    decode = decode and response.request.method != "HEAD" and response.status_code not in (204, 304)
    if not decode or encoding in ("", "identity"):
        yield from _wire_pieces(response, deadline)
    elif encoding in ("gzip", "x-gzip"):
        yield from _gunzipped(_wire_pieces(response, deadline))
    else:
        raise BodyCut(f"the body is encoded as {encoding!r}, which was not asked for")


def _wire_pieces(response: requests.Response, deadline: float) -> Iterator[bytes]:
    has_body = response.request.method != "HEAD" and response.status_code not in (204, 304)
    announced = response.headers.get("Content-Length", "") if has_body else ""
    received = 0
    while True:
        if time.monotonic() > deadline:
            raise BodyCut(f"the body was too slow: {received:,} bytes before the deadline")
        try:
            piece = response.raw.read1(PIECE, decode_content=False)
        except (HTTPError, OSError) as error:
            reason = type(error).__name__
            raise BodyCut(f"the connection broke after {received:,} bytes ({reason})") from error
        if not piece:
            break
        received += len(piece)
        yield piece
    if announced.isdigit() and (announced.lstrip("0") or "0") != str(received):
        raise BodyCut(f"the body was cut short: {received:,} bytes of {announced[:20]} announced")


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for piece in pieces:
        while piece:
            try:
                plain = decoder.decompress(piece)
            except zlib.error as error:
                raise BodyCut(f"the compressed body is damaged ({error})") from error
            if plain:
                yield plain
            piece = decoder.unused_data if decoder.eof else b""
            if piece:
                decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
    if not decoder.eof:
        raise BodyCut("the compressed body ends before its end")


def most_unpacked(path: Path) -> int:
    """Bytes that a packed file may have unpacked."""
    return max(_LEAST_BOUND, MOST_UNPACKED * path.stat().st_size)


def zip_problem(path: Path) -> str | None:
    """What is wrong with a zip file as far as its directory tells, or None: one cut short has lost it."""
    try:
        with zipfile.ZipFile(path) as archive:
            stated = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        return f"this is not a whole zip file ({error})"
    return f"it unpacks to more than {MOST_UNPACKED} times its size" if stated > most_unpacked(path) else None


def unpacked(stream: IO[bytes] | BufferedIOBase, most: int = LOOKED_AT) -> bytes:
    """What a packed stream holds, whatever size is announced for it.

    Raises:
        ValueError: it holds more than ``most`` bytes.
    """
    # With a number, since without one a zip's member is unpacked whole before it is cut.
    data = stream.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it unpacks to more than {most:,} bytes")
    return data


def bounded(pieces: Iterator[bytes], limit: int | None) -> Iterator[bytes]:
    """The same pieces; raises BodyTooLarge beyond ``limit`` bytes (None = no limit)."""
    total = 0
    for piece in pieces:
        total += len(piece)
        if limit is not None and total > limit:
            raise BodyTooLarge(f"the body is larger than the limit of {limit:,} bytes")
        yield piece


def beginning(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """The first bytes; what follows is not read."""
    for piece in pieces:
        yield piece[:most]
        most -= len(piece)
        if most <= 0:
            return
