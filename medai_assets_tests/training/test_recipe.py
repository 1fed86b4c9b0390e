"""Recipes are data: typed, frozen, stating only differences."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from medai_assets.training.architecture import published_config
from medai_assets.training.errors import TrainingError
from medai_assets.training.recipe import RECIPES, Recipe, load_recipe, recipe_from, recipe_names

HEAD = "title: Mine\nhub_id: mistralai/Mistral-7B-v0.1\nrevision: abc\n"
ASKED_FOR = ("mistral-7b", "llama-3-8b", "qwen-7b")
FURTHER = (
    "llama-3.1-8b",
    "mistral-7b-v0.3",
    "qwen3-8b",
    "qwen3.5-9b",
    "olmo-3-7b",
    "apertus-8b",
    "ministral-3-8b",
)


def test_the_packaged_recipes_are_those_asked_for_their_variants_and_the_further_ones() -> None:
    variants = [f"{name}-all-linear" for name in ASKED_FOR]
    assert recipe_names() == sorted([*ASKED_FOR, *variants, *FURTHER, "smollm2-135m"])


@pytest.mark.parametrize("name", ASKED_FOR)
def test_a_7b_recipe_has_the_stated_defaults(name: str) -> None:
    recipe = load_recipe(name)
    assert (recipe.method, recipe.rank, recipe.alpha, recipe.dropout) == ("lora", 16, 32, 0.05)
    assert recipe.target_modules == ("q_proj", "k_proj", "v_proj", "o_proj")
    assert (recipe.epochs, recipe.batch_size, recipe.accumulation) == (3, 4, 4)
    assert (recipe.learning_rate, recipe.max_length) == (2e-4, 2048)
    assert recipe.tokens_per_step == 4 * 4 * 2048


@pytest.mark.parametrize("name", ASKED_FOR)
def test_a_variant_differs_from_its_recipe_in_the_adapted_maps_alone(name: str) -> None:
    plain, variant = load_recipe(name).differences(), load_recipe(f"{name}-all-linear").differences()
    assert {field for field in plain | variant if plain.get(field) != variant.get(field)} == {
        "name",
        "target_modules",
    }


@pytest.mark.parametrize("name", recipe_names())
def test_a_file_states_only_what_differs_from_the_defaults(name: str) -> None:
    stated = yaml.safe_load((RECIPES / f"{name}.yaml").read_text())
    defaults = {
        field: info.get_default() for field, info in Recipe.model_fields.items() if not info.is_required()
    }
    assert not {field for field, value in stated.items() if field in defaults and defaults[field] == value}


@pytest.mark.parametrize("name", recipe_names())
def test_every_base_model_is_pinned_and_its_shapes_are_known(name: str) -> None:
    recipe = load_recipe(name)
    assert len(recipe.revision) == 40
    assert published_config(recipe.hub_id)


def test_every_field_says_what_it_means() -> None:
    assert not [name for name, info in Recipe.model_fields.items() if not info.description]


def test_the_llama_recipe_carries_its_licence_conditions() -> None:
    recipe = load_recipe("llama-3-8b")
    assert recipe.gated
    assert recipe.title.startswith("Llama 3")
    assert "Built with Meta Llama 3." in recipe.licence_conditions


@pytest.mark.parametrize("name", ["Qwen/Qwen-7B", "qwen/qwen-7b"])
def test_legacy_qwen_is_refused_in_one_sentence_that_names_it_and_its_successor(name: str) -> None:
    with pytest.raises(TrainingError, match=r"Qwen/Qwen-7B cannot be used.*Qwen/Qwen2\.5-7B"):
        load_recipe(name)
    with pytest.raises(TrainingError, match="Qwen/Qwen-7B cannot be used"):
        recipe_from({"name": "mine", "title": "Mine", "hub_id": name, "revision": "main"})


def test_a_user_file_works_like_a_packaged_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"{HEAD}method: qlora\nrank: 8\n")
    recipe = load_recipe(path)
    assert (recipe.name, recipe.method, recipe.rank, recipe.alpha) == ("mine", "qlora", 8, 32)
    assert set(recipe.differences()) == {"name", "title", "hub_id", "revision", "method", "rank"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}rankk: 8", "rankk"),
        (f"{HEAD}rank: 0", "rank"),
        (f"{HEAD}method: magic", "method"),
        ("rank: 8", "title: Field required"),
        ("- a list", "must hold names and values"),
        ("a: [", "line 1: expected the node content"),
    ],
)
def test_a_wrong_recipe_names_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(TrainingError, match=said):
        load_recipe(path)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(TrainingError, match=r"no recipe named 'gpt-5'.*mistral-7b"):
        load_recipe("gpt-5")


def test_a_recipe_is_frozen() -> None:
    with pytest.raises(ValidationError):
        load_recipe("qwen-7b").rank = 4  # type: ignore[misc]


@given(st.integers(1, 256), st.floats(1e-6, 1e-1), st.booleans())
def test_the_digest_follows_every_value_and_nothing_else(rank: int, rate: float, packing: bool) -> None:
    values = load_recipe("qwen-7b").model_dump()
    changed = values | {"rank": rank, "learning_rate": rate, "packing": packing}
    same = {key: changed[key] for key in reversed(changed)}
    assert recipe_from(changed).digest() == recipe_from(same).digest()
    assert (recipe_from(changed).digest() == recipe_from(values).digest()) == (changed == values)


def test_a_recipe_that_shards_nothing_keeps_the_version_it_had() -> None:
    recipe = load_recipe("qwen-7b")
    assert "sharding" not in recipe.model_dump(mode="json")
    sharded = recipe_from(recipe.model_dump() | {"sharding": "fsdp2"})
    assert sharded.digest() != recipe.digest()
    assert sharded.differences()["sharding"] == "fsdp2"
