"""What the data set is made of, as typed values, and the deterministic choice of examples by them.

Every choice is a hash of the seed and the example, so that a set made again from the same passages is the same, and an
added passage moves few others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from medai_assets.foundation.rows import ExampleRow
from medai_assets.foundation.vocabularies import KINDS
from medai_assets.foundation.yaml_files import read_yaml
from medai_assets.instructions.choice import number
from medai_assets.instructions.dataset.exclusions import Exclusion, known_rule
from medai_assets.instructions.forms.registry import FORMS
from medai_assets.instructions.kinds.registry import KINDS as KINDS_MADE
from medai_assets.instructions.language.framing import country

MIXTURE_FILE = "values.json"  # of the asset


class Mixture(BaseModel):
    """The file ``config/mixture.yaml`` (comments there) and the country of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 17
    validation_share: float = Field(0.12, gt=0, lt=0.5)
    least_validation: int = Field(30, ge=0)
    most_examples: dict[str, int | None] = Field(default_factory=dict)
    least_examples: int = Field(60, ge=0)
    most_set_aside: float = Field(0.9, gt=0, le=1)
    left_out: tuple[Exclusion, ...] = ()
    most_per_subject: int = Field(24, ge=1)
    most_per_document: int = Field(12, ge=1)
    source_weights: dict[str, float] = Field(default_factory=dict)
    audience_weights: dict[str, float] = Field(default_factory=dict)
    rule_weights: dict[str, float] = Field(default_factory=dict)
    least_words: int = Field(12, ge=1)
    most_words: int = Field(180, ge=30)
    most_words_of: dict[str, int] = Field(default_factory=dict)
    most_prompt_words: int = Field(120, ge=10)
    form_shares: dict[str, float] = Field(default_factory=dict)
    text_in_hand: tuple[str, ...] = ()
    most_tokens: int = Field(512, ge=64)
    near_duplicate_jaccard: float = Field(0.8, gt=0.3, le=1)
    most_shared_documents: int = Field(6, ge=2)
    emergency_country: str = "US"

    def longest_answer(self, kind: str) -> int:
        """The most words that an answer of the kind may have."""
        return self.most_words_of.get(kind, self.most_words)

    @field_validator("most_examples", "most_words_of")
    @classmethod
    def _kinds_are_known(cls, value: dict[str, int | None], given: ValidationInfo) -> dict[str, int | None]:
        unknown = set(value) - set(KINDS)
        if unknown:
            raise ValueError(f"unknown kinds in {given.field_name}: {', '.join(sorted(unknown))}")
        return value

    @field_validator("text_in_hand")
    @classmethod
    def _kinds_ask_for_facts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        ask = [name for name, kind in KINDS_MADE.items() if "asks_for_facts" in kind.traits]
        if wrong := sorted(set(value) - set(ask)):
            raise ValueError(
                f"{', '.join(wrong)} cannot be asked with the text in hand; these can: {', '.join(ask)}"
            )
        return value

    @field_validator("form_shares")
    @classmethod
    def _forms_are_known(cls, value: dict[str, float]) -> dict[str, float]:
        unknown = set(value) - set(FORMS)
        if unknown:
            raise ValueError(f"unknown forms: {', '.join(sorted(unknown))}; known: {', '.join(FORMS)}")
        if sum(value.values()) > 1:
            raise ValueError("the shares of the forms add up to more than 1")
        return value

    @field_validator("rule_weights")
    @classmethod
    def _rules_are_known(cls, value: dict[str, float]) -> dict[str, float]:
        for name in value:
            known_rule(name)
        return value

    @field_validator("source_weights", "audience_weights", "rule_weights", "form_shares")
    @classmethod
    def _are_shares(cls, value: dict[str, float]) -> dict[str, float]:
        if any(not 0 <= share <= 1 for share in value.values()):
            raise ValueError("a share must be between 0 (none) and 1")
        return value

    @field_validator("emergency_country")
    @classmethod
    def _country_is_known(cls, value: str) -> str:
        country(value)
        return value.upper()

    @classmethod
    def load(cls, path: Path) -> Mixture:
        """From ``values.json`` of the asset or a YAML file.

        Raises:
            YamlRefused: the file is not valid YAML, or holds a name twice or a reference.
            pydantic.ValidationError: a value is out of bounds or a name is unknown; the message names it.
        """
        return cls.model_validate(
            orjson.loads(path.read_bytes()) if path.suffix == ".json" else read_yaml(path)
        )


class Chosen(BaseModel):
    """Which candidates were taken, by position, and why the others were not."""

    kept: list[int]
    cut: dict[str, dict[str, int]]  # kind -> reason -> count


