"""What other sections of a document add to an answer that is one section word for word."""

from __future__ import annotations

import pytest

from medai_assets_tests.verification.builders import example, label, passage, source
from medai_assets_tests.verification.one_property import reason

TREATED = "Wheeze is treated with inhalers that open the airways for some hours."


def treatment(
    beside: str, section: str = "outlook", prompt: str = "How is wheeze treated?", said: str = TREATED
) -> str:
    page = source(passage(said, "treatment"), passage(beside, section), publisher="medquad")
    return reason("nothing_kept_back", example(prompt, said, subject="wheeze"), page, 0)


@pytest.mark.parametrize(
    ("beside", "names"),
    [
        ("About half of the patients need surgery.", True),
        ("A child may require an operation.", True),
        ("Many undergo chemotherapy.", True),
        ("Some are treated with antibiotics.", True),
        ("It is treated by dialysis.", True),
        ("Most patients do not need surgery.", False),
        ("No patient requires a transfusion.", False),
        ("It is no reason for surgery.", False),
        ("Inhalers are needed for life.", False),
        ("Most children needed surgery.", True),
        ("Surgery is required.", True),
        ("No surgery is needed.", False),
        ("Surgery may not be needed.", False),
        ("An operation is rarely needed.", False),
        ("Antibiotics are not usually needed.", False),
        ("Surgery is seldom required.", False),
        ("Rarely, surgery is needed.", True),
        ("Surgery is always needed.", True),
        ("It is not rare that surgery is needed.", True),
        ("It doesn’t need surgery.", False),
        ("It doesn't always need surgery.", False),
        ("It does not need surgery, but radiation is needed.", True),
        ("It does not need surgery, radiation or dialysis.", False),
    ],
)
def test_a_treatment_that_another_section_says_is_needed_is_missing(beside: str, names: bool) -> None:
    assert ("names a treatment" in treatment(beside)) is names


def test_a_treatment_that_the_answer_names_is_not_missing_from_it() -> None:
    said = "Wheeze is treated with inhalers, and with surgery where they fail."
    assert "names a treatment" not in treatment("Half of the patients need surgery.", said=said)
    assert "names a treatment" not in treatment(
        "Half of the patients need surgery.", prompt="What eases wheeze?"
    )


@pytest.mark.parametrize(
    ("first", "other", "twice"),
    [
        ({"question_type": "treatment"}, {"question_type": "treatment"}, True),
        ({"question_type": "treatment"}, {"question_type": "outlook"}, False),
        ({}, {}, False),
        ({"question_type": ""}, {"question_type": ""}, False),
    ],
)
def test_two_places_that_answer_one_type_of_question_belong_together(
    first: dict[str, str], other: dict[str, str], twice: bool
) -> None:
    page = source(passage(TREATED, "treatment", **first), passage("Rest helps.", "other", **other))
    said = reason("nothing_kept_back", example("How is wheeze treated?", TREATED), page, 0)
    assert ("another place as well" in said) is twice


def test_the_same_text_filed_twice_is_one_answer() -> None:
    parts = [passage(TREATED, "treatment", heading, question_type="treatment") for heading in ("One", "Two")]
    said = reason("nothing_kept_back", example("How is wheeze treated?", TREATED), source(*parts), 0)
    assert "another place as well" not in said


def of_label(section: str, text: str, prompt: str, beside: tuple[str, str], heading: str = "") -> str:
    document = label(passage(text, section, heading), passage(beside[1], beside[0]))
    made = example(prompt, text, "drug_information", subject="ibuprofen")
    return reason("nothing_kept_back", made, document, 0)


OVERDOSE = "An overdose of ibuprofen causes drowsiness and vomiting in most of those who were seen."


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        ("If you take too much ibuprofen, go to the nearest emergency room right away.", True),
        ("If you take more than prescribed, call your doctor right away.", True),
        ("In case of overdose, call a poison control center.", True),
        ("If a child swallows too much, get medical help right away.", True),
        ("If you use too much, call 911.", True),
        ("Do not take too much.", False),
        ("Call your doctor right away if you faint.", False),
    ],
)
def test_whom_to_call_after_too_much_belongs_to_an_answer_on_overdose(call: str, missing: bool) -> None:
    asked = "What happens after an overdose of ibuprofen?"
    said = of_label("overdose", OVERDOSE, asked, ("patient_information", call))
    assert ("whom to call" in said) is missing


@pytest.mark.parametrize(
    ("section", "group"),
    [("pediatric_use", "children under 2 years"), ("geriatric_use", "elderly patients"),
     ("pregnancy", "pregnant women"), ("lactation", "nursing mothers")],
)  # fmt: skip
@pytest.mark.parametrize(
    ("forbids", "place"),
    [
        ("Ibuprofen is contraindicated in {}.", "contraindications"),
        ("It should not be used in {}.", "warnings"),
        ("Do not give it to {}.", "dosage"),
        ("Avoid use in {}.", "boxed_warning"),
        ("It must not be given to {}.", "warnings"),
        ("{}", "do_not_use"),
    ],
)
def test_that_it_is_forbidden_to_those_asked_about_is_not_left_to_another_section(
    section: str, group: str, forbids: str, place: str
) -> None:
    unknown = f"Safety and effectiveness in {group} have not been established."
    asked = f"What does the ibuprofen label say about {group}?"
    assert "forbids it elsewhere" in of_label(section, unknown, asked, (place, forbids.format(group)))
    other = forbids.format("patients with gout")
    assert "forbids it elsewhere" not in of_label(section, unknown, asked, (place, other))


def test_an_answer_that_forbids_it_itself_lacks_nothing() -> None:
    said = "Ibuprofen is contraindicated in children under 2 years."
    asked = "What does the ibuprofen label say about children?"
    beside = ("contraindications", "Do not give it to infants.")
    assert "forbids it elsewhere" not in of_label("pediatric_use", said, asked, beside)


@pytest.mark.parametrize(
    ("heading", "listed", "forbids"),
    [
        ("Hypersensitivity", "Known hypersensitivity to ibuprofen.", True),
        ("Asthma attacks", "Asthma", True),
        ("Serious reactions", "Serious reactions to aspirin.", False),
        ("Laboratory monitoring", "Severe gout.", False),
    ],
)
def test_a_danger_that_is_warned_of_may_be_a_reason_not_to_use_it(
    heading: str, listed: str, forbids: bool
) -> None:
    said = "Patients have fallen ill within minutes. Watch each of them after the first tablet."
    asked = f"What does the ibuprofen label say about {heading.lower()}?"
    found = of_label("warnings", said, asked, ("contraindications", listed), heading)
    assert ("forbids it elsewhere" in found) is forbids
