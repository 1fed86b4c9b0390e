"""Any endpoint that speaks OpenAI's chat completions: asked one question at a time, every usable reply kept.

A kept reply is given again for the same model, question and version of the asker's prompt, so that what was stopped goes
on and no reply is paid for twice. Attempts, waits and messages without keys are those of ``http.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import orjson
from pydantic import SecretStr

from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.files import make_owned, read_hashed, write_hashed
from medai_assets.foundation.plain_text import plain
from medai_assets.transport.errors import ReplyInvalid
from medai_assets.transport.http import Http
from medai_assets.transport.limits import Rate
from medai_assets.transport.reply import Reply
from medai_assets.transport.upstreams import SECOND, Upstream

Turn = Mapping[str, str]  # role and content
RATES = (Rate(10, SECOND),)
LONGEST_NAME = 200  # characters of a model's name
LARGEST_REPLY = 4 << 20  # bytes; a thousand tokens and the thoughts before them have far fewer


class Unusable(ReplyInvalid):
    """The endpoint answers, and what its model says stays of no use to the asker."""


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What a model said, and which one: the name that the reply has, which may be more exact than the one asked for."""

    text: str
    model: str
    version: str  # of the asker's prompt


class Chat:
    """A client of one model behind one endpoint; close it, or use it as a context manager. For one thread at a time.

    Args:
        name: what messages call the endpoint.
        url: base address, as ``http://127.0.0.1:8000/v1``.
        key: sent as a bearer token, to that host alone.
        kept: folder of kept replies.
        patience: seconds to wait for a reply.
        attempts: so often a question is asked before it is given up.
    """

    def __init__(
        self,
        name: str,
        url: str,
        model: str,
        key: SecretStr | None,
        kept: Path,
        patience: float = 120.0,
        attempts: int = 4,
    ) -> None:
        bearer = SecretStr(f"Bearer {key.get_secret_value()}") if key else None
        upstream = Upstream(
            name, url, RATES, bearer, key_header="Authorization", attempts=attempts, read_timeout=patience,
            deadline=patience * attempts + 60, largest_reply=LARGEST_REPLY, bucket=f"{name}-{text_digest(url)[:12]}",
        )  # fmt: skip
        self.model = model
        self._http = Http(upstream)
        self._kept = kept
        make_owned(kept)

    def __enter__(self) -> Self:
        self._http.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._http.__exit__(*error)

    def ask(
        self, turns: Sequence[Turn], version: str, usable: Callable[[str], object], most_tokens: int = 1024
    ) -> ChatAnswer:
        """The model's reply to a conversation, at temperature 0; kept when ``usable`` accepts its text.

        Args:
            version: of the asker's prompt.
            usable: raises ValueError for a text that is of no use, which is then asked for again.

        Raises:
            Unusable: no attempt gave a usable text.
            UpstreamError: the endpoint refuses, cannot be had, or sends what is no chat completion.
        """
        body = {"model": self.model, "messages": list(turns), "temperature": 0, "max_tokens": most_tokens}
        asked = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        file = self._kept / f"{text_digest(version, asked.decode())}.json"
        if (earlier := read_hashed(file)) is not None:
            return ChatAnswer(**orjson.loads(earlier))
        found: list[ChatAnswer] = []

        def expect(reply: Reply) -> None:
            said = _said(reply, version)
            try:
                usable(said.text)
            except ValueError as error:
                raise Unusable(
                    reply.source, reply.url, f"the model's reply cannot be used: {error}"
                ) from None
            found.append(said)

        self._http.post_json("chat/completions", body, expect)
        write_hashed(file, orjson.dumps(asdict(found[-1])))
        return found[-1]


def _said(reply: Reply, version: str) -> ChatAnswer:
    """
    Raises:
        ReplyInvalid: the reply is not a chat completion with a text.
    """
    reply_body = reply.json()
    try:
        text, model = reply_body["choices"][0]["message"]["content"], reply_body.get("model")
    except (KeyError, IndexError, TypeError, AttributeError):
        text = model = None
    if not isinstance(text, str):
        raise ReplyInvalid(
            reply.source, reply.url, f"the reply is not a chat completion; it begins {reply.body[:80]!r}"
        )
    return ChatAnswer(plain(text), plain(model)[:LONGEST_NAME] if isinstance(model, str) else "", version)
