"""What another place of the document says to the contrary, or to somebody whom the answer forgets."""

from __future__ import annotations

import pytest

from medai_assets.verification import Evidence
from medai_assets.verification.said_elsewhere import said_elsewhere, said_otherwise
from medai_assets_tests.verification.builders import example, label, passage, refused_by, source


@pytest.mark.parametrize(
    ("section", "answer", "beside", "is_contrary"),
    [
        ("lactation", "It is not known whether druga passes into milk.",
         "Druga is excreted in the breast milk of treated mothers.", True),
        ("lactation", "Druga passes into milk.", "Druga is excreted in the breast milk of treated mothers.", False),
        ("pregnancy", "It has not been studied in pregnancy.",
         "Pregnant women should not handle crushed tablets.", True),
        ("pregnancy", "Use in pregnancy is thought to be safe.",
         "It is not recommended during pregnancy or near the expected delivery date.", True),
        ("pregnancy", "It is contraindicated in pregnancy.",
         "It is not recommended during pregnancy or near the expected delivery date.", False),
        ("contraindications", "Druga is contraindicated in gout.", "Druga is contraindicated in severe hepatic failure.", True),
        ("contraindications", "Druga is contraindicated in gout.", "Druga is contraindicated in gout.", False),
        ("contraindications", "Use druga with caution in patients with bleeding ulcers of the stomach.",
         "Druga should never be given to patients with bleeding ulcers of the stomach.", True),
        ("contraindications", "Use druga with caution in patients with bleeding ulcers of the stomach.",
         "Druga should never be given to newborns.", False),
        ("interactions", "Druga raises the level of warfarin.", "Avoid all other blood thinning drugs.", True),
        ("interactions", "Druga raises the level of warfarin.", "Take it with a full glass of water.", False),
        ("geriatric_use", "Use in older people has not been studied.",
         "Elderly patients are at greater risk of falls and fractures.", True),
        ("geriatric_use", "Older people did as well.",
         "Elderly patients are at greater risk of falls and fractures.", False),
    ],
)  # fmt: skip
def test_what_is_contrary_to_a_section_is_found(
    section: str, answer: str, beside: str, is_contrary: bool
) -> None:
    part, other = passage(answer, section), passage(beside, "warnings")
    document = label(part, other, names=("DRUGA", "Drugon"))
    made = example("What does that section of the label say?", answer, "drug_information")
    assert bool(said_otherwise(made, Evidence(document, (part,)), [other])) is is_contrary


@pytest.mark.parametrize(
    ("answer", "beside", "told"),
    [
        ("You may not be able to take it if you have gout.", "It is not usually recommended if you are breastfeeding.",
         "advises somebody else"),
        ("You may not be able to take it if you have gout.", "Avoid it in pregnancy.", "advises somebody else"),
        ("You may not be able to take it if you have gout.", "There is no need to avoid it in pregnancy.", ""),
        ("You may not be able to take it if you have gout.", "You can take it while breastfeeding.", ""),
        ("It is not for you if you are pregnant.", "Avoid it in pregnancy.", ""),
    ],
)  # fmt: skip
def test_a_page_that_says_who_may_not_take_it_tells_of_pregnancy_too(
    answer: str, beside: str, told: str
) -> None:
    part, other = passage(answer, "contraindications"), passage(beside, "pregnancy", "Pregnancy")
    document = source(part, other, names=("Druga",))
    made = example("Who cannot take druga?", answer, "drug_information")
    found = said_elsewhere(made, Evidence(document, (part,)), [other])
    assert told in found
    assert bool(found) is bool(told)


@pytest.mark.parametrize(
    ("question", "is_refused"),
    [("What should I know about wheeze?", True), ("Please explain wheeze briefly.", False)],
)
def test_who_asks_for_all_of_it_is_told_when_to_get_help(question: str, is_refused: bool) -> None:
    overview = "Wheeze is a whistling sound that is heard when somebody breathes out."
    page = source(
        passage(overview, "overview"), passage("- you cannot breathe\n- your lips are blue", "care_emergency")
    )
    assert ("nothing_kept_back" in refused_by(example(question, overview), page, 0)) is is_refused


@pytest.mark.parametrize(
    ("section", "title", "text", "beside", "is_refused"),
    [
        (
            "pediatric_use",
            "Pediatric Use",
            "Safety and effectiveness in pediatric patients have not been established.",
            "Do not exceed 200 mg in children of two to five years.",
            False,
        ),
        (
            "lactation",
            "Lactation",
            "It is not known whether it passes into human milk.",
            "Small amounts are excreted in the milk of nursing mothers.",
            True,
        ),
        (
            "contraindications",
            "Contraindications",
            "It is contraindicated in gout.",
            "Advil is contraindicated in patients with severe liver disease.",
            True,
        ),
        (
            "interactions",
            "Drug Interactions",
            "Watch platelets with drugs that thin the blood.",
            "Avoid live vaccines and drugs that interfere with clotting for a year.",
            True,
        ),
        (
            "overdose",
            "Overdosage",
            "It may cause drowsiness.",
            "If you take too much of it, call your doctor or 911 right away.",
            True,
        ),
    ],
)
def test_what_another_section_adds_was_not_asked_but_what_it_says_to_the_contrary_is_not_kept_back(
    section: str, title: str, text: str, beside: str, is_refused: bool
) -> None:
    of_label = label(passage(text, section, title.capitalize()), passage(beside, "warnings", "Warnings"))
    asked = example(
        f"What does the {title} section of the Advil label say?",
        text,
        "drug_information",
        subject="ibuprofen",
    )
    assert ("nothing_kept_back" in refused_by(asked, of_label, 0)) is is_refused