def choose_examples(rows: list[ExampleRow], groups: list[str], mixture: Mixture) -> Chosen:
    """Apply the caps in turn: per document, per subject, per kind, per source, audience and rule.

    Args:
        rows: EXAMPLE rows; ``groups`` their documents, or what they share with a twin.
    """
    cut: dict[str, Counter[str]] = defaultdict(Counter)
    by_kind: dict[str, list[int]] = defaultdict(list)
    for position in _capped(rows, groups, mixture, cut):
        by_kind[rows[position]["kind"]].append(position)
    kept: list[int] = []
    for kind, positions in sorted(by_kind.items()):
        kept += _within(rows, groups, positions, kind, mixture, cut[kind])
    return Chosen(kept=sorted(kept), cut={k: dict(sorted(c.items())) for k, c in sorted(cut.items()) if c})


def _capped(
    rows: list[ExampleRow], groups: list[str], mixture: Mixture, cut: dict[str, Counter[str]]
) -> Iterable[int]:
    """Candidates in an order that takes turns between a document's rules, until its or its subject's cap is reached."""
    turn: Counter[tuple[str, str, str]] = Counter()
    queue = []
    for position in sorted(range(len(rows)), key=lambda p: number(mixture.seed, rows[p]["example_id"])):
        row = rows[position]
        place = (row["kind"], groups[position], row["rule"])
        turn[place] += 1
        queue.append((turn[place], number(mixture.seed, row["example_id"]), position))
    taken: Counter[tuple[str, str, str]] = Counter()
    for _, _, position in sorted(queue):
        row = rows[position]
        document = ("document", row["kind"], groups[position])
        subject = ("subject", row["kind"], (row["subject"] or "").lower())
        # Twins and authored categories are no document and no subject: they are wanted whole.
        if not row["authored"]:
            if taken[document] >= mixture.most_per_document:
                cut[row["kind"]]["most_per_document"] += 1
                continue
            if row["subject"] and taken[subject] >= mixture.most_per_subject:
                cut[row["kind"]]["most_per_subject"] += 1
                continue
        taken[document] += 1
        taken[subject] += 1
        yield position


def _within(
    rows: list[ExampleRow],
    groups: list[str],
    positions: list[int],
    kind: str,
    mixture: Mixture,
    cut: Counter[str],
) -> list[int]:
    """At most so many of a kind, no source, audience or rule with more than its share; twins stay together."""
    most = mixture.most_examples.get(kind)
    most = len(positions) if most is None else min(most, len(positions))
    shares = {
        "source": mixture.source_weights,
        "audience": mixture.audience_weights,
        "rule": mixture.rule_weights,
    }

    def values(position: int) -> Iterable[tuple[str, str]]:
        row = rows[position]
        of = {"source": row["source"], "audience": row["audience"], "rule": row["rule"].partition("/")[0]}
        return of.items()

    counts: dict[str, Counter[str]] = {name: Counter() for name in shares}
    for position in positions:
        for name, value in values(position):
            counts[name][value] += 1
    rooms = {
        (name, value): room
        for name in shares
        for value, room in rooms_within(counts[name], shares[name], most).items()
    }

    def order(position: int) -> tuple[int, int]:
        twin = groups[position] if rows[position]["authored"] else ""
        return number(mixture.seed, kind, twin or rows[position]["example_id"]), position

    kept: list[int] = []
    for position in sorted(positions, key=order):
        limits = [limit for limit in values(position) if limit in rooms]
        full = next((limit for limit in limits if rooms[limit] <= 0), None)
        if len(kept) >= most:
            cut["most_examples"] += 1
        elif full:
            cut[f"{full[0]} share of {full[1]}"] += 1
        else:
            kept.append(position)
            for limit in limits:
                rooms[limit] -= 1
    return kept


def rooms_within(counts: Mapping[str, int], shares: Mapping[str, float], most: int) -> dict[str, int]:
    """How many of each limited value there may be, so that it has at most its share of what is taken in the end.

    Where the shares of the values that are there do not add up to the whole, they are raised in proportion.

    Args:
        counts: candidates by value. shares: of the limited values. most: at most so many are taken.
    """
    there = {value: shares.get(value, 1.0) for value in counts}
    whole = sum(there.values())
    if 0 < whole < 1:  # a value that is not wanted at all stays out
        there = {value: share / whole for value, share in there.items()}
    total = min(most, sum(counts.values()))
    while True:
        rooms = {v: min(n, int(there[v] * total + 1e-9)) if there[v] < 1 else n for v, n in counts.items()}
        reached = min(most, sum(rooms.values()))
        if reached >= total:
            return {value: rooms[value] for value in counts if value in shares}
        total = reached
