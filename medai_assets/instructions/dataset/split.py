"""Training and validation, so that nothing in the one was seen in the other.

Examples are one group where they share a document, a record, a passage, a twin, or nearly the same answer. Groups are
assigned whole. A text that stands in very many documents (a label's standard sentence) would tie them all together:
its examples tie none, and where their documents fall on both sides they are left out and counted.

Examples are few against passages (thousands, not millions), so every pair that is nearly the same is found, not nearly every
one: two sets that are similar enough must share one of the rarest words of each (prefix filtering, Bayardo et al., WWW 2007).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

import xxhash

from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.choice import number
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.forms.form import IS_THERE, declared
from medai_assets.sources.registry import document_of

T = TypeVar("T", bound=Hashable)
SHINGLE = 5  # words
_WORD = re.compile(r"\w+")


def shingles(text: str, size: int = SHINGLE) -> frozenset[int]:
    """Hashes of the runs of ``size`` words of a text, case and marks aside; a shorter text is one run."""
    words = _WORD.findall(text.lower())
    runs = (" ".join(words[i : i + size]) for i in range(max(1, len(words) - size + 1)))
    return frozenset(xxhash.xxh3_64_intdigest(run.encode()) for run in runs)


def similar_pairs(sets: Sequence[frozenset[int]], jaccard: float) -> Iterator[tuple[int, int]]:
    """Positions ``(i, j)``, i < j, of all sets whose Jaccard similarity is at least ``jaccard``."""
    counts: Counter[int] = Counter()
    for values in sets:
        counts.update(values)
    index: dict[int, list[int]] = defaultdict(list)
    for position in sorted(range(len(sets)), key=lambda p: (len(sets[p]), p)):
        values = sets[position]
        rarest = sorted(values, key=lambda v: (counts[v], v))[: len(values) - ceil(jaccard * len(values)) + 1]
        seen: set[int] = set()
        for value in rarest:
            for other in index[value]:
                if other not in seen:
                    seen.add(other)
                    if _similarity(sets[other], values) >= jaccard:
                        yield (other, position) if other < position else (position, other)
            index[value].append(position)


class Groups(Generic[T]):
    """Union-find: what is joined, directly or not, is one group."""

    def __init__(self) -> None:
        self._parent: dict[T, T] = {}

    def find(self, item: T) -> T:
        """The group's representative."""
        self._parent.setdefault(item, item)
        root = item
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[item] != root:
            self._parent[item], item = root, self._parent[item]
        return root

    def join(self, items: Iterable[T]) -> None:
        """Make one group of the items."""
        ordered = list(items)
        for item in ordered:
            self._parent[self.find(item)] = self.find(ordered[0])


def _similarity(one: frozenset[int], other: frozenset[int]) -> float:
    small, large = sorted((len(one), len(other)))
    if not large:
        return 1.0
    shared = len(one & other)
    return shared / (small + large - shared)


STRADDLES = "its documents are on both sides of the split"
REPEATS = "nearly the same answer in many documents"
# Of what is wanted of a kind: groups that bring more are taken only where the others do not suffice.
USUAL = 0.4
LARGEST = 0.34  # of all examples of a kind: a group that holds more always goes to training


@dataclass(frozen=True)
class Split:
    """A group's name for every row, and the split of every row; None where the row is left out (``cut``: why)."""

    groups: list[str]
    splits: list[str | None]
    cut: dict[int, str]


def split_rows(rows: list[ExampleRow], twins: list[str], mixture: Mixture) -> Split:
    """Assign EXAMPLE rows to train and validation.

    Args:
        twins: for each row, what it shares with rows it must stay with (a document, a pair of authored texts).
    """
    documents = [_documents(row, twin) for row, twin in zip(rows, twins)]
    pairs = list(similar_pairs([shingles(row["completion"]) for row in rows], mixture.near_duplicate_jaccard))
    cut = _repeats(rows, documents, pairs, mixture)
    groups: Groups[str] = Groups()
    widespread = _widespread(rows, documents, mixture)
    for position, names in enumerate(documents):
        if position not in widespread:
            groups.join(names)
    for one, other in pairs:
        if one not in cut and other not in cut and not widespread & {one, other}:
            groups.join([documents[one][0], documents[other][0]])
    named = [groups.find(names[0]) for names in documents]
    validation = _validation_groups(rows, named, set(cut) | widespread, mixture)
    splits: list[str | None] = []
    for position, name in enumerate(named):
        sides = {groups.find(d) in validation for d in documents[position] if not d.startswith("passage:")}
        if position not in cut and len(sides) > 1:
            cut[position] = STRADDLES
        splits.append(None if position in cut else "validation" if name in validation else "train")
    _settle_pairs(pairs, splits, cut)
    return Split(named, splits, cut)


