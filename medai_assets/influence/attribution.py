"""From examples' scores to the records, licences and publishers behind them.

What belongs here: adding up, and the values that a command prints. No model is run here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

import msgspec

from medai_assets.foundation.licences import LICENCES
from medai_assets.foundation.rows import Origin
from medai_assets.influence.learned_set import LearnedSet
from medai_assets.lineage.impact_targets import AUTHORED as WRITTEN
from medai_assets.sources.registry import SOURCES
from medai_assets.training.data import AUTHORED

OURS = "this project"  # publisher of what a person wrote for it
NONE = LICENCES["LicenseRef-None-Stated"]


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """One learned example; ``score`` is positive where it raised the answer's likelihood."""

    example_id: str
    kind: str
    score: float
    share: float  # of all that raised it; negative where it lowered it
    times: int
    prompt: str
    completion: str
    record_ids: list[str]


class RaisedBy(msgspec.Struct, frozen=True, kw_only=True):
    """A record, a licence or a publisher, with the examples behind its score."""

    name: str
    score: float
    share: float
    examples: int
    licence: str = ""
    publisher: str = ""
    url: str = ""


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """Who raised the likelihood of an answer; each list is sorted by score, the highest first."""

    question: str
    answer: str
    own_answer: bool  # the adapter gave it itself
    log_likelihood: float  # nats a token
    adapter: str  # data version
    examples: list[Raised]
    records: list[RaisedBy]
    licences: list[RaisedBy]
    publishers: list[RaisedBy]


class _Sum:
    def __init__(self) -> None:
        self.score = 0.0
        self.examples: set[str] = set()
        self.facts: dict[str, str] = {}


def rank_examples(learned: LearnedSet, scores: Mapping[str, float]) -> list[Raised]:
    """Every scored example with its texts."""
    raised = _raised(scores)
    rows = {row["example_id"]: row for row in learned.texts.to_pylist()}
    found = [
        Raised(
            example_id=key, kind=rows[key]["kind"], score=score, share=score / raised, times=learned.notes[key]["times"],
            prompt=rows[key]["prompt"], completion=rows[key]["completion"],
            record_ids=list(dict.fromkeys(o["record_id"] for o in learned.notes[key]["origins"])),
        )
        for key, score in scores.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.score, one.example_id))


def publisher_of(origin: Origin) -> str:
    """Who publishes a record: its source's publisher, whatever line a single record asks for; of a set, its own."""
    if origin["sample"] or origin["source"] == WRITTEN:
        return OURS
    source = SOURCES.get(origin["source"])
    named = source.publisher if source and "many_publishers" not in source.traits else origin["attribution"]
    return named or origin["source"]


def licence_of(origin: Origin) -> str:
    """A record's licence, or in words that there is none."""
    return origin["licence"] if LICENCES.get(origin["licence"], NONE) is not NONE else NONE.name


GROUPS: Mapping[
    str, tuple[Callable[[Origin], str], str]
] = {  # what an origin counts for, and an authored example
    "record": (lambda origin: origin["record_id"], ""),
    "licence": (licence_of, AUTHORED),
    "publisher": (publisher_of, OURS),
}


def rank_records(learned: LearnedSet, scores: Mapping[str, float], by: str = "record") -> list[RaisedBy]:
    """Records, or by another key of ``GROUPS``; an example of several gives each an equal share."""
    group, authored = GROUPS[by]
    sums: defaultdict[str, _Sum] = defaultdict(_Sum)
    for example_id, score in scores.items():
        note = learned.notes[example_id]
        names = {group(origin): origin for origin in note["origins"]}
        if note["authored"] and authored:
            names[authored] = {}
        for name, origin in names.items():
            sums[name].score += score / len(names)
            sums[name].examples.add(example_id)
            if by == "record":
                sums[name].facts = {
                    "licence": licence_of(origin),
                    "publisher": publisher_of(origin),
                    "url": origin["url"],
                }
    raised = _raised(scores)
    found = [
        RaisedBy(name=name, score=s.score, share=s.score / raised, examples=len(s.examples), **s.facts)
        for name, s in sums.items()
    ]
    return sorted(found, key=lambda one: (-one.score, one.name))


def _raised(scores: Mapping[str, float]) -> float:
    return sum(score for score in scores.values() if score > 0) or 1.0
