"""Settings that people write: what is doubtful is refused by its line, and the order of names means nothing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.yaml_files import YamlRefused, parse_yaml
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.fingerprints import fingerprint
from medai_assets.settings import Settings
from medai_assets.training.errors import TrainingError
from medai_assets.training.recipe import RECIPES, load_recipe

BOMB = "a: &a [x, x]\n" + "".join(f"b{n + 1}: &b{n + 1} [*b{n}, *b{n}]\n" for n in range(40))

NAMES = st.text("abcdefghij_", min_size=1, max_size=8).filter(lambda name: name not in ("n", "y"))
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text('abü :#-"\n', max_size=8) | st.floats(allow_nan=False)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_what_yaml_writes_is_read_as_it_was(values: dict[str, object]) -> None:
    assert parse_yaml(yaml.safe_dump(values), "here") == values


@given(st.binary(max_size=80) | st.text("ab:-*&<{}[]'\"\n 1#%!|>\\", max_size=40).map(str.encode))
def test_whatever_is_no_mapping_is_refused_in_words_of_ours(data: bytes) -> None:
    problem = ""
    try:
        parse_yaml(data, "here")
    except YamlRefused as refused:
        problem = str(refused)
    assert problem == "" or problem.startswith("here")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", "here line 3: a is set twice (first in line 1); remove one of the two"),
        ("m:\n  x: 1\n  x: 2\n", "here line 3: x is set twice (first in line 2)"),
        ("a: &n 1\n", "here line 1: &n is a YAML anchor or alias, which is not read here; write out the value"),
        ("a: 1\nb: *n\n", "here line 2: *n is a YAML anchor or alias"),
        (BOMB, "here line 1: &a is a YAML anchor or alias"),
        ("a:\n  <<: {x: 1}\n", "here line 2: the name << is not plain text"),
        ("a: 1\n7: x\n", "here line 2: the name 7 is not plain text; put it in quotes"),
        ("no: x\n", "here line 1: the name no is not plain text"),
        ("? [a]\n: x\n", "here line 1: a name is not plain text"),
        ("a: 1\nb: [\n", "here line 3: "),
        ("a: !!python/object:os.system x\n", "here line 1: could not determine a constructor"),
        ("a: " + "[" * 5000, "here line 1: it is nested more than 20 levels deep"),
        ("a: " + "9" * 5000, "here line 1: the value cannot be read"),
        ("- a\n", "here must hold names and values"),
        ("", "here must hold names and values"),
        ("a: 1\n---\nb: 2\n", "here line 2: "),
        ("a: \x07\n", "here is not text in UTF-8"),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_refused_by_its_line(text: str, told: str) -> None:
    began = time.process_time()
    with pytest.raises(YamlRefused) as refused:
        parse_yaml(text, "here")
    assert str(refused.value).startswith(told)
    assert time.process_time() - began < 5


def test_files_of_other_editors_are_read_or_refused_in_words() -> None:
    assert parse_yaml("\ufeffa: ü\n".encode(), "here") == {"a": "ü"}
    assert parse_yaml("a: ü\n".encode("utf-16"), "here") == {"a": "ü"}
    with pytest.raises(YamlRefused, match=r"here is not text in UTF-8 .*; save it as UTF-8"):
        parse_yaml("a: ü\n".encode("cp1252"), "here")


def test_a_day_stays_the_text_that_was_written() -> None:
    assert parse_yaml("a: 2026-13-45\nb: 2026-01-01\n", "here") == {"a": "2026-13-45", "b": "2026-01-01"}


def test_an_unknown_name_is_refused_with_the_one_that_was_meant() -> None:
    known = {"rank": None, "shares": ("pubmed", "nhs")}
    assert parse_yaml("rank: 1\nshares: {nhs: 1}\n", "here", known) == {"rank": 1, "shares": {"nhs": 1}}
    with pytest.raises(YamlRefused, match=r"here line 1: there is no setting 'rnak'; did you mean rank\?"):
        parse_yaml("rnak: 1\n", "here", known)
    with pytest.raises(
        YamlRefused, match="here line 2: there is no setting 'who'; the settings are pubmed, nhs"
    ):
        parse_yaml("shares:\n  who: 1\n", "here", known)


def reordered(value: object) -> object:
    """The same names and values, last first, at every level."""
    if isinstance(value, dict):
        return {name: reordered(inner) for name, inner in reversed(value.items())}
    return value


@pytest.mark.parametrize(
    ("asset", "name"),
    [("curation_policy", "curation"), ("instruction_mixture", "mixture"), ("training_recipe", "mistral-7b")],
)
def test_the_order_of_names_makes_nothing_stale(tmp_path: Path, asset: str, name: str) -> None:
    recipe = asset == "training_recipe"
    source = RECIPES / f"{name}.yaml" if recipe else Settings().config_file(f"{name}.yaml")
    target = PartitionId(asset, name if recipe else None)
    settings = Settings(profile="live", config=tmp_path)
    file = tmp_path / "recipes" / source.name if recipe else tmp_path / source.name
    file.parent.mkdir(exist_ok=True)
    values = yaml.safe_load(source.read_text())
    if recipe:
        values["kind_weights"] = {"question_answer": 2.0, "safety_refusal": 1.0}
    found = set()
    for order in (values, reordered(values)):
        file.write_text(yaml.safe_dump(order, sort_keys=False))
        found.add(fingerprint(Graph(settings), target))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        ("mixture.yaml", "most_example: 3", "did you mean most_examples?"),
        ("mixture.yaml", "emergency_country: GB", "there is no setting 'emergency_country'"),
        ("curation.yaml", "licence_policy: open", "licence_policy is set twice"),
        ("curation.yaml", "licence: open", "there is no setting 'licence'"),
    ],
)
def test_a_setting_that_nobody_reads_is_told_by_the_plan(
    tmp_path: Path, name: str, line: str, told: str
) -> None:
    """Shown as a valid change before, and the more open of two policies won."""
    settings = Settings(config=tmp_path)
    text = settings.config_file(name).read_text()
    (tmp_path / name).write_text(f"{text}\n{line}\n")
    asset = {"mixture.yaml": "instruction_mixture", "curation.yaml": "curation_policy"}[name]
    with pytest.raises(YamlRefused) as refused:
        fingerprint(Graph(settings), PartitionId(asset, None))
    assert str(refused.value).startswith(f"{tmp_path / name} line {len(text.splitlines()) + 2}: ")
    assert told in str(refused.value)


def test_a_recipe_is_refused_by_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("title: Mine\nkind_weights:\n  question: 1\n")
    with pytest.raises(
        TrainingError, match=r"mine\.yaml line 3: there is no setting 'question'; did you mean"
    ):
        load_recipe(file)
