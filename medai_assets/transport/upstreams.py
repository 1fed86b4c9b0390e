"""The facts about each upstream that its HTTP client needs: address, rates, where the key goes, in-band errors.

What belongs here: data and the small functions that recognise an error inside a reply. Requests are made in ``http.py``,
what is asked for stands in each source's own module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from pydantic import SecretStr

from medai_assets.settings import Settings
from medai_assets.transport.limits import Rate
from medai_assets.transport.redaction import is_loopback
from medai_assets.transport.reply import Reply

MINUTE, DAY = 60.0, 86_400.0
# Requests leave evenly but arrive unevenly: a second's allowance is spent over a tenth more than a second.
SECOND = 1.1


class Busy(Exception):
    """Raised by an ``examine`` function: the reply says "later" with status 200, so the request is repeated."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """One upstream as the HTTP client sees it.

    ``key_header`` or ``key_parameter`` says where the key goes; it is sent to ``base_url``'s host only.
    ``examine`` looks at each reply with status 200 and raises ``Busy`` when it is an error in disguise.
    """

    name: str
    base_url: str
    rates: tuple[Rate, ...]
    key: SecretStr | None = None
    key_header: str | None = None
    key_parameter: str | None = None
    key_variable: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    examine: Callable[[Reply], None] | None = None
    attempts: int = 6
    first_backoff: float = 0.5  # seconds; doubles with each attempt, plus up to as much jitter
    longest_backoff: float = 30.0
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    deadline: float = 300.0  # seconds for one request with all its attempts and waits
    download_deadline: float = 3600.0


def upstream(source: str, settings: Settings) -> Upstream:
    """The upstream behind a source, with the key from the settings.

    Raises:
        KeyError: there is no such source.
    """
    found = _BUILDERS[source](settings)
    return replace(found, rates=paced(found.rates)) if is_loopback(found.base_url) else found


def paced(rates: tuple[Rate, ...]) -> tuple[Rate, ...]:
    """The rates kept towards the sandbox: its model's pace, without the allowance of a day."""
    return tuple(rate for rate in rates if rate.seconds <= MINUTE)


def _fda(settings: Settings) -> Upstream:
    """240 a minute; a day 1,000 without and 120,000 with a key. Bursts may be refused below that, so four a second."""
    key = settings.openfda_api_key
    a_day = 120_000 if key else 1_000
    return Upstream(
        "fda",
        settings.endpoints.fda,
        (Rate(4, SECOND), Rate(240, MINUTE), Rate(a_day, DAY)),
        key=key,
        key_header="X-Api-Key",  # the gateway takes it there too, and so it is in no URL
        key_variable="OPENFDA_API_KEY",
    )


def _eutils(settings: Settings) -> Upstream:
    """Three requests a second without, ten with a key; ``tool`` and ``email`` on each (NCBI's usage policy)."""
    key = settings.ncbi_api_key
    told = {"tool": "medai-assets"} | ({"email": settings.contact_email} if settings.contact_email else {})
    return Upstream(
        "eutils",
        settings.endpoints.eutils,
        (Rate(10 if key else 3, SECOND),),
        key=key,
        key_parameter="api_key",
        key_variable="NCBI_API_KEY",
        parameters=told,
        examine=ncbi_says_later,
    )


def _nhs(settings: Settings) -> Upstream:
    """1,200 a minute in production, 120 in integration, 60 in the public sandbox (the API's catalogue page)."""
    host = urlsplit(settings.endpoints.nhs).hostname or ""
    a_minute = 60 if host.startswith("sandbox.") else 120 if host.startswith("int.") else 1_200
    return Upstream(
        "nhs",
        settings.endpoints.nhs,
        (Rate(max(1, a_minute // 60), SECOND), Rate(a_minute, MINUTE)),
        key=settings.nhs_api_key,
        key_header="apikey",
        key_variable="NHS_API_KEY",
    )


def _ncbi_ftp(settings: Settings) -> Upstream:
    """Large files; no published rate, so two a second."""
    return Upstream("ncbi-ftp", settings.endpoints.ncbi_ftp, (Rate(2, SECOND),))


def _cdc(settings: Settings) -> Upstream:
    """No published rate: two a second, and what it says with 429 and 503."""
    return Upstream("cdc", settings.endpoints.cdc, (Rate(2, SECOND),))


def _github(settings: Settings) -> Upstream:
    """One archive; GitHub allows 60 anonymous requests an hour to its API and more to archives."""
    return Upstream("github", settings.endpoints.github, (Rate(1, SECOND),))


def _hub(settings: Settings) -> Upstream:
    """The hub counts requests in windows of five minutes, 500 for anonymous callers; two a second with that cap."""
    return Upstream(
        "hub",
        settings.endpoints.hub,
        (Rate(2, SECOND), Rate(450, 5 * MINUTE)),
        key=SecretStr(f"Bearer {settings.hf_token.get_secret_value()}") if settings.hf_token else None,
        key_header="Authorization",
        key_variable="HF_TOKEN",
    )


_BUILDERS: dict[str, Callable[[Settings], Upstream]] = {
    "fda": _fda,
    "pubmed": _eutils,
    "pubmed_bulk": _ncbi_ftp,
    "nhs": _nhs,
    "cdc": _cdc,
    "medquad": _github,
    "huggingface": _hub,
}


def ncbi_says_later(reply: Reply) -> None:
    """NCBI's rate-limit error has been seen with status 200: ``{"error":"API rate limit exceeded", …}``."""
    if b"API rate limit exceeded" in reply.body[:300]:
        raise Busy("API rate limit exceeded, said with status 200")
