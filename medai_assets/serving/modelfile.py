"""Ollama's Modelfile: weights, template, system text and where an answer ends.

The template is read off the model's own chat template by rendering a conversation and looking at what stands between
its texts, so that it cannot differ from what the model was trained with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from medai_assets.training.chat import default_system, packaged_template
from medai_assets.training.recipe import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_SYSTEM, _ASKED, _ANSWERED, _AGAIN = "medai1system", "medai2asked", "medai3answered", "medai4again"
_SPLIT = re.compile("|".join((_SYSTEM, _ASKED, _ANSWERED, _AGAIN)))


def modelfile(recipe: Recipe, system: str, tokenizer: PreTrainedTokenizerBase | None = None) -> str:
    """The Modelfile for a merged model's directory.

    Args:
        tokenizer: the merged model's, with its template; without one a packaged template is read, and of a model's own
            nothing is said, so that Ollama reads it from the tokenizer's files.
    """
    if tokenizer is not None:
        template: str | None = default_system(str(tokenizer.chat_template))[1]
        begin, end = str(tokenizer.bos_token or ""), str(tokenizer.eos_token or "")
        added = tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id]
    else:
        template = None if recipe.chat_template == "own" else packaged_template(recipe.chat_template)
        begin, end, added = "", recipe.end_of_turn or "", False
    lines = [f"# {recipe.title}. Not for clinical use.", "FROM .", "PARAMETER temperature 0"]
    if end:
        lines.append(f'PARAMETER stop "{end}"')
    if template is not None:
        lines.append(f'TEMPLATE """{go_template(template, begin, end, added=added)}"""')
    if system:
        lines.append(f'SYSTEM """{system}"""')
    return "\n".join(lines) + "\n"


def go_template(template: str, begin: str, end: str, *, added: bool) -> str:
    """A chat template in Ollama's Go syntax, in which every turn stands as the Jinja template writes it.

    Args:
        template: in Jinja.
        begin: the token that begins a text.
        end: the token that ends a turn.
        added: the tokenizer puts `begin` before every text by itself, and Ollama with it: it is left out.
    """

    def pieces(*roles: str) -> list[str]:
        texts = iter((_ASKED, _ANSWERED, _AGAIN))
        turns = [{"role": role, "content": _SYSTEM if role == "system" else next(texts)} for role in roles]
        return _SPLIT.split(_render(template, turns, begin, end).removeprefix(begin if added else ""))

    first, *_ = bare = pieces("user", "assistant", "user")
    try:
        parts = pieces("system", "user", "assistant", "user")
    except TemplateError:  # it knows no such role
        parts = []
    if len(parts) != 5:  # the system text is left out, or goes into the first question, as in training
        parts = [first, "\n\n", *bare[1:]]
    if by_role := _by_role(parts):
        return by_role
    head, to_question, to_answer, between, asked = parts
    ended = between.removesuffix(first if between.endswith(first) else first.removeprefix(begin))
    # what stands before an answer that is given, and not before one to come
    apart = to_answer.removeprefix(asked)
    blank = f"{{{{ if .Response }}}}{apart}{{{{ end }}}}" if apart and to_answer.startswith(asked) else ""
    return (
        f"{{{{ if .System }}}}{head}{{{{ .System }}}}{to_question}{{{{ else }}}}{between[len(ended) :]}{{{{ end }}}}"
        f"{{{{ .Prompt }}}}{asked}{blank}{{{{ .Response }}}}{ended}"
    )


def _by_role(parts: list[str]) -> str | None:
    """A loop over messages, where the template writes every turn alike but for the name of its role."""
    head, to_question, to_answer, between, asked = parts
    before, named, behind = head.partition("system")
    closed = to_question.removesuffix(f"{before}user{behind}")
    alike = (
        closed != to_question
        and to_answer == f"{closed}{before}assistant{behind}"
        and between == f"{closed}{before}user{behind}"
        and asked.startswith(closed)
    )
    if not named or not alike:
        return None
    turn = f"{before}{{{{ .Role }}}}{behind}{{{{ .Content }}}}{closed}"
    return f"{{{{ range .Messages }}}}{turn}{{{{ end }}}}{asked.removeprefix(closed)}"


def _render(template: str, messages: list[dict[str, Any]], begin: str, end: str) -> str:
    from transformers.utils.chat_template_utils import render_jinja_template

    rendered, _ = render_jinja_template(
        conversations=[messages], chat_template=template, add_generation_prompt=True, bos_token=begin, eos_token=end
    )  # fmt: skip
    return str(rendered[0])
