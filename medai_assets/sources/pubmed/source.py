"""PubMed as two sources: by topic through E-utilities, and in bulk from NLM's files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from medai_assets.foundation.slices import BOTH, LIVE, SAMPLE, Slice
from medai_assets.settings import Settings
from medai_assets.sources.id_spellings import plain
from medai_assets.sources.source import Endpoint, Key, Source
from medai_assets.transport.limits import Rate
from medai_assets.transport.reply import Reply
from medai_assets.transport.upstreams import SECOND, Busy

# Topics with many clinical conclusions; MeSH headings, so that a query means the same every time.
_TOPICS = {
    "asthma": "asthma[MeSH Terms]",
    "diabetes": "diabetes mellitus[MeSH Terms]",
    "hypertension": "hypertension[MeSH Terms]",
    "stroke": "stroke[MeSH Terms]",
    "neoplasms": "neoplasms[MeSH Terms]",
    "anti-bacterial-agents": "anti-bacterial agents[MeSH Terms]",
    "depression": "depressive disorder[MeSH Terms]",
    "pregnancy-complications": "pregnancy complications[MeSH Terms]",
}
_IN_SAMPLE = ("asthma", "diabetes", "hypertension", "neoplasms")
_BULK_GROUP = 50  # files a slice: about 1.5 million citations, and 27 slices for the whole baseline


def _topic(key: str, term: str) -> Slice:
    query = {"term": f"{term} AND hasabstract[Filter] AND english[Language]"}
    return Slice("pubmed", key, query, f"PubMed: {term}", BOTH if key in _IN_SAMPLE else LIVE)


def _files(
    key: str, tree: str, first: int, last: int, title: str = "", profiles: tuple[str, ...] = LIVE
) -> Slice:
    query = {"tree": tree, "first": str(first), "last": str(last)}
    return Slice("pubmed_bulk", key, query, title, profiles)


def _groups(tree: str, first: int, end: int) -> list[Slice]:
    """Groups of files by number; a group that the tree does not reach yet is an empty slice."""
    name = "update" if tree == "updatefiles" else tree
    return [
        _files(f"{name}-{a:04d}", tree, a, b, f"{name} files {a}–{b}")
        for a in range(first, end, _BULK_GROUP)
        for b in (a + _BULK_GROUP - 1,)
    ]


def _eutils_rates(address: str, has_key: bool) -> tuple[Rate, ...]:
    """Three requests a second without, ten with a key (NCBI's usage policy)."""
    return (Rate(10 if has_key else 3, SECOND),)


def _identification(settings: Settings) -> Mapping[str, str]:
    """``tool`` and ``email`` on each request, as NCBI's usage policy asks."""
    return {"tool": "medai-assets"} | ({"email": settings.contact_email} if settings.contact_email else {})


def is_ncbi_rate_limit(reply: Reply) -> None:
    """NCBI's rate-limit error has been seen with status 200: ``{"error":"API rate limit exceeded", …}``."""
    if b"API rate limit exceeded" in reply.body[:300]:
        raise Busy("API rate limit exceeded, said with status 200")


def _pmid(text: str) -> str:
    found = re.fullmatch(r"(?:pmid:?)?\s*0*([1-9][0-9]*)", plain(text))
    return found[1] if found else plain(text)


_SHARED: dict[str, Any] = {
    "publisher": "NLM",
    "terms": "NLM asks to be acknowledged and to keep the copy current; **abstracts may be under publishers' copyright**: "
    "whether to train on them is your own legal judgement, and they should not be redistributed",
    "attribution": "journal citation, PMID",
    "licences": ("LicenseRef-PubMed-Abstract",),
    "record_prefix": "pubmed",
    "record_form": re.compile(r"pubmed:[1-9][0-9]*"),
    "record_example": "pubmed:31031480",
    "canonical": _pmid,
    "other_prefixes": ("pmid", "pubmed_bulk"),
    "bare_form": re.compile(r"pmid\s*[0-9]+"),
    "parser": "medai_assets.sources.pubmed.parse:candidates",
    "parses_batches": True,
    "fresh_within": timedelta(days=14),
    "traits": frozenset({"citation"}),
    "withdraws": True,
    "icons": ("pubmed",),
}

BY_TOPIC = Source(
    name="pubmed",
    title="citations and abstracts, by topic",
    description="PubMed citations by topic through NCBI's E-utilities, verbatim XML, with retractions recognised.",
    slices=tuple(_topic(key, term) for key, term in _TOPICS.items()),
    endpoints=(
        Endpoint(
            "eutils",
            "https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
            "eutils",
            "medai_assets.sandbox.eutils:Eutils",
            from_kit=True,
        ),
    ),
    rates=_eutils_rates,
    key=Key(
        "NCBI_API_KEY",
        "without it NCBI allows 3 requests a second instead of 10",
        parameter="api_key",
    ),
    contact=_identification,
    examine=is_ncbi_rate_limit,
    client="eutils",
    collector="medai_assets.sources.pubmed.eutils:collect",
    contracts="medai_assets.sources.pubmed.contract:BY_TOPIC",
    schedule="0 3 * * 6",  # NCBI asks that large jobs run at weekends or at night, US Eastern
    **_SHARED,
)

IN_BULK = Source(
    name="pubmed_bulk",
    title="citations and abstracts, in bulk",
    description="PubMed citations from NLM's baseline and update files, in file order, with revisions and deletions resolved.",
    slices=(
        _files("baseline-sample", "baseline", 1, 99, "the sample baseline file", SAMPLE),
        _files("update-sample", "updatefiles", 1, 9999, "the sample update file", SAMPLE),
        *_groups("baseline", 1, 1400),
        *_groups("updatefiles", 1301, 1800),
    ),
    endpoints=(
        Endpoint(
            "ncbi_ftp",
            "https://ftp.ncbi.nlm.nih.gov",
            "ncbi-ftp",
            "medai_assets.sandbox.ncbi_ftp:FileTree",
            from_kit=True,
        ),
    ),
    # Large files; no published rate, so two a second.
    rates=(Rate(2, SECOND),),
    client="ncbi-ftp",
    collector="medai_assets.sources.pubmed.bulk:collect",
    contracts="medai_assets.sources.pubmed.contract:IN_BULK",
    schedule="0 4 * * 6",
    live_limit=None,  # files are fetched whole, and what comes later goes on top only of what is whole
    on_request=True,  # 1,300 files: a first live collection goes by topic
    **_SHARED,
)
