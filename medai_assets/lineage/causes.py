"""Why an example came, went or changed: the upstream differences between two data set versions, from their manifests.

A cause is looked for from the source downwards, and the first that applies is named: the record was withdrawn, came,
went or changed; the code or the data of a stage on the way changed; else the mixture filled its shares anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec

from medai_assets.foundation.plurals import change_told, counted, few
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.versions import CORPUS
from medai_assets.storage import Input
from medai_assets.storage.errors import label

Origin = tuple[str, str, str, str]  # source, slice, record id, version
_STAGES = (
    "processed_slice", "screened_slice", "curated_slice", "candidate_slice", "benchmark_index", "processed_corpus", CORPUS,
    "instruction_dataset",
)  # fmt: skip
DUPLICATES = "the passage's place among its duplicates changed"
REFILLED = "the mixture filled its shares again after other examples came or went"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference upstream of the data set, in words."""

    asset: str
    partition: str | None
    what: str


class Causes:
    """Finds the cause of a difference between two versions of the data set."""

    def __init__(self, lineage: Lineage, before: Input, after: Input) -> None:
        self.lineage = lineage
        self.versions = lineage.versions
        self.old = lineage.versions.ancestry(before)
        self.new = lineage.versions.ancestry(after)

    @cached_property
    def changes(self) -> list[Change]:
        """Everything upstream that differs, sources first."""
        found = []
        for key in sorted(self.old.keys() | self.new.keys(), key=_from_the_source):
            old, new = self.old.get(key), self.new.get(key)
            if key[0] in _STAGES:
                found += [Change(asset=key[0], partition=key[1], what=w) for w in self._code_change(key)]
            elif old != new:
                found.append(Change(asset=key[0], partition=key[1], what=self._told(key, old, new)))
        return _merge_slices(found)

    def of_gone(self, origins: Sequence[Origin], passages: Sequence[str]) -> str:
        """Why an example of the old version is not in the new one."""
        return self._cause(origins, passages, self.new)

    def of_added(self, origins: Sequence[Origin], passages: Sequence[str]) -> str:
        """Why an example of the new version was not in the old one."""
        return self._cause(origins, passages, self.old)

    def _cause(
        self, origins: Sequence[Origin], passages: Sequence[str], others: dict[tuple[str, str | None], Input]
    ) -> str:
        for origin in origins:
            cause = self._record_cause(origin)
            if cause:
                return cause
        sources = dict.fromkeys(o[0] for o in origins)
        processing = [w for s in sources for w in self._code_change(("processed_corpus", s))]
        if passages and not self._holds(others.get((CORPUS, None)), passages):
            changed = self._setting_changes("curation_policy", "benchmark_questions")
            return [*processing, *self._code_change((CORPUS, None)), *changed, DUPLICATES][0]
        changed = self._setting_changes("instruction_mixture")
        return [*self._code_change(("instruction_dataset", None)), *changed, *processing, REFILLED][0]

    # records

    def _record_cause(self, origin: Origin) -> str | None:
        source, key, record_id, version = origin
        if self._withdrawn(record_id, version, self.old) != self._withdrawn(record_id, version, self.new):
            return f"withdrawal of records of {source}"
        place = (f"raw_{source}", key)
        if self.old.get(place) == self.new.get(place):
            return None
        name = label(*place)
        before = self._contents(self.old.get(place)).get(record_id)
        after = self._contents(self.new.get(place)).get(record_id)
        if before == after:
            return None
        if before is None:
            return f"{name}: records added"
        return f"{name}: records gone" if after is None else f"{name}: records changed"

    def _contents(self, ref: Input | None) -> dict[str, str]:
        """Payload hash by record of a raw version; empty when it is absent or no longer kept."""
        if ref is None or self.versions.manifest(ref) is None:
            return {}
        if ref not in self._read:
            table = self.lineage.open(ref).table("records", columns=["record_id", "payload_sha256"])
            self._read[ref] = dict(zip(table["record_id"].to_pylist(), table["payload_sha256"].to_pylist()))
        return self._read[ref]

    @cached_property
    def _read(self) -> dict[Input, dict[str, str]]:
        return {}

    def _withdrawn(self, record_id: str, version: str, side: dict[tuple[str, str | None], Input]) -> bool:
        known = self._withdrawn_in(side.get(("withdrawals", None)))
        return (record_id, "") in known or (record_id, version) in known

    def _withdrawn_in(self, ref: Input | None) -> set[tuple[str, str]]:
        """Record and version ("" = every version) of a withdrawals table; empty when it is not kept."""
        if ref is None or self.versions.manifest(ref) is None:
            return set()
        if ref not in self._withdrawals:
            rows = self.lineage.open(ref).table("withdrawals", columns=["record_id", "version"]).to_pylist()
            self._withdrawals[ref] = {(r["record_id"], r["version"] or "") for r in rows}
        return self._withdrawals[ref]

    @cached_property
    def _withdrawals(self) -> dict[Input, set[tuple[str, str]]]:
        return {}

    # stages and settings

    def _holds(self, corpus: Input | None, passages: Sequence[str]) -> bool:
        """Whether a corpus version has all these passages."""
        if corpus is None or self.versions.manifest(corpus) is None:
            return False
        if corpus not in self._passages:
            ids = self.lineage.open(corpus).table("passages", columns=["passage_id"])["passage_id"]
            self._passages[corpus] = set(ids.to_pylist())
        return all(p in self._passages[corpus] for p in passages)

    @cached_property
    def _passages(self) -> dict[Input, set[str]]:
        return {}

    def _code_change(self, key: tuple[str, str | None]) -> list[str]:
        old, new = self.old.get(key), self.new.get(key)
        steps = [self.versions.step(ref) if ref else None for ref in (old, new)]
        if steps[0] is None or steps[1] is None or steps[0].code_version == steps[1].code_version:
            return []
        return [f"code of {key[0]} changed: version {steps[0].code_version} → {steps[1].code_version}"]

    def _setting_changes(self, *assets: str) -> list[str]:
        return [
            self._told((a, None), self.old.get((a, None)), self.new.get((a, None)))
            for a in assets
            if self.old.get((a, None)) != self.new.get((a, None))
        ]

    def _told(self, key: tuple[str, str | None], old: Input | None, new: Input | None) -> str:
        name = label(*key)
        if old is None or new is None:
            return f"{name} {'is new' if old is None else 'is no longer used'}"
        if key[0].startswith("raw_"):
            before, after = self._contents(old), self._contents(new)
            changed = sum(before[k] != after[k] for k in before.keys() & after.keys())
            added, gone = len(after.keys() - before.keys()), len(before.keys() - after.keys())
            return f"{name}: {counted(added, 'record')} added, {changed} changed, {gone} gone"
        if key[0] == "withdrawals":
            return self._withdrawals_told(old, new)
        values = [self._values(ref) for ref in (old, new)]
        differing = [
            k for k in sorted(values[0].keys() | values[1].keys()) if values[0].get(k) != values[1].get(k)
        ]
        changes = ", ".join(change_told(k, *(side.get(k, "unset") for side in values)) for k in differing)
        return f"{name} changed" + (f": {changes}" if changes else "")

    def _withdrawals_told(self, old: Input, new: Input) -> str:
        sides = [{record_id for record_id, _ in self._withdrawn_in(ref)} for ref in (old, new)]
        added, lifted = sorted(sides[1] - sides[0]), sorted(sides[0] - sides[1])
        parts = [
            f"{len(ids)} {word} ({few(ids)})" for ids, word in ((added, "added"), (lifted, "lifted")) if ids
        ]
        return "withdrawals: " + (", ".join(parts) or "reasons or versions changed")

    def _values(self, ref: Input) -> dict[str, Any]:
        manifest = self.versions.manifest(ref)
        values = manifest.metadata.get("values", {}) if manifest else {}
        return values if isinstance(values, dict) else {}


def _from_the_source(key: tuple[str, str | None]) -> tuple[int, str, str]:
    rank = 0 if key[0].startswith("raw_") else 2 if key[0] in _STAGES else 1
    return rank, key[0], key[1] or ""


def _merge_slices(changes: list[Change]) -> list[Change]:
    """A code change of a stage is told once, not once a partition."""
    return list({(c.asset if c.asset in _STAGES else c.partition, c.what): c for c in changes}.values())
