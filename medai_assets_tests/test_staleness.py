"""Only what is stale: in each scenario the runs requested are exactly the expected ones.

The table in docs/staleness.md is written from these scenarios; ``python -m medai_assets_tests.test_staleness`` renews it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from medai_assets.graph import PartitionId
from medai_assets.partitions import ALL_SLICES, Slice
from medai_assets.staleness import Status
from medai_assets_tests.world import World

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "staleness.md"
FDA_2024 = PartitionId("raw_fda", "2024")
FDA = "processed_corpus[fda]"
W = "withdrawals"  # looks whenever labels or citations change
BELOW_CURATED = [
    "instruction_dataset",
    "lora_adapter[mistral-7b]",
    "evaluation_report[mistral-7b]",
    "merged_model[mistral-7b]",
]
CURATED_AND_BELOW = ["curated_corpus", *BELOW_CURATED]


class Scenario(NamedTuple):
    """What happens to a settled world, and the runs that must follow, in order."""

    happens: str
    act: Callable[[World], list[str]]
    runs: list[str]


def _collect(world: World, target: PartitionId = FDA_2024) -> list[str]:
    return world.settle(target)


def same_bytes(world: World) -> list[str]:
    return _collect(world)


def other_order(world: World) -> list[str]:
    world.upstream[FDA_2024] = dict(reversed(world.upstream[FDA_2024].items()))
    return _collect(world)


def row_added(world: World) -> list[str]:
    world.upstream[FDA_2024]["fda:2024:new"] = "A new text"
    return _collect(world)


def row_gone(world: World) -> list[str]:
    del world.upstream[FDA_2024]["fda:2024:0"]
    return _collect(world)


def normalised_away(world: World) -> list[str]:
    world.upstream[FDA_2024]["fda:2024:0"] = "  TEXT 0 "
    return _collect(world)


def there_and_back(world: World) -> list[str]:
    world.upstream[FDA_2024]["fda:2024:0"] = "Other"
    world.materialize(FDA_2024)
    world.upstream[FDA_2024]["fda:2024:0"] = "Text 0"
    return _collect(world)


def parent_moves_after_child_read(world: World) -> list[str]:
    """The slice changes again just after processed_corpus[fda] has read it."""
    world.upstream[FDA_2024]["fda:2024:0"] = "First change"

    def change_again(target: PartitionId) -> None:
        if str(target) == FDA:
            world.after_reading = lambda _: None
            world.upstream[FDA_2024]["fda:2024:0"] = "Second change"
            world.materialize(FDA_2024)

    world.after_reading = change_again
    return _collect(world)


def changed_while_nobody_looked(world: World) -> list[str]:
    """Two slices were re-collected by hand, one after the other, while the sensor was off."""
    for key in ("2023", "2024"):
        world.upstream[PartitionId("raw_fda", key)][f"fda:{key}:0"] = "Changed"
        world.materialize(PartitionId("raw_fda", key))
    return world.settle()


def database_lost(world: World) -> list[str]:
    """Dagster's folder is deleted; the receipts are beside the data."""
    shutil.rmtree(world.settings.dagster_home, ignore_errors=True)
    return world.settle()


def failure(world: World) -> list[str]:
    world.failing.add(PartitionId("processed_corpus", "fda"))
    world.upstream[FDA_2024]["fda:2024:0"] = "Changed"
    return _collect(world)


def failure_then_fix(world: World) -> list[str]:
    failure(world)
    world.failing.clear()
    return world.settle()


def failure_beside_other_work(world: World) -> list[str]:
    """NHS fails, FDA changed: FDA's own processing goes on."""
    world.failing.add(PartitionId("raw_nhs", "conditions"))
    world.upstream[FDA_2024]["fda:2024:0"] = "Changed"
    return world.settle(PartitionId("raw_nhs", "conditions"), FDA_2024)


def blocking_check(world: World) -> list[str]:
    world.blocked_checks.add(PartitionId("instruction_dataset", None))
    world.upstream[FDA_2024]["fda:2024:0"] = "Changed"
    return _collect(world)


def blocking_check_mended(world: World) -> list[str]:
    blocking_check(world)
    world.blocked_checks.clear()
    return world.settle(PartitionId("instruction_dataset", None))


def code_changed(world: World) -> list[str]:
    _raise_code_version(world, "curated_corpus")
    return world.settle()


def code_changed_at_the_end(world: World) -> list[str]:
    _raise_code_version(world, "merged_model")
    return world.settle()


def recipe_changed(world: World) -> list[str]:
    _config(world, "recipes/mistral-7b.yaml", lambda text: text + "\nrank: 8\n")
    return world.settle()


