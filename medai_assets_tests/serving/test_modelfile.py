"""Ollama's Modelfile says what the model itself was trained with: its own turns, each kept apart."""

from __future__ import annotations

import pytest

from medai_assets.serving.modelfile import modelfile
from medai_assets.training.recipe import load_recipe, recipe_from
from medai_assets_tests.open_faults import open_fault


@open_fault("train and judge", "every template of a model's own becomes ChatML")
@pytest.mark.parametrize("hub_id", ["meta-llama/Llama-3.1-8B-Instruct", "mistralai/Mistral-7B-Instruct-v0.3"])
def test_a_models_own_template_does_not_become_another(hub_id: str) -> None:
    own = {"name": "x", "title": "X", "hub_id": hub_id, "revision": "0" * 40, "chat_template": "own"}
    text = modelfile(recipe_from(own), "Be kind.")
    assert "im_start" not in text
    assert "im_end" not in text


@open_fault("train and judge", "turns before the last run together")
@pytest.mark.parametrize("name", ["mistral-7b", "llama-3-8b"])
def test_turns_before_the_last_are_kept_apart(name: str) -> None:
    text = modelfile(load_recipe(name), "Be kind.")
    assert ".Messages" in text or ".Response" in text


def test_chatml_keeps_its_turns() -> None:
    text = modelfile(load_recipe("qwen-7b"), "Be kind.")
    assert "{{ range .Messages }}<|im_start|>{{ .Role }}" in text
    assert 'SYSTEM """Be kind."""' in text
