"""CDC's syndicated pages as a source."""

from __future__ import annotations

import re
from datetime import timedelta

from medai_assets.foundation.slices import Slice
from medai_assets.sources.id_spellings import number
from medai_assets.sources.source import Endpoint, Source
from medai_assets.transport.limits import Rate
from medai_assets.transport.upstreams import SECOND

SOURCE = Source(
    name="cdc",
    title="syndicated CDC pages",
    publisher="CDC",
    country="US",
    description="Syndicated CDC pages, one slice a topic; media of third parties are marked.",
    terms="attribute CDC; no endorsement; do not change the substance; third parties' text is excepted and marked",
    attribution="source, page address",
    licences=("LicenseRef-US-Government-Work", "LicenseRef-Third-Party"),
    slices=tuple(
        Slice("cdc", topic, {"topic": topic}, f"CDC content: {topic}")
        for topic in (
            "diabetes",
            "heart-disease-stroke",
            "flu-vaccines",
            "food-safety",
            "injury-poisoning",
            "infectious-diseases",
            "maternal-health",
            "heat-and-disaster",
        )
    ),
    endpoints=(Endpoint("cdc", "https://tools.cdc.gov/api/v2", "cdc", "medai_assets.sandbox.cdc:Media"),),
    # No published rate: two a second, and what it says with 429 and 503.
    rates=(Rate(2, SECOND),),
    cited_as="the CDC's page “{title}”, last changed {date}",
    record_prefix="cdc",
    record_form=re.compile(r"cdc:[1-9][0-9]*"),
    record_example="cdc:<number>",
    canonical=number,
    collector="medai_assets.sources.cdc.collect:collect",
    contracts="medai_assets.sources.cdc.contract:CONTRACTS",
    parser="medai_assets.sources.cdc.parse:parse",
    schedule="0 6 * * 3",
    fresh_within=timedelta(days=14),
    traits=frozenset({"page", "care_cards", "describes_conditions"}),
    icons=("cdc",),
)
