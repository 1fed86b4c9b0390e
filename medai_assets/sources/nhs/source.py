"""The NHS website as a source."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

from medai_assets.foundation.slices import BOTH, LIVE, Slice
from medai_assets.sources.source import Endpoint, Key, Source
from medai_assets.transport.limits import Rate
from medai_assets.transport.upstreams import MINUTE, SECOND

_SECTIONS = {
    "conditions": True,
    "symptoms": True,
    "medicines": True,
    "mental-health": True,
    "tests-and-treatments": True,
    "live-well": False,
    "pregnancy": False,
    "contraception": False,
    "vaccinations": False,
    "womens-health": False,
    "baby": False,
    "social-care-and-support": False,
}


def _rates(address: str, has_key: bool) -> tuple[Rate, ...]:
    """1,200 a minute in production, 120 in integration, 60 in the public sandbox (the API's catalogue page)."""
    host = urlsplit(address).hostname or ""
    a_minute = 60 if host.startswith("sandbox.") else 120 if host.startswith("int.") else 1_200
    return (Rate(max(1, a_minute // 60), SECOND), Rate(a_minute, MINUTE))


def page_path(text: str) -> str:
    """A page's path without a slash in front, behind, or twice."""
    return "/".join(part.strip() for part in text.strip().split("/") if part.strip())


SOURCE = Source(
    name="nhs",
    title="NHS website pages",
    publisher="NHS England",
    country="GB",
    description="Pages of the NHS website, one slice a section. The terms ask that a copy is refreshed at least every seven days.",
    terms='attribution ("From www.nhs.uk"); a cached copy is refreshed at least every seven days; no logos, no third-party images',
    attribution="page address, dates",
    licences=("OGL-UK-3.0",),
    slices=tuple(
        Slice("nhs", section, {"section": section}, f"NHS website: {section}", BOTH if sample else LIVE)
        for section, sample in _SECTIONS.items()
    ),
    endpoints=(
        Endpoint(
            "nhs",
            "https://api.service.nhs.uk/nhs-website-content",
            "nhs",
            "medai_assets.sandbox.nhs:Content",
        ),
    ),
    rates=_rates,
    key=Key(
        "NHS_API_KEY",
        "without it the NHS API answers only from its sandbox",
        header="apikey",
    ),
    cited_as="the NHS website's page “{title}”, last changed {date}",
    record_prefix="nhs",
    record_form=re.compile(r"nhs:[^\s@/?#]+(?:/[^\s@/?#]+)*"),
    record_example="nhs:<path>",
    canonical=page_path,
    collector="medai_assets.sources.nhs.collect:collect",
    contracts="medai_assets.sources.nhs.contract:CONTRACTS",
    parser="medai_assets.sources.nhs.parse:parse",
    schedule="0 5 */3 * *",
    fresh_within=timedelta(days=7),
    # The API's terms (digital.nhs.uk/developer/api-catalogue/nhs-website-content): refreshed at least so often.
    refresh_within=timedelta(days=7),
    traits=frozenset(
        {"page", "care_cards", "states_levels", "states_genre", "medicine_pages", "describes_conditions"}
    ),
    icons=("nhs",),
)
