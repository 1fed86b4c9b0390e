"""What every asset shares: its Dagster arguments from the node table, its inputs pinned, its result described.

No stage's own logic belongs here; assets stay thin and call plain functions of the domain rooms.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg

from medai_assets.assets.resources import Medai
from medai_assets.fingerprints import fingerprint
from medai_assets.graph import Graph, Node, PartitionId
from medai_assets.progress import ProgressFile

if TYPE_CHECKING:
    from medai_assets.storage import Stored

SAMPLE_ROWS = 5
CELL_CHARACTERS = 160


def partitions_definition(graph: Graph, node: Node) -> dg.PartitionsDefinition | None:
    """Static partitions of a node, or None."""
    if node.partitioned_by == "none":
        return None
    return dg.StaticPartitionsDefinition([str(p) for p in graph.partitions(node.name)])


def asset_dependencies(graph: Graph, node: Node) -> list[dg.AssetDep]:
    """Dependencies with the mapping that keeps staleness exact: static, and disjoint by source."""
    dependencies = []
    for edge in node.parents:
        if edge.parent not in graph.nodes:
            continue
        parent = graph.nodes[edge.parent]
        mapping: dg.PartitionMapping | None = None
        if edge.mapping == "of_source":
            mapping = dg.StaticPartitionMapping(
                {str(k): str(parent.source) for k in graph.partitions(parent.name)}
            )
        elif edge.mapping == "same":
            mapping = dg.IdentityPartitionMapping()
        elif parent.partitioned_by != "none":
            mapping = dg.AllPartitionMapping()
        dependencies.append(dg.AssetDep(edge.parent, partition_mapping=mapping))
    return dependencies


def asset_arguments(graph: Graph, name: str) -> dict[str, Any]:
    """Keyword arguments of ``dg.asset`` for a node of the graph."""
    node = graph.nodes[name]
    tags = {f"licence/{licence.lower()}": "" for licence in node.licences}
    return {
        "name": node.name,
        "description": node.description,
        "group_name": node.group,
        "code_version": node.code_version,
        "kinds": set(node.kinds),
        "owners": [node.owner],
        "tags": tags,
        "pool": node.pool,
        "partitions_def": partitions_definition(graph, node),
        "deps": asset_dependencies(graph, node),
    }


class Work:
    """One materialization under way: which partition, from which pinned inputs, how far."""

    def __init__(self, context: dg.AssetExecutionContext, medai: Medai) -> None:
        self.context = context
        self.medai = medai
        name = context.asset_key.to_user_string()
        self.target = PartitionId(name, context.partition_key if context.has_partition_key else None)
        self.node = medai.graph.nodes[name]
        self.started = time.monotonic()
        self.fingerprint = fingerprint(medai.graph, self.target)
        self.inputs = self._pin_inputs()
        self.progress = ProgressFile.of(medai.settings.work_dir, str(self.target))

    def _pin_inputs(self) -> dict[PartitionId, Stored]:
        """The version of each parent partition that this run reads, whatever happens to the parent meanwhile."""
        from medai_assets.storage import StoreError

        staleness = self.medai.staleness()
        pinned = {}
        for parent in staleness.used_parents(self.target):
            stored = self.medai.store.current(*parent)
            if stored is None:
                raise StoreError(
                    f"{self.target} needs {parent}, which was never made; run `medai run` or materialize it first"
                )
            pinned[parent] = stored
        return pinned

    def input(self, asset: str) -> Stored:
        """The only pinned partition of a parent asset."""
        (stored,) = self.inputs_of(asset)
        return stored

    def inputs_of(self, asset: str) -> list[Stored]:
        return [stored for target, stored in self.inputs.items() if target.asset == asset]

    @property
    def publishing(self) -> dict[str, Any]:
        """What every ``Draft.publish`` is told."""
        return {
            "code_version": self.node.code_version,
            "inputs": [stored.input for stored in self.inputs.values()],
            "run_id": self.context.run_id,
            "fingerprint": self.fingerprint,
        }

    def result(
        self,
        stored: Stored,
        table: str | None,
        metadata: Mapping[str, Any],
        checks: list[dg.AssetCheckResult] | None = None,
    ) -> dg.MaterializeResult:
        """Describe the published version to Dagster."""
        described: dict[str, Any] = {
            "data version": stored.data_version,
            "unchanged": bool(stored.receipt and stored.receipt.unchanged),
            "seconds": round(time.monotonic() - self.started, 2),
            "bytes": stored.manifest.bytes + sum(part.manifest.bytes for part in stored.parts),
            "stored at": stored.directory.removeprefix(str(self.medai.settings.local_root.parent)).lstrip(
                "/"
            ),
            "lineage": dg.MetadataValue.url(self.medai.lineage_url(self.target, stored.data_version)),
        }
        if table is not None:
            described |= table_metadata(stored, table)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(stored.data_version),
            metadata=described | dict(metadata),
            check_results=checks or [],
        )


@contextmanager
def work(context: dg.AssetExecutionContext, medai: Medai) -> Iterator[Work]:
    """The materialization under way; its progress file goes when it ends."""
    current = Work(context, medai)
    try:
        yield current
    finally:
        current.progress.remove()


def table_metadata(stored: Stored, table: str) -> dict[str, Any]:
    """Row count, columns and the first rows of a stored table."""
    schema = stored.dataset(table).schema
    columns = [dg.TableColumn(name=field.name, type=str(field.type)) for field in schema]
    records = [
        dg.TableRecord({k: _cell(v) for k, v in row.items()}) for row in stored.sample(table, SAMPLE_ROWS)
    ]
    found: dict[str, Any] = {
        "dagster/row_count": stored.rows(table),
        "dagster/column_schema": dg.TableSchema(columns=columns),
    }
    if records:
        shown = dg.TableSchema(columns=[dg.TableColumn(name=field.name, type="string") for field in schema])
        found["sample"] = dg.MetadataValue.table(records, schema=shown)
    return found


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + "…"


def counts_table(rows: Sequence[Mapping[str, Any]]) -> dg.MetadataValue:
    """A small table of text and numbers for an asset's page; raises ValueError when there are no rows."""
    if not rows:
        raise ValueError("a table on an asset's page needs at least one row")
    columns = [
        dg.TableColumn(name=name, type="int" if isinstance(value, int) else "string")
        for name, value in rows[0].items()
    ]
    return dg.MetadataValue.table(
        [
            dg.TableRecord({k: v if isinstance(v, int | float) else _cell(v) for k, v in row.items()})
            for row in rows
        ],
        schema=dg.TableSchema(columns=columns),
    )


def picture(png: bytes, title: str) -> dg.MetadataValue:
    """A PNG shown inline on the asset's page."""
    import base64

    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{base64.b64encode(png).decode()})")
