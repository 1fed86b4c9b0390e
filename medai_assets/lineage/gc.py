"""What nothing refers to any more: found by walking from what is kept, said in words, removed only when told to.

Kept are the current version of every partition, the newest versions of data sets and models that the user keeps,
everything these were made from, and every version whose tables they include by reference.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

import msgspec

from medai_assets.foundation.file_hashes import digest_path
from medai_assets.lineage.index import index_path, text_index_path
from medai_assets.lineage.versions import DATASET, Versions, of_models
from medai_assets.storage import Input, Store
from medai_assets.storage.errors import label
from medai_assets.storage.lease import store_clock
from medai_assets.storage.leftovers import leftovers
from medai_assets.training.shared_checkpoints import ASSET as CHECKPOINT
from medai_assets.withdrawals.scratch import scratch, stored_scratch

KEEP = 2  # newest versions of data sets and models, so that the one before can still be compared and loaded
# A version without a receipt may belong to a run that is about to write it.
YOUNG = timedelta(hours=1)


class Unreferenced(msgspec.Struct, frozen=True, kw_only=True):
    """A version that nothing refers to, and what removing it frees."""

    asset: str
    partition: str | None
    data_version: str
    created_at: str
    bytes: int

    @property
    def label(self) -> str:
        return label(self.asset, self.partition)


class GcPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What would be removed, and how much stays."""

    remove: list[Unreferenced]
    indexes: list[str]  # lineage indexes of data set versions that are not kept
    scratch: list[str]  # folders below `work` that come of versions which are not kept
    leftovers: list[str]  # of a remote store: what kills left, and copies that nobody reads
    kept: int
    kept_bytes: int

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.remove)


def plan_removal(store: Store, folder: Path, keep: int = KEEP, work: Path | None = None) -> GcPlan:
    """Find what nothing refers to.

    Args:
        folder: where the lineage indexes lie.
        keep: newest versions of instruction_dataset and of every model that stay, at least 1.
        work: where scratch work lies, if anywhere.
    """
    versions = Versions(store)
    there = {
        Input(asset, partition, version): None
        for asset in store.assets()
        for partition in store.partitions(asset)
        for version in store.versions(asset, partition)
    }
    kept = referred_to(versions, keep)
    # Asking the clock writes to the store, which a listing may have no right to.
    now = cache(lambda: store_clock(store))
    kept |= {ref for ref in there if ref not in kept and _is_young(versions, ref, now)}
    remove = [_describe(versions, ref) for ref in there if ref not in kept]
    datasets = {ref.data_version for ref in kept if ref.asset == DATASET}
    return GcPlan(
        remove=sorted(remove, key=lambda u: (u.asset, u.partition or "", u.created_at)),
        indexes=_abandoned_indexes(folder, datasets),
        scratch=[str(one.folder) for one in scratch(work) if not kept.issuperset(one.made_from)]
        if work
        else [],
        leftovers=[one.what for one in leftovers(store)],
        kept=sum(ref in kept for ref in there),
        kept_bytes=sum(_bytes(versions, ref) for ref in there if ref in kept),
    )


def referred_to(versions: Versions, keep: int = KEEP) -> set[Input]:
    """All versions that stay: what is current or kept, everything it was made from, and checkpoints of what may go on."""
    store = versions.store
    roots: set[Input] = set()
    for asset in store.assets():
        for partition in store.partitions(asset) if asset != CHECKPOINT else ():
            current = versions.current(asset, partition)
            roots |= {current} if current else set()
            if asset in (DATASET, *of_models()):
                roots |= set(versions.kept(asset, partition)[-max(keep, 1) :])
    kept = roots | set(versions.upstream(roots))
    return kept | {one.input for one in stored_scratch(store) if kept.issuperset(one.manifest.inputs)}


def remove(store: Store, folder: Path, plan: GcPlan) -> None:
    """Delete what a plan lists. A version that has become current since the plan was made stays."""
    for one in plan.remove:
        current = store.current_receipt(one.asset, one.partition)
        if current is None or current.data_version != one.data_version:
            store.remove_version(one.asset, one.partition, one.data_version)
    for name in plan.indexes:
        (folder / name).unlink(missing_ok=True)
        digest_path(folder / name).unlink(missing_ok=True)
    for name in plan.scratch:
        shutil.rmtree(name, ignore_errors=True)
    for left in leftovers(store):
        if left.what in plan.leftovers:
            left.remove()


def _is_young(versions: Versions, ref: Input, now: Callable[[], float]) -> bool:
    """Whether it has no receipt yet and was put not long before ``now``; both by the store's clock, as hosts' differ."""
    if any(r.data_version == ref.data_version for r in versions.receipts(ref.asset, ref.partition)):
        return False
    store = versions.store
    manifest = f"{store.version_directory(ref.asset, ref.partition, ref.data_version)}/manifest.json"
    with suppress(FileNotFoundError):  # removed since it was listed
        return bool(now() - store.filesystem.modified(manifest).timestamp() <= YOUNG.total_seconds())
    return False


def _bytes(versions: Versions, ref: Input) -> int:
    manifest = versions.manifest(ref)
    return manifest.bytes if manifest else 0


def _describe(versions: Versions, ref: Input) -> Unreferenced:
    manifest = versions.manifest(ref)
    return Unreferenced(
        asset=ref.asset,
        partition=ref.partition,
        data_version=ref.data_version,
        created_at=manifest.created_at if manifest else "",
        bytes=_bytes(versions, ref),
    )


def _abandoned_indexes(folder: Path, datasets: set[str]) -> list[str]:
    kept = {path(folder, version).name for version in datasets for path in (index_path, text_index_path)}
    return sorted(p.name for p in folder.glob("*.sqlite") if p.name not in kept) if folder.exists() else []
