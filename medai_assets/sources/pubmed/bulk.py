"""PubMed's bulk files: groups of them by number as slices, of each citation the text that counts.

What belongs here: the order of work of one slice. The tree stands in file_tree.py, rows are made in rows.py. A
citation is revised under the same PMID in a later file, sometimes with a higher version number, or deleted; which text counts
is decided over arrays of all citations of a slice, a few bytes each, without holding their text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import Collection
from medai_assets.sources.pubmed.file_tree import LocalFile, TreeFile, fetch, listing, stated_md5
from medai_assets.sources.pubmed.rows import items_of, pmid_of, version_number
from medai_assets.sources.pubmed.split import BrokenXml, identity, open_file, pieces
from medai_assets.sources.records import Copy, Item, Withdrawal
from medai_assets.storage import Stored
from medai_assets.transport.errors import ReplyInvalid


def collect(slice: Slice, context: Collection) -> Iterator[Item]:
    """Every citation of the files that is not replaced or deleted in them, retractions and deletions.

    A refresh lists the folder once. Files whose date and size are as before are not fetched again, nor is their
    md5; when only further files have come, those alone are, and the rest is copied.

    Raises:
        ReplyInvalid: a file differs from its md5, or is no set of PubMed citations.
    """
    query = slice.query
    files = listing(context, query["tree"], int(query["first"]), int(query["last"]))
    before = _unchanged(context, files)
    fresh = files[before:]
    earlier = context.previous if before else None
    if earlier and (not fresh or _is_full(earlier, context.limit)):
        _remember(context, files[:before])
        yield Copy(earlier)
    elif context.limit is not None:
        yield from _some(slice, context, files, context.limit)
    else:
        yield from _all(slice, context, fresh, earlier)
        _remember(context, files)


def _unchanged(context: Collection, files: Sequence[TreeFile]) -> int:
    """How many of the files, from the first on, the version before was made of and nothing else; 0 when it cannot be used."""
    known = context.validators
    same = [_is_known(context, file) for file in files[: len(known)]]
    return len(known) if context.previous and len(same) == len(known) and all(same) else 0


def _is_full(earlier: Stored, limit: int | None) -> bool:
    return limit is not None and earlier.rows("records") >= limit


def _is_known(context: Collection, file: TreeFile) -> bool:
    stamp, _, md5 = context.validators.get(file.name, "").rpartition(" md5=")
    if not md5:
        return False
    return (file.stamp == stamp and bool(stamp)) or stated_md5(context, file) == md5


def _remember(context: Collection, files: Iterable[TreeFile]) -> None:
    for file in files:
        known = context.validators.get(file.name, "")
        stamp, _, md5 = known.rpartition(" md5=")
        if not (md5 and stamp == file.stamp):
            md5 = stated_md5(context, file)
        context.new_validators[file.name] = f"{file.stamp} md5={md5}"


def _all(
    slice: Slice, context: Collection, files: Sequence[TreeFile], earlier: Stored | None
) -> Iterator[Item]:
    """What counts of the files, and of the earlier version they come on top of."""
    local: list[LocalFile] = []
    for number, file in enumerate(files):
        context.progress(number, len(files), f"fetching {file.name}")
        local.append(fetch(context, file))
    contents = [_contents(whole) for whole in local]
    before = contents_from(_identities(earlier) if earlier else ())
    verdict = decide([before, *contents])
    kept = verdict.kept[1:]
    if earlier:
        fresh = [c.pmids[flags] for c, flags in zip(contents, kept)]
        yield from _copied(earlier, verdict.kept[0], np.concatenate([*fresh, list(verdict.deleted)]))
    for number, (whole, flags) in enumerate(zip(local, kept)):
        context.progress(number, len(files), f"reading {whole.file.name}")
        yield from _records(slice, whole, flags)
    yield from _deletions(slice, {pmid: local[n - 1] for pmid, n in verdict.deleted.items()})


def _some(slice: Slice, context: Collection, files: Sequence[TreeFile], limit: int) -> Iterator[Item]:
    """The first citations that count within their file, of no more files than that takes."""
    for file in files:
        if limit <= 0:
            return
        local = fetch(context, file)
        verdict = decide([_contents(local)])
        flags = verdict.kept[0] & (verdict.kept[0].cumsum() <= limit)
        yield from _records(slice, local, flags)
        yield from _deletions(slice, dict.fromkeys(verdict.deleted, local))
        _remember(context, [file])
        limit -= int(flags.sum())


def _contents(local: LocalFile) -> Contents:
    try:
        with open_file(local.path) as stream:
            return contents_of(stream)
    except BrokenXml as error:
        raise ReplyInvalid("pubmed_bulk", local.fetched.url, f"this is not a PubMed file: {error}") from error


def _identities(earlier: Stored) -> Iterator[tuple[int, int]]:
    for batch in earlier.batches("records", columns=["record_id", "version"]):
        for record_id, version in zip(batch["record_id"].to_pylist(), batch["version"].to_pylist()):
            yield pmid_of(record_id), version_number(version)


def _records(slice: Slice, local: LocalFile, flags: Flags) -> Iterator[Item]:
    start = 0
    with open_file(local.path) as stream:
        for piece in pieces(stream):
            wanted = list(numbered(flags, start, piece.records))
            start += len(piece.records)
            yield from items_of(wanted, slice, local.fetched.url, local.fetched.retrieved_at)


def _deletions(slice: Slice, deleted: Mapping[int, LocalFile]) -> Iterator[Withdrawal]:
    for pmid, local in sorted(deleted.items()):
        yield Withdrawal(
            record_id=f"pubmed:{pmid}",
            kind="deletion",
            reason="deleted from PubMed",
            reported_by=slice.source,
            evidence=local.fetched.url,
        )


def _copied(earlier: Stored, flags: Flags, overtaken: Numbers) -> Iterator[Item]:
    """The earlier version's rows that still count, and its withdrawals that nothing in the new files overtakes."""
    start = 0
    replaced = list[Numbers]()
    for batch in earlier.batches("records"):
        counts = flags[start : start + batch.num_rows]
        start += batch.num_rows
        yield batch.filter(pa.array(counts))
        if not counts.all():
            replaced.append(_pmids(batch.filter(pa.array(~counts))))
    yield from earlier.batches("rejected")
    for batch in earlier.batches("aliases") if earlier.has_table("aliases") else ():
        yield batch.filter(pa.array(~np.isin(_pmids(batch), np.concatenate([*replaced, []]))))
    for batch in earlier.batches("withdrawals"):
        yield batch.filter(pa.array(~np.isin(_pmids(batch), overtaken)))


def _pmids(batch: pa.RecordBatch) -> Numbers:
    return np.array([pmid_of(record_id) for record_id in batch["record_id"].to_pylist()], np.int64)


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
    return _contents_of(found, deleted)


def contents_from(identities: Iterable[tuple[int, int]]) -> Contents:
    """The same of (PMID, version) pairs."""
    return _contents_of(list(identities), [])


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


def _contents_of(found: list[tuple[int, int]], deleted: list[tuple[int, int]]) -> Contents:
    table = np.array(found, np.int64).reshape(-1, 2)
    return Contents(table[:, 0], table[:, 1], deleted)


def numbered(flags: Flags, start: int, records: Sequence[bytes]) -> Iterator[bytes]:
    """The records that count of a piece that starts at record ``start`` of its file."""
    return (record for record, keep in zip(records, flags[start : start + len(records)]) if keep)
