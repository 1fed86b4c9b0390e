"""Every materialization as OpenLineage run events (https://openlineage.io/spec/2-0-2), read from receipts.

Each receipt is one run of the job named after its asset: a START and a COMPLETE event with the very input and output
versions. A Dagster run that made several assets is their parent run.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from medai_assets import __version__
from medai_assets.foundation import schemas
from medai_assets.lineage.learned import Learned
from medai_assets.lineage.versions import ADAPTER, Versions
from medai_assets.storage import Input, Receipt, Store, TableInfo

Event = dict[str, Any]
NAMESPACE = "medai"
PRODUCER = f"urn:medai-assets:{__version__}"
EVENT_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = "https://openlineage.io/spec/facets/1-0-0"
# Every partition that a run makes is a run of its own here, with an id that is the same each time it is told.
_RUNS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:medai-assets:runs")


def events(store: Store) -> Iterator[dict[str, Any]]:
    """START and COMPLETE of every receipt, asset by asset, oldest first."""
    versions = Versions(store)
    for asset in store.assets():
        for partition in store.partitions(asset):
            for receipt in versions.receipts(asset, partition):
                yield from _events_of(versions, receipt)


def event_lines(store: Store) -> Iterator[str]:
    """The events as JSON lines."""
    return (msgspec.json.encode(event).decode() + "\n" for event in events(store))


def _events_of(versions: Versions, receipt: Receipt) -> Iterator[Event]:
    run = run_of(receipt.run_id, receipt.asset, receipt.partition, receipt.finished_at)
    yield event("START", receipt.started_at, run, receipt.asset, map(input_dataset, receipt.inputs))
    yield completed(versions, receipt)


def completed(versions: Versions, receipt: Receipt) -> Event:
    """The COMPLETE event of a receipt."""
    run = run_of(receipt.run_id, receipt.asset, receipt.partition, receipt.finished_at)
    run["facets"] = {**run.get("facets", {}), "medai_code": _code(receipt)}
    inputs = [input_dataset(one) for one in receipt.inputs]
    return event("COMPLETE", receipt.finished_at, run, receipt.asset, inputs, [_output(versions, receipt)])


def event(
    kind: str,
    at: str,
    run: Event,
    asset: str,
    inputs: Iterable[Event] = (),
    outputs: Iterable[Event] = (),
) -> Event:
    """A run event of the job that makes an asset."""
    return {
        "eventType": kind,
        "eventTime": at,
        "run": run,
        "job": {"namespace": NAMESPACE, "name": asset},
        "inputs": list(inputs),
        "outputs": list(outputs),
        "producer": PRODUCER,
        "schemaURL": EVENT_SCHEMA,
    }


def run_of(run_id: str, asset: str, partition: str | None, finished_at: str = "") -> Event:
    """The run that makes one partition: known before it ends where Dagster's run has a UUID, which makes each once."""
    of = run_id if _is_uuid(run_id) else f"{run_id}/{finished_at}"
    run: Event = {"runId": str(uuid.uuid5(_RUNS, f"{of}/{asset}/{partition or ''}"))}
    if _is_uuid(run_id):
        parent = {"run": {"runId": run_id}, "job": {"namespace": NAMESPACE, "name": "dagster"}}
        run["facets"] = {"parent": _facet("ParentRunFacet", **parent)}
    return run


def error_facet(message: str) -> Event:
    """Why a run failed."""
    return _facet("ErrorMessageRunFacet", message=message, programmingLanguage="python")


def _code(receipt: Receipt) -> Event:
    """Which code made it: the stage's version and this software's."""
    return _own_facet(stageVersion=receipt.code_version, medaiAssets=__version__)


def _name(asset: str, partition: str | None) -> str:
    return asset if partition is None else f"{asset}/{partition}"


def input_dataset(ref: Input) -> Event:
    """A stored version as a data set that is read."""
    version = _facet("DatasetVersionDatasetFacet", datasetVersion=ref.data_version)
    return {"namespace": NAMESPACE, "name": _name(ref.asset, ref.partition), "facets": {"version": version}}


def _columns(receipt: Receipt) -> Event:
    """By column, the columns of its inputs that it is made from."""
    found: dict[str, list[Event]] = {}
    for ref in receipt.inputs:
        for column, _, source in columns_from(receipt.asset, [ref.asset]):
            field = {"namespace": NAMESPACE, "name": _name(ref.asset, ref.partition), "field": source}
            found.setdefault(column, []).append(field)
    return {column: {"inputFields": fields} for column, fields in found.items()}


