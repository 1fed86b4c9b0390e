"""Retraction Watch's table as a source of withdrawals; it brings no text."""

from __future__ import annotations

import re
from datetime import timedelta

from medai_assets.foundation.slices import BOTH, Slice
from medai_assets.sources.id_spellings import number
from medai_assets.sources.source import Endpoint, Source
from medai_assets.transport.limits import Rate
from medai_assets.transport.upstreams import SECOND

SOURCE = Source(
    name="retraction_watch",
    title="retractions, corrections and concerns; no texts",
    publisher="Retraction Watch, through Crossref",
    description="Retractions of articles, whoever reported them, matched by PMID and DOI with reason and date. They withdraw "
    "records of PubMed and PMC; no passage is made of them.",
    terms="open data that Crossref publishes every working day and asks to cite; we found no licence stated, so that only ids, "
    "titles, dates and reasons are kept, and nothing of it is trained on; authors' names are left out",
    attribution="Retraction Watch Data, the table's address, number of the notice",
    licences=("LicenseRef-None-Stated",),
    slices=(Slice("retraction_watch", "all", {"table": "retraction_watch.csv"}, "The whole table", BOTH),),
    endpoints=(
        Endpoint("gitlab", "https://gitlab.com", "gitlab", "medai_assets.sandbox.gitlab:RetractionTable"),
    ),
    # One file; GitLab lets 300 requests a minute for raw files of a project pass without a name.
    rates=(Rate(1, SECOND),),
    client="gitlab",
    record_prefix="retraction_watch",
    record_form=re.compile(r"retraction_watch:[1-9][0-9]*"),
    record_example="retraction_watch:<number>",
    canonical=number,
    collector="medai_assets.sources.retraction_watch.collect:collect",
    contracts="medai_assets.sources.retraction_watch.contract:CONTRACTS",
    schedule="0 4 * * 1",
    fresh_within=timedelta(days=14),
    withdraws=True,
    icons=("csv",),
)
