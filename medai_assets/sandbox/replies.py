"""Replies shared by the upstreams: JSON, and files with the validators a later conditional request can use."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response


def json_reply(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON body in UTF-8."""
    return Response(orjson.dumps(content), status, dict(headers or {}), "application/json; charset=utf-8")


def file_reply(
    request: Request,
    body: bytes,
    media_type: str,
    modified: datetime,
    etag: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A file with ``ETag`` and ``Last-Modified``; 304 without a body when the client holds this version.

    Args:
        etag: the entity tag without quotes; the body's digest when not given.
    """
    tag = f'"{etag or hashlib.sha256(body).hexdigest()[:32]}"'
    validators = {"ETag": tag, "Last-Modified": http_date(modified), **(headers or {})}
    if not_modified(request, tag, modified):
        return Response(status_code=304, headers=validators)
    return Response(body, headers=validators, media_type=media_type)


def not_modified(request: Request, tag: str, modified: datetime) -> bool:
    """RFC 9110 section 13.2.2: ``If-None-Match`` decides alone when it is present, else ``If-Modified-Since``."""
    asked = request.headers.get("if-none-match")
    if asked is not None:
        return asked.strip() == "*" or tag in [item.strip().removeprefix("W/") for item in asked.split(",")]
    since = request.headers.get("if-modified-since")
    return since is not None and modified.replace(microsecond=0) <= parsedate_to_datetime(since)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of files; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def http_date(moment: datetime) -> str:
    """An aware datetime as the HTTP date headers write it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def base_url(request: Request) -> str:
    """Scheme, host and port under which the client reached the sandbox."""
    return f"{request.url.scheme}://{request.url.netloc}"


def whole_number(text: str | None, default: int) -> int | None:
    """A query parameter that should be an integer: its value, the default when absent, None when it is not one."""
    if text is None or text == "":
        return default
    return int(text) if text.lstrip("-").isdigit() else None


async def posted_form(request: Request) -> dict[str, str]:
    """Fields of a URL-encoded body; of a repeated field the last value."""
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
