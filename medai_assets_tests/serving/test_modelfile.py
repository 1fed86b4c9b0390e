"""Ollama's Modelfile says what the model itself was trained with: its own turns, each kept apart."""

from __future__ import annotations

import pytest

from medai_assets.serving.modelfile import go_template, modelfile
from medai_assets.training.chat import packaged_template
from medai_assets.training.recipe import load_recipe, recipe_from, recipe_names
from medai_assets_tests.training import tiny


@pytest.mark.parametrize("hub_id", ["meta-llama/Llama-3.1-8B-Instruct", "mistralai/Mistral-7B-Instruct-v0.3"])
def test_a_models_own_template_does_not_become_another(hub_id: str) -> None:
    own = {"name": "x", "title": "X", "hub_id": hub_id, "revision": "0" * 40, "chat_template": "own"}
    text = modelfile(recipe_from(own), "Be kind.")
    assert "im_start" not in text
    assert "im_end" not in text


@pytest.mark.parametrize("name", ["mistral-7b", "llama-3-8b"])
def test_turns_before_the_last_are_kept_apart(name: str) -> None:
    text = modelfile(load_recipe(name), "Be kind.")
    assert ".Messages" in text or ".Response" in text


def test_chatml_keeps_its_turns() -> None:
    text = modelfile(load_recipe("qwen-7b"), "Be kind.")
    assert "{{ range .Messages }}<|im_start|>{{ .Role }}" in text
    assert 'SYSTEM """Be kind."""' in text


LLAMA = """{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m['role'] }}<|end_header_id|>

{{ m['content'] | trim }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>

{% endif %}"""
GEMMA = """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}\
{% for m in messages %}<start_of_turn>{{ 'model' if m['role'] == 'assistant' else m['role'] }}
{{ m['content'] }}<end_of_turn>
{% endfor %}{% if add_generation_prompt %}<start_of_turn>model
{% endif %}"""


def ollama(template: str, system: str, turns: list[tuple[str, str]], asked: str) -> str:
    """What Ollama makes of its template: once for all messages, or once a turn and cut at the answer to come."""
    if ".Messages" in template:
        head, _, rest = template.partition("{{ range .Messages }}")
        turn, _, tail = rest.partition("{{ end }}")
        said = [("system", system)]
        for question, answer in turns:
            said += [("user", question), ("assistant", answer)]
        told = "".join(
            turn.replace("{{ .Role }}", role).replace("{{ .Content }}", text)
            for role, text in [*said, ("user", asked)]
        )
        return head + told + tail
    texts = []
    for number, (question, answer) in enumerate([*turns, (asked, "")]):
        text = _if(_if(template, ".System", not number), ".Response", bool(answer))
        text = text.replace("{{ .System }}", system).replace("{{ .Prompt }}", question)
        begun, _, ended = text.partition("{{ .Response }}")
        texts.append(begun + answer + ended if answer else begun)
    return "".join(texts)


def _if(template: str, name: str, holds: bool) -> str:
    before, found, rest = template.partition(f"{{{{ if {name} }}}}")
    inside, _, after = rest.partition("{{ end }}")
    yes, _, no = inside.partition("{{ else }}")
    return before + (yes if holds else no) + after if found else template


def of_recipe(name: str) -> str:
    template = load_recipe(name).chat_template
    return tiny.SMOLLM if template == "own" else packaged_template(template)


@pytest.mark.parametrize("added", [True, False], ids=["begin added", "begin written"])
@pytest.mark.parametrize(
    ("template", "begin", "end"),
    [
        *(pytest.param(of_recipe(n), *tiny.ENDS[load_recipe(n).hub_id], id=n) for n in recipe_names()),
        pytest.param(LLAMA, "<|begin_of_text|>", "<|eot_id|>", id="llama"),
        pytest.param(GEMMA, "<bos>", "<end_of_turn>", id="gemma"),
    ],
)
def test_a_conversation_reads_as_the_models_own_template_writes_it(
    template: str, begin: str, end: str, added: bool
) -> None:
    from transformers.utils.chat_template_utils import render_jinja_template

    said = ["Be kind.", "What helps?", "Rest.", "How long?", "A week.", "And then?"]
    roles = ["system", "user", "assistant", "user", "assistant", "user"]
    messages = [{"role": role, "content": text} for role, text in zip(roles, said)]
    if template is GEMMA:  # as in training
        messages[1]["content"] = f"{said[0]}\n\n{said[1]}"
        del messages[0]
    wanted, _ = render_jinja_template(
        conversations=[messages], chat_template=template, add_generation_prompt=True, bos_token=begin, eos_token=end
    )  # fmt: skip
    turns = [(said[1], said[2]), (said[3], said[4])]
    found = ollama(go_template(template, begin, end, added=added), said[0], turns, said[5])
    assert (begin if added else "") + found == wanted[0]


def test_a_first_token_that_the_tokenizer_does_not_put_there_is_written() -> None:
    """SmolLM2's begin token is the one that begins a turn, and its tokenizer adds none."""
    text = modelfile(load_recipe("smollm2-135m"), "Be kind.", tiny.tokenizer_of("smollm2-135m"))
    assert "{{ range .Messages }}<|im_start|>{{ .Role }}" in text
