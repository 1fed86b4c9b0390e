"""What openFDA answers with: a page of the label search, the list of its exports, and a part of the export."""

from __future__ import annotations

from pathlib import Path

from medai_assets.sources.contract import Contract, ReplyRequest, RequestContext
from medai_assets.sources.fda.source import DOWNLOAD

_FOLDER = Path(__file__).parent
_FIELDS = "https://open.fda.gov/apis/drug/label/searchable-fields/"


def _search(context: RequestContext) -> ReplyRequest:
    year = context.query["effective_time"]
    dates = f"effective_time:[{year}0101 TO {year}1231]"
    return ReplyRequest("drug/label.json", {"search": dates, "sort": "effective_time:asc", "limit": "1"})


def _part(context: RequestContext) -> ReplyRequest:
    label = context.json("download.json")["results"]["drug"]["label"]
    return ReplyRequest(label["partitions"][0]["file"])


CONTRACTS = (
    # The Link header of a page, to be followed by search_after: open.fda.gov/apis/paging
    Contract(
        _FOLDER / "label.json",
        _FIELDS,
        r"drug/label\.json",
        _search,
        headers=("Link",),
        open_below=("results",),  # a label has the sections and the names that its manufacturer gave it
    ),
    Contract(
        _FOLDER / "download.json",
        "https://open.fda.gov/apis/downloads/",
        "",
        lambda context: ReplyRequest(DOWNLOAD.of(context.settings)),
        endpoint=DOWNLOAD.name,
        open_below=("results",),  # the exports of all of openFDA's data sets
    ),
    Contract(
        _FOLDER / "part.json",
        _FIELDS,
        r"drug/label/[^/]+\.zip",
        _part,
        small=False,
        endpoint=DOWNLOAD.name,
        open_below=("results",),
        inside="drug-label-0001-of-0001.json",
    ),
)
