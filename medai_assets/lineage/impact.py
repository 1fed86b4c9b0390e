"""From a record, a slice or a source forward: passages, examples, data set versions, and the models that learned it."""

from __future__ import annotations

from collections import defaultdict

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.name_hashes import hashed
from medai_assets.lineage.corpus import Reach, key_of
from medai_assets.lineage.impact_targets import Target, parse_target
from medai_assets.lineage.index import Index
from medai_assets.lineage.lookup import Lineage, LineageError
from medai_assets.lineage.model import ExampleLine, PassageLine, Record
from medai_assets.lineage.pairs import count_pairs
from medai_assets.lineage.versions import CORPUS, DATASET
from medai_assets.storage import Input, Stored
from medai_assets.storage.errors import label

_ORDER = {
    "lora_adapter": 0,
    "preference_adapter": 1,
    "merged_model": 2,
    "evaluation_report": 3,
    "preference_report": 4,
}
SHOWN = 20  # records, passages and examples that are listed; all are counted


class KindCount(msgspec.Struct, frozen=True, kw_only=True):
    """Examples of one kind by split."""

    kind: str
    train: int
    validation: int


class DatasetImpact(msgspec.Struct, frozen=True, kw_only=True):
    """What one version of the data set holds of the target."""

    data_version: str
    is_current: bool
    records: int
    passages: int
    corpus_is_kept: bool  # where it is not, passages are not known
    examples: int
    train: int
    by_kind: list[KindCount]


class ModelImpact(msgspec.Struct, frozen=True, kw_only=True):
    """An adapter, merged model or report that learned the target, or whose data set holds it."""

    asset: str
    partition: str | None
    data_version: str
    is_current: bool
    dataset: str  # data version; "" when none that it was made from is kept
    learned_examples: int  # whose tokens entered an optimizer step

    @property
    def label(self) -> str:
        return label(self.asset, self.partition)


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """Text of a record that was left out, and why."""

    stage: str
    step: str
    reason: str
    detail: str | None
    passages: int


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a target has reached."""

    target: str
    what: str
    datasets: list[DatasetImpact]
    models: list[ModelImpact]
    records: list[Record]  # the first few
    passages: list[PassageLine]
    examples: list[ExampleLine]
    set_aside: list[SetAside]
    # Other records that passages of the newest version come from too; of a record alone.
    also_from: dict[str, int]
    pairs: int = 0  # current preference pairs that name it on one of their sides

    @property
    def newest(self) -> DatasetImpact | None:
        """The impact on the current data set version, or on the latest that holds the target."""
        return self.datasets[0] if self.datasets else None


def impact(lineage: Lineage, wanted: str, dataset: Stored | None = None) -> Impact:
    """What a record, address, slice, source or passage has reached, in one or in all kept data set versions.

    Raises:
        TargetError: ``wanted`` has none of the known forms.
        LineageError: nothing by that name was ever collected.
    """
    target = parse_target(wanted)
    refs = [dataset.input] if dataset else lineage.datasets()
    if not refs:
        lineage.dataset()  # says what is missing
    reached: list[tuple[Input, DatasetImpact]] = []
    lists: tuple[list[Record], list[PassageLine], list[ExampleLine]] = ([], [], [])
    also_from: dict[str, int] = {}
    for ref in refs:
        index = lineage.index(lineage.open(ref))
        reach = reach_of(index, target, SHOWN)
        if reach.records:
            if not reached:
                lists = _lists(lineage, index, target, reach)
                also_from = index.corpus.also_from(target.name) if target.what == "record" else {}
            reached.append((ref, of_dataset(lineage, index, target, reach)))
    set_aside = [] if reached or target.what not in ("record", "url") else find_set_aside(lineage, target)
    if not reached and not set_aside:
        raise LineageError(
            f"no passage comes from {target}: it was never collected, or nothing of it was kept"
        )
    return Impact(
        target=str(target),
        what=target.what,
        datasets=[found for _, found in reached],
        models=_models(lineage, target, reached),
        records=lists[0],
        passages=lists[1],
        examples=lists[2],
        set_aside=set_aside,
        also_from=also_from,
        pairs=count_pairs(lineage.store, target),
    )


def select_examples(index: Index, target: Target) -> tuple[str, tuple[str, ...]]:
    """SQL that yields the numbers of the target's examples once each, and its values."""
    if target.what == "passage":
        query = "SELECT example FROM example_passage WHERE passage IN (SELECT n FROM passage WHERE id = ?)"
        return query, (target.name,)
    records, values = select_records(index, target)
    return f"SELECT DISTINCT example FROM example_record WHERE record IN ({records})", values


def select_records(index: Index, target: Target) -> tuple[str, tuple[str, ...]]:
    """SQL that yields the numbers of those of the target's records that examples rest on, and its values."""
    of_source = "source IN (SELECT n FROM term WHERE text = ?)"
    if target.what == "source":
        return f"SELECT n FROM record WHERE {of_source}", (target.name,)
    if target.what == "slice":
        return f"SELECT n FROM record WHERE {of_source} AND slice = ?", (target.name, target.detail or "")
    if target.what == "url":
        bare = target.name.rstrip("/")
        return "SELECT n FROM record WHERE url IN (?, ?)", (bare, f"{bare}/")
    if target.detail is not None:
        return "SELECT n FROM record WHERE id = ? AND version = ?", (target.name, target.detail)
    return "SELECT n FROM record WHERE id = ?", (target.name,)


