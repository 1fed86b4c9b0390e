"""Which of several texts of a citation counts: arrays over all citations of a slice, a few bytes each.

A citation is revised under the same PMID in a later file, sometimes with a higher version number, or deleted. What
belongs here: deciding that for millions of citations without holding their text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from medai_assets.sources.pubmed.split import identity, pieces

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contents:
    """What one file (or an earlier collection) holds, in its order.

    Attributes:
        pmids: of each record; 0 where it has none.
        versions: the PMID's version of each record.
        deleted: PMID and version of each DeleteCitation.
    """

    pmids: Numbers
    versions: Numbers
    deleted: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """For each file which records count; and of each PMID that a file deletes for good, the number of that file."""

    kept: list[Flags]
    deleted: dict[int, int] = field(default_factory=dict)


def contents_of(stream: BinaryIO) -> Contents:
    """PMIDs and versions of a file, without reading more of it. Raises BrokenXml when the stream is cut."""
    found: list[tuple[int, int]] = []
    deleted: list[tuple[int, int]] = []
    for piece in pieces(stream):
        found += (identity(record) for record in piece.records)
        deleted += piece.deleted
    return _contents(found, deleted)


def contents_from(identities: Iterable[tuple[int, int]]) -> Contents:
    """The same of (PMID, version) pairs."""
    return _contents(list(identities), [])


def decide(files: Sequence[Contents]) -> Verdict:
    """Of each PMID the record with the highest version, of equal ones the last; deletions strike what stands before.

    ``files`` are in number order. A record without a PMID is kept, so that reading it can say what is wrong.
    """
    pmids = _joined([f.pmids for f in files])
    versions = _joined([f.versions for f in files])
    numbers = np.repeat(np.arange(len(files)), [len(f.pmids) for f in files])
    # By PMID, then version, then place, so that the last of each PMID's run is the one that counts.
    order = np.lexsort((np.arange(len(pmids)), versions, pmids))
    alive = _not_deleted(files, pmids[order], versions[order], numbers[order])
    order = order[alive]
    ordered = pmids[order]
    counts = (ordered == 0) | np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]
    kept = np.zeros(len(pmids), bool)
    kept[order[counts]] = True
    struck = {pmid: number for number, file in enumerate(files) for pmid, _ in file.deleted}
    is_left = np.isin(np.fromiter(struck, np.int64, len(struck)), pmids[kept])
    gone = {pmid: number for (pmid, number), left in zip(struck.items(), is_left) if not left}
    return Verdict(np.split(kept, np.cumsum([len(f.pmids) for f in files])[:-1]) if files else [], gone)


def _not_deleted(files: Sequence[Contents], pmids: Numbers, versions: Numbers, numbers: Numbers) -> Flags:
    """Which records, sorted by PMID, no later place in the files deletes."""
    alive = np.ones(len(pmids), bool)
    for number, file in enumerate(files):
        for pmid, version in file.deleted:
            run = slice(*np.searchsorted(pmids, (pmid, pmid + 1)))
            alive[run] &= (versions[run] > version) | (numbers[run] > number)
    return alive


def _joined(arrays: list[Numbers]) -> Numbers:
    return np.concatenate([np.empty(0, np.int64), *arrays])


def _contents(found: list[tuple[int, int]], deleted: list[tuple[int, int]]) -> Contents:
    table = np.array(found, np.int64).reshape(-1, 2)
    return Contents(table[:, 0], table[:, 1], deleted)


def numbered(flags: Flags, start: int, records: Sequence[bytes]) -> Iterator[bytes]:
    """The records that count of a piece that starts at record ``start`` of its file."""
    return (record for record, keep in zip(records, flags[start : start + len(records)]) if keep)
