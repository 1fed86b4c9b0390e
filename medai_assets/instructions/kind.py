"""What a kind of example is: every fact about it that another room asks for, as one object.

A kind is one module of ``kinds/``: its rules, a ``DEFINITION`` (a Kind) and a ``SCORING``. The registry lists them. What a
data set is made by and what an answer is judged by are two objects, so that a reworded verdict is no change of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pkgutil import resolve_name
from types import MappingProxyType
from typing import Literal

from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.language.framing import Country
from medai_assets.instructions.rules import REGISTRY, Rule
from medai_assets.instructions.scoring.scoring import Scoring
from medai_assets.verification.example import KindTrait


class KindIncomplete(TypeError):
    """A kind lacks a part, or two of its parts do not fit; the message names kind and part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of example.

    Attributes:
        name: as in EXAMPLE.kind; its rules are named ``<name>.<what>``.
        note: what it holds, for the data card.
        traits: what the properties of verification ask of it; none for a kind that a person writes.
        labels: keys that the labels of each example have.
        scoring: ``module:name`` of its Scoring.
        authored: examples that a person wrote, for a country: each with the key of the group that it is sampled and split with.
        literal: the label whose texts must stand in the answer, if there is one.
        values: the values that a label may have, where they are few.
    """

    name: str
    note: str
    labels: frozenset[str]
    traits: frozenset[KindTrait]
    scoring: str
    authored: Callable[[Country], Iterator[tuple[str, ExampleRow]]] | None = None
    literal: str = ""
    values: Mapping[str, Collection[object]] = field(default_factory=dict)

    @property
    def rules(self) -> list[Rule]:
        """Its rules, in the order in which they are applied."""
        return [rule for rule in REGISTRY.values() if rule.kind == self.name]

    def load(self, what: Literal["scoring"]) -> Scoring:
        """How its answers are judged."""
        found: Scoring = resolve_name(getattr(self, what))
        return found


def registry(kinds: Iterable[Kind], names: tuple[str, ...]) -> Mapping[str, Kind]:
    """The kinds by name, in the order of ``names``.

    Raises:
        KindIncomplete: a part is missing, or does not fit another.
    """
    by_name = {kind.name: kind for kind in kinds}
    for name in names:
        if name not in by_name:
            raise KindIncomplete(f"the kind {name} has no definition in instructions/kinds/registry.py")
    for name in by_name:
        if name not in names:
            raise KindIncomplete(f"the kind {name} is missing in KINDS of foundation/vocabularies.py")
    for rule in REGISTRY.values():
        if rule.kind not in by_name:
            raise KindIncomplete(f"the rule {rule.name} makes examples of {rule.kind}, which is no kind")
    for kind in by_name.values():
        for problem in _problems(kind):
            raise KindIncomplete(f"the kind {kind.name} {problem}")
    _meanings_are_distinct([resolve_name(kind.scoring) for kind in by_name.values()])
    return MappingProxyType({name: by_name[name] for name in names})


def _problems(kind: Kind) -> Iterator[str]:
    if not kind.rules:
        yield "has no rule"
    if not kind.note.strip():
        yield "has no note for the data card"
    for key in sorted({kind.literal, *kind.values} - {""} - kind.labels):
        yield f"says more of the label {key!r} than that it has it: add it to its labels"
    try:
        scoring = resolve_name(kind.scoring)
    except (ImportError, AttributeError, ValueError):
        yield f"has no scoring: there is no {kind.scoring}"
        return
    if not isinstance(scoring, Scoring):
        yield f"has no scoring: {kind.scoring} is no Scoring"
    elif scoring.stratum and scoring.stratum not in kind.labels:
        yield f"draws its items by {scoring.stratum!r}, which is none of its labels"
    elif not scoring.score_name.strip() or not scoring.outcomes:
        yield "has a scoring that does not name its score or its outcomes"


def _meanings_are_distinct(scorings: Iterable[Scoring]) -> None:
    """A code means one thing: outcomes that share one are the same, and directions share none."""
    words: dict[str, str] = {}
    directions: set[str] = set()
    for scoring in scorings:
        for outcome in scoring.outcomes:
            if words.setdefault(outcome.code, outcome.words) != outcome.words:
                raise KindIncomplete(f"two kinds give different words to the outcome {outcome.code}")
        for direction in scoring.directions:
            if direction.code in directions:
                raise KindIncomplete(f"two kinds state a direction named {direction.code}")
            directions.add(direction.code)
