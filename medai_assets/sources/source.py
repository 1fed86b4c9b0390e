"""What a source is: every fact about it that another room asks for, as one object.

A source is one folder. Its ``source.py`` states a ``SOURCE`` (or several) and the registry lists them; how records are collected
and parsed stands in the modules that it names, which are imported only when they are used. Rules ask for *traits*, never
for a source's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pkgutil import resolve_name
from typing import Any, Literal

from medai_assets.foundation.slices import Slice
from medai_assets.settings import NO_LIMIT, Settings
from medai_assets.sources.contract import Contract
from medai_assets.transport.limits import Rate
from medai_assets.transport.reply import Reply

Trait = Literal[
    "label",  # a drug's label, section by section
    "page",  # a page for the public, whose headings may be questions
    "care_cards",  # says for each level of care when to turn to whom
    "states_levels",  # each of its care cards has the level that the publisher gives it
    "states_genre",  # the publisher says what each page is about: a condition, a medicine, a test
    "medicine_pages",  # some of its pages are about one medicine
    "question_answer",  # its records are questions with their answers
    "describes_conditions",  # its texts on a condition name symptoms and causes
    "citation",  # an article's citation and abstract; by the million, and no templates
    "frozen_copy",  # other publishers' texts as they once were: dashes in figures are lost, and what they call new has aged
    "many_publishers",  # its sets are of many publishers, each with its own attribution
    "patients_write",  # people write about themselves, so that personal data are looked for in all forms
]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of an upstream: the live one, and its prefix in the sandbox with the handler that serves it there."""

    name: str  # MEDAI_ENDPOINT_<NAME> replaces the address
    address: str
    sandbox: str  # path below the sandbox's address
    handler: str  # "module:class", made with the folder of records, or of the kit where it is ``from_kit``
    from_kit: bool = False

    def of(self, settings: Settings) -> str:
        """The address in force."""
        return settings.endpoints.get(self.name, self.address)


@dataclass(frozen=True, slots=True)
class Key:
    """A key that an upstream takes, and where it is sent; the key itself is read from the environment."""

    variable: str
    without: str  # what a person cannot do without it
    header: str | None = None
    parameter: str | None = None
    scheme: str = ""  # stands before the key, as "Bearer "


@dataclass(frozen=True, slots=True)
class Source:
    """One source.

    Args:
        name: of the source, its asset ``raw_<name>`` and its partition of ``processed_corpus``.
        title, publisher, terms, attribution: as the table of docs/data.md tells them.
        description: of the asset, for Dagster's page; ``icons`` are its kinds there.
        licences: that its records may bear.
        slices: all of them, of both profiles, where the source itself names them.
        slices_of: ``module:function`` from the settings to those that a person names, where it does not; without any the
            source is not in the graph.
        endpoints: the first is the base address of its client; none where no service is asked.
        rates: what the upstream allows, with a word on where that is said; a function where they depend on the address, or on
            whether there is a key.
        country: ISO code of the country whose services its texts send people to, "" where they send to none.
        record_prefix, record_form, record_example: how its record ids begin, look, and are shown in a message.
        collector, parser: ``module:function``; a parser takes one record, or a batch where ``parses_batches``;
            without one the source brings withdrawals and no texts.
        contracts: ``module:name`` of the kinds of replies that its endpoints give (``sources/contract.py``), in the order in
            which they can be asked for; none where no service is asked.
        outside: ``module:function`` that yields digests of what a slice would receive now, for a source that may be asked
            whenever staleness is looked at; of the others the sandbox's handler tells it, in the sample profile.
        downloads_from: hosts beside its endpoints that serve its files, to which it may redirect; * for any beginning.
        schedule: cron, UTC: how often it is worth asking.
        fresh_within: after which Dagster's page calls a live slice late.
        refresh_within: the publisher's bound for the age of a copy, None where there is none.
        live_limit: most records of a live slice where the settings set no limit; None for all.
        withdraws: whether some of its records speak against others, its own or another source's.
        on_request: collected in the live profile only when asked for by name.
        cited_as: what a document of it is called in a sentence, of title, version, date, host and attribution.
        document_of: the document that a record belongs to, by its id; default: itself.
        canonical: from what a person writes behind the prefix to what the source makes; ``other_prefixes`` mean the same
            source, and ``bare_form`` recognises an id of it without any prefix.
    """

    name: str
    title: str
    publisher: str
    description: str
    terms: str
    attribution: str
    licences: tuple[str, ...]
    slices: tuple[Slice, ...]
    endpoints: tuple[Endpoint, ...]
    rates: tuple[Rate, ...] | Callable[[str, bool], tuple[Rate, ...]]
    record_prefix: str
    record_form: re.Pattern[str]
    record_example: str
    collector: str
    schedule: str
    fresh_within: timedelta
    parser: str = ""
    contracts: str = ""
    outside: str = ""
    slices_of: str = ""
    traits: frozenset[Trait] = frozenset()
    icons: tuple[str, ...] = ()
    country: str = ""
    client: str = ""  # as the upstream is called in errors and rate files; default: the source's name
    key: Key | None = None
    contact: Callable[[Settings], Mapping[str, str]] | None = None
    examine: Callable[[Reply], None] | None = None
    downloads_from: tuple[str, ...] = ()
    parses_batches: bool = False
    refresh_within: timedelta | None = None
    live_limit: int | None = 600
    withdraws: bool = False
    on_request: bool = False
    cited_as: str = "“{title}” ({attribution})"
    document_of: Callable[[str], str] = field(default=lambda record_id: record_id)
    canonical: Callable[[str], str] = field(default=str.strip)
    other_prefixes: tuple[str, ...] = ()
    bare_form: re.Pattern[str] | None = None

    @property
    def has_texts(self) -> bool:
        """Whether passages are made of its records; if not, it only withdraws those of other sources."""
        return bool(self.parser)

    @property
    def asset(self) -> str:
        """Name of the asset that holds its records."""
        return f"raw_{self.name}"

    def rates_at(self, address: str, has_key: bool) -> tuple[Rate, ...]:
        """The rates to keep at an address, with a key or without."""
        return self.rates(address, has_key) if callable(self.rates) else self.rates

    def record_limit(self, settings: Settings) -> int | None:
        """Most records of one slice, None for all."""
        if settings.slice_limit == NO_LIMIT:
            return None
        return settings.slice_limit or (self.live_limit if settings.profile == "live" else None)

    def is_too_old(self, collected: datetime, now: datetime) -> bool:
        """Whether a copy last refreshed then may no longer be used (both aware).

        The refresh counts, not the day a text last came: a collection that found a record unchanged has refreshed it.
        """
        return self.refresh_within is not None and now - collected > self.refresh_within

    def too_old(self, key: str, collected: datetime, now: datetime) -> str:
        """What to tell a person whose build would use a copy that is too old."""
        days = self.refresh_within.days if self.refresh_within else 0
        return (
            f"the slice {self.name} {key} was last refreshed {(now - collected).days} days ago ({collected:%Y-%m-%d}); the "
            f"terms of {self.publisher} ask for a refresh every {days} days. Collect it again: medai collect {self.name} {key}"
        )

    def load(self, what: Literal["collector", "parser", "outside", "slices_of"]) -> Callable[..., Any]:
        """A function of the source's own modules, imported now."""
        found: Callable[..., Any] = resolve_name(getattr(self, what))
        return found

    def kinds_of_reply(self) -> tuple[Contract, ...]:
        """What its endpoints answer with."""
        found: tuple[Contract, ...] = resolve_name(self.contracts) if self.contracts else ()
        return found
