"""Two hosts over one data root, each with settings of its own: what differs is said, and nothing is made by turns."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
import yaml
from typer.testing import CliRunner

from medai_assets.assets import settings_data  # noqa: F401  (it notes what makes the asset)
from medai_assets.assets.made_once import asset_maker
from medai_assets.assets.resources import Medai
from medai_assets.cli import app
from medai_assets.graph.graph import Graph
from medai_assets.planning import shared_settings
from medai_assets.planning.shared_settings import SettingsDiffer, agree, difference, share
from medai_assets.settings import Settings, get_settings
from medai_assets.storage import Store
from medai_assets_tests.conftest import REPOSITORY

POLICY = "curation.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


def host(root: Path, name: str, **settings: Any) -> tuple[Graph, Store]:
    """A host with a name of its own and its working folder."""
    graph = Graph(Settings(data=str(root), host=name, **settings))
    return graph, Store(graph.settings.store_root)


def policy(folder: Path, **values: object) -> Path:
    """A folder of settings in which the curation policy differs by ``values``."""
    packaged = yaml.safe_load((REPOSITORY / "medai_assets" / "config" / POLICY).read_text())
    folder.mkdir()
    (folder / POLICY).write_text(yaml.safe_dump(packaged | values))
    return folder


def entries(store: Store) -> int:
    return len(store.names_in(f"{store.root}/{shared_settings.FOLDER}"))


def test_a_host_with_other_settings_says_which_and_makes_nothing_until_a_person_decides(
    root: Path, tmp_path: Path
) -> None:
    first = host(root, "a")
    agree(*first)
    agree(*host(root, "b"))  # the same here
    exam = tmp_path / "exam.jsonl"
    exam.write_text("{}\n")
    own = policy(tmp_path / "own", near_duplicate_jaccard=0.7)
    second = host(root, "b", config=own, sources=("nhs", "fda"), benchmark_files=(exam,))
    with pytest.raises(SettingsDiffer) as told:
        agree(*second)
    for words in (
        "curation_policy: near_duplicate_jaccard is 0.8 there and 0.7 here",
        "benchmark files: exam.jsonl is not set there and",
        "and fda,nhs here",
        "entered on the host a",
        "medai settings --share",
    ):
        assert words in str(told.value)
    assert entries(first[1]) == 1
    share(*second)
    agree(*second)
    with pytest.raises(SettingsDiffer, match=r"settings of this host \(a\).*entered on the host b"):
        agree(*first)


def test_a_host_that_changes_its_own_settings_goes_on_and_the_others_are_told(
    root: Path, tmp_path: Path
) -> None:
    agree(*host(root, "a"))
    agree(*host(root, "b"))
    agree(*host(root, "a", config=policy(tmp_path / "own", benchmark_ngram=10)))
    assert "benchmark_ngram is 10 there and 13 here" in (difference(*host(root, "b")) or "")
    assert entries(host(root, "a")[1]) == 2


def test_a_newer_version_of_the_code_is_taken_and_an_older_one_stops(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(*host(root, "a"))
    newer = copy.deepcopy(shared_settings.locked())
    newer["stages"]["curated_corpus"]["version"] += 1
    with monkeypatch.context() as upgraded:
        upgraded.setattr(shared_settings, "locked", lambda: newer)
        agree(*host(root, "b"))
        assert entries(host(root, "b")[1]) == 2
    now = newer["stages"]["curated_corpus"]["version"]
    with pytest.raises(SettingsDiffer, match=f"code: curated_corpus is {now} there and {now - 1} here"):
        agree(*host(root, "a"))


@pytest.mark.parametrize("raised", [True, False], ids=["with a stage raised", "with nothing raised"])
def test_a_newer_release_may_drop_a_stage_and_bring_a_setting(
    root: Path, monkeypatch: pytest.MonkeyPatch, raised: bool
) -> None:
    """One that raises nothing and drops a stage could as well be an older one, before that stage came."""
    agree(*host(root, "a"))
    newer = copy.deepcopy(shared_settings.locked())
    newer["stages"]["curated_corpus"]["version"] += raised
    del newer["stages"]["model_card"]
    monkeypatch.setattr(shared_settings, "locked", lambda: newer)
    known = shared_settings.values

    def brings(graph: Graph) -> dict[str, Any]:
        found = known(graph)
        return {
            **found,
            "MEDAI_NEW": 7,
            "curation_policy": found["curation_policy"] | {"new_bound": 0.5, "new": {"a": 1}},
        }

    monkeypatch.setattr(shared_settings, "values", brings)
    if raised:
        agree(*host(root, "b"))
        assert entries(host(root, "b")[1]) == 2
    else:
        with pytest.raises(SettingsDiffer, match="MEDAI_NEW is not set there and 7 here"):
            agree(*host(root, "b"))


def test_a_newer_release_with_another_value_is_asked_about(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(*host(root, "a"))
    newer = copy.deepcopy(shared_settings.locked())
    newer["stages"]["curated_corpus"]["version"] += 1
    monkeypatch.setattr(shared_settings, "locked", lambda: newer)
    with pytest.raises(SettingsDiffer, match=r"near_duplicate_jaccard is 0\.8 there and 0\.7 here"):
        agree(*host(root, "b", config=policy(tmp_path / "own", near_duplicate_jaccard=0.7)))
    with pytest.raises(SettingsDiffer, match="and fda,nhs here"):
        agree(*host(root, "b", sources=("nhs", "fda")))


def test_a_host_goes_back_to_an_older_release_of_its_own(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = copy.deepcopy(shared_settings.locked())
    newer["stages"]["curated_corpus"]["version"] += 1
    with monkeypatch.context() as upgraded:
        upgraded.setattr(shared_settings, "locked", lambda: newer)
        agree(*host(root, "a"))
    agree(*host(root, "a"))
    assert entries(host(root, "a")[1]) == 2


def test_settings_and_history_are_read_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(*host(root, "a"))
    second, read = host(root, "b"), {"values": 0, "history": 0}
    known, history = shared_settings.values, shared_settings._ENTRIES.all

    def values(graph: Graph) -> dict[str, Any]:
        read["values"] += 1
        return known(graph)

    def all_of(store: Store) -> list[shared_settings.Entry]:
        read["history"] += 1
        return history(store)

    monkeypatch.setattr(shared_settings, "values", values)
    monkeypatch.setattr(shared_settings._ENTRIES, "all", all_of)
    agree(*second)
    assert read == {"values": 1, "history": 1}


def test_what_decides_nothing_may_differ_between_hosts(root: Path, tmp_path: Path) -> None:
    agree(*host(root, "a"))
    other = host(root, "b", workers=7, cache=tmp_path, engine="ray", training_processes=4, actor="B")
    agree(*other)
    assert difference(*other) is None
    assert entries(other[1]) == 1


def test_nobody_else_works_over_a_folder_whose_host_has_no_name(root: Path) -> None:
    graph = Graph(Settings(data=str(root)))
    store = Store(graph.settings.store_root)
    agree(graph, store)
    assert entries(store) == 0


def test_the_commands_and_a_run_of_dagster_keep_to_it(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(*host(root, "a", sources=("nhs",)))
    monkeypatch.setenv("MEDAI_DATA", str(root))
    monkeypatch.setenv("MEDAI_HOST", "b")
    monkeypatch.setenv("MEDAI_SOURCES", "nhs")
    monkeypatch.setenv("MEDAI_CONFIG", str(policy(tmp_path / "own", near_duplicate_jaccard=0.7)))
    get_settings.cache_clear()
    said = "near_duplicate_jaccard is 0.8 there and 0.7 here"
    for words, code in ((["plan"], 2), (["run", "--select", "curation_policy"], 1)):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == code
        assert said in " ".join(result.stderr.split())
    context: Any = SimpleNamespace(asset_key=dg.AssetKey("curation_policy"), has_partition_key=False)
    with pytest.raises(SettingsDiffer, match=said):
        next(asset_maker(Graph(Settings()).nodes["curation_policy"]).made_once(context, medai=Medai()))
    assert CliRunner().invoke(app, ["settings", "--share"]).exit_code == 0
    assert difference(Graph(Settings()), Store(Settings().store_root)) is None


def test_a_root_that_nobody_shares_has_nothing_to_share(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_DATA", str(root))
    get_settings.cache_clear()
    result = CliRunner().invoke(app, ["settings", "--share"])
    assert result.exit_code == 64
    assert "or if MEDAI_HOST names this host" in " ".join(result.stderr.split())