def overlap(rows: list[ExampleRow], jaccard: float) -> dict[str, int]:
    """What train and validation share: passages, records, near-duplicate answers; measured anew, all zero in a sound split.

    That a text does not say what is asked holds nothing of any source; such answers may be on both sides.
    """
    sides: dict[str, dict[str, set[str]]] = {s: defaultdict(set) for s in ("train", "validation")}
    for row in rows:
        side = sides[row["split"]]
        side["passages"].update(row["passage_ids"])
        side["records"].update(o["record_id"] for o in row["origins"])
        if _is_of_source(row):
            side["answers"].add(row["completion"])
        side["prompts_and_answers"].add(f"{row['prompt']}\x1f{row['completion']}")
    shared = {
        name: len(sides["train"][name] & sides["validation"][name])
        for name in ("passages", "records", "answers")
    }
    told = [row for row in rows if _is_of_source(row)]
    pairs = similar_pairs([shingles(row["completion"]) for row in told], jaccard)
    shared["near_duplicates"] = sum(told[a]["split"] != told[b]["split"] for a, b in pairs)
    return shared


def _is_of_source(row: ExampleRow) -> bool:
    return bool(declared(row).get(IS_THERE, True))


def _documents(row: ExampleRow, twin: str) -> list[str]:
    """What ties the row to others: its records and passages; the first is what its group is named by."""
    if row["authored"]:
        return [f"authored:{twin}"]
    records = sorted({document_of(o["record_id"]) for o in row["origins"]})
    return [*records, *(f"passage:{p}" for p in row["passage_ids"])]


def _widespread(rows: list[ExampleRow], documents: list[list[str]], mixture: Mixture) -> set[int]:
    most = mixture.most_shared_documents
    return {p for p, row in enumerate(rows) if sum(not d.startswith("passage:") for d in documents[p]) > most}


def _repeats(
    rows: list[ExampleRow], documents: list[list[str]], pairs: list[tuple[int, int]], mixture: Mixture
) -> dict[int, str]:
    """Of answers that many documents have nearly alike, those of one document stay."""
    alike: Groups[int] = Groups()
    for pair in pairs:
        alike.join(pair)
    clusters: dict[int, list[int]] = defaultdict(list)
    for position in sorted({p for pair in pairs for p in pair}):
        clusters[alike.find(position)].append(position)
    cut: dict[int, str] = {}
    for members in clusters.values():
        names = {documents[p][0] for p in members}
        if len(names) > mixture.most_shared_documents:
            kept = min(names, key=lambda name: number(mixture.seed, name))
            cut |= {p: REPEATS for p in members if documents[p][0] != kept}
    return cut


def _validation_groups(
    rows: list[ExampleRow], named: list[str], left_out: set[int], mixture: Mixture
) -> set[str]:
    """Groups until every kind has its share, scarce kinds first: by hash those of usual size, then the smallest others."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    totals: Counter[str] = Counter()
    for position, (row, name) in enumerate(zip(rows, named)):
        if position not in left_out:
            counts[name][row["kind"]] += 1
            totals[row["kind"]] += 1
    wanted = {k: _wanted(n, mixture) for k, n in totals.items()}
    by_hash = sorted(counts, key=lambda name: number(mixture.seed, "split", name))
    usual = [g for g in by_hash if all(n <= max(2, USUAL * wanted[k]) for k, n in counts[g].items())]
    other = [g for g in by_hash if all(n <= LARGEST * totals[k] for k, n in counts[g].items())]
    other.sort(key=lambda name: counts[name].total())
    chosen: set[str] = set()
    have: Counter[str] = Counter()
    for kind in sorted(totals, key=lambda k: (totals[k], k)):
        for name in usual + other:
            if have[kind] >= wanted[kind]:
                break
            if name not in chosen and counts[name][kind]:
                chosen.add(name)
                have.update(counts[name])
    return chosen


def _wanted(total: int, mixture: Mixture) -> int:
    """Validation examples of a kind that has so many: its share, or the least where a third of it is enough for that."""
    return min(max(round(mixture.validation_share * total), mixture.least_validation), total // 3)


def _settle_pairs(pairs: list[tuple[int, int]], splits: list[str | None], cut: dict[int, str]) -> None:
    """A near-duplicate answer on each side can only stem from widespread text; the one in validation goes."""
    for one, other in pairs:
        if splits[one] and splits[other] and splits[one] != splits[other]:
            gone = one if splits[one] == "validation" else other
            splits[gone] = None
            cut[gone] = STRADDLES
