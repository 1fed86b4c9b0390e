"""Replies that break off: told as the S3 client's own session tells them, since its retries go by that."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytest.importorskip("aiobotocore", reason="needs aiobotocore (the extra s3)")

from aiobotocore.httpsession import AIOHTTPSession
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError

from medai_assets.sources.files.s3_replies import BoundedSession

SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
MALFORMED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nno number\r\n"


async def _raised(session_class: type[Any], reply: bytes, end: str) -> Exception:
    """What a session raises when so much of a reply has come and the server then closes, resets or stalls."""
    asked_for = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        if end == "stalls":
            await asked_for.wait()
        elif end == "resets":
            writer.transport.abort()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/b"
    request = AWSRequest("GET", address).prepare()
    try:
        async with session_class(timeout=(5, 0.1)) as session:
            with pytest.raises(HTTPClientError) as told:
                await (await session.send(request)).content
    finally:
        asked_for.set()
        server.close()
    return told.value


@pytest.mark.parametrize(
    ("reply", "end", "error"),
    [
        (SHORT, "closes", ConnectionClosedError),
        (SHORT, "resets", ConnectionClosedError),
        (SHORT, "stalls", ReadTimeoutError),
        (MALFORMED, "closes", HTTPClientError),
    ],
    ids=["cut short", "reset", "stalled", "malformed"],
)
def test_a_reply_that_breaks_off_is_told_as_the_client_tells_it(
    reply: bytes, end: str, error: type[Exception]
) -> None:
    # In a thread: a browser of another test file may hold a running loop in this one.
    with ThreadPoolExecutor(1) as thread:
        own, ours = (
            thread.submit(asyncio.run, _raised(kind, reply, end)).result()
            for kind in (AIOHTTPSession, BoundedSession)
        )
    assert type(ours) is type(own) is error
    assert type(ours.kwargs["error"]) is type(own.kwargs["error"])
