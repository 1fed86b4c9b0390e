"""The automation condition requests exactly what `medai run` would run, in every scenario of docs/staleness.md."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import msgspec
import pytest

from medai_assets.automation.failed_attempts import MOST_DEATHS, DigestLog
from medai_assets.automation.orphaned_runs import DIED_TAG, own_tags
from medai_assets.definitions import build_defs
from medai_assets.foundation.slices import Slice
from medai_assets.graph.graph import PartitionId
from medai_assets.sources.registry import ALL_SLICES
from medai_assets.storage.publishing import write_receipt
from medai_assets_tests.automated_world import AutomatedWorld, fail, only_the_worlds_slices
from medai_assets_tests.staleness_scenarios import FDA, FDA_2024, SCENARIOS, Scenario, W
from medai_assets_tests.world import World

pytestmark = pytest.mark.slow

PROCESSED_FDA = PartitionId("processed_corpus", "fda")


@pytest.fixture(scope="module")
def no_events() -> Iterator[dg.DagsterInstance]:
    """An instance whose event log was lost, or never was."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture(scope="module")
def databases() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def instance(databases: dg.DagsterInstance) -> dg.DagsterInstance:
    """An instance that knows of no run and no event yet."""
    databases.wipe()
    return databases


@pytest.fixture
def world(
    tmp_path: Path,
    settled_world: Path,
    instance: dg.DagsterInstance,
    no_events: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> AutomatedWorld:
    only_the_worlds_slices(monkeypatch)
    shutil.copytree(settled_world, tmp_path, dirs_exist_ok=True)
    return AutomatedWorld(tmp_path, instance, no_events)


def wanted_now(world: AutomatedWorld) -> list[str]:
    return [str(t) for t in world.tick(None)[0]]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.happens for s in SCENARIOS])
def test_exactly_the_expected_partitions_are_requested(world: AutomatedWorld, scenario: Scenario) -> None:
    marks: list[
        tuple[int, int]
    ] = []  # what had been requested, and run by hand, when the world settled before
    world.settled = lambda settled: marks.append((len(world.requested), len(world.by_hand)))
    assert scenario.act(world) == scenario.runs
    ticks, by_hand = marks[-2] if len(marks) > 1 else (0, 0)
    requested = [name for tick in world.requested[ticks:] for name in tick]
    assert requested == scenario.by_automation
    assert sorted(world.by_hand[by_hand:]) == sorted(scenario.by_hand)
    assert all(len(set(tick)) == len(tick) for tick in world.requested)


def test_a_new_world_is_made_from_nothing(tmp_path: Path, world: AutomatedWorld) -> None:
    """The first evaluation requests all that is missing, ancestors first."""
    shutil.rmtree(tmp_path / "data")
    again = World(tmp_path / "again", config=tmp_path / "config")
    assert sorted(world.settle()) == sorted(again.settle())
    assert {name.split("[")[0] for name in world.requested[0]} == {
        "raw_fda", "raw_nhs", "raw_cdc", "benchmark_questions", "curation_policy", "instruction_mixture", "reviews",
        "training_recipe",
    }  # fmt: skip


def test_an_edge_of_120_parents_is_still_exact(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [Slice("fda", f"{n:03d}", {"effective_time": str(n)}, "") for n in range(120)]
    monkeypatch.setattr("medai_assets.sources.registry.ALL_SLICES", tuple(many) + ALL_SLICES)
    settled = World(tmp_path / "data", sources=("fda",))
    for target in filter(settled.graph.is_wanted, settled.graph.all_partitions()):
        settled.materialize(target)
    world = AutomatedWorld(tmp_path, instance, instance).rebuilt(sources=("fda",), config=None)
    last = PartitionId("raw_fda", "119")
    world.upstream = {**settled.upstream, last: {"fda:119:0": "Other"}}
    world.materialize(last)
    assert wanted_now(world) == [W, FDA]


@pytest.mark.parametrize("tags", [own_tags(), {}], ids=["medai run", "the page"])
def test_what_is_under_way_is_not_requested_again(world: AutomatedWorld, tags: dict[str, str]) -> None:
    change(world, "Changed")
    job = build_defs(world.settings).resolve_implicit_global_asset_job_def()
    selected = job.get_subset(asset_selection={dg.AssetKey("processed_corpus")})
    world.instance.create_run_for_job(selected, tags={**tags, "dagster/partition": "fda"})
    world.failing.add(PROCESSED_FDA)  # so that the second evaluation asks the same event log
    assert wanted_now(world) == [W]


def test_a_failure_is_not_repeated_until_something_moves(world: AutomatedWorld) -> None:
    change(world, "Changed")
    assert wanted_now(world) == [W, FDA]
    fail(world.instance, PROCESSED_FDA)
    world.failing.add(PROCESSED_FDA)
    assert wanted_now(world) == [W]
    change(world, "Changed again")
    assert wanted_now(world) == [W, FDA]


def test_a_failure_while_the_sensor_was_off_is_tried_once_and_not_again(world: AutomatedWorld) -> None:
    """Nobody saw from what that run was made; the sensor tries once, and then knows."""
    change(world, "Changed")
    fail(world.instance, PROCESSED_FDA)
    world.failing.add(PROCESSED_FDA)
    assert FDA in wanted_now(world)
    fail(world.instance, PROCESSED_FDA)
    assert FDA not in wanted_now(world)


@pytest.mark.parametrize("known", [True, False], ids=["its run known", "its run lost"])
def test_a_clock_set_back_after_a_success_repeats_no_failure(world: AutomatedWorld, known: bool) -> None:
    """By the clock the success comes after every failure for as long as the jump."""
    run = nothing.execute_in_process(instance=world.instance).run_id if known else ""
    success = world.store.current_receipt(*PROCESSED_FDA)
    assert success is not None
    ahead = datetime.fromisoformat(success.finished_at) + timedelta(days=2)
    write_receipt(
        world.store,
        msgspec.structs.replace(success, run_id=run, finished_at=ahead.isoformat(timespec="microseconds")),
    )
    change(world, "Changed")
    world.failing.add(PROCESSED_FDA)
    assert wanted_now(world) == [W, FDA]
    fail(world.instance, PROCESSED_FDA)
    assert wanted_now(world) == [W]
    change(world, "Changed again")
    assert wanted_now(world) == [W, FDA]


def test_what_ticks_saw_is_kept_in_order_when_the_clock_is_set_back(tmp_path: Path) -> None:
    seen = DigestLog(tmp_path / "seen.json")
    seen.note(PROCESSED_FDA, "first", 1000)
    seen.note(PROCESSED_FDA, "first", 400)  # the same state, seen by a tick whose clock is behind
    assert seen.at(PROCESSED_FDA, 410) == "first"
    seen.note(PROCESSED_FDA, "second", 420)
    assert [seen.at(PROCESSED_FDA, moment) for moment in (410, 430)] == ["first", "second"]


@dg.job
def nothing() -> None: ...


def test_a_run_that_died_is_repeated_a_few_times(world: AutomatedWorld) -> None:
    change(world, "Changed")
    world.failing.add(PROCESSED_FDA)
    for _ in range(MOST_DEATHS):
        assert FDA in wanted_now(world)
        fail(world.instance, PROCESSED_FDA, {DIED_TAG: "true"})
    assert FDA not in wanted_now(world)


def change(world: AutomatedWorld, text: str) -> None:
    """The slice is collected again and holds another text."""
    world.upstream[FDA_2024]["fda:2024-0"] = text
    world.materialize(FDA_2024)
