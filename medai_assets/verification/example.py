"""What a property is given and what it answers; plain values, without a word on how an example was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from medai_assets.sources.registry import sources_with
from medai_assets.sources.source import Trait

# What the examples of a kind have in common, as far as a property asks for it; no property names a kind.
KindTrait = Literal[
    "states_level",  # somebody tells of a case, and the answer says whom to turn to and how soon
    "urgent",  # of these, only cases that may be emergencies
    "about_signs",  # asks what symptoms may be, or what to watch for
    "about_medicine",  # asks one thing about a named medicine, and one section of a label or page answers it
    "asks_for_facts",  # what a text says, or does not say, may answer it; nobody tells of a complaint
]


class Finding(NamedTuple):
    """Why an example may not be taught: the property's name, and the reason in words for the one who reads the row."""

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class Example:
    """One example as a model would learn it, with what its maker declares.

    Attributes:
        traits: of its kind.
        framing: the words of the answer that are not the source's, piece by piece in the order of the answer.
        subject: what the question is about, as the maker names it (a drug, a disease, a page); None where it names none.
        country: ISO code of the country whose emergency numbers the framing may name.
        authored: a person wrote question and answer for this project; there is no source to hold them against.
        stated: the answer is one sentence for a field of a publisher's data, worded alike for every document.
    """

    kind: str
    prompt: str
    completion: str
    framing: tuple[str, ...] = ()
    subject: str | None = None
    country: str = "US"
    authored: bool = False
    stated: bool = False
    traits: frozenset[KindTrait] = field(kw_only=True)


@dataclass(frozen=True)
class SourcePassage:
    """A passage of a document: text, the publisher's heading, the section in the shared vocabulary, attributes, who it is for."""

    passage_id: str
    text: str
    heading: str = ""
    section: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    audience: str = ""
    # what is read out of it once
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Source:
    """A whole document: every passage that was kept of it, in order.

    Attributes:
        source: the name of one of the sources (sources/registry.py).
        names: what the publisher's own structure calls the subject: openFDA's names, a focus, a page's title, synonyms.
        elements: the beginning of a label's product elements, where openFDA names nothing.
        origins: what is noted of where it comes from: versions, attributions, hosts, dates.
        flags: what collection and processing noted (retracted, homeopathic, ...).
    """

    document_id: str
    source: str
    title: str
    names: tuple[str, ...]
    passages: tuple[SourcePassage, ...]
    flags: tuple[str, ...] = ()
    elements: str = ""
    origins: tuple[str, ...] = ()
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def has(self, *traits: Trait) -> bool:
        """Whether its source has one of the traits; no property names a source."""
        return self.source in sources_with(*traits)

    @cached_property
    def text(self) -> str:
        """Headings and texts of all passages."""
        return "\n".join(f"{p.heading}\n{p.text}" for p in self.passages)


@dataclass(frozen=True)
class Evidence:
    """What an example is held against: the passages that it names, and the document around them."""

    document: Source
    passages: tuple[SourcePassage, ...]
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def text(self) -> str:
        """The text of the named passages."""
        return "\n".join(p.text for p in self.passages)
