"""Only what is stale: in each scenario the runs requested are exactly the expected ones.

The table in docs/staleness.md is written from these scenarios; ``python -m medai_assets_tests.planning.test_staleness`` renews it.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from medai_assets.foundation.slices import Slice
from medai_assets.graph.graph import PartitionId
from medai_assets.graph.nodes import NODES
from medai_assets.planning.fingerprints import DATA_OF
from medai_assets.planning.outside_changes import WHAT
from medai_assets.planning.staleness import Status
from medai_assets.reviews.history import add_reviews
from medai_assets.sources.registry import ALL_SLICES
from medai_assets.sources.take_down_history import take_back, withdraw
from medai_assets.storage import Store
from medai_assets.training.recipe import RECIPES
from medai_assets_tests.staleness_scenarios import FDA, FDA_2024, SCENARIOS, Scenario, W
from medai_assets_tests.world import EXPORT, World, example_of

pytestmark = pytest.mark.slow

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "staleness.md"


@pytest.fixture
def world(tmp_path: Path, settled_world: Path) -> World:
    """A copy of a world where everything was made once."""
    shutil.copytree(settled_world, tmp_path, dirs_exist_ok=True)
    return World(tmp_path / "data", config=tmp_path / "config")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.happens for s in SCENARIOS])
def test_exactly_the_expected_partitions_run(world: World, scenario: Scenario) -> None:
    left = []  # the world as the scenario left it, with the sources and slices that are in use then
    world.settled = left.append
    assert scenario.act(world) == scenario.runs
    if not world.failing and not world.blocked_checks:
        assert left[-1].settle() == [], "a second run has nothing to do"


def test_a_fresh_world_is_wholly_missing_and_then_wholly_fresh(tmp_path: Path) -> None:
    world = World(tmp_path / "data")
    assert {s.status for s in world.states().values()} == {Status.MISSING, Status.WAITING, Status.ON_REQUEST}
    world.settle()
    assert {s.status for s in world.states().values()} == {Status.FRESH, Status.ON_REQUEST}


def test_a_host_that_joins_a_shared_store_makes_no_data_set_for_want_of_exports(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joins = world.rebuilt(data=f"memory://{tmp_path.name}")
    joins.store = Store(joins.settings.store_root)
    joins.store.filesystem.put(f"{world.store.root}/", f"{joins.store.root}/", recursive=True)
    monkeypatch.chdir(tmp_path / "config")  # what is local beside a remote data root lies in ./data
    assert joins.stale() == []
    joins.settings.exports_dir.mkdir(parents=True)
    assert joins.stale() == ["instruction_dataset"], "one that had exports has lost them"


def test_reasons_name_the_change_and_count_the_records(world: World) -> None:
    world.upstream[FDA_2024] |= {"fda:2024-0": "Changed", "fda:2024-8": "Added", "fda:2024-9": "Added"}
    world.materialize(FDA_2024)
    state = world.states()[PartitionId("processed_corpus", "fda")]
    assert state.reasons == ("raw_fda[2024] has new content: 2 records added, 1 changed, 0 gone",)


def test_a_changed_recipe_names_the_value(world: World) -> None:
    recipe = world.settings.config / "recipes" / "mistral-7b.yaml"  # type: ignore[operator]
    recipe.write_text((RECIPES / recipe.name).read_text() + "\nrank: 8\n")
    assert world.states_of("training_recipe", "mistral-7b").reasons == ("recipe mistral-7b: rank 16 → 8",)


def test_a_changed_value_within_a_table_of_values_is_named_alone(world: World) -> None:
    mixture = world.settings.config / "mixture.yaml"  # type: ignore[operator]
    packaged = world.settings.config_file("mixture.yaml").read_text()
    mixture.write_text(packaged.replace("question_answer: 4000", "question_answer: 10"))
    told = world.states_of("instruction_mixture", None).reasons
    assert told == ("instruction mixture: most_examples.question_answer 4000 → 10",)


def test_new_verdicts_and_take_downs_are_told_by_whom_and_of_which_record(world: World) -> None:
    said = {"verdict": "approve", "reviewer": "A. Reader", "role": "clinician"}
    add_reviews(world.store, [said | {"example_id": example_of(f"fda:2024-{n}")} for n in (0, 1)])
    (told,) = world.states_of("reviews", None).reasons
    assert told.endswith(": 2 verdicts entered (2 by A. Reader)")
    file = world.settings.take_downs_file
    withdraw(world.store, file, "pubmed:7", "wrong", "me")
    withdraw(world.store, file, "pubmed:8", "wrong", "me")
    take_back(world.store, file, "pubmed:7")
    withdraw(world.store, file, "pubmed:9", "wrong", "me")
    (told,) = world.states_of(W, None).reasons
    assert told.endswith(": pubmed:7 taken back, pubmed:8 withdrawn, pubmed:9 withdrawn")


def test_what_else_lies_outside_the_graph_is_named_where_it_changes() -> None:
    named = {node.name for node in NODES if node.fingerprinted and not node.source}
    assert named == WHAT.keys() | DATA_OF.keys()


@pytest.mark.parametrize("name", ["curation.yaml", "mixture.yaml"])
@pytest.mark.parametrize("text", ["", "- open", "a: ["])
def test_an_empty_or_broken_file_of_settings_is_named(world: World, name: str, text: str) -> None:
    file = world.settings.config / name  # type: ignore[operator]
    file.write_text(text)
    asset = {"curation.yaml": "curation_policy", "mixture.yaml": "instruction_mixture"}[name]
    (told,) = world.states_of(asset, None).reasons
    assert told.startswith("its input cannot be read, so its run would fail: ")
    assert name in told or "parsing" in told


def test_a_take_down_that_cannot_be_read_is_told_before_anything_runs(world: World) -> None:
    file = world.settings.take_downs_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("record_id,reason,reported_by,reported_at\nfda:2024-1,,me,\n")
    (told,) = world.states_of(W, None).reasons
    assert told.endswith("line 2: fda:2024-1 has no reason")
    assert world.states_of("raw_fda", "2024").status is Status.FRESH


def test_a_file_that_cannot_be_read_is_told_and_stops_nothing_else(world: World) -> None:
    """Someone saves half an edit while a run is under way."""
    recipe = world.settings.config / "recipes" / "mistral-7b.yaml"  # type: ignore[operator]
    recipe.write_text("rank: [8")
    world.upstream[FDA_2024]["fda:2024-0"] = "Changed"
    world.materialize(FDA_2024)
    told = world.states_of("training_recipe", "mistral-7b")
    assert told.status is Status.STALE
    assert "cannot be read" in told.reasons[0]
    assert "mistral-7b.yaml" in told.reasons[0]
    assert world.states_of("processed_corpus", "fda").status is Status.STALE


def test_a_version_is_stale_when_a_version_that_it_includes_is_gone(world: World) -> None:
    """As someone who tidies up leaves it: the processed corpus keeps its slices by reference."""
    with world.store.draft("processed_slice", "fda/2024") as draft:
        part = draft.publish(data_version="part", code_version="1")
    before = world.store.require("processed_corpus", "fda").receipt
    assert before is not None
    with world.store.draft("processed_corpus", "fda") as draft:
        draft.reference(part)
        draft.publish(data_version="whole", code_version=before.code_version, inputs=before.inputs)
    assert world.states_of("processed_corpus", "fda").status is Status.FRESH
    world.store.remove_version("processed_slice", "fda/2024", "part")
    assert world.states_of("processed_corpus", "fda").reasons == ("its stored version is gone",)


def test_an_export_that_is_not_there_as_it_was_written_is_told(world: World) -> None:
    export = world.settings.exports_dir / EXPORT
    export.write_text("edited")
    told = world.states_of("instruction_dataset", None)
    assert (told.status, told.reasons) == (
        Status.STALE,
        (f"its export exports/{EXPORT} has changed since it was written",),
    )
    export.unlink()
    assert world.states_of("instruction_dataset", None).reasons == (
        f"its export exports/{EXPORT} is missing",
    )


def test_a_version_whose_blocking_check_failed_holds_what_lies_below(world: World) -> None:
    world.upstream[FDA_2024]["fda:2024-0"] = "Changed"
    world.blocked_checks.add(FDA_2024)
    world.materialize(FDA_2024)
    world.blocked_checks.clear()
    told = world.states_of("processed_corpus", "fda")
    assert told.status is Status.HELD
    assert told.reasons[-1] == "blocking check planted of raw_fda[2024] failed"
    assert world.settle(FDA_2024)[:3] == [str(FDA_2024), W, FDA]


def test_what_was_never_made_below_a_held_partition_waits_for_it(tmp_path: Path) -> None:
    world = World(tmp_path / "data")
    world.blocked_checks.add(PartitionId("instruction_dataset", None))
    assert world.settle()[-1] == "training_recipe[mistral-7b]"
    assert world.states_of("training_examples", None).status is Status.HELD
    assert world.states_of("lora_adapter", "mistral-7b").status is Status.WAITING
    assert world.states_of("merged_model", "mistral-7b").status is Status.WAITING


def test_what_lies_below_a_stale_partition_waits(world: World) -> None:
    world.upstream[FDA_2024]["fda:2024-0"] = "Changed"
    world.materialize(FDA_2024)
    states = world.states()
    assert states[PartitionId("curated_corpus", None)].status is Status.WAITING
    waits_for = {str(t) for t in states[PartitionId("curated_corpus", None)].waits_for}
    assert waits_for == {W, FDA}
    assert states[PartitionId("processed_corpus", "nhs")].status is Status.FRESH


def test_an_edge_of_120_parents_is_still_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster's own check skips edges of 100 and more parents."""
    many = [Slice("fda", f"{n:03d}", {"effective_time": str(n)}, "") for n in range(120)]
    monkeypatch.setattr("medai_assets.sources.registry.ALL_SLICES", tuple(many) + ALL_SLICES)
    world = World(tmp_path / "data", sources=("fda",))
    assert len(world.graph.partitions("raw_fda")) > 120
    for target in filter(world.graph.is_wanted, world.graph.all_partitions()):
        world.materialize(target)
    last = PartitionId("raw_fda", "119")
    world.upstream[last]["fda:119:0"] = "Other"
    world.materialize(last)
    assert world.stale() == [W, FDA]
    assert world.states_of("processed_corpus", "fda").reasons[0].startswith("raw_fda[119] has new content")


def test_the_document_tells_these_scenarios() -> None:
    assert _table() in DOCUMENT.read_text(encoding="utf-8"), (
        "run `python -m medai_assets_tests.planning.test_staleness`"
    )


def _table() -> str:
    rows = ["| what happens | what runs, in order | requested by the automation |", "|---|---|---|"]
    rows += [f"| {s.happens} | {_names(s.runs)} | {_by_itself(s)} |" for s in SCENARIOS]
    return "\n".join(rows) + "\n"


def _names(runs: list[str]) -> str:
    return ", ".join(f"`{run}`" for run in runs) or "nothing"


def _by_itself(scenario: Scenario) -> str:
    """All that runs, but for what a person or a schedule starts."""
    if not scenario.runs or not scenario.by_automation:
        return "nothing"
    if not scenario.by_hand:
        return "all of it"
    return f"all but {_names(list(scenario.by_hand))}"


if __name__ == "__main__":
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition("<!-- scenarios -->\n")
    _, _, after = rest.partition("<!-- end of scenarios -->")
    DOCUMENT.write_text(
        f"{before}<!-- scenarios -->\n{_table()}<!-- end of scenarios -->{after}", encoding="utf-8"
    )
    print(json.dumps({"scenarios": len(SCENARIOS)}))