def recipe_of_another(world: World) -> list[str]:
    _config(world, "recipes/qwen-7b.yaml", lambda text: text + "\nrank: 8\n")
    return world.settle()


def policy_comment(world: World) -> list[str]:
    _config(world, "curation.yaml", lambda text: text + "\n# only a comment\n")
    return world.settle()


def policy_changed(world: World) -> list[str]:
    _config(world, "curation.yaml", lambda text: text + "\nbenchmark_ngram: 12\n")
    return world.settle()


def slice_added(world: World) -> list[str]:
    """A slice that was not collected before becomes part of the graph."""
    world.graph.partitions("raw_cdc").remove("diabetes")
    world.settle()
    shutil.rmtree(Path(world.store.home("raw_cdc", "diabetes")))
    return world.rebuilt().settle()


def source_switched_off(world: World) -> list[str]:
    return world.rebuilt(sources=("fda", "nhs")).settle()


def withdrawal_of_nothing(world: World) -> list[str]:
    return _withdraw(world, "pubmed:999")


def withdrawal_of_one(world: World) -> list[str]:
    return _withdraw(world, "fda:2024:1")


def withdrawal_of_two_sources(world: World) -> list[str]:
    return _withdraw(world, "fda:2024:1", "nhs:conditions:1")


def version_deleted(world: World) -> list[str]:
    """Someone removed a stored version by hand: a receipt is only a claim."""
    stored = world.store.require("curated_corpus")
    shutil.rmtree(stored.local_path())
    return world.settle()


SCENARIOS = [
    Scenario("a slice is collected again, same bytes", same_bytes, [str(FDA_2024)]),
    Scenario("a slice is collected again, same records in another order", other_order, [str(FDA_2024)]),
    Scenario("one record is added upstream", row_added, [str(FDA_2024), W, FDA, *CURATED_AND_BELOW]),
    Scenario("one record is gone upstream", row_gone, [str(FDA_2024), W, FDA, *CURATED_AND_BELOW]),
    Scenario("a change that normalisation removes", normalised_away, [str(FDA_2024), W, FDA]),
    Scenario("A → B → A before anything below ran", there_and_back, [str(FDA_2024)]),
    Scenario("the parent moves right after its child has read it", parent_moves_after_child_read,
             [str(FDA_2024), W, FDA, W, FDA, *CURATED_AND_BELOW]),
    Scenario("two slices changed while the sensor was off", changed_while_nobody_looked, [W, FDA, *CURATED_AND_BELOW]),
    Scenario("Dagster's database is deleted", database_lost, []),
    Scenario("a stage fails", failure, [str(FDA_2024), W, FDA]),
    Scenario("a stage fails, then is mended", failure_then_fix, [FDA, *CURATED_AND_BELOW]),
    Scenario("one upstream fails while another changed", failure_beside_other_work,
             [str(FDA_2024), "raw_nhs[conditions]", W, FDA]),
    Scenario("a blocking check of the data set fails", blocking_check,
             [str(FDA_2024), W, FDA, "curated_corpus", "instruction_dataset"]),
    Scenario("a blocking check fails, then the data set is mended", blocking_check_mended,
             ["instruction_dataset", *BELOW_CURATED[1:]]),
    Scenario("the code version of curated_corpus changes, with the same result", code_changed, ["curated_corpus"]),
    Scenario("the code version of merged_model changes", code_changed_at_the_end, ["merged_model[mistral-7b]"]),
    Scenario("a value of the recipe in use changes", recipe_changed,
             ["training_recipe[mistral-7b]", "lora_adapter[mistral-7b]", "evaluation_report[mistral-7b]",
              "merged_model[mistral-7b]"]),
    Scenario("a value of another recipe changes", recipe_of_another, []),
    Scenario("a comment is added to the policy", policy_comment, []),
    Scenario("a value of the policy changes", policy_changed, ["curation_policy", *CURATED_AND_BELOW]),
    Scenario("a slice that was never collected joins", slice_added,
             ["raw_cdc[diabetes]", "processed_corpus[cdc]", *CURATED_AND_BELOW]),
    Scenario("a source is switched off", source_switched_off, CURATED_AND_BELOW),
    Scenario("a withdrawal that touches nothing", withdrawal_of_nothing, ["withdrawals", "curated_corpus"]),
    Scenario("a withdrawal that touches one source", withdrawal_of_one, ["withdrawals", *CURATED_AND_BELOW]),
    Scenario("withdrawals that touch two sources", withdrawal_of_two_sources, ["withdrawals", *CURATED_AND_BELOW]),
    Scenario("a stored version was deleted by hand", version_deleted, ["curated_corpus"]),
]  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> World:
    config = tmp_path / "config"
    (config / "recipes").mkdir(parents=True)
    made = World(tmp_path / "data", config=config)
    made.settle()
    return made


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.happens for s in SCENARIOS])
def test_exactly_the_expected_partitions_run(world: World, scenario: Scenario) -> None:
    assert scenario.act(world) == scenario.runs
    world = _as_left(scenario, world)
    if not world.failing and not world.blocked_checks:
        assert world.settle() == [], "a second run has nothing to do"


