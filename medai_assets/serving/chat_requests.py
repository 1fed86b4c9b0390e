"""What a client may ask of the served model, as OpenAI's chat API words it; everything else is a sentence and a status.

A request becomes the one that the model server sees: the system text that the model was trained with stands first, text
that spells one of the model's own tokens is no such token, and the answer has a bound.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from jinja2 import TemplateError

from medai_assets.training.chat import spelled_tokens

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MOST_NEW = 1024  # tokens of an answer
_ROLES = ("system", "developer", "user", "assistant")
_TOLD = ("system", "developer")
# Fields that change nothing in an answer here, and what the others have to be.
_IDLE = frozenset(
    {"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_options",
     "prompt_cache_retention"}
)  # fmt: skip
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,), "presence_penalty": (0,), "frequency_penalty": (0,), "logprobs": (False,), "top_logprobs": (0,),
    "logit_bias": ({},), "tools": ([],), "tool_choice": ("none", "auto"), "parallel_tool_calls": (True, False),
    "response_format": ({"type": "text"},), "modalities": (["text"],),
}  # fmt: skip
_GREEDY = {"temperature": 0}  # where a client says nothing
_APART = "\u200b"  # of no width


class BadRequest(ValueError):
    """A request that is not answered, with OpenAI's status, type and code."""

    def __init__(
        self, message: str, status: int = 400, *, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.param, self.code = status, param, code


def error_body(message: str, status: int, param: str | None = None, code: str | None = None) -> bytes:
    """An error as OpenAI's clients read it."""
    kind = "invalid_request_error" if status < 500 and status != 429 else "server_error"
    kind = "rate_limit_error" if status == 429 else kind
    return orjson.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}})


@dataclass(frozen=True, slots=True)
class Limits:
    """The model that is served, and what it can take.

    Args:
        system: the text the model was trained with; "" for none.
        context: tokens of a prompt and its answer together; None where the model has no bound.
    """

    model: str
    tokenizer: PreTrainedTokenizerBase
    system: str
    context: int | None

    def checked(self, body: bytes) -> dict[str, Any]:
        """The request for the model server.

        Raises:
            BadRequest: it is not one that is answered.
        """
        try:
            asked = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"the body is not JSON: {error}") from None
        if not isinstance(asked, dict):
            raise BadRequest("the body has to be a JSON object")
        self.named(asked.get("model"))
        messages = self._messages(asked.get("messages"))
        request = _settings(asked) | {"model": self.model, "messages": messages}
        return request | {"max_tokens": self._bound(asked, messages)}

    def named(self, model: Any) -> None:
        """Check that a client means the model that is served.

        Raises:
            BadRequest: it names another, or none.
        """
        if model is None:
            raise BadRequest(f"name the model; this server has {self.model}", param="model")
        if model != self.model:
            raise BadRequest(
                f"the model {str(model)[:100]!r} does not exist; this server has {self.model}",
                404, param="model", code="model_not_found",
            )  # fmt: skip

    def _messages(self, given: Any) -> list[dict[str, str]]:
        """The conversation with one system text, ours first."""
        if not isinstance(given, list) or not given:
            raise BadRequest("messages has to be a list with at least one message", param="messages")
        said = [self._message(message, place) for place, message in enumerate(given)]
        instructions = [text for role, text in said if role in _TOLD]
        if self.system and not any(text.startswith(self.system) for text in instructions):
            instructions.insert(0, self.system)
        turns = [{"role": role, "content": text} for role, text in said if role not in _TOLD]
        if not turns or turns[-1]["role"] != "user":
            raise BadRequest("the last message has to be the user's", param="messages")
        return [{"role": "system", "content": "\n\n".join(instructions)}, *turns] if instructions else turns

    def _message(self, message: Any, place: int) -> tuple[str, str]:
        where = f"messages[{place}]"
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise BadRequest(f"{where} has to have a role of {', '.join(_ROLES)}", param=where)
        content = message.get("content")
        if isinstance(content, list) and all(_is_text_part(part) for part in content):
            content = "".join(part["text"] for part in content)
        if not isinstance(content, str):
            raise BadRequest(f"the content of {where} has to be text", param=f"{where}.content")
        return message["role"], self._as_text(content)

    def _as_text(self, text: str) -> str:
        """The same to read, but none of the model's own tokens is spelled in it any more."""
        return spelled_tokens(self.tokenizer).sub(_apart, text)

    def _bound(self, asked: Mapping[str, Any], messages: list[dict[str, str]]) -> int:
        """Tokens that the answer may have."""
        bounds = [asked.get(name) for name in ("max_completion_tokens", "max_tokens")]
        wanted = next((bound for bound in bounds if bound is not None), None)
        if wanted is not None and not (_is_number(wanted, int) and wanted >= 1):
            raise BadRequest("max_tokens has to be a whole number from 1", param="max_tokens")
        try:
            ids = self.tokenizer.apply_chat_template(messages, tokenize=True, add_generation_prompt=True)[
                "input_ids"
            ]
        except TemplateError as error:
            raise BadRequest(f"the model takes no such conversation: {error}", param="messages") from None
        left = MOST_NEW if self.context is None else self.context - len(ids)
        if self.context is not None and left < (wanted or 1):
            raise BadRequest(
                f"this model's maximum context length is {self.context} tokens; the messages have {len(ids)}"
                + (f" and the answer may have {wanted}" if wanted else ""),
                param="messages", code="context_length_exceeded",
            )  # fmt: skip
        return min(wanted or MOST_NEW, left, MOST_NEW)


def _settings(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Those fields that the model server is told, checked."""
    known = {"model", "messages", "max_tokens", "max_completion_tokens", *_CHECKS, *_IDLE, *_NEUTRAL}
    for name, value in asked.items():
        if name not in known:
            raise BadRequest(
                f"{name[:100]!r} is not a parameter of this server",
                param=name[:100],
                code="unknown_parameter",
            )
        if name in _NEUTRAL and value is not None and value not in _NEUTRAL[name]:
            raise BadRequest(
                f"{name} can only be {_NEUTRAL[name][0]!r} here", param=name, code="unsupported_value"
            )
        if name in _CHECKS and value is not None and not _CHECKS[name][0](value):
            raise BadRequest(f"{name} has to be {_CHECKS[name][1]}", param=name)
    return _GREEDY | {name: asked[name] for name in _CHECKS if asked.get(name) is not None}


def _is_number(value: Any, kind: Any = (int, float)) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _are_stops(value: Any) -> bool:
    texts = value if isinstance(value, list) else [value]
    return 1 <= len(texts) <= 4 and all(isinstance(text, str) and 0 < len(text) <= 200 for text in texts)


_CHECKS: dict[str, tuple[Any, str]] = {
    "temperature": (lambda value: _is_number(value) and 0 <= value <= 2, "a number from 0 to 2"),
    "top_p": (lambda value: _is_number(value) and 0 < value <= 1, "a number above 0, at most 1"),
    "seed": (lambda value: _is_number(value, int) and 0 <= value < 2**63, "a whole number from 0"),
    "stop": (_are_stops, "a text, or at most four"),
    "stream": (lambda value: isinstance(value, bool), "true or false"),
    "stream_options": (lambda value: isinstance(value, dict), "an object"),
}


def _is_text_part(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)


def _apart(found: re.Match[str]) -> str:
    half = max(1, len(found[0]) // 2)
    return f"{found[0][:half]}{_APART}{found[0][half:]}"
