"""One materialization under way: its inputs pinned, its checks judged before it becomes current, its result described.

No stage's own logic belongs here; assets stay thin and call plain functions of the domain rooms.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg

from medai_assets.assets.checks import failed
from medai_assets.assets.resources import Medai
from medai_assets.assets.tables import counts_table, table_metadata
from medai_assets.foundation.progress import ProgressFile
from medai_assets.foundation.redaction import told_without_keys
from medai_assets.graph.graph import PartitionId
from medai_assets.planning.fingerprints import fingerprint

if TYPE_CHECKING:
    from medai_assets.storage import Finish, Finished, Stored

Judge = Callable[["Stored"], list[dg.AssetCheckResult]]


def target_of(context: dg.AssetExecutionContext) -> PartitionId:
    """The partition that a run's step makes."""
    partition = context.partition_key if context.has_partition_key else None
    return PartitionId(context.asset_key.to_user_string(), partition)


class Work:
    """One materialization under way: which partition, from which pinned inputs, how far."""

    def __init__(self, context: dg.AssetExecutionContext, medai: Medai) -> None:
        self.context = context
        self.medai = medai
        self.target = target_of(context)
        self.node = medai.graph.nodes[self.target.asset]
        self.started, self.started_at = time.monotonic(), medai.store.now()
        self.fingerprint = fingerprint(medai.graph, self.target)
        self.inputs = self._pin_inputs()
        self.before = _current(medai, self.target)
        self.progress = ProgressFile.of(medai.settings.work_dir, str(self.target))
        self.checks: list[dg.AssetCheckResult] = []

    def _pin_inputs(self) -> dict[PartitionId, Stored]:
        """The version of each parent partition that this run reads, whatever happens to the parent meanwhile."""
        from medai_assets.storage import StoreError

        staleness = self.medai.staleness()
        pinned = {}
        for parent in staleness.used_parents(self.target):
            stored = self.medai.store.current(*parent)
            if stored is None:
                raise StoreError(
                    f"{self.target} needs {parent}, which has not been made; run `medai run` or materialize it first"
                )
            pinned[parent] = stored
        return pinned

    def input(self, asset: str) -> Stored:
        """The only pinned partition of a parent asset."""
        (stored,) = self.inputs_of(asset)
        return stored

    def inputs_of(self, asset: str) -> list[Stored]:
        return [stored for target, stored in self.inputs.items() if target.asset == asset]

    def finish(self, judge: Judge, *upkeep: Callable[[Stored], object]) -> list[Finish]:
        """What is done with a stored version before it becomes the current one.

        Args:
            judge: its checks. Those that block and failed go into the receipt that makes it current, so that no kill
                loses them and the next plan holds what lies below.
            upkeep: what else is to be renewed.
        """

        def finish(stored: Stored) -> Finished:
            from medai_assets.storage import Finished

            for renew in upkeep:
                renew(stored)
            self.checks = judge(stored)
            return Finished(metadata={"failed_checks": failed(self.checks)})

        return [finish]

    def publishing(self, judge: Judge, *upkeep: Callable[[Stored], object]) -> dict[str, Any]:
        """What every ``Draft.publish`` is told; arguments as of ``finish``."""
        return {
            "code_version": self.node.code_version,
            "inputs": [stored.input for stored in self.inputs.values()],
            "run_id": self.context.run_id,
            "started_at": self.started_at,
            "fingerprint": self.fingerprint,
            "finish": self.finish(judge, *upkeep),
        }

    def result(
        self,
        stored: Stored,
        table: str | None,
        metadata: Mapping[str, Any],
    ) -> dg.MaterializeResult:
        """Describe the published version and its checks to Dagster, what a reader asks first at the top."""
        words, tables = self._what_changed(stored)
        described: dict[str, Any] = {
            **words,
            "lineage": dg.MetadataValue.url(self.medai.lineage_url(self.target, stored.data_version)),
            **metadata,
            **tables,
        }
        if table is not None:
            described |= table_metadata(stored, table)
        size = stored.manifest.bytes + sum(part.manifest.bytes for part in stored.parts)
        described |= {
            "unchanged": bool(stored.receipt and stored.receipt.unchanged),
            "seconds": round(time.monotonic() - self.started, 2),
            "size (MiB)": round(size / 2**20, 3),
            "stored at": self.place(self.medai.store.home(*self.target)),
            "data version": stored.data_version,
        }
        return dg.MaterializeResult(
            data_version=dg.DataVersion(stored.data_version),
            metadata=described,
            check_results=self.checks,
        )

    def _what_changed(self, stored: Stored) -> tuple[dict[str, str], dict[str, Any]]:
        """What changed against the version before and why this one was made: in words, and in tables."""
        from medai_assets.lineage.changes import reasons, since
        from medai_assets.lineage.lookup import Lineage

        with Lineage.of(self.medai.settings) as lineage:
            news = since(self.before, stored, lineage)
        words = {"what changed since last time": news.words}
        if stored.receipt is not None:
            words["why it was made"] = reasons(self.before.receipt if self.before else None, stored.receipt)
        return words, {title: counts_table(rows) for title, rows in news.tables.items()}

    def place(self, path: object) -> str:
        """A path as a reader of another machine may know it: from the data root's own folder on."""
        return str(path).removeprefix(str(self.medai.settings.local_root.parent)).lstrip("/")


def _current(medai: Medai, target: PartitionId) -> Stored | None:
    """The version that is current before a run; None when there is none or it is gone."""
    from medai_assets.storage import StoreError

    try:
        return medai.store.current(*target)
    except StoreError:
        return None


@contextmanager
def work(context: dg.AssetExecutionContext, medai: Medai) -> Iterator[Work]:
    """The materialization under way; its progress file goes when it ends."""
    with told_without_keys():
        current = Work(context, medai)
        try:
            yield current
        finally:
            current.progress.remove()