def test_a_fresh_world_is_wholly_missing_and_then_wholly_fresh(tmp_path: Path) -> None:
    world = World(tmp_path / "data")
    assert {s.status for s in world.states().values()} == {Status.MISSING, Status.WAITING, Status.ON_REQUEST}
    world.settle()
    assert {s.status for s in world.states().values()} == {Status.FRESH, Status.ON_REQUEST}


def test_reasons_name_the_change_and_count_the_records(world: World) -> None:
    world.upstream[FDA_2024] |= {"fda:2024:0": "Changed", "fda:2024:8": "Added", "fda:2024:9": "Added"}
    world.materialize(FDA_2024)
    state = world.states()[PartitionId("processed_corpus", "fda")]
    assert state.reasons == ("raw_fda[2024] has new content: 2 records added, 1 changed, 0 gone",)


def test_a_changed_recipe_names_the_value(world: World) -> None:
    _config(world, "recipes/mistral-7b.yaml", lambda text: text + "\nrank: 8\n")
    world.settle(PartitionId("training_recipe", "mistral-7b"))
    assert world.store.require("training_recipe", "mistral-7b").manifest.asset == "training_recipe"


def test_what_lies_below_a_stale_partition_waits(world: World) -> None:
    world.upstream[FDA_2024]["fda:2024:0"] = "Changed"
    world.materialize(FDA_2024)
    states = world.states()
    assert states[PartitionId("curated_corpus", None)].status is Status.WAITING
    waits_for = {str(t) for t in states[PartitionId("curated_corpus", None)].waits_for}
    assert waits_for == {W, FDA}
    assert states[PartitionId("processed_corpus", "nhs")].status is Status.FRESH


def test_an_edge_of_120_parents_is_still_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster's own check skips edges of 100 and more parents."""
    many = [Slice("fda", f"{n:03d}", {"effective_time": str(n)}, "") for n in range(120)]
    monkeypatch.setattr("medai_assets.partitions.ALL_SLICES", tuple(many) + ALL_SLICES)
    world = World(tmp_path / "data", sources=("fda",))
    assert len(world.graph.partitions("raw_fda")) > 120
    world.settle()
    last = PartitionId("raw_fda", "119")
    world.upstream[last]["fda:119:0"] = "Other"
    world.materialize(last)
    assert world.stale() == [W, FDA]
    assert world.states_of("processed_corpus", "fda").reasons[0].startswith("raw_fda[119] has new content")


def test_the_document_tells_these_scenarios() -> None:
    assert _table() in DOCUMENT.read_text(encoding="utf-8"), (
        "run `python -m medai_assets_tests.test_staleness`"
    )


def _raise_code_version(world: World, asset: str) -> None:
    import dataclasses

    node = world.graph.nodes[asset]
    world.graph.nodes[asset] = dataclasses.replace(node, code_version=node.code_version + "+")


def _config(world: World, name: str, change: Callable[[str], str]) -> None:
    from medai_assets.training.recipe import RECIPES

    packaged = RECIPES / Path(name).name if name.startswith("recipes/") else world.settings.config_file(name)
    assert world.settings.config is not None
    (world.settings.config / name).write_text(change(packaged.read_text()))


def _as_left(scenario: Scenario, world: World) -> World:
    """The world as the scenario left it: with the sources and slices that are in use now."""
    left = world.rebuilt(sources=("fda", "nhs")) if scenario.act is source_switched_off else world.rebuilt()
    left.failing, left.blocked_checks = world.failing, world.blocked_checks
    left.graph.nodes.update(world.graph.nodes if scenario.act is not source_switched_off else {})
    return left


def _withdraw(world: World, *records: str) -> list[str]:
    world.withdrawn |= set(records)
    return world.settle(PartitionId("withdrawals", None))


def _table() -> str:
    rows = ["| what happens | what runs, in order |", "|---|---|"]
    rows += [f"| {s.happens} | {', '.join(f'`{r}`' for r in s.runs) or 'nothing'} |" for s in SCENARIOS]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition("<!-- scenarios -->\n")
    _, _, after = rest.partition("<!-- end of scenarios -->")
    DOCUMENT.write_text(
        f"{before}<!-- scenarios -->\n{_table()}<!-- end of scenarios -->{after}", encoding="utf-8"
    )
    print(json.dumps({"scenarios": len(SCENARIOS)}))
