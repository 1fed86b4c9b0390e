"""openFDA drug labels as a source."""

from __future__ import annotations

import re
from datetime import timedelta

from medai_assets.foundation.slices import BOTH, LIVE, Slice
from medai_assets.sources.id_spellings import UUID, plain
from medai_assets.sources.source import Endpoint, Key, Source
from medai_assets.transport.limits import Rate
from medai_assets.transport.upstreams import DAY, MINUTE, SECOND

DOWNLOAD = Endpoint(
    "fda_download",
    "https://api.fda.gov/download.json",
    "fda-download/download.json",
    "medai_assets.sandbox.fda_bulk:BulkLabels",
)


def _rates(address: str, has_key: bool) -> tuple[Rate, ...]:
    """240 a minute; a day 1,000 without and 120,000 with a key. Bursts may be refused below that, so four a second."""
    return (Rate(4, SECOND), Rate(240, MINUTE), Rate(120_000 if has_key else 1_000, DAY))


def set_id(text: str) -> str:
    """A label's set id in small letters with its hyphens: the case of a UUID is no identity."""
    parts = UUID.fullmatch(plain(text))
    return "-".join(parts.groups()) if parts else plain(text)


SOURCE = Source(
    name="fda",
    title="drug labels",
    publisher="openFDA",
    country="US",
    description="Drug labels from openFDA, one slice a year of `effective_time`. Each record is one label set, newest "
    "version, verbatim.",
    terms="free for any use unless marked; never imply FDA's endorsement; openFDA asks not to rely on it for medical care",
    attribution="openFDA, set id, version, date",
    licences=("CC0-1.0",),
    slices=tuple(
        Slice(
            "fda",
            str(year),
            {"effective_time": str(year)},
            f"labels in force since {year}",
            BOTH if year >= 2023 else LIVE,
        )
        for year in range(2006, 2027)
    ),
    endpoints=(Endpoint("fda", "https://api.fda.gov", "fda", "medai_assets.sandbox.fda:Labels"), DOWNLOAD),
    rates=_rates,
    downloads_from=("download.open.fda.gov",),  # what the bulk manifest names
    key=Key(
        "OPENFDA_API_KEY",
        "without it openFDA allows 1,000 requests a day",
        header="X-Api-Key",  # the gateway takes it there too, and so it is in no URL
    ),
    cited_as="the FDA drug label of {title}, version {version}, in force since {date}",
    record_prefix="fda",
    record_form=re.compile(r"fda:[0-9a-z._-]+"),
    record_example="fda:<set id>",
    canonical=set_id,
    other_prefixes=("openfda",),
    bare_form=UUID,
    collector="medai_assets.sources.fda.collect:collect",
    contracts="medai_assets.sources.fda.contract:CONTRACTS",
    parser="medai_assets.sources.fda.parse:parse",
    schedule="0 6 * * 2",  # label data update weekly
    fresh_within=timedelta(days=14),
    traits=frozenset({"label", "medicine_pages"}),
    withdraws=True,
    icons=("openfda",),
)
