"""Every materialization as OpenLineage events that satisfy the specification."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.foundation import schemas
from medai_assets.foundation.schemas import RAW_RECORD
from medai_assets.lineage.openlineage import (
    ADAPTER,
    CORPUS,
    DATASET,
    LEARNING,
    MADE_FROM,
    PROCESSED,
    RAW,
    event_lines,
    events,
)
from medai_assets.storage import Input
from medai_assets_tests.lineage.library import Library

SCHEMAS = {
    RAW: schemas.RAW_RECORD,
    PROCESSED: schemas.PASSAGE,
    CORPUS: schemas.PASSAGE,
    DATASET: schemas.EXAMPLE,
    LEARNING: schemas.TRAINING_EXAMPLE,
    ADAPTER: schemas.LEARNED,
}
SCHEMA = Path(__file__).with_name("openlineage_2_0_2.json")
DAGSTER_RUN = "0b6f6a52-9a5e-4b1a-8a53-2f6f3f4f8f10"


@pytest.fixture(scope="module")
def told(settled: Library) -> list[dict[str, Any]]:
    return [json.loads(line) for line in event_lines(settled.store)]


@cache
def specification() -> Any:
    """The library compiles grammars for seconds when it is imported."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(
        json.loads(SCHEMA.read_text()), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def problems_of(event: dict[str, Any]) -> list[str]:
    """Where an event is not as the specification wants it."""
    return [error.message for error in specification().iter_errors(event)]


def test_every_event_satisfies_the_specification(told: list[dict[str, Any]]) -> None:
    assert told
    assert [problem for event in told for problem in problems_of(event)] == []


def test_columns_are_made_from_columns_that_there_are() -> None:
    for asset, (parent, columns) in MADE_FROM.items():
        assert set(columns) <= set(SCHEMAS[asset].names), asset
        assert {source for sources in columns.values() for source in sources} <= set(SCHEMAS[parent].names), (
            asset
        )


def test_every_run_starts_once_and_completes_once(told: list[dict[str, Any]]) -> None:
    by_run: dict[str, list[str]] = {}
    for event in told:
        by_run.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert set(map(tuple, by_run.values())) == {("START", "COMPLETE")}


def test_inputs_and_outputs_carry_their_versions(told: list[dict[str, Any]], settled: Library) -> None:
    event = next(
        e for e in told if e["job"]["name"] == "instruction_dataset" and e["eventType"] == "COMPLETE"
    )
    corpus = settled.store.require("curated_corpus")
    dataset = settled.store.require("instruction_dataset")
    inputs = {i["name"]: i["facets"]["version"]["datasetVersion"] for i in event["inputs"]}
    (output,) = event["outputs"]
    assert inputs["curated_corpus"] == corpus.data_version
    assert output["facets"]["version"]["datasetVersion"] == dataset.data_version
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 11
    assert {"name": "example_id", "type": "string"} in output["facets"]["schema"]["fields"]


def test_an_adapter_says_how_much_of_its_data_it_learned(told: list[dict[str, Any]]) -> None:
    (output,) = next(e for e in told if e["job"]["name"] == "lora_adapter" and e["eventType"] == "COMPLETE")[
        "outputs"
    ]
    learned = output["facets"]["medai_learned"]
    assert learned["examples"] == 9
    assert learned["leftOut"] == [{"split": "validation", "reason": "validation", "examples": 2}]


def test_the_events_are_the_same_each_time(settled: Library) -> None:
    assert list(event_lines(settled.store)) == list(event_lines(settled.store))


def test_a_dagster_run_is_the_parent_of_what_it_made(library: Library) -> None:
    raw = Input("raw_fda", "2023", "0" * 32)
    with library.store.draft("curated_corpus") as draft:
        draft.publish(data_version="1", code_version="1", inputs=[raw], run_id=DAGSTER_RUN)
    for event in events(library.store):
        assert event["run"]["facets"]["parent"]["run"]["runId"] == DAGSTER_RUN
        assert event["run"]["runId"] != DAGSTER_RUN


def test_the_rows_that_are_counted_are_the_assets_own(library: Library) -> None:
    """Not those of another table that comes first; of a version that is made of parts those of the parts."""
    library.materialize(train=False)
    store = library.store
    with store.draft("raw_pubmed", "asthma") as draft:
        draft.write_table("aliases", pa.table({"record_id": ["pubmed:1"], "name": ["doi:1"]}))
        draft.write_table("records", RAW_RECORD.empty_table())
        draft.publish(code_version="1")
    told = {
        output["name"]: (output["facets"]["medai_table"]["table"], output["outputFacets"]["outputStatistics"]["rowCount"])
        for event in events(store)
        for output in event["outputs"]
        if "medai_table" in output["facets"]
    }  # fmt: skip
    assert told["raw_pubmed/asthma"] == ("records", 0)
    parts = [part.rows("passages") for part in store.require("processed_corpus", "fda").parts]
    assert len(parts) > 0
    assert told["processed_corpus/fda"] == ("passages", sum(parts))


def test_a_part_that_lacks_the_table_adds_no_rows_and_each_of_the_others_its_file(library: Library) -> None:
    library.materialize(train=False)
    store = library.store
    whole = store.require("processed_corpus", "fda")
    with store.draft("processed_slice", "fda/without") as draft:
        draft.write_table("facts", pa.table({"fact": ["one"]}))
        without = draft.publish(code_version="1")
    with store.draft("processed_corpus", "fda") as draft:
        for part in (without, *whole.parts):
            draft.reference(part)
        draft.publish(code_version="1")
    *_, last = (e for e in events(store) if [o["name"] for o in e["outputs"]] == ["processed_corpus/fda"])
    (output,) = last["outputs"]
    told = output["facets"]["medai_table"]
    assert told["parts"] == [
        {"name": f"processed_slice/{p.partition}", "sha256": p.manifest.tables["passages"].sha256}
        for p in whole.parts
    ]
    assert "sha256" not in told
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == sum(
        p.rows("passages") for p in whole.parts
    )
