"""Signs in a label's section that its text is not as printed: each with a sound sentence that looks like it."""

from __future__ import annotations

import re

import pytest

from medai_assets.verification import Evidence, SourcePassage
from medai_assets.verification.section_whole import section_whole, sections_named
from medai_assets_tests.verification.builders import example, label, passage, source

NAMES = ("MIRABEGRON", "Myrbetriq")


def refused(text: str, section: str = "warnings", heading: str = "Care in use", audience: str = "") -> str:
    part = SourcePassage("p1", text, heading, section, {}, audience)
    document = label(part, names=NAMES)
    asked = f'Under "{heading}", what does the label of Myrbetriq say?'
    found = section_whole(example(asked, text, "drug_information"), Evidence(document, (part,)))
    return found.reason if found else ""


@pytest.mark.parametrize(
    "text",
    [
        "Store at 25°C (77°F); excursions permitted to 15–30°C (59–86°F).",
        "Myrbetriq can increase blood pressure. Measure it before and during treatment.",
        "Advise patients that it may cause dizziness. Counsel women on contraception.",
        "Doses of up to 400 mg were given to healthy volunteers in Phase 1.",
        "In adults the rate was 3%. General anesthesia was used in 12 patients.",
        "Do not use it in type 1 diabetes. It was given for 10 weeks in Study 2.",
        "The fetus was unharmed at doses of 10 mg/kg.",
        "Patients on dialysis (eGFR below 15 mL/min/1.73 m²) were not studied.",
        "See a doctor if you faint.",
        "Myrbetriq should not be used beyond the date on the pouch.",
        "During treatment, watch the liver.",
        "It is given for 4 weeks: once a day in the first week, then twice.",
        "Management of an overdose is symptomatic.",
    ],
)
def test_a_section_as_printed_is_sound(text: str) -> None:
    assert refused(text) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Watch the liver. See Warnings and Precautions.", "points elsewhere"),
        ("Watch the liver (see section 5).", "points elsewhere"),
        ("Watch the liver. Refer to the Medication Guide.", "points elsewhere"),
        ("Watch the liver. SEE BOXED WARNING.", "points elsewhere"),
        ("Risk Summary There are no data on its use.", "damaged"),
        ("There are no data on its use. Data Animal studies showed no harm.", "damaged"),
        ("It passes into milk. Clinical Considerations Feed before the dose.", "damaged"),
        ("It is absorbed in an hour. Elimination The half-life is 50 hours.", "damaged"),
        ("Store it cold. Handling Wear gloves.", "damaged"),
        ("It may cause rash. Pediatrics Watch infants.", "damaged"),
        ("Watch the liver. Treatment", "damaged"),
        ("Infusion Reactions Inform patients that fever may occur.", "damaged"),
        ("Do not use in patients with: Gout or an ulcer.", "damaged"),
        ("* Watch the liver.", "damaged"),
        ("And watch the liver.", "damaged"),
        (
            "It is a drug indicated for pain. Myrbetriq is an agonist indicated for an overactive bladder.",
            "damaged",
        ),
        ("For oral use. Watch the liver.", "damaged"),
        ("For complete dosing instructions.", "damaged"),
        ("Counts up to 200,000 cells/mm 3 were seen.", "damaged"),
        ("The dose is 250 mcg/m 2 /day.", "damaged"),
        ("FEV 1 was below 40%.", "damaged"),
        ("It blocks Ca 2+ channels.", "damaged"),
        ("The C max was 9 ng/mL.", "damaged"),
        ("The count was 5 x 10 9 cells.", "damaged"),
        ("Watch the liver. 5.2 Urinary Retention It was seen in men.", "damaged"),
        ("Watch the liver. 17. 1 Storage Keep it dry.", "damaged"),
        ("Watch: 1. The liver. 2. The heart.", "damaged"),
        ("Discard as local rules say 2", "damaged"),
        ("WARNINGS: Watch the liver.", "a title stands"),
        ("Precautions\nWatch the liver.", "a title stands"),
        ("Watch the liver", "without a full stop"),
        ("Watch the liver.\n\nOther matters", "without a full stop"),
        ("Hypertension Hypertension was seen in adults.", "a heading is left"),
    ],
)
def test_a_section_that_was_run_together_cut_or_points_elsewhere_is_told(text: str, told: str) -> None:
    assert told in refused(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- gout\n- an ulcer", "a list without its lead"),
        ("Do not use it in severe liver disease and in gout. Contraindicated in severe liver disease and in gout.",
         "a highlight stands beside"),
        ("Do not use it in severe liver disease. Do not use it in gout of any joint.", ""),
    ],
)  # fmt: skip
def test_short_sections_are_told_once_and_with_their_lead(text: str, told: str) -> None:
    found = refused(text, "contraindications", "Contraindications")
    assert told in found
    assert bool(found) is bool(told)


@pytest.mark.parametrize(
    ("heading", "text", "told"),
    [
        ("Stop use and ask a doctor", "Stop use and ask a doctor if\n- pain gets worse\n- redness is present", ""),
        ("Stop use and ask a doctor", "if pain gets worse", "does not begin with its title"),
        ("Directions", "- adults: take 1 tablet every 4 to 6 hours while symptoms persist, not more than 6 in 24 hours", ""),
        ("Directions", "adults and children of 12 years and over take one tablet with a full glass of water", "lost its marks"),
    ],
)  # fmt: skip
def test_a_package_s_list_has_its_title_and_marks(heading: str, text: str, told: str) -> None:
    section = {"Stop use and ask a doctor": "stop_use", "Directions": "dosage"}[heading]
    found = refused(
        text, section, "Dosage and administration" if heading == "Directions" else heading, "consumer"
    )
    assert told in found
    assert bool(found) is bool(told)


def test_a_heading_of_a_subsection_that_ends_in_its_middle_makes_no_section() -> None:
    part = SourcePassage("p1", "It is used in adults.", "Use in Patients with", "indications", {}, "")
    document = label(part, names=NAMES)
    asked = "What does the Indications and Usage section of the Myrbetriq label say?"
    found = section_whole(example(asked, part.text, "drug_information"), Evidence(document, (part,)))
    assert found is not None
    assert "a heading ends in its middle" in found.reason


@pytest.mark.parametrize(
    ("question", "named"),
    [
        (
            "What does the Indications and Usage section of the Myrbetriq label say?",
            ("indications and usage",),
        ),
        ('On the package of Myrbetriq, what is listed under "Uses"?', ("indications and usage",)),
        ("What stands under “Other information” on the package?", ("storage and handling",)),
        (
            "What do the boxed warning and the Contraindications section say?",
            ("boxed warning", "contraindications"),
        ),
        ("Does Myrbetriq have a Boxed Warning?", ("boxed warning",)),
        ("Under Use in Specific Populations, what does it say?", ("use in specific populations",)),
        ("What are the contraindications of Myrbetriq?", ()),
        ("How should the storage of Myrbetriq be handled?", ()),
        ("What is Myrbetriq used for?", ()),
    ],
)
def test_the_titles_that_a_question_names_are_read(question: str, named: tuple[str, ...]) -> None:
    made = example(question, "x", "drug_information")
    assert sections_named(made, label(passage("x"), names=NAMES)) == named
    quoted = re.findall('[“"](.+?)[”"]', question)
    assert sections_named(made, source(passage("x"))) == tuple(title.lower() for title in quoted)
    assert sections_named(example(question, "x"), label(passage("x"), names=NAMES)) == ()
