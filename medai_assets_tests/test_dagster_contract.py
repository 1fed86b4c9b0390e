"""Receipts and Dagster's event log tell the same story: real runs, real instance, real sandbox.

The only test that touches Dagster's internal stale resolver; it is what the UI reads.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.asset_graph_view.asset_graph_view import AssetGraphView, TemporalContext
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._time import get_current_datetime

from medai_assets.automation.instance import open_instance
from medai_assets.definitions import build_defs
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.staleness import Staleness, Status
from medai_assets.running import waves
from medai_assets.running.waves import Wave
from medai_assets.running.worker import Workers
from medai_assets.settings import Settings, get_settings
from medai_assets.storage import Store

pytestmark = pytest.mark.slow

SELECTED = ("raw_nhs", "processed_corpus", "curation_policy")
STORY = ("raw_nhs", "processed_corpus")
# As far as what models learn from.
TO_TRAINING = (
    *SELECTED, "withdrawals", "benchmark_questions", "curated_corpus", "instruction_mixture", "reviews", "instruction_dataset",
    "training_examples",
)  # fmt: skip


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The NHS sample collected and processed by Dagster runs in a worker process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDAI_DATA", str(tmp_path_factory.mktemp("data")))
        patch.setenv("MEDAI_SOURCES", '["nhs"]')
        patch.setenv("MEDAI_SLICE_LIMIT", "8")
        patch.setenv("MEDAI_CONFIG", str(_few_of_a_kind_do(tmp_path_factory.mktemp("config"))))
        get_settings.cache_clear()
        settings = get_settings()
        with Workers(1) as kept:  # by all waves: each worker takes seconds to start
            patch.setattr(waves, "Workers", lambda count: nullcontext(kept))
            _run(settings, SELECTED)
            yield settings
    os.environ.pop("DAGSTER_HOME", None)
    get_settings.cache_clear()


def _few_of_a_kind_do(folder: Path) -> Path:
    """A configuration for one source alone, which has less of some kinds than a data set usually asks for, and no labels."""
    text = Settings().config_file("mixture.yaml").read_text()
    text = re.sub(r"(?m)^(least_(?:examples|validation)):.*$", r"\1: 1", text)
    (folder / "mixture.yaml").write_text(text.replace("drug_information: 3000", "drug_information: 0"))
    return folder


def _wave(
    settings: Settings,
    forced: frozenset[PartitionId] = frozenset(),
    assets: tuple[str, ...] = SELECTED,
) -> Wave:
    graph = Graph(settings)
    selection = frozenset(t for t in graph.all_partitions() if t.asset in assets)
    return Wave(graph, Store(settings.store_root), selection, forced)


def _dagster_states(settings: Settings, story: tuple[str, ...] = STORY) -> dict[PartitionId, StaleStatus]:
    asset_graph = build_defs(settings).resolve_asset_graph()
    with open_instance(settings) as instance:
        moment = TemporalContext(effective_dt=get_current_datetime(), last_event_id=None)
        view = AssetGraphView(temporal_context=moment, instance=instance, asset_graph=asset_graph)
        resolver = CachingStaleStatusResolver(instance, asset_graph, view)
        targets = [t for t in Graph(settings).all_partitions() if t.asset in story]
        return {t: resolver.get_status(dg.AssetKey(t.asset), t.partition) for t in targets}


def _our_states(settings: Settings) -> dict[PartitionId, Status]:
    return {t: s.status for t, s in Staleness(Graph(settings), Store(settings.store_root)).states().items()}


def _edit_one_page(settings: Settings) -> Path:
    page = next(iter(sorted((settings.sandbox_records / "nhs" / "symptoms").glob("*.json"))))
    document = json.loads(page.read_text())
    document["description"] = document["description"] + " Edited."
    page.write_text(json.dumps(document))
    return page


def test_after_a_run_both_call_everything_fresh(collected: Settings) -> None:
    assert set(_dagster_states(collected).values()) == {StaleStatus.FRESH}
    assert {_our_states(collected)[t] for t in _dagster_states(collected)} == {Status.FRESH}


def test_dagster_recorded_the_versions_that_the_receipts_name(collected: Settings) -> None:
    store = Store(collected.store_root)
    with open_instance(collected) as instance:
        for key in Graph(collected).partitions("raw_nhs"):
            event = instance.get_latest_data_version_record(dg.AssetKey("raw_nhs"), partition_key=key)
            assert event is not None
            tags = event.asset_materialization.tags or {}  # type: ignore[union-attr]
            receipt = store.current_receipt("raw_nhs", key)
            assert receipt is not None
            assert tags["dagster/data_version"] == receipt.data_version
            assert tags["dagster/code_version"] == receipt.code_version
            assert event.run_id == receipt.run_id


def test_one_edited_record_makes_its_slice_stale_and_then_both_call_the_same_child_stale(
    collected: Settings,
) -> None:
    _edit_one_page(collected)
    stale = [str(t) for t, s in _our_states(collected).items() if s is Status.STALE]
    assert stale == ["raw_nhs[symptoms]"]
    symptoms = PartitionId("raw_nhs", "symptoms")
    wave = _wave(collected)
    wave.selection = frozenset({symptoms})
    wave.run(lambda running, outcome: None)
    assert [str(t) for t in wave.outcomes] == ["raw_nhs[symptoms]"]
    assert not wave.failures

    child = PartitionId("processed_corpus", "nhs")
    assert _dagster_states(collected)[child] is StaleStatus.STALE
    assert _our_states(collected)[child] is Status.STALE
    wave = _wave(collected)
    wave.run(lambda running, outcome: None)
    assert [str(t) for t in wave.outcomes] == ["processed_corpus[nhs]"]
    receipt = Store(collected.store_root).current_receipt(*child)
    assert receipt is not None
    assert receipt.metadata["reused"] == receipt.metadata["slices"] - 1
    assert _dagster_states(collected)[child] is StaleStatus.FRESH


def test_a_new_day_of_a_page_stops_for_both_before_what_models_learn_from(collected: Settings) -> None:
    _run(collected, assets=TO_TRAINING)
    examples, store = PartitionId("training_examples", None), Store(collected.store_root)
    before = store.require(*examples)
    page = next(iter(sorted((collected.sandbox_records / "nhs" / "conditions").glob("*.json"))))
    document = json.loads(page.read_text())
    page.write_text(json.dumps(document | {"dateModified": "2026-05-01T00:00:00+00:00"}))
    _run(collected, assets=TO_TRAINING[:-1])
    assert _dagster_states(collected, TO_TRAINING)[examples] is StaleStatus.STALE
    assert _our_states(collected)[examples] is Status.STALE

    _run(collected, assets=TO_TRAINING)
    after = store.require(*examples)
    assert after.receipt is not None
    assert after.receipt.unchanged
    assert after.receipt.inputs != before.manifest.inputs
    assert _dagster_states(collected, TO_TRAINING)[examples] is StaleStatus.FRESH
    assert _our_states(collected)[examples] is Status.FRESH
    with open_instance(collected) as instance:
        event = instance.get_latest_data_version_record(dg.AssetKey("training_examples"))
        assert event is not None
        assert (event.asset_materialization.tags or {})["dagster/data_version"] == before.data_version  # type: ignore[union-attr]


def _run(settings: Settings, assets: tuple[str, ...]) -> None:
    wave = _wave(settings, assets=assets)
    wave.run(lambda running, outcome: None)
    assert {str(o.target): o.error for o in wave.failures} == {}


def test_without_dagsters_database_the_plan_is_the_same(collected: Settings) -> None:
    before = _our_states(collected)
    database = collected.dagster_home / "history"
    database.rename(database.with_name("gone"))
    try:
        assert _our_states(collected) == before
    finally:
        database.with_name("gone").rename(database)
