"""Replies of an S3 store, none read beyond what one may have.

What belongs here: the session that its client asks with. It needs the extra ``s3``, so it is imported where S3 is read.
"""

from __future__ import annotations

from typing import Any

from aiobotocore.httpsession import AIOHTTPSession
from aiohttp import ClientConnectionError, ClientPayloadError, ServerDisconnectedError
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

LARGEST_REPLY = 4 << 20  # bytes; a list's page has at most 1,000 keys of 1,024 bytes, encoded for a URL
_PIECE = 1 << 16


class ReplyTooLarge(ValueError):
    """A reply that is held as a whole has more bytes than any that is documented."""


class BoundedSession(AIOHTTPSession):  # type: ignore[misc]
    """Reads lists, facts and refusals up to ``LARGEST_REPLY``; what is streamed is counted by who reads it.

    Raises:
        ReplyTooLarge: a reply goes on beyond that.
    """

    async def send(self, request: Any) -> Any:
        is_streamed = request.stream_output
        request.stream_output = True  # or it is read here at any length
        reply = await super().send(request)
        if not is_streamed or reply.status_code >= 300:
            reply._content = await _bounded(reply.raw, request)
        return reply


async def _bounded(raw: Any, request: Any) -> bytes:
    held = bytearray()
    try:
        async for piece in raw.content.iter_chunked(_PIECE):
            held += piece
            if len(held) > LARGEST_REPLY:
                break
    # As the client's own reading tells them: whether it asks again goes by the class.
    except (ClientPayloadError, ServerDisconnectedError) as error:
        raise ConnectionClosedError(error=error, request=request, endpoint_url=request.url) from error
    except TimeoutError as error:
        raise ReadTimeoutError(error=error, endpoint_url=request.url) from error
    except ClientConnectionError as error:
        raise EndpointConnectionError(error=error, endpoint_url=request.url) from error
    except Exception as error:
        raise HTTPClientError(error=error) from error
    if len(held) > LARGEST_REPLY:
        raw.close()
        raise ReplyTooLarge(f"a reply has more than {LARGEST_REPLY:,} bytes")
    return bytes(held)
