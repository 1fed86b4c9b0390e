"""What is missing, stale or fresh, and why.

Staleness is decided from the receipts beside the data, not from Dagster's event log: a partition is stale when its
code version, what lies outside the graph (its fingerprint), its set of parents, or the version of a direct parent
differs from what its receipt recorded, or when its stored version or an export is gone. Staleness is not transitive: what lies
below a stale partition *waits*, and runs only if its parent really changes. Dagster's own resolver applies the same
rule to its log, but skips edges of 100 parents and is slow; a contract test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from medai_assets.foundation.digests import text_digest
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.fingerprints import fingerprint
from medai_assets.planning.outside_changes import outside_change
from medai_assets.planning.row_changes import row_changes
from medai_assets.sources.registry import SOURCES
from medai_assets.sources.take_down_history import take_downs_in_force
from medai_assets.sources.take_downs import TakeDownError, taken_down_before
from medai_assets.training.errors import TrainingError

if TYPE_CHECKING:
    from medai_assets.storage import Receipt, Store

# What a file of settings that a person edits may hold for a moment; the plan goes on, and tells it.
UNREADABLE = (TrainingError, ValueError, AttributeError, OSError)
CLOCK_SLACK = timedelta(hours=1)  # by which a clock may be put right


class Status(StrEnum):
    """Where a partition stands."""

    MISSING = "missing"
    STALE = "stale"
    WAITING = "waiting"  # an ancestor is missing, stale or held; runs only if its parent changes
    HELD = "held"  # a blocking check of a parent failed
    FRESH = "fresh"
    ON_REQUEST = "on request"  # never made, and made only when asked for by name


UNSETTLED = (Status.MISSING, Status.STALE, Status.WAITING, Status.HELD)


@dataclass(frozen=True)
class PartitionState:
    """One asset partition: its status, the reasons in words, and what its receipt says."""

    target: PartitionId
    status: Status
    reasons: tuple[str, ...] = ()
    receipt: Receipt | None = None
    waits_for: tuple[PartitionId, ...] = ()

    @property
    def needs_run(self) -> bool:
        return self.status in (Status.MISSING, Status.STALE)

    @property
    def failed_checks(self) -> tuple[str, ...]:
        """Blocking checks that did not pass when it was last made: nothing below it is made."""
        return tuple(self.receipt.metadata.get("failed_checks", ())) if self.receipt else ()


@dataclass
class Staleness:
    """The state of every partition of a graph at one moment."""

    graph: Graph
    store: Store
    forced: frozenset[PartitionId] = frozenset()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def states(self) -> dict[PartitionId, PartitionState]:
        """Every partition's state, parents before children; a store in S3 is seen as it is at one moment."""
        from medai_assets.storage.snapshot import consistent_view

        with consistent_view(self.store):
            return self._states()

    def _states(self) -> dict[PartitionId, PartitionState]:
        receipts = {t: self.store.current_receipt(*t) for t in self.graph.all_partitions()}
        states: dict[PartitionId, PartitionState] = {}
        for target in self.graph.all_partitions():
            states[target] = self._state(target, receipts, states)
        return states

    def _state(
        self,
        target: PartitionId,
        receipts: dict[PartitionId, Receipt | None],
        before: dict[PartitionId, PartitionState],
    ) -> PartitionState:
        receipt = receipts[target]
        parents = self.used_parents(target, receipts)
        blocked = tuple(p for p in parents if before[p].status in UNSETTLED)
        reasons = self._reasons(target, receipt, receipts, parents)
        forced = target in self.forced
        if receipt is None and not forced and not self.graph.is_wanted(target):
            return PartitionState(target, Status.ON_REQUEST)
        if receipt is None:
            reasons = ["was never made"]
        elif forced:
            reasons.append("asked for by name")
        held = [f"blocking check {check} of {p} failed" for p in parents for check in before[p].failed_checks]
        if reasons and held and not blocked:
            return PartitionState(target, Status.HELD, tuple(reasons + held), receipt)
        if receipt is None:
            status = Status.WAITING if blocked else Status.MISSING
            return PartitionState(target, status, tuple(reasons), None, blocked)
        if reasons:
            return PartitionState(
                target, Status.WAITING if blocked else Status.STALE, tuple(reasons), receipt, blocked
            )
        if blocked:
            return PartitionState(target, Status.WAITING, (), receipt, blocked)
        return PartitionState(target, Status.FRESH, (), receipt)

    def used_parents(
        self, target: PartitionId, receipts: dict[PartitionId, Receipt | None] | None = None
    ) -> list[PartitionId]:
        """Parents that take part: those wanted, those that were made on request, and those that have no partitions."""
        known = (
            receipts
            if receipts is not None
            else {p: self.store.current_receipt(*p) for p in self.graph.parents(target)}
        )
        return [
            p
            for p in self.graph.parents(target)
            if self.graph.is_wanted(p)
            or known[p] is not None
            or p in self.forced
            or p.partition in (None, target.partition)
        ]

    def digest(self, target: PartitionId) -> str:
        """Names what a run of this partition would be made from now: code, what lies outside the graph, parents."""
        receipts = {p: self.store.current_receipt(*p) for p in self.graph.parents(target)}
        versions = [
            f"{parent}={made.data_version if (made := receipts[parent]) else None}"
            for parent in self.used_parents(target, receipts)
        ]
        code = self.graph.nodes[target.asset].code_version
        return text_digest(code, *map(str, self._outside(target)), *sorted(versions))

    def _outside(self, target: PartitionId) -> tuple[str | None, str | None]:
        """The fingerprint of what lies outside the graph, and why it could not be had, in words."""
        try:
            return fingerprint(self.graph, target), None
        except UNREADABLE as error:
            reason = " ".join(str(error).split())
            return None, f"its input cannot be read, so its run would fail: {reason}"

    def _reasons(
        self,
        target: PartitionId,
        receipt: Receipt | None,
        receipts: dict[PartitionId, Receipt | None],
        parents: list[PartitionId],
    ) -> list[str]:
        if receipt is None:
            return []
        reasons = []
        if not self._is_kept(target, receipt.data_version):
            reasons.append("its stored version is gone")
        reasons += self._export_problems(receipt)
        code = self.graph.nodes[target.asset].code_version
        if receipt.code_version != code:
            reasons.append(f"code of {target.asset} changed: version {receipt.code_version} → {code}")
        outside, problem = self._outside(target)
        if problem is not None:
            reasons.append(problem)
        elif receipt.fingerprint != outside:
            reasons.append(outside_change(self.graph, self.store, target, receipt))
        reasons += self._parent_changes(receipt, parents, receipts)
        reasons += self._taken_back(target, receipt)
        reasons += self._age(target, receipt)
        return reasons

    def _is_kept(self, target: PartitionId, data_version: str) -> bool:
        """Whether a version is there, with all that it includes by reference; a receipt is only a claim."""
        if not self.store.holds(*target, data_version):
            return False
        if self.graph.nodes[target.asset].source is not None:
            return True  # includes nothing
        parts = self.store.open(*target, data_version).manifest.parts
        return all(self.store.holds(p.asset, p.partition, p.data_version) for p in parts)

    def _export_problems(self, receipt: Receipt) -> list[str]:
        """What a stage wrote outside the store, and is there no more as it wrote it.

        Beside a remote store other machines may write their own, so that there only what is missing counts, and nothing on a
        machine that has none: it would make a whole data set for copies that nobody asked it for.
        """
        from medai_assets.foundation.file_hashes import file_digest

        reasons: list[str] = []
        if self.graph.settings.is_remote and not self.graph.settings.exports_dir.exists():
            return reasons
        for name, digest in receipt.outputs.items():
            path = self.graph.settings.profile_dir / name
            if not path.is_file():
                reasons.append(f"its export {name} is missing")
            elif not self.graph.settings.is_remote and file_digest(path) != digest:
                reasons.append(f"its export {name} has changed since it was written")
        return reasons

    def _parent_changes(
        self, receipt: Receipt, parents: list[PartitionId], receipts: dict[PartitionId, Receipt | None]
    ) -> list[str]:
        used = {PartitionId(i.asset, i.partition): i.data_version for i in receipt.inputs}
        reasons = []
        for parent in parents:
            current = receipts[parent]
            if parent not in used:
                reasons.append(f"{parent} is a new input")
            elif current is not None and current.data_version != used[parent]:
                reasons.append(
                    f"{parent} has new content{self._row_changes(parent, used[parent], current.data_version)}"
                )
        reasons += [f"{gone} is no longer an input" for gone in used if gone not in parents]
        return reasons

    def _row_changes(self, target: PartitionId, old: str, new: str) -> str:
        """How many rows differ between two versions, where both are kept and rows have identities."""
        from medai_assets.storage import StoreError

        try:
            changes = row_changes(self.store, target, old, new)
        except StoreError:
            return ""
        return f": {changes}" if changes else ""

    def _taken_back(self, target: PartitionId, receipt: Receipt) -> list[str]:
        """A record that a slice lacks, though nobody wants it taken down any more, is collected again."""
        if self.graph.nodes[target.asset].source is None or self._taken_down is None:
            return []
        back = sorted(taken_down_before(receipt) - self._taken_down)
        return [f"{record} is no longer withdrawn, and is missing here" for record in back]

    @cached_property
    def _taken_down(self) -> frozenset[str] | None:
        """Records in the user's take-down file; None when it cannot be read, which ``withdrawals`` tells."""
        try:
            rows = take_downs_in_force(self.store, self.graph.settings.take_downs_file)
        except (TakeDownError, OSError):
            return None
        return frozenset(row["record_id"] for row in rows)

    def _age(self, target: PartitionId, receipt: Receipt) -> list[str]:
        source = self.graph.nodes[target.asset].source
        bound = SOURCES[source].refresh_within if source else None
        if bound is None or self.graph.settings.profile != "live":
            return []
        age = self.now - datetime.fromisoformat(receipt.finished_at)
        if age < -CLOCK_SLACK:
            return ["its collection date lies in the future, so its age is unknown: the clock was set back"]
        return (
            [f"collected {age.days} days ago; its terms ask for {bound.days} at most"] if age > bound else []
        )
