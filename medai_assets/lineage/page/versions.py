"""Pages about stored versions: one version with links both ways, all kept versions, and two data set versions compared."""

from __future__ import annotations

from typing import Any

from medai_assets.graph.nodes import NODES
from medai_assets.lineage.diff import diff
from medai_assets.lineage.lookup import LineageError
from medai_assets.lineage.page.files import can_be_read
from medai_assets.lineage.page.page_context import PageContext
from medai_assets.lineage.page.rows import Shown, model, taint_of
from medai_assets.lineage.taint import remedy
from medai_assets.lineage.versions import DATASET, PREVIOUS, of_adapters, of_models
from medai_assets.storage import Input
from medai_assets.storage.errors import label

SHOWN = 60  # links listed in each direction
NODE_NAMES = frozenset(node.name for node in NODES)
PICTURES = ("loss.png", "scores.png", "losses.png", "triage.png")  # drawn by the stages, worth seeing at once


def version(context: PageContext) -> Shown:
    """One version: who made it, from what, what was made from it, its tables and its metadata."""
    versions = context.lineage.versions
    ref = context.version_named()
    manifest, step = versions.manifest(ref), versions.step(ref)
    if manifest is None or step is None:
        raise LineageError(
            f"version {ref.data_version[:12]} of {label(ref.asset, ref.partition)} is not kept; "
            "`medai versions` lists those that are"
        )
    tainted_by = taint_of(context, ref) if ref.asset in of_models() else []
    made_from = versions.made_from(ref)
    used_by = versions.used_by(ref)
    return "version.html", {
        "ref": ref,
        "step": step,
        "manifest": manifest,
        "is_current": versions.current(ref.asset, ref.partition) == ref,
        "kept": versions.kept(ref.asset, ref.partition)[::-1],
        "made_from": made_from[:SHOWN],
        "made_from_total": len(made_from),
        "used_by": used_by[:SHOWN],
        "used_by_total": len(used_by),
        "metadata": plain_metadata(versions.facts(ref)),
        "readable": [name for name in manifest.files if can_be_read(manifest, name)],
        "pictures": [n for n in PICTURES if n in manifest.files],
        "tainted": tainted_by,
        "remedy": remedy(tainted_by),
        "model": model(context, ref) if ref.asset in of_models() else None,
        "left_out": context.lineage.learned.left_out(ref) if ref.asset in of_models() else [],
        "has_curves": ref.asset in of_adapters(),
        "is_dataset": ref.asset == DATASET,
        "slice": _slice_link(context, ref),
    }


def _slice_link(context: PageContext, ref: Input) -> str | None:
    if not ref.asset.startswith("raw_") or ref.partition is None:
        return None
    return context.link("slice", ref.asset.removeprefix("raw_"), ref.partition)


def plain_metadata(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    """Metadata as names and short values; nested values are shown one level deep."""
    rows: list[tuple[str, str]] = []
    for name, value in sorted(metadata.items()):
        if isinstance(value, dict):
            rows += [(f"{name}: {inner}", _short(v)) for inner, v in sorted(value.items())]
        elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            rows += [(name, ", ".join(f"{k} {_short(v)}" for k, v in row.items())) for row in value[:20]]
        else:
            rows.append((name, _short(value)))
    return rows[:200]


def _short(value: Any) -> str:
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text if len(text) <= 300 else f"{text[:299]}…"


def overview(context: PageContext) -> Shown:
    """Every asset partition with its kept versions, models first."""
    store, versions = context.lineage.store, context.lineage.versions
    order = {asset: number for number, asset in enumerate((*of_models(), DATASET))}
    last = len(order)
    inner = {name: name not in NODE_NAMES for name in store.assets()}  # kept for speed, no asset of the graph
    assets = sorted(inner, key=lambda name: (inner[name], order.get(name, last), name))
    listed = []
    for asset in assets:
        partitions = [
            (p, versions.current(asset, p), len(store.versions(asset, p))) for p in store.partitions(asset)
        ]
        listed.append((asset, partitions, inner[asset]))
    return "overview.html", {"assets": listed}


def diff_page(context: PageContext) -> Shown:
    """Two kept data set versions compared; the previous with the current one unless told otherwise."""
    lineage = context.lineage
    datasets = lineage.datasets()
    if len(datasets) < 2:
        words = "so far only one version of the data set is kept; after the next change this page tells what differs"
        return "problem.html", {"heading": "Nothing to compare yet", "words": words}
    with context.lock:
        before = lineage.dataset(context.query("before") or PREVIOUS)
        after = lineage.dataset(context.query("after") or "current")
        found = diff(lineage, before, after)
    return "diff.html", {"diff": found, "datasets": datasets}
