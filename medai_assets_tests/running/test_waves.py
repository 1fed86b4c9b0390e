"""Waves and selections, without Dagster: what is chosen, and that one failure stops only what depends on it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medai_assets.cli import app
from medai_assets.commands import run
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.staleness import Staleness
from medai_assets.running.selection import SelectionError, select, unsettled_above, with_missing_ancestors
from medai_assets.running.waves import MOST_TIMES, Wave
from medai_assets.running.worker import Outcome
from medai_assets.settings import get_settings
from medai_assets_tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "data")


def names(chosen: frozenset[PartitionId]) -> set[str]:
    return {str(t) for t in chosen}


def test_a_selection_is_an_asset_a_partition_or_a_group(world: World) -> None:
    assert names(select(world.graph, ["raw_nhs"])) == {"raw_nhs[conditions]", "raw_nhs[symptoms]"}
    assert names(select(world.graph, ["raw_nhs[symptoms]"])) == {"raw_nhs[symptoms]"}
    assert "curated_corpus" in names(select(world.graph, ["corpus"]))


def test_a_plus_adds_all_that_follows(world: World) -> None:
    chosen = names(select(world.graph, ["instruction_dataset+"]))
    assert {"instruction_dataset", "lora_adapter[mistral-7b]", "merged_model[mistral-7b]"} <= chosen
    assert "curated_corpus" not in chosen


def test_a_plus_adds_of_what_is_made_on_request_only_what_was_made_or_is_named(world: World) -> None:
    """Else a plus behind the data set would train every base model that has a recipe."""
    trained = {
        f"{asset}[mistral-7b]"
        for asset in ("lora_adapter", "model_card", "evaluation_report", "merged_model")
    }
    of_data = {"instruction_dataset", "training_examples"}
    assert names(select(world.graph, ["instruction_dataset+"])) == {*of_data, *trained}
    asked = names(select(world.graph, ["lora_adapter[qwen-7b]+"]))
    assert asked == {name.replace("mistral", "qwen") for name in trained}
    with world.store.draft("lora_adapter", "qwen-7b") as draft:
        draft.publish(code_version="1")
    assert "lora_adapter[qwen-7b]" in names(select(world.graph, ["instruction_dataset+"], world.store))


def test_base_models_that_nobody_asked_for_are_left_out_of_a_selection(world: World) -> None:
    assert names(select(world.graph, ["lora_adapter"])) == {"lora_adapter[mistral-7b]"}
    assert names(select(world.graph, ["preference_adapter"])) == {"preference_adapter[mistral-7b]"}
    assert names(select(world.graph, ["serving"])) == {"merged_model[mistral-7b]"}
    assert names(select(world.graph, ["lora_adapter[qwen-7b]"])) == {"lora_adapter[qwen-7b]"}


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ("1+curated_corpus", {"processed_corpus[nhs]", "curation_policy", "curated_corpus"}),
        ("+processed_corpus[nhs]", {"raw_nhs[conditions]", "raw_nhs[symptoms]", "processed_corpus[nhs]"}),
        ('key:"cur*"', {"curation_policy", "curated_corpus"}),
        ("corpus and not key:processed_corpus", {"curation_policy", "curated_corpus"}),
    ],
)
def test_dagsters_own_syntax_is_read(world: World, pattern: str, chosen: set[str]) -> None:
    found = names(select(world.graph, [pattern]))
    assert found >= chosen
    assert not any("lora_adapter" in name for name in found)


def test_a_plus_in_front_adds_all_that_one_adapter_is_made_from(world: World) -> None:
    found = names(select(world.graph, ["+lora_adapter[qwen-7b]"]))
    assert found >= {
        "lora_adapter[qwen-7b]",
        "training_recipe[qwen-7b]",
        "raw_nhs[symptoms]",
        "instruction_dataset",
    }
    assert not any("mistral" in name for name in found)


def test_a_selection_tells_what_it_leaves_out_above_it(world: World) -> None:
    chosen = select(world.graph, ["processed_corpus[nhs]"])
    states = Staleness(world.graph, world.store).states()
    assert {str(t) for t in unsettled_above(world.graph, states, chosen)} >= {"raw_nhs[symptoms]"}
    whole = select(world.graph, ["+processed_corpus[nhs]"])
    assert unsettled_above(world.graph, states, whole) == []


@pytest.mark.parametrize("wrong", ["raw_who", "+raw_who", "((", "key:nothing_of_this", "raw_nhs[nowhere]"])
def test_a_wrong_name_lists_the_right_ones(world: World, wrong: str) -> None:
    with pytest.raises(
        SelectionError, match=f"nothing is called {re.escape(repr(wrong))}; name an asset \\(raw_fda"
    ):
        select(world.graph, [wrong])


def test_a_selection_on_an_empty_store_brings_its_ancestors(world: World) -> None:
    chosen = frozenset({PartitionId("lora_adapter", "qwen-7b")})
    needed = names(with_missing_ancestors(world.graph, world.store, chosen))
    assert {"training_recipe[qwen-7b]", "instruction_dataset", "raw_fda[2024]"} <= needed
    assert "training_recipe[mistral-7b]" not in needed


def test_ready_keeps_one_run_an_upstream(world: World) -> None:
    ready = [s.target for s in Wave(world.graph, world.store).ready(())]
    pools = [world.graph.nodes[t.asset].pool for t in ready]
    assert len([p for p in pools if p]) == len({p for p in pools if p})
    assert PartitionId("raw_fda", "2023") in ready
    again = [s.target for s in Wave(world.graph, world.store).ready([PartitionId("raw_fda", "2023")])]
    assert not any(t.asset == "raw_fda" for t in again)


def test_a_failure_holds_only_what_depends_on_it(world: World) -> None:
    world.failing.add(PartitionId("raw_nhs", "symptoms"))
    world.settle()
    wave = Wave(world.graph, world.store)
    failed = PartitionId("raw_nhs", "symptoms")
    wave.outcomes[failed] = Outcome(failed, False, "", 0.0, "no")
    assert [s.target for s in wave.ready(())] == []
    assert world.store.current_receipt("processed_corpus", "fda") is not None
    assert world.store.current_receipt("processed_corpus", "nhs") is None


def test_unknown_commands_and_profiles_are_refused_in_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "medai_assets.cli", "run", "--profile", "lab"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 64
    assert "there is no profile 'lab'; choose sample or live" in done.stderr


def test_wrong_settings_are_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value, told in (
        ("MEDAI_BASE_MODELS", '["gpt"]', "names gpt; the recipes are"),
        ("MEDAI_SOURCES", '["who"]', "names who; the sources are"),
        ("MEDAI_SOURCES", "[]", "names no source"),
        ("MEDAI_CONFIG", "/nowhere", "which is not a folder"),
        ("MEDAI_WORKERS", "0", "has to be 1 or more"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            get_settings.cache_clear()
            done = CliRunner().invoke(app, ["plan"])
        assert (done.exit_code, told in done.stderr) == (64, True)
    get_settings.cache_clear()


def test_a_dry_run_of_a_selection_tells_of_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medai_assets.commands.plan.get_settings", lambda: world.settings)
    told = CliRunner().invoke(app, ["run", "--dry-run", "--select", "curation_policy"]).stdout
    assert "1 missing, 0 stale, 0 waiting" in told
    assert "instruction" not in told


def test_a_data_root_that_cannot_be_written_is_told_in_one_sentence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.settings.work_dir.parent.mkdir(parents=True)
    world.settings.work_dir.write_text("")
    monkeypatch.setattr("medai_assets.commands.plan.get_settings", lambda: world.settings)
    done = CliRunner().invoke(app, ["run", "--select", "curation_policy"])
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert str(world.settings.work_dir) in done.stderr


def test_a_key_that_cannot_sign_the_models_to_come_is_told_before_anything_runs(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = world.settings.model_copy(update={"signing_key": tmp_path / "gone.pem"})
    monkeypatch.setattr("medai_assets.commands.plan.get_settings", lambda: settings)
    done = CliRunner().invoke(app, ["run"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "gone.pem cannot be used as a signing key" in done.stderr


def test_a_source_that_is_not_in_use_is_not_collected(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medai_assets.commands.plan.get_settings", lambda: world.settings)
    done = CliRunner().invoke(app, ["collect", "medquad"])
    assert done.exit_code == 64
    assert "which are fda, nhs, cdc" in done.stderr


@pytest.mark.parametrize("words", [["plan"], ["run"], ["run", "--dry-run"]])
def test_damaged_content_is_told_in_one_sentence(
    world: World, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    world.settle()
    (Path(world.store.home("curated_corpus", None)) / "current.json").write_text("{")
    monkeypatch.setattr("medai_assets.commands.plan.get_settings", lambda: world.settings)
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert "current.json is damaged; copy the newest file" in done.stderr


def test_a_partition_that_moved_again_is_made_again_but_not_for_ever(world: World) -> None:
    world.settle()
    curated = PartitionId("curated_corpus", None)
    wave = Wave(world.graph, world.store)
    (Path(world.store.home(*curated)) / "current.json").unlink()  # made, and at once stale again
    for _ in range(MOST_TIMES):
        assert [s.target for s in wave.ready(())] == [curated]
        wave.outcomes[curated] = Outcome(curated, True, "", 0.0)
        wave.made[curated] += 1
    assert wave.ready(()) == []


def test_what_another_process_is_making_waits(world: World) -> None:
    """Another `medai run` collects from the same upstream: one run an upstream, whoever starts it."""
    program = (
        "import sys; from filelock import FileLock; "
        "lock = FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True); sys.stdin.read()"
    )
    world.settings.work_dir.joinpath("running", world.settings.host).mkdir(parents=True)
    held = world.settings.work_dir / "running" / world.settings.host / "fda.lock"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(held)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        wave = Wave(world.graph, world.store)
        assert not any(s.target.asset == "raw_fda" for s in wave.ready(()))
        assert PartitionId("raw_fda", "2023") in wave.elsewhere
        other.kill()
    assert PartitionId("raw_fda", "2023") in [s.target for s in wave.ready(())]
    assert wave.elsewhere == {}


def test_the_graph_lists_children(world: World) -> None:
    children = {str(t) for t in Graph(world.settings).children(PartitionId("curation_policy", None))}
    assert children == {"curated_corpus"}


@pytest.mark.parametrize("dry", [True, False], ids=["plan", "run"])
def test_a_selection_below_something_stale_says_so_and_what_makes_it(
    world: World, monkeypatch: pytest.MonkeyPatch, dry: bool
) -> None:
    """A fresh data set below a slice that is stale: nothing of it runs, which is no reason to call all well."""
    world.settle()
    newer = world.with_new_code("raw_nhs")
    monkeypatch.setattr("medai_assets.commands.run.checked_graph", lambda: newer.graph)
    words = ["run", "--select", "curated_corpus", *(["--dry-run"] if dry else [])]
    told = CliRunner().invoke(app, words).stdout
    assert "2 stale partitions outside it (raw_nhs[conditions], raw_nhs[symptoms])" in told
    assert "medai run --select '+curated_corpus'" in told
    assert "Nothing is stale" not in told


def test_a_selection_that_waits_for_what_is_not_in_it_is_not_said_to_be_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    world.settle()
    world = world.with_new_code("instruction_mixture")
    said: list[str] = []
    monkeypatch.setattr(run.console.out, "print", lambda *words, **_: said.extend(map(str, words)))
    chosen = frozenset({PartitionId("training_examples", None)})
    run._run_and_report(Wave(world.graph, world.store, chosen), then_plan=False)
    assert "Nothing to run: training_examples waits for that." in said


def test_a_selection_whose_check_failed_is_not_told_that_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, dataset = World(tmp_path / "data"), PartitionId("instruction_dataset", None)
    world.blocked_checks.add(dataset)
    world.settle()
    monkeypatch.setattr("medai_assets.commands.run.checked_graph", lambda: world.graph)
    told = CliRunner().invoke(app, ["run", "--select", "+instruction_dataset"])
    assert told.exit_code == 1
    assert "blocking check planted of instruction_dataset failed" in told.stderr
    assert "medai run --force --select 'instruction_dataset'" in told.stderr