def reach_of(index: Index, target: Target, most: int) -> Reach:
    """What of the corpus comes of a target, with the records that examples have from no passage; the first ``most`` listed."""
    reach = index.corpus.reach(target, most)
    if target.what != "passage":
        query, values = select_records(index, target)
        if index.corpus.stored is not None:
            query += (
                " AND EXISTS (SELECT 1 FROM example_record WHERE record = record.n AND NOT EXISTS "
                "(SELECT 1 FROM example_passage WHERE example_passage.example = example_record.example))"
            )
        others = index.origins(index.numbers(query, values))
        reach.record_keys.append(hashed(pa.array(map(key_of, others), pa.string())))
        reach.note(others, most)
    return reach


def of_dataset(lineage: Lineage, index: Index, target: Target, reach: Reach) -> DatasetImpact:
    """Counts of the target in one data set version, whose corpus and examples it reached as given."""
    by_kind = count_by_kind(index, *select_examples(index, target))
    current = lineage.versions.current(DATASET)
    return DatasetImpact(
        data_version=index.dataset.data_version,
        is_current=current == index.dataset.input,
        records=reach.records,
        passages=reach.passages,
        corpus_is_kept=index.corpus.is_kept,
        examples=sum(k.train + k.validation for k in by_kind),
        train=sum(k.train for k in by_kind),
        by_kind=by_kind,
    )


def count_by_kind(index: Index, examples: str, values: tuple[str, ...]) -> list[KindCount]:
    """Examples by kind and split; ``examples`` is SQL that yields their numbers."""
    rows = index.rows(
        "SELECT kind.text, split.text, counted FROM (SELECT kind, split, count(*) AS counted FROM example "
        f"WHERE n IN ({examples}) GROUP BY kind, split) "
        "JOIN term kind ON kind.n = kind JOIN term split ON split.n = split",
        values,
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, split, count in rows:
        counts[kind][split] = count
    return [
        KindCount(kind=kind, train=found.get("train", 0), validation=found.get("validation", 0))
        for kind, found in sorted(counts.items())
    ]


def _lists(
    lineage: Lineage, index: Index, target: Target, reach: Reach
) -> tuple[list[Record], list[PassageLine], list[ExampleLine]]:
    query, values = select_examples(index, target)
    return (
        lineage.records(index, reach.origins.values()),
        lineage.passage_lines(index, reach.places),
        index.example_lines(index.numbers(f"{query} LIMIT {SHOWN}", values)),
    )


def _models(
    lineage: Lineage, target: Target, reached: list[tuple[Input, DatasetImpact]]
) -> list[ModelImpact]:
    """Every kept model that learned the target, or whose data set held it, adapters first.

    What a model learned is asked of the model itself: the data set may be gone, or hold the target only since.
    """
    found = [
        model
        for asset in (*_ORDER, "pretrained_adapter", "pretraining_report", "judged_report")
        for partition in lineage.store.partitions(asset)
        for ref in lineage.versions.kept(asset, partition)
        if (
            model := _model(lineage, ref, target, [dataset for dataset, counts in reached if counts.examples])
        )
    ]
    return sorted(
        found, key=lambda m: (_ORDER.get(m.asset, len(_ORDER)), m.partition or "", not m.is_current)
    )


def _model(lineage: Lineage, ref: Input, target: Target, holding: list[Input]) -> ModelImpact | None:
    """What one model has of the target; None when neither it nor its data set has any."""
    learned = lineage.learned.count(ref, target)
    datasets = lineage.versions.learned_from(ref)
    held = [d for d in holding if d in datasets]
    if not (learned or held):
        return None
    known = held or datasets
    return ModelImpact(
        asset=ref.asset,
        partition=ref.partition,
        data_version=ref.data_version,
        is_current=lineage.versions.current(ref.asset, ref.partition) == ref,
        dataset=known[0].data_version if known else "",
        learned_examples=learned,
    )


def find_set_aside(lineage: Lineage, target: Target) -> list[SetAside]:
    """Why nothing of a record is in the corpus: its withdrawals, and the rows of ``removed`` tables that name it."""
    column = "url" if target.what == "url" else "record_id"
    version = target.detail if target.what == "record" else None
    counts: dict[tuple[str, str, str, str | None], int] = defaultdict(int)
    for stored in with_removed(lineage):
        for batch in stored.batches("removed", ["stage", "step", "reason", "detail", "origins"]):
            origins = pc.list_flatten(batch["origins"])
            meant = pc.equal(origins.field(column), target.name)
            if version is not None:
                meant = pc.and_(meant, pc.equal(origins.field("version"), version))
            hits = pc.list_parent_indices(batch["origins"]).filter(meant).unique()
            for row in pa.Table.from_batches([batch]).take(hits).to_pylist():
                counts[row["stage"], row["step"], row["reason"], row["detail"]] += 1
    withdrawn = [
        SetAside(
            stage="withdrawals", step=row["kind"], reason=row["reason"], detail=row["reported_by"], passages=0
        )
        for row in lineage.withdrawn.of(target.name)
        if version is None or row["version"] in (None, "", version)
    ]
    return withdrawn + [
        SetAside(stage=stage, step=step, reason=reason, detail=detail, passages=count)
        for (stage, step, reason, detail), count in sorted(counts.items(), key=str)
    ]


def with_removed(lineage: Lineage) -> list[Stored]:
    """The current versions that say what was set aside: of the data set, the corpus, and each source."""
    refs = [lineage.versions.current(DATASET), lineage.versions.current(CORPUS)]
    refs += [
        lineage.versions.current("processed_corpus", p) for p in lineage.store.partitions("processed_corpus")
    ]
    stored = (lineage.open(ref) for ref in refs if ref is not None)
    return [s for s in stored if s.has_table("removed")]
