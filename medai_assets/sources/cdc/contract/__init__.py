"""What CDC's content services answer with: the topics, a page of the media list, and one media's HTML."""

from __future__ import annotations

from pathlib import Path

from medai_assets.sources.contract import Contract, ReplyRequest, RequestContext

_FOLDER = Path(__file__).parent
_REFERENCE = "https://tools.cdc.gov/api/docs/info.aspx"


def _media(context: RequestContext) -> ReplyRequest:
    topic = context.json("topics.json")["results"][0]["name"]
    return ReplyRequest(
        "/resources/media", {"topic": topic, "mediaTypes": "HTML", "max": "1", "pagenum": "1"}
    )


def _syndicate(context: RequestContext) -> ReplyRequest:
    return ReplyRequest(f"/resources/media/{context.json('media.json')['results'][0]['id']}/syndicate")


CONTRACTS = (
    Contract(
        _FOLDER / "topics.json",
        _REFERENCE,
        r"resources/topics",
        lambda context: ReplyRequest("/resources/topics", {"showChild": "true", "max": "0"}),
        open_below=("meta.pagination",),
    ),
    Contract(_FOLDER / "media.json", _REFERENCE, r"resources/media", _media),
    Contract(_FOLDER / "syndicate.json", _REFERENCE, r"resources/media/\d+/syndicate", _syndicate),
)
