"""What GitLab answers with for Retraction Watch's table: its headers, and the columns of the table."""

from __future__ import annotations

from pathlib import Path

from medai_assets.sources.contract import Contract, ReplyRequest
from medai_assets.sources.retraction_watch.collect import TABLE

_FOLDER = Path(__file__).parent
_COLUMNS = "https://www.crossref.org/documentation/retrieve-metadata/retraction-watch/"
_PLACE = r"crossref/retraction-watch-data/-/raw/main/retraction_watch\.csv"

CONTRACTS = (
    Contract(_FOLDER / "table.head", _COLUMNS, _PLACE, lambda context: ReplyRequest(TABLE, method="HEAD")),
    # Of sixty megabytes the first line.
    Contract(
        _FOLDER / "retraction_watch.csv", _COLUMNS, _PLACE, lambda context: ReplyRequest(TABLE, first=4096)
    ),
)