def _output(versions: Versions, receipt: Receipt) -> dict[str, Any]:
    ref = Input(receipt.asset, receipt.partition, receipt.data_version)
    output = input_dataset(ref)
    if columns := _columns(receipt):
        output["facets"]["columnLineage"] = _facet("ColumnLineageDatasetFacet", fields=columns)
    if licences := receipt.metadata.get("licences"):
        output["facets"]["medai_licences"] = _own_facet(licences=licences)
    manifest = versions.manifest(ref)
    if manifest is None:
        return output
    # Of a version that is made of parts the rows stand in those; one of them may lack the table.
    parts = [Input(one.asset, one.partition, one.data_version) for one in manifest.parts]
    kept = {_name(one.asset, one.partition): part for one in parts if (part := versions.manifest(one))}
    whole = kept or {output["name"]: manifest}
    if name := next(filter(None, (main_table(ref.asset, one.tables) for one in whole.values())), None):
        tables = {of: one.tables[name] for of, one in whole.items() if name in one.tables}
        first = next(iter(tables.values()))
        fields = [{"name": column, "type": kind} for column, kind in first.columns.items()]
        output["facets"]["schema"] = _facet("SchemaDatasetFacet", fields=fields)
        statistics = {
            "rowCount": sum(one.rows for one in tables.values()),
            "size": sum(one.bytes for one in whole.values()),
        }
        output["outputFacets"] = {
            "outputStatistics": _facet("OutputStatisticsOutputDatasetFacet", **statistics)
        }
        files = [{"name": of, "sha256": one.sha256} for of, one in tables.items()]
        digests = {"parts": files} if kept else {"sha256": first.sha256}
        output["facets"]["medai_table"] = _own_facet(table=name, **digests)
    if ref.asset == ADAPTER:
        output["facets"]["medai_learned"] = _own_facet(**_learned(versions, ref))
    return output


def _learned(versions: Versions, adapter: Input) -> dict[str, Any]:
    """How many examples of its data an adapter learned, and how many not and why."""
    learned = Learned(versions)
    left_out = [one._asdict() for one in learned.left_out(adapter)]
    return {"examples": learned.total(adapter), "leftOut": left_out}


def _facet(schema: str, **values: Any) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": f"{_FACETS}/{schema}.json#/$defs/{schema}", **values}


def _own_facet(**values: Any) -> dict[str, Any]:
    schema = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetFacet"
    return {"_producer": PRODUCER, "_schemaURL": schema, **values}


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


Sources = dict[str, tuple[str, ...]]  # a column, and the parents' columns
RAW, PROCESSED, CORPUS, DATASET, LEARNING = (
    "raw",  # stands for raw_fda, raw_pubmed, …
    "processed_corpus",
    "curated_corpus",
    "instruction_dataset",
    "training_examples",
)
_SAME = ("passage_id", "text", "title", "section", "heading", "subject", "audience", "quality", "origins")
# asset -> the columns of its main table by the parent that they come from
# Which columns of an asset's table are made from which of its parents'. A column that is copied or moved is told with those that
# it is made from; what decides only whether a row is there is not.
MADE_FROM: dict[str, tuple[str, Sources]] = {
    PROCESSED: (
        RAW,
        {
            "text": ("payload",),
            "passage_id": ("payload",),
            "title": ("title", "payload"),
            "section": ("payload",),
            "origins": ("record_id", "version", "url", "licence", "attribution", "sample"),
        },
    ),
    CORPUS: (PROCESSED, {name: (name,) for name in _SAME}),
    DATASET: (
        CORPUS,
        {
            "history": ("title", "section", "heading", "subject", "text"),
            "prompt": ("title", "section", "heading", "subject", "text"),
            "completion": ("text", "title", "subject"),
            "passage_ids": ("passage_id",),
            "origins": ("origins",),
            "subject": ("subject",),
            "audience": ("audience",),
        },
    ),
    LEARNING: (DATASET, {name: (name,) for name in schemas.TRAINING_EXAMPLE.names}),
    ADAPTER: (
        LEARNING,
        {"example_id": ("example_id",), "kind": ("kind",), "tokens": ("history", "prompt", "completion")},
    ),
}


def columns_from(asset: str, parents: list[str]) -> Iterator[tuple[str, str, str]]:
    """Column, parent and the parent's column, for those parents that an asset was made from."""
    parent, columns = MADE_FROM.get(asset, ("", {}))
    used = [one for one in parents if one == parent or (parent == RAW and one.startswith("raw_"))]
    for column, sources in columns.items():
        for one in used:
            yield from ((column, one, source) for source in sources)


def main_table(asset: str, tables: Mapping[str, TableInfo]) -> str | None:
    """The table with an asset's own rows: the first that has the columns which are told of it, or read from it."""
    read = {source for sources in MADE_FROM[PROCESSED][1].values() for source in sources}
    told = set(MADE_FROM[asset][1]) if asset in MADE_FROM else read if asset.startswith("raw_") else set()
    return next((name for name, table in tables.items() if told <= table.columns.keys()), None)
