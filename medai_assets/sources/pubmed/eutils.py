"""PubMed by topic through NCBI's E-utilities: search, fetch, compare what was asked with what came.

A slice's query is ``{"term": …}``, with ``mindate``, ``maxdate`` and ``datetype`` if wanted.

What belongs here: the order of work of one slice. Searching stands in eutils_search.py, fetching in eutils_fetch.py, rows are made
in pubmed_rows.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import Collection
from medai_assets.sources.pubmed.eutils_fetch import Batch, by_pmid, from_history
from medai_assets.sources.pubmed.eutils_search import BOUND, Found, Searches
from medai_assets.sources.pubmed.rows import items_of
from medai_assets.sources.records import Copy, Item, Rejected

_OVERLAP = timedelta(days=2)  # a revision's date is a day in another time zone, and indexing takes a while


def collect(slice: Slice, context: Collection) -> Iterator[Item]:
    """Every citation the term finds now; PMIDs that PubMed names but does not deliver are rejected.

    A refresh searches twice, for all and for what was revised since, and fetches only what is new or revised.
    """
    today = datetime.now(UTC)
    term, searches = slice.query["term"], Searches(context, _dates(slice.query))
    context.new_validators["searched"] = today.date().isoformat()
    found = _found(searches, term, context.limit)
    pmids = dict.fromkeys(pmid for search in found for pmid in search.pmids)
    wanted = dict.fromkeys(islice(pmids, context.limit))
    kept = _kept(context, searches, term, wanted.keys()) if context.previous else frozenset()
    if context.previous and kept == wanted.keys() and context.previous.rows("records") == len(kept):
        yield Copy(context.previous)
        return
    missing = [pmid for pmid in wanted if pmid not in kept]
    if context.previous and kept:
        ids = (f"pubmed:{pmid}" for pmid in kept)
        yield from context.copied(ids, ("records", "withdrawals", "aliases"))
        batches = by_pmid(context, missing)
    else:
        batches = (batch for search in found for batch in from_history(context, searches, search))
    yield from _received(slice, context, missing, batches)
    if searches.unreached:
        yield Rejected(
            reason="counted, not listed",
            detail=f"{searches.unreached:,} PMIDs that the term {term!r} counts are in no list that it gives",
        )


def _dates(query: Mapping[str, str]) -> dict[str, str]:
    """The slice's own dates, which PubMed takes only together; publication dates unless it says otherwise."""
    if "mindate" not in query or "maxdate" not in query:
        return {}
    return {"datetype": "pdat"} | {n: query[n] for n in ("mindate", "maxdate", "datetype") if n in query}


def _found(searches: Searches, term: str, limit: int | None) -> list[Found]:
    """The searches whose PMIDs are wanted: all, or the first ``limit``."""
    if limit is not None and limit <= BOUND:
        return [searches.once(term, limit)]
    found: list[Found] = []
    for piece in searches.all_of(term):
        found.append(piece)
        if limit is not None and sum(len(search.pmids) for search in found) >= limit:
            break
    return found


def _kept(context: Collection, searches: Searches, term: str, wanted: Iterable[str]) -> frozenset[str]:
    """PMIDs that are wanted, that the version before has, and that were not revised since it was collected."""
    since = datetime.fromisoformat(context.validators["searched"]) - _OVERLAP
    revised = searches.once(f'({term}) AND ("{since:%Y/%m/%d}"[mdat] : "3000"[mdat])')
    if revised.total > len(revised.pmids) or context.previous is None:
        return frozenset()
    ids = context.previous.table("records", columns=["record_id"])["record_id"].to_pylist()
    before = {record_id.removeprefix("pubmed:") for record_id in ids}
    return frozenset(before.intersection(wanted).difference(revised.pmids))


def _received(
    slice: Slice, context: Collection, wanted: list[str], batches: Iterator[Batch]
) -> Iterator[Item]:
    """Rows of what comes; what does not is asked for once more by PMID, and rejected if PubMed has not got it."""
    left = dict.fromkeys(wanted)
    for batch in batches:
        yield from _rows(slice, batch, left)
        context.progress(len(wanted) - len(left), len(wanted), "citations")
    for batch in by_pmid(context, list(left)):
        yield from _rows(slice, batch, left)
    for pmid in left:
        yield Rejected(
            reason="not delivered",
            record_id=f"pubmed:{pmid}",
            detail="ESearch names this PMID, EFetch leaves it out",
            request=f"efetch.fcgi?db=pubmed&id={pmid}",
        )


def _rows(slice: Slice, batch: Batch, left: dict[str, None]) -> Iterator[Item]:
    """Rows of the batch's citations that are still wanted; they are struck from ``left``."""
    records = [record for pmid, record in batch.records.items() if pmid in left]
    for pmid in batch.records:
        left.pop(pmid, None)
    yield from items_of(records, slice, batch.request, batch.retrieved_at)
