"""The properties of a whole set of examples, in the order in which they are asked: triggers, doses, spelling, repetitions."""

from __future__ import annotations

from collections.abc import Sequence

from medai_assets.verification import doses_agree, no_trigger, not_said_twice, spelled
from medai_assets.verification.example import Example, Finding

NAMES = (no_trigger.NAME, doses_agree.NAME, spelled.NAME, not_said_twice.NAME)


def against_set(
    examples: Sequence[Example],
    subjects: Sequence[str | None],
    documents: Sequence[str],
    same: float = not_said_twice.SAME,
) -> dict[int, Finding]:
    """Positions of the examples that the set speaks against, with the finding; the first property that does so stands.

    Args:
        subjects: what each example is about. documents: the document that each was made from.
    """
    found = no_trigger.triggers(examples, subjects)
    drugs = sorted({e.subject.lower() for e in examples if "about_medicine" in e.traits and e.subject})
    doses = [
        (document, [] if e.authored else doses_agree.doses_of(e.completion, [*_own(subject), *drugs]))
        for e, subject, document in zip(examples, subjects, documents)
    ]
    for position, finding in doses_agree.outliers(doses).items():
        found.setdefault(position, finding)
    for position, finding in spelled.misspelt(examples, documents).items():
        found.setdefault(position, finding)
    left = [p for p in range(len(examples)) if p not in found]
    for position, (_, finding) in not_said_twice.said_twice([examples[p] for p in left], same).items():
        found[left[position]] = finding
    return found


def _own(subject: str | None) -> list[str]:
    return [subject.lower()] if subject else []
