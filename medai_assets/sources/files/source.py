"""A person's own records as a source."""

from __future__ import annotations

import re
from datetime import timedelta

from medai_assets.foundation.licences import LICENCES
from medai_assets.sources.id_spellings import row_key
from medai_assets.sources.source import Source

SOURCE = Source(
    name="files",
    title="a person's own files",
    publisher="as `files.yaml` says",
    description="Records of your own: CSV, JSON lines, Parquet, Markdown, HTML or text in a folder or an object store, one slice "
    "a set of `files.yaml`.",
    terms="the licence that `files.yaml` names for each set",
    attribution="as `files.yaml` says, file or address",
    licences=tuple(LICENCES),
    slices=(),
    slices_of="medai_assets.sources.files.catalogue:slices_of",
    endpoints=(),
    # None: nobody else's service is asked.
    rates=(),
    record_prefix="files",
    record_form=re.compile(r"files:[a-z0-9]+(?:-[a-z0-9]+)*/\S(?:.*\S)?"),
    record_example="files:<set>/<id or file>",
    canonical=row_key,
    collector="medai_assets.sources.files.collect:collect",
    parser="medai_assets.sources.files.parse:parse",
    outside="medai_assets.sources.files.folder:parts",
    schedule="0 5 * * *",
    fresh_within=timedelta(days=365),
    live_limit=None,  # a limit spares upstreams
    traits=frozenset(
        {"question_answer", "page", "care_cards", "describes_conditions", "patients_write", "many_publishers"}
    ),
    withdraws=True,
    icons=("csv",),
)
