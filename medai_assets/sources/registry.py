"""The sources there are, and what is asked of all of them: slices, record ids, addresses, clients, traits."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import MappingProxyType

from pydantic import SecretStr

from medai_assets.foundation.redaction import is_loopback
from medai_assets.foundation.slices import Slice
from medai_assets.settings import Settings
from medai_assets.sources.cdc.source import SOURCE as CDC
from medai_assets.sources.fda.source import SOURCE as FDA
from medai_assets.sources.files.source import SOURCE as FILES
from medai_assets.sources.huggingface.source import SOURCE as HUGGINGFACE
from medai_assets.sources.medquad.source import SOURCE as MEDQUAD
from medai_assets.sources.nhs.source import SOURCE as NHS
from medai_assets.sources.pmc.source import SOURCE as PMC
from medai_assets.sources.pubmed.source import BY_TOPIC, IN_BULK
from medai_assets.sources.retraction_watch.source import SOURCE as RETRACTION_WATCH
from medai_assets.sources.source import Endpoint, Source, Trait
from medai_assets.transport import upstreams
from medai_assets.transport.upstreams import Upstream

# In the order in which they are shown.
SOURCES: MappingProxyType[str, Source] = MappingProxyType(
    {
        source.name: source
        for source in (FDA, BY_TOPIC, IN_BULK, PMC, NHS, CDC, MEDQUAD, HUGGINGFACE, FILES, RETRACTION_WATCH)
    }
)
ALL_SLICES: tuple[Slice, ...] = tuple(one for source in SOURCES.values() for one in source.slices)
ENDPOINTS: tuple[Endpoint, ...] = tuple(one for source in SOURCES.values() for one in source.endpoints)


@cache
def sources_with(*traits: Trait) -> frozenset[str]:
    """Names of the sources that have one of the traits."""
    return frozenset(name for name, source in SOURCES.items() if source.traits & set(traits))


def slices(source: str, settings: Settings) -> list[Slice]:
    """The slices of a source in the settings' profile, in the order they are shown.

    Raises:
        ValueError: there is no such source, or the file in which a person names its slices cannot be used.
    """
    if source not in SOURCES:
        raise ValueError(f"there is no source {source!r}; the sources are {', '.join(SOURCES)}")
    if SOURCES[source].slices_of:
        return list(SOURCES[source].load("slices_of")(settings))
    return [s for s in ALL_SLICES if s.source == source and settings.profile in s.profiles]


def find_slice(source: str, key: str, settings: Settings) -> Slice:
    """The slice with that key; raises ValueError naming the keys there are."""
    known = slices(source, settings)
    for candidate in known:
        if candidate.key == key:
            return candidate
    keys = ", ".join(s.key for s in known) or "none"
    raise ValueError(
        f"{source} has no slice {key!r} in the {settings.profile} profile; its slices are {keys}"
    )


def is_record_id(text: str) -> bool:
    """Whether a source makes ids of this form; an id of another form withdraws nothing."""
    return any(source.record_form.fullmatch(text) for source in SOURCES.values())


def of_record(record_id: str) -> list[Source]:
    """The sources whose record ids begin like this one."""
    prefix = record_id.split(":", 1)[0]
    return [source for source in SOURCES.values() if source.record_prefix == prefix]


def document_of(record_id: str) -> str:
    """The document that a record belongs to; records of one document are kept together."""
    return next((source.document_of(record_id) for source in of_record(record_id)), record_id)


def sandbox_endpoints(base: str) -> dict[str, str]:
    """All addresses under one sandbox server at ``base`` (scheme, host and port)."""
    return {one.name: f"{base}/{one.sandbox}" for one in ENDPOINTS}


def upstream(name: str, settings: Settings) -> Upstream:
    """The upstream behind a source, with its key from the settings.

    Raises:
        KeyError: there is no such source.
    """
    source = SOURCES[name]
    address, key = source.endpoints[0].of(settings) if source.endpoints else "", source.key
    value = settings.key(key.variable) if key else None
    rates = source.rates_at(address, value is not None)
    if is_loopback(address):
        rates = upstreams.paced(rates)
    found = Upstream(
        source.client or name,
        address,
        rates,
        examine=source.examine,
        endpoints=tuple(one.of(settings) for one in source.endpoints),
        downloads_from=source.downloads_from,
    )
    if source.contact:
        found = replace(found, parameters=source.contact(settings))
    if key is None:
        return found
    secret = SecretStr(f"{key.scheme}{value.get_secret_value()}") if value else None
    return replace(
        found,
        key=secret,
        key_header=key.header,
        key_parameter=key.parameter,
        key_variable=key.variable,
    )
