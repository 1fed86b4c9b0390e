"""What a bill of materials tells, counted from the rows of one data set version and of the models made from it.

Every document of this room is written from a ``Facts``; none of them looks into the store itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

import medai_assets
from medai_assets.foundation.licences import LICENCES, Licence
from medai_assets.lineage.learned import Learned
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.versions import ADAPTER
from medai_assets.sources.registry import SOURCES
from medai_assets.storage import Input, Stored
from medai_assets.storage.errors import label
from medai_assets.training.adapter import MANIFEST
from medai_assets.training.current_card import as_learned
from medai_assets.training.learned_tables import rights
from medai_assets.training.recipe import Recipe, recipe_from

AUTHORED = "authored"  # the source of what was written for the project
_UNKNOWN = Licence("", "Not described", "", 9, ("find out what it asks",), False)


@dataclass(frozen=True)
class Slice:
    """One collected slice that the data set was made from."""

    name: str
    data_version: str
    records: int
    collected_at: str  # ISO 8601, UTC


@dataclass
class SourceUse:
    """What the data set took from one source."""

    name: str
    title: str
    publisher: str
    terms: str
    examples: int = 0
    records: set[str] = field(default_factory=set)  # ids of those that an example rests on
    samples: int = 0  # of these, written for this project
    licences: Counter[str] = field(default_factory=Counter)  # examples by licence id
    attributions: Counter[str] = field(default_factory=Counter)  # examples by the source's own line
    domains: Counter[str] = field(default_factory=Counter)  # by the host of their page, samples left out
    slices: list[Slice] = field(default_factory=list)


@dataclass(frozen=True)
class Model:
    """One adapter made from the data set, and what was made from it."""

    adapter: Stored
    recipe: Recipe
    training: Mapping[str, Any]  # its training manifest
    rights: Mapping[str, Any]  # licences, attributions and samples of what it learned
    learned: int
    left_out: list[dict[str, Any]]
    evaluation: Mapping[str, Any] | None
    merged: Stored | None

    @property
    def name(self) -> str:
        return label(self.adapter.asset, self.adapter.partition)


@dataclass(frozen=True)
class Facts:
    """A data set version with its sources, licences, withdrawals and models."""

    dataset: Stored
    made_at: str
    examples: int
    words: int  # of requests and answers together
    by_kind: dict[str, int]
    sources: list[SourceUse]
    licences: dict[str, int]  # examples by licence id, the least restrictive first
    models: list[Model]
    withdrawals: list[dict[str, Any]]
    dataset_facts: Mapping[str, Any]  # what the version tells of itself: checks, cuts, reviews
    software: str = medai_assets.__version__

    @property
    def attributions(self) -> dict[str, int]:
        """Examples by attribution line."""
        lines = sum((source.attributions for source in self.sources), Counter[str]())
        return dict(sorted(lines.items()))


def licence_of(name: str) -> Licence:
    """What is known of a licence; one that nobody has described asks to be looked up."""
    return LICENCES.get(name, _UNKNOWN)


def collect_facts(lineage: Lineage, dataset: Stored) -> Facts:
    """Read everything that the documents tell.

    Raises:
        StoreError: a version is damaged, or an adapter does not say what it learned.
    """
    sources: dict[str, SourceUse] = {}
    kinds, licences, words = Counter[str](), Counter[str](), 0
    columns = ["kind", "prompt", "completion", "origins", "source"]
    for batch in dataset.batches("examples", columns):
        for row in batch.to_pylist():
            kinds[row["kind"]] += 1
            words += len(row["prompt"].split()) + len(row["completion"].split())
            licences.update({origin["licence"] for origin in row["origins"]})
            _count(row["origins"], sources)
    _add_slices(lineage, dataset.input, sources)
    receipt = dataset.receipt
    return Facts(
        dataset=dataset,
        made_at=receipt.finished_at if receipt else dataset.manifest.created_at,
        examples=kinds.total(),
        words=words,
        by_kind=dict(sorted(kinds.items())),
        sources=[sources[name] for name in sorted(sources)],
        licences={name: licences[name] for name in sorted(licences, key=lambda n: (licence_of(n).rank, n))},
        models=list(_models(lineage, dataset.input)),
        withdrawals=_withdrawals(lineage, dataset.input),
        dataset_facts=dataset.facts,
    )


def _count(origins: Iterable[Mapping[str, Any]], sources: dict[str, SourceUse]) -> None:
    by_source = defaultdict(list)
    for origin in origins:
        by_source[origin["source"]].append(origin)
    for name, used in by_source.items():
        source = sources.setdefault(name, _source(name))
        source.examples += 1
        source.licences.update({origin["licence"] for origin in used})
        source.attributions.update({origin["attribution"] for origin in used})
        for origin in used:
            if origin["record_id"] not in source.records:
                source.records.add(origin["record_id"])
                source.samples += origin["sample"]
                if not origin["sample"]:
                    source.domains[urlsplit(origin["url"]).hostname or "none"] += 1


def _source(name: str) -> SourceUse:
    known = SOURCES.get(name)
    if known is None:
        return SourceUse(name, "Texts written for this project", "medai-assets", "")
    return SourceUse(name, known.title, known.publisher, known.terms)


def _add_slices(lineage: Lineage, dataset: Input, sources: Mapping[str, SourceUse]) -> None:
    for ref in sorted(lineage.versions.ancestry(dataset).values(), key=str):
        source = sources.get(ref.asset.removeprefix("raw_"))
        manifest = lineage.versions.manifest(ref)
        if source is None or manifest is None or not ref.asset.startswith("raw_"):
            continue
        step = lineage.versions.step(ref)
        collected = step.finished_at if step else manifest.created_at
        rows = manifest.tables["records"].rows if "records" in manifest.tables else 0
        source.slices.append(Slice(label(ref.asset, ref.partition), ref.data_version, rows, collected))


def _withdrawals(lineage: Lineage, dataset: Input) -> list[dict[str, Any]]:
    """Those that the data set was made under."""
    ref = lineage.versions.ancestry(dataset).get(("withdrawals", None))
    if ref is None or lineage.versions.manifest(ref) is None:
        return []
    rows: list[dict[str, Any]] = lineage.open(ref).table("withdrawals").to_pylist()
    return rows


def _models(lineage: Lineage, dataset: Input) -> Iterator[Model]:
    """The adapter of each recipe that was made last from the data set."""
    made = [ref for ref in lineage.versions.models_of([dataset]) if ref.asset == ADAPTER]
    latest = {ref.partition: ref for ref in sorted(made, key=lambda ref: _when(lineage, ref))}
    for ref in latest.values():
        adapter = lineage.open(ref)
        below = {child.asset: lineage.open(child) for child in lineage.versions.used_by(ref)}
        report, training = below.get("evaluation_report"), orjson.loads(adapter.read(MANIFEST))
        learned = Learned(lineage.versions)
        yield Model(
            adapter=adapter,
            recipe=recipe_from(training["recipe"]),
            training=training,
            rights=rights(as_learned(adapter)),
            learned=learned.total(ref),
            left_out=[one._asdict() for one in learned.left_out(ref)],
            evaluation=orjson.loads(report.read("report.json")) if report else None,
            merged=below.get("merged_model"),
        )


def _when(lineage: Lineage, ref: Input) -> str:
    step = lineage.versions.step(ref)
    return step.finished_at if step else ""
