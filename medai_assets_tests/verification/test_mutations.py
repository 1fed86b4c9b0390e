"""Sound examples of every kind, made from the sandbox's records by the rules themselves and damaged in every way.

The same over publishers' own documents, with the shares by kind, is measured by ``make bench-mutations``.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

import medai_assets.instructions.kinds.registry  # noqa: F401  (the kinds register their rules)
from medai_assets.foundation.vocabularies import KINDS
from medai_assets.instructions.proof import example_of, source_of
from medai_assets.instructions.rules import REGISTRY
from medai_assets.verification import PROPERTIES, Evidence, Example, verify
from medai_assets.verification.registry import Property
from medai_assets_tests.instructions.builders import US, sample_documents
from medai_assets_tests.verification.mutations import MUTATIONS

pytestmark = pytest.mark.slow

MOST_OF_RULE = 12
# What the properties are known to see less of; the shares stand in docs/data.md.
HARD = {"drop_item": 0.6, "drop_urgent_sentence": 0.6, "drop_list_mark": 0.9, "cut_first_words": 0.85,
        "join_range_in_source": 0.8, "lose_list_in_source": 0.85}  # fmt: skip
SEEN = 0.95


@pytest.fixture(scope="module")
def sound() -> list[tuple[Example, Evidence]]:
    """Examples of every kind that pass every property, a few of each rule."""
    found: dict[str, list[tuple[Example, Evidence]]] = defaultdict(list)
    for document in sample_documents():
        source = source_of(document)
        for rule in [rule for rule in REGISTRY.values() if rule.reads(document)]:
            for made in rule.make(document, US) if len(found[rule.name]) < MOST_OF_RULE else ():
                row = made.row()
                example = example_of(row, "US")
                evidence = Evidence(
                    source, tuple(p for p in source.passages if p.passage_id in row["passage_ids"])
                )
                if not verify(example, evidence):
                    found[rule.name].append((example, evidence))
    return [pair for pairs in found.values() for pair in pairs[:MOST_OF_RULE]]


def test_there_are_sound_examples_of_every_kind_that_has_a_source(
    sound: list[tuple[Example, Evidence]],
) -> None:
    counts = Counter(example.kind for example, _ in sound)
    assert set(counts) == set(KINDS) - {"safety_refusal"}
    assert min(counts.values()) >= MOST_OF_RULE


def is_refused(example: Example, evidence: Evidence, asked: list[Property]) -> bool:
    """Whether a property refuses it, which is then asked first of the next: that one is damaged alike."""
    for place, refuses in enumerate(asked):
        if refuses(example, evidence):
            asked.insert(0, asked.pop(place))
            return True
    return False


@pytest.mark.parametrize("name", MUTATIONS)
def test_damage_is_seen(name: str, sound: list[tuple[Example, Evidence]]) -> None:
    tried = [
        (example, changed) for example, evidence in sound if (changed := MUTATIONS[name](example, evidence))
    ]
    asked = list(PROPERTIES.values())
    missed = [example.completion for example, changed in tried if not is_refused(*changed, asked)]
    assert tried, "no example offers anything to damage"
    assert 1 - len(missed) / len(tried) >= HARD.get(name, SEEN), (
        f"{len(missed)} of {len(tried)} not seen, such as {missed[:1]}"
    )
