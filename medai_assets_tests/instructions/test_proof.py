"""An example is handed to the proofs with what its rule declares, and its document with the publisher's own names."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from medai_assets.foundation.rows import ExampleRow
from medai_assets.instructions.passages import SourceDocument
from medai_assets.instructions.proof import evidence_of, example_of, prove, source_of
from medai_assets_tests.instructions.builders import document, made_by, origin, row

CALL = row("- your lips look blue", "care_emergency", heading="Call 999 if:")
GP = row("- you wheeze at night", "care_non_urgent", heading="See a GP if:")
PAGE = document(row("A wheeze settles by itself.", "overview"), CALL, GP)


def example(rule: str = "emergency_escalation.care_card", page: SourceDocument = PAGE) -> ExampleRow:
    return made_by(rule, page)[0].row()


def test_what_a_rule_makes_of_a_page_is_proved_and_a_changed_word_is_not() -> None:
    made = example()
    assert prove(made, PAGE, "US") == []
    changed: Any = made | {"completion": made["completion"].replace("blue", "pale")}
    assert prove(changed, PAGE, "US")
    shorter: Any = made | {"completion": made["completion"].replace("Call 999 if:\n", "")}
    assert prove(shorter, PAGE, "US")


@pytest.mark.parametrize(
    ("labels", "subject", "stated"),
    [
        ({"drug": "ibuprofen", "field": "dosage"}, "ibuprofen", False),
        ({"drug": "ibuprofen", "field": "active_ingredient"}, "ibuprofen", True),
        ({"condition": "croup"}, "croup", False),
        ({"drug": "", "condition": "croup"}, "croup", False),
        ({"level": "urgent"}, None, False),
    ],
)
def test_what_a_question_is_about_is_what_its_kind_declares(
    labels: dict[str, str], subject: str | None, stated: bool
) -> None:
    told: Any = example() | {"labels": orjson.dumps({**labels, "framing": ["NHS says:"]}).decode()}
    declared = example_of(told, "GB")
    assert (declared.subject, declared.stated, declared.framing) == (subject, stated, ("NHS says:",))
    assert (declared.country, declared.authored) == ("GB", False)


def test_evidence_is_the_passages_that_are_named_within_the_whole_document() -> None:
    found = evidence_of(example("triage_recommendation.care_card", document(GP, CALL)), PAGE)
    assert found.document is source_of(PAGE), "made once a document"
    assert [p.text for p in found.document.passages] == [
        "A wheeze settles by itself.",
        CALL["text"],
        GP["text"],
    ]
    assert [p.text for p in found.passages] == [CALL["text"], GP["text"]]


@pytest.mark.parametrize(
    ("of", "names"),
    [
        ("nhs:conditions/hay-fever", ("Hay fever", "Hay fever (allergic rhinitis)")),
        ("medquad:set/1", ("Hay fever", "Hay fever (allergic rhinitis)", "pollen allergy")),
        ("fda:1", ("cetirizine", "Zyrtec")),
    ],
)
def test_keywords_of_a_page_are_no_names_and_a_label_s_names_are_its_own(
    of: str, names: tuple[str, ...]
) -> None:
    page = row(
        "It itches.", "overview", document=of, title="Hay fever (allergic rhinitis)", subject="Hay fever",
        aliases=["pollen allergy"], attributes={"names": ["cetirizine", "Zyrtec"], "elements": "cetirizine 10 mg"},
    )  # fmt: skip
    found = source_of(document(page))
    assert found.names == names
    assert found.elements == "cetirizine 10 mg"


def test_a_document_tells_its_flags_and_what_its_origins_say_once() -> None:
    pages = [
        row(f"x {n}", "overview", flags=flags, origins=[origin("nhs:a", "7", "https://www.nhs.uk/a/"), origin("nhs:b", "7")])
        for n, flags in enumerate((["retracted", "old"], ["old"]))
    ]  # fmt: skip
    found = source_of(document(*pages))
    assert found.flags == ("old", "retracted")
    assert found.origins == ("7", "sample", "www.nhs.uk", "", "example.org")
