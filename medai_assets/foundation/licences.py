"""What each licence allows and asks for, which policy admits it, and what terms a mixture of them has.

A summary for choosing, not legal advice; the links lead to the terms themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

PolicyName = Literal["open", "research", "own"]


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence.

    Attributes:
        rank: how much it restricts, 0 = not at all; the highest rank in a mixture leads its terms. Among texts that
            say the same, the lowest rank is kept.
        conditions: what whoever uses or passes on the text must do.
        redistribution: whether the text itself may be passed on.
    """

    id: str
    name: str
    url: str
    rank: int
    conditions: tuple[str, ...]
    redistribution: bool


_ATTRIBUTE = "name the source and the licence"
_APACHE = "https://www.apache.org/licenses/LICENSE-2.0"
_OGL = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
_NLM = "https://www.nlm.nih.gov/databases/download/terms_and_conditions.html"
_VERSIONS = ("2.0", "2.5", "3.0", "4.0")  # unported; of those for one country none is used


def _creative_commons(terms: str, version: str) -> Licence:
    """CC BY or CC BY-SA in one of its versions, whose conditions a reuser of text meets in the same way."""
    share = ("pass adaptations on under the same licence",) if terms == "by-sa" else ()
    return Licence(
        f"CC-{terms.upper()}-{version}",
        f"Creative Commons Attribution{'-ShareAlike' if share else ''} {version}",
        f"https://creativecommons.org/licenses/{terms}/{version}/",
        4 if share else 3,
        (_ATTRIBUTE, "state changes", *share),
        True,
    )


_ALL = (
    Licence("LicenseRef-medai-authored", "Written for this project", _APACHE, 0, (), True),
    Licence("LicenseRef-medai-sample", "Sample of this project, no publisher's text", _APACHE, 0, (), True),
    Licence("CC0-1.0", "Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", 0, (), True),
    Licence(
        "LicenseRef-US-Government-Work", "Work of the United States government",
        "https://www.usa.gov/government-copyright", 1, (_ATTRIBUTE, "claim no endorsement by the agency"), True,
    ),
    Licence("MIT", "MIT licence", "https://opensource.org/license/mit", 2, ("keep the copyright notice",), True),
    Licence("Apache-2.0", "Apache licence 2.0", _APACHE, 2, ("keep the notices", "state changes"), True),
    Licence(
        "OGL-UK-3.0", "Open Government Licence 3.0", _OGL, 3,
        (_ATTRIBUTE, "claim no endorsement", "refresh cached NHS pages every 7 days"), True,
    ),
    *(_creative_commons("by", version) for version in _VERSIONS),
    *(_creative_commons("by-sa", version) for version in _VERSIONS),
    Licence(
        "LicenseRef-Own-Text", "Text of your own, that you pass on to nobody", "", 5,
        ("pass it on only as its owner allows",), False,
    ),
    Licence(
        "LicenseRef-PubMed-Abstract", "PubMed abstract, possibly under its publisher's copyright", _NLM, 6,
        ("acknowledge NLM", "do not redistribute abstracts", "judge for yourself whether training is permitted"), False,
    ),
    Licence(
        "LicenseRef-Third-Party", "Text of a third party on a public page", "", 7,
        ("ask the party that holds the rights",), False,
    ),
    Licence("LicenseRef-None-Stated", "No licence stated", "", 8, ("ask whoever published the set",), False),
)  # fmt: skip
LICENCES: Mapping[str, Licence] = {licence.id: licence for licence in _ALL}

# open: whatever may be passed on; research: also what is the user's own, and abstracts, whose use is their own judgement.
OPEN = frozenset(licence.id for licence in _ALL if licence.redistribution)
RESEARCH = OPEN | {"LicenseRef-Own-Text", "LicenseRef-PubMed-Abstract"}


class LicenceUnknown(ValueError):
    """A licence id that this module does not describe."""


@dataclass(frozen=True, slots=True)
class LicencePolicy:
    """Which licences may be used."""

    name: PolicyName
    allowed: frozenset[str]

    @classmethod
    def of(cls, name: str, own: Iterable[str] = ()) -> LicencePolicy:
        """The policy of that name; ``own`` is the list of the policy ``own``.

        Raises:
            LicenceUnknown: ``own`` names a licence that is not described here; the message lists those that are.
            ValueError: there is no policy of that name.
        """
        if name == "own":
            unknown = sorted(set(own) - set(LICENCES))
            if unknown:
                raise LicenceUnknown(f"no licence {unknown[0]!r}; known are {', '.join(sorted(LICENCES))}")
            return cls("own", frozenset(own))
        if name not in ("open", "research"):
            raise ValueError(f"no licence policy {name!r}; choose open, research or own")
        return cls("open", OPEN) if name == "open" else cls("research", RESEARCH)

    def allows(self, licence: str) -> bool:
        """Whether text under the licence may be used; an unknown licence never is."""
        return licence in self.allowed and licence in LICENCES


def rank(licence: str) -> int:
    """How much a licence restricts; one that nobody has described restricts most."""
    return LICENCES[licence].rank if licence in LICENCES else 9


def terms_of(licences: Iterable[str]) -> dict[str, Any]:
    """The terms of a whole that holds texts under these licences.

    Returns:
        ``most_restrictive`` (licence id), ``conditions`` (all that must be met), ``redistribution`` (whether the
        texts may be passed on) and ``licences`` (sorted ids).
    """
    present = sorted(set(licences))
    if not present:
        return {"most_restrictive": "", "conditions": [], "redistribution": True, "licences": []}
    known = [LICENCES[name] for name in present if name in LICENCES]
    conditions = dict.fromkeys(
        c for licence in sorted(known, key=lambda x: x.rank) for c in licence.conditions
    )
    return {
        "most_restrictive": max(present, key=lambda name: (rank(name), name)),
        "conditions": list(conditions),
        "redistribution": len(known) == len(present) and all(licence.redistribution for licence in known),
        "licences": present,
    }
