"""PubMed Central's open-access subset as a source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from medai_assets.foundation.slices import LIVE, SAMPLE, Slice
from medai_assets.sources.id_spellings import plain
from medai_assets.sources.source import Endpoint, Source
from medai_assets.transport.limits import Rate
from medai_assets.transport.upstreams import SECOND

# PMCIDs are given out in order and listed by their digits: those of 8 digits begin with 10 to 13 by now, all others have 7
# or fewer. So each of these slices has room for some 200,000 articles.
_NEWER = range(100, 140, 2)
_OLDER = range(140, 1000, 20)


def _slice(first: int, last: int, key: str = "", profiles: tuple[str, ...] = LIVE) -> Slice:
    query = {"first": str(first), "last": str(last)}
    return Slice(
        "pmc", key or f"{first}-{last}", query, f"PMCIDs that begin with {first} to {last}", profiles
    )


def _live() -> Iterator[Slice]:
    """Every PMCID of three digits and more in one slice; the lowest that was ever given out has five."""
    for firsts in (_NEWER, _OLDER):
        for first in firsts:
            yield _slice(first, first + firsts.step - 1)


def _pmcid(text: str) -> str:
    found = re.fullmatch(r"(?:pmcid:?\s*)?(?:pmc\s*)?0*([1-9][0-9]*)", plain(text))
    return f"PMC{found[1]}" if found else text.strip()


SOURCE = Source(
    name="pmc",
    title="full text of open-access articles",
    publisher="NLM, PubMed Central",
    description="Open-access articles of PubMed Central with their licence, full text in JATS XML; retractions followed.",
    terms="each article under its own licence: CC0, CC BY and CC BY-SA are collected, all others refused and counted; "
    "acknowledge NLM, keep the copy current, claim no endorsement",
    attribution="authors, title, journal citation, PMCID, licence",
    licences=(
        "CC0-1.0",
        *(f"CC-{terms}-{version}" for terms in ("BY", "BY-SA") for version in ("4.0", "3.0", "2.5", "2.0")),
    ),
    slices=(
        _slice(9000, 9000, "sample-9000", SAMPLE),
        _slice(9001, 9001, "sample-9001", SAMPLE),
        *_live(),
    ),
    endpoints=(
        Endpoint("pmc", "https://pmc-oa-opendata.s3.amazonaws.com", "pmc", "medai_assets.sandbox.pmc:Bucket"),
    ),
    # Files on Amazon's open-data programme, without a published rate: ten a second.
    rates=(Rate(10, SECOND),),
    record_prefix="pmc",
    record_form=re.compile(r"pmc:PMC[1-9][0-9]*"),
    record_example="pmc:PMC<number>",
    canonical=_pmcid,
    other_prefixes=("pmcid",),
    bare_form=re.compile(r"(?:pmcid:?\s*)?pmc\s*[0-9]+"),
    collector="medai_assets.sources.pmc.collect:collect",
    contracts="medai_assets.sources.pmc.contract:CONTRACTS",
    parser="medai_assets.sources.pmc.parse:parse",
    schedule="0 5 * * 6",
    fresh_within=timedelta(days=14),
    on_request=True,  # millions of articles: a first live collection names its slices
    traits=frozenset({"citation"}),
    withdraws=True,
    icons=("pubmed",),
)
