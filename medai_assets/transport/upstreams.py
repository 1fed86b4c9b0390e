"""What the HTTP client needs to know of an upstream: address, rates, where the key goes, in-band errors.

Each source states these facts in its own folder; ``sources.registry.upstream`` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from medai_assets.foundation.redaction import Secrets
from medai_assets.transport.limits import Rate
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
    bucket: str = ""  # what its pace is kept under on this machine; "" = its name
    endpoints: tuple[str, ...] = ()  # further addresses of the upstream's own
    downloads_from: tuple[str, ...] = ()  # other hosts that serve its files, * for any beginning
    examine: Callable[[Reply], None] | None = None
    attempts: int = 6
    first_backoff: float = 0.5  # seconds; doubles with each attempt, plus up to as much jitter
    longest_backoff: float = 30.0
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    deadline: float = 300.0  # seconds for one request with all its attempts and waits
    download_deadline: float = 3600.0
    largest_reply: int = 512 << 20  # bytes kept in memory; larger things are downloaded to a file


def secrets_of(upstream: Upstream) -> Secrets:
    """The upstream's key and the person's address that goes with it."""
    key = upstream.key.get_secret_value() if upstream.key else ""
    return Secrets([key, key.removeprefix("Bearer "), upstream.parameters.get("email", "")])


def paced(rates: tuple[Rate, ...]) -> tuple[Rate, ...]:
    """The rates kept towards the sandbox: its model's pace, without the allowance of a day."""
    return tuple(rate for rate in rates if rate.seconds <= MINUTE)
