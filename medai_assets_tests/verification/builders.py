"""Short documents and examples for the tests of properties."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.verification import Evidence, Example, Finding, Source, SourcePassage, verify
from medai_assets.verification.whole import whole


def passage(text: str, section: str = "symptoms", heading: str = "", **attributes: Any) -> SourcePassage:
    return SourcePassage(f"p{abs(hash((text, heading)))}", text, heading, section, attributes)


def source(
    *passages: SourcePassage, names: tuple[str, ...] = ("Wheeze",), publisher: str = "nhs", **other: Any
) -> Source:
    return Source("doc", publisher, names[0] if names else "", names, passages, **other)


def label(*passages: SourcePassage, names: tuple[str, ...] = ("IBUPROFEN", "Advil"), **other: Any) -> Source:
    return source(*passages, names=names, publisher="fda", **other)


def example(prompt: str, completion: str, kind: str = "question_answer", **other: Any) -> Example:
    return Example(kind=kind, prompt=prompt, completion=completion, traits=KINDS[kind].traits, **other)


def findings(made: Example, document: Source, *named: int) -> list[Finding]:
    """What the properties say where the example names the passages of these places (none = all)."""
    passages = tuple(document.passages[n] for n in named) or document.passages
    return verify(made, Evidence(document, passages))


def refused_by(made: Example, document: Source, *named: int) -> list[str]:
    return [found.property for found in findings(made, document, *named)]


def about(section: str, text: str, question: str, *beside: tuple[str, str]) -> list[str]:
    """What refuses a section of ibuprofen's label as an answer, with other (section, text) of the label beside it."""
    of_label = label(passage(text, section), *(passage(t, s) for s, t in beside))
    return refused_by(example(question, text, "drug_information", subject="ibuprofen"), of_label, 0)


def why_not_whole(
    answer: str, *passages: SourcePassage, publisher: str = "nhs", names: tuple[str, ...] = ("Wheeze",)
) -> str:
    """Why an answer is not whole; its own words are the source where no passages are given."""
    document = source(*(passages or (passage(answer),)), publisher=publisher, names=names)
    found = whole(example("What is known of wheeze?", answer), Evidence(document, document.passages))
    return found.reason if found else ""


# A property test of a pure function says as much with a quarter of the examples; a search tries a quarter of its own.
FEWER = settings(max_examples=settings.default.max_examples // 4)
