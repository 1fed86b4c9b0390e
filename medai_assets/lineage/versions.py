"""Which stored version was made from which: a walk over manifests and receipts, of current and of kept versions.

Dagster's database is never asked. A version's manifest names the inputs it was first made from; a later receipt may
confirm the same content from newer inputs, so both are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from medai_assets.lineage.model import Step
from medai_assets.storage import Input, Manifest, Receipt, Store
from medai_assets.storage.errors import label

DATASET = "instruction_dataset"
EXAMPLES = "training_examples"
CORPUS = "curated_corpus"
ADAPTER = "lora_adapter"
PREFERENCE = "preference_adapter"
ADAPTERS = (ADAPTER, PREFERENCE)  # that tell what they learned
MODELS = (*ADAPTERS, "evaluation_report", "preference_report", "merged_model")
CURRENT, PREVIOUS = "current", "previous"


def of_models() -> tuple[str, ...]:
    """Assets that are made of what an adapter learned: adapters, what judges them, and what is served."""
    # the last where the settings have them
    return (
        *MODELS,
        "pretrained_adapter",
        "pretraining_report",
        "judged_report",
    )


def of_adapters() -> tuple[str, ...]:
    """Assets that tell what they learned; what an adapter read before stands in its own tables too."""
    return (*ADAPTERS, "pretrained_adapter")


class VersionNotFound(LookupError):
    """No kept version has that name; the message lists those there are."""


class Versions:
    """Reads each manifest and receipt at most once; make a new one to see what was published since."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._manifests: dict[Input, Manifest | None] = {}
        self._receipts: dict[tuple[str, str | None], list[Receipt]] = {}

    def manifest(self, ref: Input) -> Manifest | None:
        """The manifest of a version, or None when the version is no longer kept; raises StoreError when it is damaged."""
        if ref not in self._manifests:
            place = (ref.asset, ref.partition, ref.data_version)
            self._manifests[ref] = self.store.open(*place).manifest if self.store.holds(*place) else None
        return self._manifests[ref]

    def receipts(self, asset: str, partition: str | None) -> list[Receipt]:
        """All receipts of a partition, oldest first."""
        key = (asset, partition)
        if key not in self._receipts:
            self._receipts[key] = self.store.receipts(asset, partition)
        return self._receipts[key]

    def current(self, asset: str, partition: str | None = None) -> Input | None:
        """The current version of a partition."""
        receipt = self.store.current_receipt(asset, partition)
        return None if receipt is None else Input(asset, partition, receipt.data_version)

    def kept(self, asset: str, partition: str | None = None) -> list[Input]:
        """Kept versions, the one confirmed last at the end."""
        confirmed = {r.data_version: r.finished_at for r in self.receipts(asset, partition)}
        versions = self.store.versions(asset, partition)
        first_made = {version: number for number, version in enumerate(versions)}
        order = sorted(versions, key=lambda v: (confirmed.get(v, ""), first_made[v]))
        return [Input(asset, partition, version) for version in order]

    def find(self, asset: str, partition: str | None, name: str) -> Input:
        """A kept version by ``current``, ``previous``, its data version, or the beginning of that.

        Raises:
            VersionNotFound: nothing, or more than one version, is meant.
        """
        kept = self.kept(asset, partition)
        current = self.current(asset, partition)
        others = [ref for ref in kept if ref != current]
        if name == CURRENT and current is not None:
            return current
        if name == PREVIOUS and others:
            return others[-1]
        found = [ref for ref in kept if ref.data_version.startswith(name)]
        if len(found) == 1:
            return found[0]
        there = ", ".join(ref.data_version[:12] for ref in kept) or "none"
        what = "more than one kept version" if found else "no kept version"
        raise VersionNotFound(f"{label(asset, partition)} has {what} {name!r}; kept are: {there}")

    def made_from(self, ref: Input) -> list[Input]:
        """What a version was made from, and the versions whose tables it includes by reference.

        The inputs of the latest receipt of this content, or the manifest's where one of those is no longer kept.
        """
        manifest = self.manifest(ref)
        if manifest is None:
            return []
        latest = next(
            (r for r in reversed(self._own_receipts(ref)) if all(self.manifest(i) for i in r.inputs)), None
        )
        parts = [Input(p.asset, p.partition, p.data_version) for p in manifest.parts]
        return list(dict.fromkeys([*(latest.inputs if latest else manifest.inputs), *parts]))

    def _own_receipts(self, ref: Input) -> list[Receipt]:
        current = self.store.current_receipt(ref.asset, ref.partition)
        if current is not None and current.data_version == ref.data_version:
            return [current]  # the latest of all; older ones need not be read
        return [r for r in self.receipts(ref.asset, ref.partition) if r.data_version == ref.data_version]

    def input_of(self, ref: Input, asset: str) -> Input | None:
        """The version of ``asset`` that a version was made from directly, None when there is none."""
        return next((i for i in self.made_from(ref) if i.asset == asset), None)

    def upstream(self, refs: Iterable[Input]) -> list[Input]:
        """Everything that versions were made from, directly or not, without themselves; nearest first."""
        given = list(refs)
        reached = list(_closure(given, self.made_from))
        return [ref for ref in reached if ref not in given]

    def ancestry(self, dataset: Input) -> dict[tuple[str, str | None], Input]:
        """The one version of each partition that a data set version was made from, itself among them.

        Not followed beyond the withdrawals: their table often stays the same while the slices they were read from
        move on, and then names slices that the data set was not made from.
        """
        found: dict[tuple[str, str | None], Input] = {}
        for ref in _closure([dataset], lambda r: [] if r.asset == "withdrawals" else self.made_from(r)):
            found.setdefault((ref.asset, ref.partition), ref)
        return found

    def raw_of(self, dataset: Input, source: str, slice: str) -> Input | None:
        """The raw slice that a data set version was made from; only what leads there is read."""

        def towards(ref: Input) -> list[Input]:
            on_the_way = (None, source, slice, f"{source}/{slice}")
            return (
                []
                if ref.asset == "withdrawals"
                else [i for i in self.made_from(ref) if i.partition in on_the_way]
            )

        raw = (f"raw_{source}", slice)
        return next((ref for ref in _closure([dataset], towards) if (ref.asset, ref.partition) == raw), None)

    def used_by(self, ref: Input) -> list[Input]:
        """Kept versions made directly from this one, now or at any earlier materialization."""
        return [child for child in self._children.get(ref, []) if self.manifest(child) is not None]

    def downstream(self, refs: Iterable[Input]) -> list[Input]:
        """Every kept version made from these, directly or not, without themselves; nearest first."""
        given = list(refs)
        return [ref for ref in _closure(given, self.used_by) if ref not in given]

    def models_of(self, datasets: Iterable[Input]) -> list[Input]:
        """Adapters, reports and merged models made from data set versions."""
        return [ref for ref in self.downstream(datasets) if ref.asset in of_models()]

    def learned_from(self, ref: Input) -> list[Input]:
        """Data set versions that note what a model was trained on, as they were confirmed last; of a report or a merged
        model, through its adapter."""
        made = self.made_from(ref)
        if ref.asset == ADAPTER:
            return [d for r in made if r.asset == EXAMPLES for d in self.made_from(r) if d.asset == DATASET]
        return [d for adapter in made if adapter.asset == ADAPTER for d in self.learned_from(adapter)]

    @cached_property
    def _children(self) -> dict[Input, list[Input]]:
        found: dict[Input, dict[Input, None]] = {}
        for asset in self.store.assets():
            if asset.startswith("raw_"):
                continue  # made from nothing that is stored
            for partition in self.store.partitions(asset):
                for child, parent in self._edges(asset, partition):
                    found.setdefault(parent, {})[child] = None
        return {parent: list(children) for parent, children in found.items()}

    def _edges(self, asset: str, partition: str | None) -> Iterator[tuple[Input, Input]]:
        for receipt in self.receipts(asset, partition):
            for parent in receipt.inputs:
                yield Input(asset, partition, receipt.data_version), parent
        for version in self.store.versions(asset, partition):
            child = Input(asset, partition, version)
            manifest = self.manifest(child)
            if manifest is None:
                continue
            parts = (Input(p.asset, p.partition, p.data_version) for p in manifest.parts)
            yield from ((child, other) for other in (*manifest.inputs, *parts))

    def facts(self, ref: Input) -> dict[str, Any]:
        """What the latest materialization of a version told of itself; empty when the version is no longer kept."""
        manifest = self.manifest(ref)
        made = next(iter(reversed(self._own_receipts(ref))), None)
        return made.metadata if made else manifest.metadata if manifest else {}

    def step(self, ref: Input) -> Step | None:
        """Who made a version: its code version, run and time; None when it is no longer kept."""
        manifest = self.manifest(ref)
        if manifest is None:
            return None
        made = next(iter(reversed(self._own_receipts(ref))), None)
        return Step(
            asset=ref.asset,
            partition=ref.partition,
            data_version=ref.data_version,
            code_version=made.code_version if made else manifest.code_version,
            run_id=made.run_id if made else manifest.run_id,
            finished_at=made.finished_at if made else manifest.created_at,
        )


def _closure(start: Iterable[Input], follow: Callable[[Input], list[Input]]) -> Iterator[Input]:
    queue = list(start)
    seen = set(queue)
    while queue:
        ref = queue.pop(0)
        yield ref
        for other in follow(ref):
            if other not in seen:
                seen.add(other)
                queue.append(other)
