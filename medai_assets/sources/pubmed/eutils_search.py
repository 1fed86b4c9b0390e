"""ESearch: the PMIDs of a term, in pieces that PubMed's bound allows, kept on the history server.

Source: NCBI's E-utilities manual (NBK25499) and its replies. PubMed gives at most 9,999 PMIDs a query, cuts silently above, and
reports errors with status 200.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from medai_assets.sources.collection import Collection
from medai_assets.transport.errors import Misread, ReplyInvalid
from medai_assets.transport.reply import Reply
from medai_assets.transport.walks import Walk, confirmed_entries

BOUND = 9_999
_FIRST_DAY = date(1700, 1, 1)  # before any entry date in PubMed
_LAST_PMID = 1 << 28
_GROWN = 1.1  # times that a search may count more a moment later
_SEARCH = "esearch.fcgi"


@dataclass(frozen=True, slots=True)
class Found:
    """A search whose PMIDs fit one query.

    Attributes:
        term: what was searched, a narrowing by date included.
        pmids: in PubMed's order.
        history: ``WebEnv`` and ``query_key`` of the search on the history server.
        total: what PubMed counts, which may be more than it gives.
    """

    term: str
    pmids: tuple[str, ...]
    history: Mapping[str, str]
    total: int


class Searches:
    """The searches of one slice.

    Args:
        fixed: parameters of every search, such as the slice's own dates.
    """

    def __init__(self, context: Collection, fixed: Mapping[str, str]) -> None:
        self.context = context
        self.fixed = fixed
        self.unreached = 0  # PMIDs that PubMed counts and no piece of a split search holds
        self._repeated: dict[str, int] = {}

    def once(self, term: str, wanted: int = BOUND) -> Found:
        """One search. ``wanted`` is the most PMIDs asked for.

        Raises:
            ReplyInvalid: PubMed reports an error or the reply lacks a field.
            Misread: PubMed does not know a phrase and would have searched without it.
        """
        form = {
            "db": "pubmed",
            "term": term,
            "retmode": "json",
            "usehistory": "y",
            "retmax": str(wanted),
            **self.fixed,
        }
        name = f"search {term} #{self._repeated.get(term, 0)}"
        reply = self.context.journal.reply(
            name, lambda: self.context.http.post(_SEARCH, form, expect=_result)
        )
        return _found(term, reply)

    def again(self, term: str, wanted: int = BOUND) -> Found:
        """The same search anew: the list moved, or the history server forgot it."""
        self._repeated[term] = self._repeated.get(term, 0) + 1
        return self.once(term, wanted)

    def all_of(self, term: str) -> Iterator[Found]:
        """Searches that together give every PMID of a term, split by entry date until each piece fits."""
        found = self.once(term)
        if found.total <= BOUND:
            yield self._settled(found)
            return
        reached: set[str] = set()
        last = datetime.now(UTC).date() + timedelta(days=366)
        (whole,) = self._parts(found, [_dated(term, _FIRST_DAY, last)])
        for piece in self._by_date(whole, term, _FIRST_DAY, last):
            reached.update(piece.pmids)
            yield piece
        self.unreached = max(0, found.total - len(reached))

    def _by_date(self, found: Found, term: str, first: date, last: date) -> Iterator[Found]:
        if not found.total:
            return
        if found.total <= BOUND:
            yield self._settled(found)
        elif first == last:
            (day,) = self._parts(found, [_numbered(found.term, 1, _LAST_PMID)])
            yield from self._by_pmid(day, found.term, 1, _LAST_PMID)
        else:
            middle = first + (last - first) // 2
            spans = [(first, middle), (middle + timedelta(days=1), last)]
            for span, part in zip(spans, self._parts(found, [_dated(term, *span) for span in spans])):
                yield from self._by_date(part, term, *span)

    def _by_pmid(self, found: Found, term: str, first: int, last: int) -> Iterator[Found]:
        """A day on which more was entered than a query may give, as when a publisher's back files came."""
        if found.total > BOUND and first < last:
            middle = (first + last) // 2
            spans = [(first, middle), (middle + 1, last)]
            for span, part in zip(spans, self._parts(found, [_numbered(term, *span) for span in spans])):
                yield from self._by_pmid(part, term, *span)
        elif found.total:
            yield self._settled(found)

    def _parts(self, whole: Found, terms: list[str]) -> list[Found]:
        """The searches that a search is split into; raises ReplyInvalid where they count more than it: that has no end."""
        parts = [self.once(term) for term in terms]
        counted = sum(part.total for part in parts)
        if counted > _GROWN * whole.total + 100:
            problem = f"it counts {whole.total:,} PMIDs, and {counted:,} in parts of the same search"
            raise ReplyInvalid("pubmed", _SEARCH, problem)
        return parts

    def _settled(self, found: Found) -> Found:
        """The search once its list and its count agree, or two lists in a row do."""
        latest = found

        def walk(number: int) -> Walk:
            nonlocal latest
            latest = found if number == 0 else self.again(found.term)
            return Walk(dict.fromkeys(latest.pmids), latest.total)

        confirmed_entries(walk, "pubmed", _SEARCH)
        return latest


def _dated(term: str, first: date, last: date) -> str:
    return f'({term}) AND ("{first:%Y/%m/%d}"[edat] : "{last:%Y/%m/%d}"[edat])'


def _numbered(term: str, first: int, last: int) -> str:
    return f"({term}) AND ({first}:{last}[uid])"


def _found(term: str, reply: Reply) -> Found:
    result = _result(reply)
    unknown = result.get("errorlist", {}).get("phrasesnotfound", []) + result.get("errorlist", {}).get(
        "fieldsnotfound", []
    )
    if unknown:
        raise Misread(
            f"PubMed does not know {', '.join(map(repr, unknown))} in the term {term!r} and would have searched without "
            "it; correct the slice's query"
        )
    history = {"WebEnv": result.get("webenv", ""), "query_key": result.get("querykey", "")}
    return Found(term, tuple(result["idlist"]), history, int(result["count"]))


def _result(reply: Reply) -> dict[str, Any]:
    """The ``esearchresult`` object. Raises ReplyInvalid for PubMed's own errors and for a missing field."""
    content = reply.json()
    result = content.get("esearchresult") if isinstance(content, dict) else None
    if not isinstance(result, dict):
        raise ReplyInvalid(reply.source, reply.url, f"no field esearchresult in {reply.body[:80]!r}")
    if "ERROR" in result:
        raise ReplyInvalid(reply.source, reply.url, f"PubMed says {' '.join(str(result['ERROR']).split())!r}")
    if not isinstance(result.get("idlist"), list) or not str(result.get("count", "")).isdigit():
        raise ReplyInvalid(reply.source, reply.url, "esearchresult has no list idlist or no number count")
    if not all(isinstance(pmid, str) and pmid.isascii() and pmid.isdigit() for pmid in result["idlist"]):
        raise ReplyInvalid(reply.source, reply.url, "idlist holds what is no PMID")
    if len({*result["idlist"]}) < len(result["idlist"]):
        raise ReplyInvalid(reply.source, reply.url, "idlist names a PMID twice")
    if int(result["count"]) and not result["idlist"]:
        raise ReplyInvalid(
            reply.source, reply.url, f"it counts {result['count']} PMIDs and lists none in idlist"
        )
    return result
