"""What an upstream sent, as the rest of the project sees it: no socket, no key.

What belongs here: the two value types and reading JSON out of a body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from requests.structures import CaseInsensitiveDict

from medai_assets.transport.errors import ReplyInvalid


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished reply.

    ``url`` is what may be stored: keys removed, the sandbox's address written ``sandbox:/…``. ``retrieved_at`` is aware, UTC.
    """

    source: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str
    retrieved_at: datetime

    def json(self) -> Any:
        """The body as JSON; raw line ends inside strings, as NCBI sends them, are let pass.

        Raises:
            ReplyInvalid: it is not JSON; the message quotes its beginning.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            pass
        try:
            return json.loads(self.body, strict=False)
        except (ValueError, RecursionError) as error:
            raise ReplyInvalid(
                self.source, self.url, f"the reply is not JSON ({error}); it begins {self.body[:80]!r}"
            ) from error


@dataclass(frozen=True, slots=True)
class Download:
    """A file that came whole. ``md5`` is what was computed."""

    url: str
    bytes: int
    md5: str
    retrieved_at: datetime


def headers(values: Mapping[str, str]) -> CaseInsensitiveDict[str]:
    """Headers whose names are compared without regard to case."""
    return CaseInsensitiveDict(values)
