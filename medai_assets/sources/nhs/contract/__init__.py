"""What the NHS website's content API answers with: a page of its manifest, and a page of the website."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from medai_assets.sources.contract import Contract, ReplyRequest, RequestContext

_FOLDER = Path(__file__).parent
_CATALOGUE = "https://digital.nhs.uk/developer/api-catalogue/nhs-website-content/v2"


def _page(context: RequestContext) -> ReplyRequest:
    url = context.json("manifest.json")["results"][0]["url"]
    return ReplyRequest(urlsplit(url).path.removeprefix("/nhs-website-content"))


CONTRACTS = (
    Contract(
        _FOLDER / "manifest.json",
        _CATALOGUE,
        r"manifest/pages/",
        lambda context: ReplyRequest("/manifest/pages/", {"page": "1"}),
    ),
    # Of a page only what schema.org's MedicalWebPage has everywhere; its parts differ from template to template.
    Contract(
        _FOLDER / "page.json",
        _CATALOGUE,
        r"(?!manifest/)[a-z-]+/.+/",
        _page,
        open_below=("hasPart", "mainEntityOfPage", "breadcrumb", "relatedLink", "mainEntity"),
    ),
)
