"""Every materialization as OpenLineage run events (https://openlineage.io/spec/2-0-2), read from receipts.

Each receipt is one run of the job named after its asset: a START and a COMPLETE event with the very input and output
versions. A Dagster run that made several assets is their parent run.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import msgspec

from medai_assets import __version__
from medai_assets.lineage.learned import Learned
from medai_assets.lineage.versions import ADAPTER, Versions
from medai_assets.storage import Input, Receipt, Store

NAMESPACE = "medai"
PRODUCER = f"urn:medai-assets:{__version__}"
EVENT_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = "https://openlineage.io/spec/facets/1-0-0"
# Runs without a UUID of their own (made outside Dagster) get one from what they did, the same each time.
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


def _events_of(versions: Versions, receipt: Receipt) -> Iterator[dict[str, Any]]:
    common = {
        "run": _run(receipt),
        "job": {"namespace": NAMESPACE, "name": receipt.asset},
        "producer": PRODUCER,
        "schemaURL": EVENT_SCHEMA,
    }
    inputs = [_dataset(i) for i in receipt.inputs]
    yield {**common, "eventType": "START", "eventTime": receipt.started_at, "inputs": inputs, "outputs": []}
    yield {
        **common,
        "eventType": "COMPLETE",
        "eventTime": receipt.finished_at,
        "inputs": inputs,
        "outputs": [_output(versions, receipt)],
    }


def _run(receipt: Receipt) -> dict[str, Any]:
    place = f"{receipt.asset}/{receipt.partition or ''}"
    run_id = uuid.uuid5(_RUNS, f"{receipt.run_id}/{place}/{receipt.finished_at}")
    run: dict[str, Any] = {"runId": str(run_id)}
    if _is_uuid(receipt.run_id):
        parent = {"run": {"runId": receipt.run_id}, "job": {"namespace": NAMESPACE, "name": "dagster"}}
        run["facets"] = {"parent": _facet("ParentRunFacet", **parent)}
    return run


def _dataset(ref: Input) -> dict[str, Any]:
    name = ref.asset if ref.partition is None else f"{ref.asset}/{ref.partition}"
    version = _facet("DatasetVersionDatasetFacet", datasetVersion=ref.data_version)
    return {"namespace": NAMESPACE, "name": name, "facets": {"version": version}}


def _output(versions: Versions, receipt: Receipt) -> dict[str, Any]:
    ref = Input(receipt.asset, receipt.partition, receipt.data_version)
    output = _dataset(ref)
    manifest = versions.manifest(ref)
    if manifest is None:
        return output
    for name, table in list(manifest.tables.items())[:1]:
        fields = [{"name": column, "type": kind} for column, kind in table.columns.items()]
        output["facets"]["schema"] = _facet("SchemaDatasetFacet", fields=fields)
        statistics = {"rowCount": table.rows, "size": manifest.bytes}
        output["outputFacets"] = {
            "outputStatistics": _facet("OutputStatisticsOutputDatasetFacet", **statistics)
        }
        output["facets"]["medai_table"] = _own_facet(table=name, sha256=table.sha256)
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
