"""The steps of curation, each a rule that takes passages out of those that are left, with the reason.

Order: superseded versions, withdrawals, licences, benchmark questions, exact duplicates, templates, near duplicates.
So a passage that may not be used is gone before texts are merged, and what is merged carries only usable origins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medai_assets.corpus.curate import near_duplicates
from medai_assets.corpus.curate.compact_columns import Bands, PassageIds, Signatures
from medai_assets.corpus.curate.decontaminate import Hit
from medai_assets.corpus.curate.rows import Ints, PassageRows
from medai_assets.foundation.licences import LicencePolicy
from medai_assets.foundation.name_hashes import hash_of
from medai_assets.text import templated_text

STEPS = (
    "superseded", "withdrawal", "licence", "decontamination", "exact_duplicate", "template", "near_duplicate",
)  # fmt: skip
_ROWS_AT_ONCE = 1_000_000


@dataclass(slots=True)
class Decisions:
    """What becomes of each row.

    Attributes:
        step: index into STEPS of the step that took the row out, -1 where it stays.
        into: the row whose passage carries this row's origins; itself unless it was merged.
        reason: place in ``reasons`` of a short countable reason, of rows that went.
        detail: what a person asks next, where it is no other passage's id. jaccard: of rows that nearly repeat another.
        links: pairs of rows of which one might be decided otherwise, or not be compared as it was, were the other not there.
    """

    step: npt.NDArray[np.int8]
    into: npt.NDArray[np.int32]
    reason: npt.NDArray[np.int16]
    reasons: list[str] = field(default_factory=list)
    detail: dict[int, str] = field(default_factory=dict)
    jaccard: dict[int, float] = field(default_factory=dict)
    links: list[tuple[Ints, Ints]] = field(default_factory=list)

    @classmethod
    def of(cls, rows: int) -> Decisions:
        return cls(np.full(rows, -1, np.int8), np.arange(rows, dtype=np.int32), np.zeros(rows, np.int16))

    def reason_of(self, row: int) -> str:
        """Why a row went."""
        return self.reasons[int(self.reason[row])]

    def detail_of(self, row: int, ids: PassageIds) -> str | None:
        """What a person asks next of a row that went: of one that was merged, the id of the passage that is kept."""
        if self.into[row] == row or row in self.detail:
            return self.detail.get(row)
        kept = ids[int(self.into[row])]
        return f"{kept}, Jaccard {self.jaccard[row]:.2f}" if row in self.jaccard else kept

    def groups(self) -> npt.NDArray[np.int32]:
        """For each row the lowest row that it is linked with, also over others; -1 where it is linked with none."""
        found = np.full(len(self.step), -1, np.int32)
        none = np.zeros(0, np.int64)
        ends = [np.concatenate(side) for side in zip((none, none), *self.links)]
        rows, places = np.unique(np.concatenate(ends), return_inverse=True)
        if len(rows):
            one, two = places[: len(ends[0])], places[len(ends[0]) :]
            found[rows] = rows[_lowest_linked(one, two, len(rows))]
        return found

    @property
    def left(self) -> Ints:
        """Rows that no step has taken out, ascending."""
        return np.flatnonzero(self.step < 0)

    def set_aside(self, row: int, step: str, reason: str, detail: str = "") -> None:
        """Take a row out; the first step that does so stands."""
        if self.step[row] < 0:
            self.step[row] = STEPS.index(step)
            if reason not in self.reasons:
                self.reasons.append(reason)
            self.reason[row] = self.reasons.index(reason)
            if detail:
                self.detail[row] = detail

    def merge_into(self, row: int, kept: int, step: str, reason: str, jaccard: float | None = None) -> None:
        """Take a row out whose origins another row carries from now on."""
        self.set_aside(row, step, reason)
        self.into[row] = kept
        if jaccard is not None:
            self.jaccard[row] = jaccard

    def root(self) -> npt.NDArray[np.int32]:
        """The row that carries each row's origins in the end."""
        root = self.into
        while not np.array_equal(root, root[root]):
            root = root[root]
        return root


def _lowest_linked(one: npt.NDArray[Any], two: npt.NDArray[Any], count: int) -> npt.NDArray[np.int64]:
    """For each of ``count`` places the lowest that links lead to, over others too; ``one[i]`` is linked with ``two[i]``.

    Each place takes the lowest of its neighbours, and then what that one has, until nothing changes: rounds grow with the
    logarithm of the longest chain. scipy finds the same, and is no part of a plain installation.
    """
    lowest = np.arange(count)
    while True:
        lower = lowest.copy()
        np.minimum.at(lower, lowest[one], lowest[two])
        np.minimum.at(lower, lowest[two], lowest[one])
        lower = np.minimum(lower, lower[lowest])
        lower = lower[lower]
        if np.array_equal(lower, lowest):
            return lowest
        lowest = lower


