"""How many tokens the examples have for a base model, by its own chat template; rows over a length are named, not cut.

Only tokenizers that lie on this machine are asked (a prepared base model's ``tokenizer.json`` and template). The
template is rendered as ``transformers`` does it, without importing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from medai_assets.foundation.rows import ExampleRow, Turn
from medai_assets.instructions.turns import turns

TEMPLATE, TOKENIZER, CONFIG = "chat_template.jinja", "tokenizer.json", "tokenizer_config.json"


def local_tokenizers(models_dir: Path) -> dict[str, Path]:
    """Base models on this machine that have a tokenizer and a chat template, by folder name."""
    if not models_dir.is_dir():
        return {}
    folders = sorted(p for p in models_dir.iterdir() if (p / TOKENIZER).is_file())
    return {p.name: p for p in folders if _template_text(p)}


def token_statistics(rows: Iterable[ExampleRow], folder: Path, most_tokens: int) -> dict[str, Any]:
    """Tokens of prompt and answer together, by kind, and how many rows are over the limit.

    Args:
        folder: of the base model. most_tokens: the length that rows should stay within.
    """
    counts: dict[str, list[int]] = {}
    over: list[str] = []
    rows = list(rows)
    for row, tokens in zip(rows, counter(folder)(rows)):
        counts.setdefault(row["kind"], []).append(tokens)
        if tokens > most_tokens:
            over.append(row["example_id"])
    every = sorted(n for numbers in counts.values() for n in numbers)
    return {
        "examples": len(every),
        "tokens": sum(every),
        "median": every[len(every) // 2] if every else 0,
        "p95": every[int(len(every) * 0.95)] if every else 0,
        "longest": every[-1] if every else 0,
        "limit": most_tokens,
        "over_limit": len(over),
        "over_limit_ids": sorted(over)[:50],
        "by_kind": {k: round(sum(n) / len(n), 1) for k, n in sorted(counts.items())},
    }


def counter(folder: Path) -> Callable[[Iterable[ExampleRow]], list[int]]:
    """A function from EXAMPLE rows to their numbers of tokens by the folder's tokenizer and template."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    render = _renderer(folder)

    def count(rows: Iterable[ExampleRow]) -> list[int]:
        texts = [render(turns(row)) for row in rows]
        return [len(encoded.ids) for encoded in tokenizer.encode_batch(texts, add_special_tokens=False)]

    return count


def _renderer(folder: Path) -> Callable[[list[Turn]], str]:
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> None:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = refuse
    template = environment.from_string(_template_text(folder))
    tokens = _special_tokens(folder)

    def render(messages: list[Turn]) -> str:
        return template.render(messages=messages, add_generation_prompt=False, **tokens)

    return render


def _template_text(folder: Path) -> str:
    if (folder / TEMPLATE).is_file():
        return (folder / TEMPLATE).read_text(encoding="utf-8")
    return str(_config(folder).get("chat_template") or "")


def _special_tokens(folder: Path) -> dict[str, str]:
    found = {k: v for k, v in _config(folder).items() if k.endswith("_token") and v}
    return {k: v if isinstance(v, str) else str(v.get("content", "")) for k, v in found.items()}


def _config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    return orjson.loads(path.read_bytes()) if path.is_file() else {}
