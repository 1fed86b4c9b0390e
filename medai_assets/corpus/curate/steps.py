"""The steps of curation, each a rule that takes passages out of those that are left, with the reason.

Order: superseded versions, withdrawals, licences, benchmark questions, exact duplicates, templates, near duplicates.
So a passage that may not be used is gone before texts are merged, and what is merged carries only usable origins.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medai_assets.corpus.curate import near_duplicates
from medai_assets.corpus.curate.decontaminate import Hit
from medai_assets.corpus.curate.rows import Ints, PassageRows
from medai_assets.foundation.licences import LicencePolicy
from medai_assets.text import templates

STEPS = (
    "superseded", "withdrawal", "licence", "decontamination", "exact_duplicate", "template", "near_duplicate",
)  # fmt: skip


@dataclass(slots=True)
class Decisions:
    """What becomes of each row.

    Attributes:
        step: index into STEPS of the step that took the row out, -1 where it stays.
        reason, detail: short countable reason and what a person asks next, of rows that went.
        into: the row whose passage carries this row's origins; itself unless it was merged.
    """

    step: npt.NDArray[np.int8]
    into: Ints
    reason: dict[int, str] = field(default_factory=dict)
    detail: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: int) -> Decisions:
        return cls(np.full(rows, -1, np.int8), np.arange(rows))

    @property
    def left(self) -> Ints:
        """Rows that no step has taken out, ascending."""
        return np.flatnonzero(self.step < 0)

    def take_out(self, row: int, step: str, reason: str, detail: str = "") -> None:
        """Take a row out; the first step that does so stands."""
        if self.step[row] < 0:
            self.step[row] = STEPS.index(step)
            self.reason[row] = reason
            if detail:
                self.detail[row] = detail

    def merge_into(self, row: int, kept: int, step: str, reason: str, detail: str) -> None:
        """Take a row out whose origins another row carries from now on."""
        self.take_out(row, step, reason, detail)
        self.into[row] = kept

    def root(self) -> Ints:
        """The row that carries each row's origins in the end."""
        root = self.into
        while not np.array_equal(root, root[root]):
            root = root[root]
        return root


def newest_versions(rows: PassageRows, decisions: Decisions) -> None:
    """Only the newest version of a record counts."""
    several = _records_with_versions(rows)
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
            decisions.take_out(
                row, "superseded", "older version of the record", f"newest is {rows.versions[best]}"
            )


def withdrawn(rows: PassageRows, decisions: Decisions, withdrawals: pa.Table) -> None:
    """Records that were retracted, deleted, superseded or taken down; a stated version means that version only."""
    by_record: dict[str, list[tuple[str, str | None, str | None]]] = {}
    for record, kind, version, evidence in zip(
        *(withdrawals[name].to_pylist() for name in ("record_id", "kind", "version", "evidence"))
    ):
        by_record.setdefault(record, []).append((kind, version, evidence))
    codes = [code for code, record in enumerate(rows.records) if record in by_record]
    for row in np.flatnonzero(np.isin(rows.record, codes)).tolist():
        for kind, version, evidence in sorted(by_record[rows.records[rows.record[row]]], key=str):
            if version in (None, "", rows.versions[rows.version[row]]):
                decisions.take_out(row, "withdrawal", kind, evidence or rows.records[rows.record[row]])


def licensed(rows: PassageRows, decisions: Decisions, policy: LicencePolicy) -> None:
    """Passages whose licence the policy does not admit."""
    refused = [code for code, licence in enumerate(rows.licences) if not policy.allows(licence)]
    for row in np.flatnonzero(np.isin(rows.licence, refused)).tolist():
        decisions.take_out(row, "licence", rows.licences[rows.licence[row]], f"policy {policy.name}")


def decontaminated(decisions: Decisions, hits: list[Hit]) -> None:
    """Passages that give away a benchmark question; the detail names the item and the rule."""
    for hit in hits:
        decisions.take_out(hit.row, "decontamination", hit.benchmark, f"{hit.detail}, {hit.how}")


def exact_duplicates(rows: PassageRows, decisions: Decisions) -> None:
    """Equal texts become one; the first in the order of preference stays."""
    left = decisions.left
    codes = rows.passage_ids.dictionary_encode().indices.to_numpy().astype(np.int64)[left]
    order = np.lexsort((rows.preference[left], codes))
    first = np.ones(len(order), bool)
    first[1:] = codes[order][1:] != codes[order][:-1]
    heads = left[order][np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
    for row, kept in zip(left[order][~first].tolist(), heads[~first].tolist()):
        decisions.merge_into(row, kept, "exact_duplicate", "same text", rows.passage_ids[kept].as_py())


def template_texts(rows: PassageRows, decisions: Decisions) -> None:
    """Keep only a few of the texts that differ in nothing but their subject's name, where there are many subjects."""
    left = decisions.left
    left = left[(rows.template[left] != 0) & (rows.subject[left] >= 0)]
    if not len(left):
        return
    codes, counts = np.unique(rows.template[left], return_counts=True)
    many = set(codes[counts >= templates.MOST_SUBJECTS].tolist())
    groups: dict[int, list[int]] = {}
    for row in left[np.argsort(rows.preference[left])].tolist():
        if (code := int(rows.template[row])) in many:
            groups.setdefault(code, []).append(row)
    for group in groups.values():
        subjects = len({int(rows.subject[row]) for row in group})
        if subjects >= templates.MOST_SUBJECTS:
            for row in group[templates.KEPT :]:
                decisions.take_out(row, "template", "same text but for the name", f"{subjects} subjects")


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
    pairs = near_duplicates.candidate_pairs(
        rows.bands[ordered], rows.signature[ordered], rows.distinct[ordered], jaccard
    )
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
        ids = rows.passage_ids[row].as_py(), rows.passage_ids[kept].as_py()
        detail = f"{ids[1]}, Jaccard {compared[ids][0]:.2f}"
        decisions.merge_into(row, kept, "near_duplicate", "nearly the same text", detail)
    return +apart, compared


# (member's passage id, head's) -> exact similarity, and whether the member states what the head does not.
# A fact about two texts, whatever else is in the corpus.
Compared = dict[tuple[str, str], tuple[float, bool]]


def _compared(rows: PassageRows, ordered: Ints, pairs: near_duplicates.Pairs, known: Compared) -> Compared:
    """The comparison of each pair, in the pairs' order."""
    names = [
        rows.passage_ids.take(pa.array(ordered[side])).to_pylist() for side in (pairs.member, pairs.head)
    ]
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
    pairs = np.unique(rows.record * (len(rows.versions) + 1) + rows.version)
    records, counts = np.unique(pairs // (len(rows.versions) + 1), return_counts=True)
    return np.flatnonzero(np.isin(rows.record, records[counts > 1]))


def _version_key(version: str) -> tuple[int, int, str]:
    """Numbers by value, dates and anything else as text; a missing version is the oldest."""
    return (
        (1, int(version), "") if version.isdigit() and len(version) < 8 else (2 if version else 0, 0, version)
    )