def newest_versions(rows: PassageRows, decisions: Decisions) -> None:
    """Only the newest version of a record counts."""
    several = _records_with_versions(rows)
    by_record = several[np.argsort(rows.record[several], kind="stable")]
    same = rows.record[by_record[1:]] == rows.record[by_record[:-1]]
    decisions.links.append((by_record[1:][same], by_record[:-1][same]))
    if not len(several):
        return
    order = {code: _version_key(text) for code, text in enumerate(rows.versions)}
    newest: dict[int, int] = {}
    for row in several.tolist():
        record, version = int(rows.record[row]), int(rows.version[row])
        if record not in newest or order[version] > order[newest[record]]:
            newest[record] = version
    for row in several.tolist():
        best = newest[int(rows.record[row])]
        if order[int(rows.version[row])] < order[best]:
            decisions.set_aside(
                row, "superseded", "older version of the record", f"newest is {rows.versions[best]}"
            )


def withdrawn(rows: PassageRows, decisions: Decisions, withdrawals: pa.Table) -> None:
    """Records that were retracted, deleted, superseded or taken down; a stated version means that version only."""
    by_record: dict[int, list[tuple[str, str | None, str | None, str]]] = {}
    for record, kind, version, evidence in zip(
        *(withdrawals[name].to_pylist() for name in ("record_id", "kind", "version", "evidence"))
    ):
        by_record.setdefault(hash_of(record), []).append((kind, version, evidence, record))
    for row in _rows_with(rows.record, list(by_record)).tolist():
        for kind, version, evidence, record in sorted(by_record[int(rows.record[row])], key=str):
            if version in (None, "", rows.versions[rows.version[row]]):
                decisions.set_aside(row, "withdrawal", kind, evidence or record)


def licensed(rows: PassageRows, decisions: Decisions, policy: LicencePolicy) -> None:
    """Passages whose licence the policy does not admit."""
    refused = [code for code, licence in enumerate(rows.licences) if not policy.allows(licence)]
    for row in _rows_with(rows.licence, refused).tolist():
        decisions.set_aside(row, "licence", rows.licences[rows.licence[row]], f"policy {policy.name}")


def decontaminated(decisions: Decisions, hits: list[Hit]) -> None:
    """Passages that give away a benchmark question; the detail names the item and the rule."""
    for hit in hits:
        decisions.set_aside(hit.row, "decontamination", hit.benchmark, f"{hit.detail}, {hit.how}")


def exact_duplicates(rows: PassageRows, decisions: Decisions) -> None:
    """Equal texts become one; the first in the order of preference stays."""
    left = decisions.left
    high, low = rows.passage_ids.high, rows.passage_ids.low
    left = left[np.lexsort((rows.preference[left], low[left], high[left]))]
    first = np.ones(len(left), bool)
    first[1:] = (high[left[1:]] != high[left[:-1]]) | (low[left[1:]] != low[left[:-1]])
    again = np.flatnonzero(~first)
    heads = np.flatnonzero(first)
    kept = left[heads[np.searchsorted(heads, again) - 1]]
    decisions.links.append((left[again], kept))
    for row, head in zip(left[again].tolist(), kept.tolist()):
        decisions.merge_into(row, head, "exact_duplicate", "same text")


def template_texts(rows: PassageRows, decisions: Decisions) -> None:
    """Keep only a few of the texts that differ in nothing but their subject's name, where there are many subjects."""
    left = decisions.left
    left = left[(rows.template[left] != 0) & (rows.subject[left] >= 0)]
    if not len(left):
        return
    codes, counts = np.unique(rows.template[left], return_counts=True)
    many = set(codes[counts >= templated_text.MOST_SUBJECTS].tolist())
    groups: dict[int, list[int]] = {}
    for row in left[np.argsort(rows.preference[left])].tolist():
        if (code := int(rows.template[row])) in many:
            groups.setdefault(code, []).append(row)
    for group in groups.values():
        decisions.links.append((np.array(group[1:], np.int64), np.array(group[:-1], np.int64)))
        subjects = len({int(rows.subject[row]) for row in group})
        if subjects >= templated_text.MOST_SUBJECTS:
            for row in group[templated_text.KEPT :]:
                decisions.set_aside(row, "template", "same text but for the name", f"{subjects} subjects")


