"""PubMed by topic through NCBI's E-utilities: search, fetch, compare what was asked with what came.

A slice's query is ``{"term": …}``, with ``mindate``, ``maxdate`` and ``datetype`` if wanted.

What belongs here: the order of work of one slice. Searching stands in eutils_search.py, rows are made in rows.py.
PMIDs that PubMed does not have are left out of EFetch's reply without a word: only comparison tells them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from urllib.parse import urlencode

from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import Collection
from medai_assets.sources.pubmed.eutils_search import BOUND, Found, Searches
from medai_assets.sources.pubmed.rows import items_of
from medai_assets.sources.pubmed.split import BrokenXml, identity, split
from medai_assets.sources.records import Copy, Item, Rejected
from medai_assets.transport.errors import ReplyInvalid, UpstreamRefused, UpstreamUnavailable
from medai_assets.transport.reply import Reply

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
    nameless = set[bytes]()
    for batch in batches:
        yield from _rows(slice, batch, left, nameless)
        context.progress(len(wanted) - len(left), len(wanted), "citations")
    for batch in by_pmid(context, list(left)):
        yield from _rows(slice, batch, left, nameless)
    for pmid in left:
        yield Rejected(
            reason="not delivered",
            record_id=f"pubmed:{pmid}",
            detail="ESearch names this PMID, EFetch leaves it out",
            request=f"efetch.fcgi?db=pubmed&id={pmid}",
        )


def _rows(slice: Slice, batch: Batch, left: dict[str, None], nameless: set[bytes]) -> Iterator[Item]:
    """Rows of the batch's citations that are still wanted, struck from ``left``, and of those without a PMID, once each."""
    records = [record for pmid, record in batch.records.items() if pmid in left]
    for pmid in batch.records:
        left.pop(pmid, None)
    yield from items_of(records, slice, batch.request, batch.retrieved_at)
    for record in batch.nameless:
        if record not in nameless:
            nameless.add(record)
            yield Rejected(
                reason="unreadable citation",
                detail="it has no PMID where one belongs",
                payload=record.decode("utf-8", "replace"),
                request=batch.request,
                expected=True,  # the PMID that is not delivered speaks against the slice already
            )


BATCH = 400  # citations a request; NCBI asks for 200 to 500
_FETCH = "efetch.fcgi"
_MOST_EXPIRIES = 3
_FORGOTTEN = re.compile(r"obtain query|out of range|webenv|query_key|history", re.IGNORECASE)
_ERROR = re.compile(rb"<ERROR>(.*?)</ERROR>", re.DOTALL)


class HistoryExpired(Exception):
    """The history server does not know the search any more."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Citations of one reply: verbatim records by PMID, those in which none can be read, and what brought them."""

    records: dict[str, bytes]
    nameless: list[bytes]
    request: str
    retrieved_at: datetime


def from_history(context: Collection, searches: Searches, found: Found) -> Iterator[Batch]:
    """All citations of a search, BATCH at a time; when the history is forgotten the search is made again.

    After that the order may be another: what is then skipped the caller sees by comparing PMIDs.

    Raises:
        UpstreamUnavailable: the history was forgotten again and again.
    """
    expiries = 0
    for start in range(0, len(found.pmids), BATCH):
        size = min(BATCH, len(found.pmids) - start)
        while True:
            try:
                yield _from_history(context, found, start, size)
                break
            except HistoryExpired as error:
                expiries += 1
                if expiries > _MOST_EXPIRIES:
                    problem = f"the history server forgets the search each time: {error}"
                    raise UpstreamUnavailable(
                        "pubmed", _FETCH, problem, "Run the slice again later"
                    ) from error
            found = searches.again(found.term, len(found.pmids))
            if start >= len(found.pmids):
                return


def by_pmid(context: Collection, pmids: Sequence[str]) -> Iterator[Batch]:
    """The citations of these PMIDs that PubMed has."""
    for start in range(0, len(pmids), BATCH):
        some = pmids[start : start + BATCH]
        form = {"db": "pubmed", "retmode": "xml", "id": ",".join(some)}
        try:
            reply = _reply(context, f"fetch {form['id']}", form)
        except UpstreamRefused as error:
            if "ID list is empty" not in str(error):
                raise
            continue  # none of them exists
        yield _batch(reply, {"id": some[0] if len(some) == 1 else f"{some[0]}..{some[-1]}"})


def _from_history(context: Collection, found: Found, start: int, size: int) -> Batch:
    form = {"db": "pubmed", "retmode": "xml", "retstart": str(start), "retmax": str(size), **found.history}
    name = f"fetch {found.term} {start}+{size}"
    try:
        reply = _reply(context, name, form)
    except UpstreamRefused as error:
        if error.status == 400 and _FORGOTTEN.search(error.problem):
            raise HistoryExpired(error.problem) from error
        raise
    return _batch(reply, {"term": found.term, "retstart": str(start), "retmax": str(size)})


def _reply(context: Collection, name: str, form: Mapping[str, str]) -> Reply:
    return context.journal.reply(name, partial(context.http.post, _FETCH, form, expect=_citations))


def _batch(reply: Reply, asked: dict[str, str]) -> Batch:
    """The reply's records; of several versions of a citation the highest."""
    newest: dict[str, tuple[int, bytes]] = {}
    nameless: list[bytes] = []
    for record in _citations(reply):
        pmid, version = identity(record)
        if not pmid:
            nameless.append(record)
        elif version >= newest.get(str(pmid), (0, b""))[0]:
            newest[str(pmid)] = (version, record)
    records = {pmid: record for pmid, (_, record) in newest.items()}
    request = f"{reply.url}?{urlencode({'db': 'pubmed', **asked})}"
    return Batch(records, nameless, request, reply.retrieved_at)


def _citations(reply: Reply) -> list[bytes]:
    """The records of a reply.

    Raises:
        HistoryExpired: the search is forgotten, said with status 200.
        ReplyInvalid: another error in the body, or no whole set of citations.
    """
    body = reply.body
    if error := _ERROR.search(body[:2000]):
        text = " ".join(error.group(1).decode("utf-8", "replace").split())
        if _FORGOTTEN.search(text):
            raise HistoryExpired(text)
        raise ReplyInvalid(reply.source, reply.url, f"PubMed says {text!r}")
    if not body.rstrip().endswith((b"</PubmedArticleSet>", b"<PubmedArticleSet/>")):
        raise ReplyInvalid(
            reply.source, reply.url, f"not a complete set of citations; it begins {body[:80]!r}"
        )
    try:
        return split(body).records
    except BrokenXml as error:
        raise ReplyInvalid(reply.source, reply.url, str(error)) from error
