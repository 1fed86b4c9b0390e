"""What the bucket of PMC's articles answers with: a list of objects, an article's metadata, and its JATS XML."""

from __future__ import annotations

from pathlib import Path

from medai_assets.sources.contract import Contract, ReplyRequest, RequestContext
from medai_assets.sources.pmc.listing import FOLDER

_FOLDER = Path(__file__).parent
_SERVICE = "https://pmc.ncbi.nlm.nih.gov/tools/pmcaws/"


def _objects(context: RequestContext) -> ReplyRequest:
    after = FOLDER + context.query["first"]
    return ReplyRequest("", {"list-type": "2", "prefix": FOLDER, "start-after": after, "max-keys": "1"})


def _metadata(context: RequestContext) -> ReplyRequest:
    return ReplyRequest(context.found("objects.xml", r"<Key>([^<>]+)</Key>"))


def _article(context: RequestContext) -> ReplyRequest:
    facts = context.json("metadata.json")
    name = f"{facts['pmcid']}.{facts['version']}"
    return ReplyRequest(f"{name}/{name}.xml")


CONTRACTS = (
    Contract(
        _FOLDER / "objects.xml",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html",
        "",
        _objects,
    ),
    Contract(_FOLDER / "metadata.json", _SERVICE, r"metadata/PMC\d+\.\d+\.json", _metadata),
    Contract(
        _FOLDER / "article.xml",
        "https://jats.nlm.nih.gov/archiving/tag-library/1.4/",
        r"PMC\d+\.\d+/PMC\d+\.\d+\.xml",
        _article,
        open_below=("article",),  # hundreds of elements, each article with its own
    ),
)