def merge_near_duplicates(
    rows: PassageRows, decisions: Decisions, jaccard: float, known: Compared | None = None
) -> tuple[Counter[str], Compared]:
    """Merge passages that say the same about the same subject.

    Args:
        known: comparisons of earlier runs; texts of these pairs are not read again.

    Returns:
        How many pairs were kept apart, by reason; and all comparisons of this run.
    """
    left = decisions.left
    ordered = left[np.argsort(rows.preference[left])]
    crowds: list[near_duplicates.Pairs] = []
    pairs = near_duplicates.candidate_pairs(
        Bands(rows.sketches, ordered), Signatures(rows.sketches, ordered), rows.distinct[ordered], jaccard, crowds
    )  # fmt: skip
    decisions.links += [(ordered[found.member], ordered[found.head]) for found in (pairs, *crowds)]
    apart: Counter[str] = Counter()
    one, two = rows.subject[ordered[pairs.head]], rows.subject[ordered[pairs.member]]
    same = (one == two) | (one < 0) | (two < 0)
    apart["another subject"] = int((~same).sum())
    pairs = near_duplicates.Pairs(pairs.member[same], pairs.head[same])
    compared = _compared(rows, ordered, pairs, known or {})
    similarity = np.array([value for value, _ in compared.values()], np.float64)
    more = np.array([says_more for _, says_more in compared.values()], bool)
    apart["less alike than they seem"] = int((similarity < jaccard).sum())
    apart["another statement"] = int(((similarity >= jaccard) & more).sum())
    alike = (similarity >= jaccard) & ~more
    verified = near_duplicates.Pairs(pairs.member[alike], pairs.head[alike])
    into = near_duplicates.merge(verified, len(ordered))
    for member in np.flatnonzero(into != np.arange(len(into))).tolist():
        row, kept = int(ordered[member]), int(ordered[into[member]])
        alike_by = compared[rows.passage_ids[row], rows.passage_ids[kept]][0]
        decisions.merge_into(row, kept, "near_duplicate", "nearly the same text", alike_by)
    return +apart, compared


# (member's passage id, head's) -> exact similarity, and whether the member states what the head does not.
# A fact about two texts, whatever else is in the corpus.
Compared = dict[tuple[str, str], tuple[float, bool]]


def _compared(rows: PassageRows, ordered: Ints, pairs: near_duplicates.Pairs, known: Compared) -> Compared:
    """The comparison of each pair, in the pairs' order."""
    names = [rows.passage_ids.of(ordered[side]) for side in (pairs.member, pairs.head)]
    keys = list(zip(*names))
    new = np.array([key not in known for key in keys], bool)
    fresh = near_duplicates.Pairs(pairs.member[new], pairs.head[new])
    found = iter(_read_and_compared(rows, ordered, fresh))
    return {key: known[key] if key in known else next(found) for key in keys}


def _read_and_compared(
    rows: PassageRows, ordered: Ints, pairs: near_duplicates.Pairs
) -> list[tuple[float, bool]]:
    if not len(pairs.member):
        return []
    wanted = np.unique(ordered[np.concatenate([pairs.member, pairs.head])])
    texts = rows.texts(wanted)

    def texts_of(places: Ints) -> pa.Array:
        return texts.take(pa.array(np.searchsorted(wanted, ordered[places])))

    similarity = near_duplicates.exact_jaccard(pairs, texts_of).tolist()
    found = []
    for value, member, head in zip(similarity, pairs.member, pairs.head):
        both = texts_of(np.array([member, head])).to_pylist() if value > 0 else ("", "")
        found.append((value, near_duplicates.says_more(*both)))
    return found


def _records_with_versions(rows: PassageRows) -> Ints:
    """Rows of records that are present in more than one version."""
    order = np.argsort(rows.record, kind="stable")
    record, version = rows.record[order], rows.version[order]
    differ = (record[1:] == record[:-1]) & (version[1:] != version[:-1])
    return _rows_with(rows.record, np.unique(record[1:][differ]))


def _rows_with(column: npt.NDArray[Any], values: Sequence[int] | npt.NDArray[Any]) -> Ints:
    """Rows whose value is one of these, ascending; looked for in parts, since the search copies what it looks through."""
    found = [
        begin + np.flatnonzero(np.isin(column[begin : begin + _ROWS_AT_ONCE], values))
        for begin in range(0, len(column), _ROWS_AT_ONCE)
    ]
    return np.concatenate([np.zeros(0, np.int64), *found])


def _version_key(version: str) -> tuple[int, int, str]:
    """Numbers by value, dates and anything else as text; a missing version is the oldest."""
    return (
        (1, int(version), "")
        if version.isdecimal() and len(version) < 8
        else (2 if version else 0, 0, version)
    )
