"""What the publisher calls the subject, and names that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from medai_assets.verification.subject_certain import is_name, stands_in_elements
from medai_assets_tests.verification.builders import example, label, passage, refused_by, source
from medai_assets_tests.verification.one_property import reason


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("atorvastatin", "ATORVASTATIN CALCIUM"),
        ("metformin hydrochloride", "Metformin"),
        ("metformin", "METFORMIN HCL Extended Release Tablets"),
        ("metoprolol succinate", "METOPROLOL SUCCINATE"),
        ("metoprolol", "METOPROLOL TARTRATE"),
        ("hydrocortisone cream", "Hydrocortisone"),
        ("sodium chloride", "SODIUM CHLORIDE"),
        ("Sodium chloride injection", "Sodium Chloride"),
        ("Advil", "Advil"),
        ("eczema", "Eczema (atopic)"),
        ("GORD", "Gastro-oesophageal reflux disease (GORD)"),
        ("cold sore", "Cold sores"),
        ("COVID-19", "COVID 19"),
        ("Alzheimer’s disease", "Alzheimer's disease"),
        ("beta-blockers", "Beta blockers"),
        ("hepatitis A", "Hepatitis A"),
        ("asthma", "Overview of asthma"),
        ("asthma", "Asthma in adults"),
        ("wheeze", "Symptoms of wheeze"),
        ("malaria", "Parasites - Malaria"),
        ("gout", "Gout: what to know"),
        ("potassium", "Potassium"),
    ],
)
def test_a_name_is_the_publisher_s_salts_forms_and_small_words_aside(subject: str, name: str) -> None:
    assert is_name(subject, [name])
    assert is_name(subject, ["Something else", name])


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("calcium", "ATORVASTATIN CALCIUM"),
        ("sodium phosphate", "SODIUM CHLORIDE"),
        ("potassium citrate", "Potassium Chloride"),
        ("calcium acetate", "Calcium Chloride"),
        ("magnesium sulfate", "Magnesium Citrate"),
        ("metoprolol tartrate", "METOPROLOL SUCCINATE"),
        ("sodium chloride", "SODIUM BICARBONATE"),
        ("insulin lispro", "INSULIN ASPART"),
        ("insulin", "INSULIN GLARGINE"),
        ("ibuprofen", "Ibuprofen and Famotidine"),
        ("amoxicillin", "AMOXICILLIN AND CLAVULANATE POTASSIUM"),
        ("Advil", "Advil PM"),
        ("type 1 diabetes", "Type 2 diabetes"),
        ("hepatitis A", "Hepatitis"),
        ("influenza A", "Influenza"),
        ("hepatitis B", "Hepatitis C"),
        ("non-Hodgkin lymphoma", "Hodgkin lymphoma"),
        ("hypertension", "Hypotension"),
        ("vitamin D", "Vitamin B12"),
        ("tablets", "Ibuprofen tablets"),
        ("", "Wheeze"),
        ("the", "The wheeze"),
        ("-", "Wheeze"),
    ],
)
def test_another_thing_s_name_is_not(subject: str, name: str) -> None:
    assert not is_name(subject, [name])


@given(
    some.lists(some.sampled_from("sodium chloride ibuprofen tablets type 2 gout and the".split()), min_size=1)
)
def test_every_name_with_a_word_of_its_own_is_its_own_name(words: list[str]) -> None:
    name = " ".join(words)
    assert is_name(name, [name]) or set(words) <= {"the", "and"}


@pytest.mark.parametrize(
    ("subject", "stands"),
    [
        ("lipitor", True), ("atorvastatin calcium", True), ("calcium", False), ("atorvastatin", True), ("lactose", False),
        ("", False),
    ],
)  # fmt: skip
def test_a_label_without_names_is_known_by_what_its_elements_begin_with(subject: str, stands: bool) -> None:
    elements = (
        "Lipitor atorvastatin calcium ATORVASTATIN CALCIUM TRIHYDRATE ATORVASTATIN CALCIUM CARBONATE "
        "CROSCARMELLOSE SODIUM HYPROMELLOSE LACTOSE MONOHYDRATE"
    )
    assert stands_in_elements(subject, elements) is stands


def certain(
    prompt: str, *names: str, publisher: str = "nhs", text: str = "It is known.", **other: object
) -> str:
    document = source(passage(text, "overview"), names=names, publisher=publisher)
    return reason("subject_certain", example(prompt, text, **other), document)


@pytest.mark.parametrize(
    ("prompt", "name", "named"),
    [
        ("What is asthma?", "Asthma", True),
        ("WHAT IS ASTHMA?", "Asthma", True),
        ("Are cold sores catching?", "Cold sore", True),
        ("What is GORD?", "Gastro-oesophageal reflux disease (GORD)", True),
        ("What is angina?", "Asthma", False),
        ("What is it?", "Asthma", False),
        ("What is non-Hodgkin lymphoma?", "Hodgkin lymphoma", False),
        ("What is pre-eclampsia?", "Eclampsia", False),
        ("What is low blood pressure?", "High blood pressure", False),
        ("How common is HIV?", "HIV and AIDS", True),
    ],
)
def test_the_question_names_the_subject(prompt: str, name: str, named: bool) -> None:
    assert (certain(prompt, name) == "") is named


def test_a_document_without_a_name_makes_no_example() -> None:
    assert "names no subject" in certain("What is asthma?")
    assert "names no subject" in certain("What is asthma?", " ")


def test_the_publisher_s_own_question_needs_a_word_of_the_name_only() -> None:
    asked = "Why do airways wheeze in the cold?"
    page = source(passage("Cold air narrows them.", "causes", asked), names=("Wheeze in winter",))
    assert reason("subject_certain", example(asked, "Cold air narrows them."), page) == ""
    assert reason("subject_certain", example("Why is winter cold?", "Cold air narrows them."), page)


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("I have a tight chest. How urgent is this?", True),
        ("I have a swollen knee. How urgent is this?", False),
        ("My friend is worried about a tight chest. What should I do next?", True),
    ],
)
def test_a_case_is_told_in_the_document_s_words(prompt: str, told: bool) -> None:
    assert (certain(prompt, "Wheeze", text="See a GP if you have a tight chest.") == "") is told


@pytest.mark.parametrize(
    ("prompt", "text", "certainly"),
    [
        ("What is spinocerebellar ataxia 7?", "Spinocerebellar ataxia is a group of illnesses.", False),
        ("What is spinocerebellar ataxia 7?", "Spinocerebellar ataxia 7 is an illness of the eye.", True),
        ("What is albinism type 2?", "Albinism is a group of conditions. There are four types.", False),
        ("What is albinism type 2?", "Of the many forms, albinism type 2 is the most common.", True),
        ("What is X-linked albinism?", "There are several forms of albinism.", False),
        ("What is albinism?", "There are several forms of albinism.", True),
    ],
)
def test_one_type_is_not_told_by_what_is_true_of_all(prompt: str, text: str, certainly: bool) -> None:
    names = ("Spinocerebellar ataxia 7", "Albinism", "Albinism type 2", "X-linked albinism")
    assert (certain(prompt, *names, text=text) == "") is certainly


@pytest.mark.parametrize(
    ("name", "text", "spoken_of"),
    [
        ("Wheeze", "Wheezing is heard.", True),
        ("Wheeze", "The knee swells.", False),
        ("Angiostrongyliasis", "The worm Angiostrongylus is found in snails.", True),
        ("Chronic obstructive disease", "COD is a disease of the lung.", True),
        ("Chronic obstructive disease", "It is a disease of the lung.", False),
    ],
)
def test_a_collection_s_text_speaks_of_what_it_is_filed_under(name: str, text: str, spoken_of: bool) -> None:
    said = certain(f"What is {name}?", name, publisher="medquad", text=text)
    assert ("never speaks of" not in said) is spoken_of


@pytest.mark.parametrize(
    ("prompt", "of_study"),
    [
        ("Does oat bran lower blood pressure in children?", True),
        ("Does aspirin prevent strokes in smokers?", False),
        ("What is it?", True),  # no word of substance that could be another's
    ],
)
def test_a_study_is_asked_about_in_its_own_words(prompt: str, of_study: bool) -> None:
    said = certain(
        prompt, "Oat bran in children", publisher="pubmed", text="Oat bran lowered blood pressure."
    )
    assert (said == "") is of_study


@pytest.mark.parametrize(
    ("prompt", "elements", "certainly"),
    [
        ("How is Viagra taken?", "Viagra sildenafil citrate SILDENAFIL CITRATE SILDENAFIL", True),
        ("How is sildenafil taken?", "Viagra sildenafil citrate SILDENAFIL CITRATE SILDENAFIL", True),
        ("How is it taken?", "Viagra sildenafil citrate SILDENAFIL CITRATE SILDENAFIL", False),
        ("How is sildenafil taken?", "", False),
        ("How is one of these taken?", "one two three four five six seven sildenafil SILDENAFIL", False),
    ],
)
def test_a_label_s_elements_stand_in_for_names(prompt: str, elements: str, certainly: bool) -> None:
    document = label(passage("Take it.", "dosage"), names=(), elements=elements)
    made = example(prompt, "Take it.", "drug_information", subject="sildenafil")
    assert (reason("subject_certain", made, document) == "") is certainly


@pytest.mark.parametrize(
    ("names", "elements", "subject", "is_certain"),
    [
        (("ATORVASTATIN CALCIUM", "Lipitor"), "", "atorvastatin", True),
        (("ATORVASTATIN CALCIUM", "Lipitor"), "", "calcium", False),
        (
            (),
            "Lipitor atorvastatin calcium ATORVASTATIN CALCIUM TRIHYDRATE ATORVASTATIN LACTOSE",
            "atorvastatin calcium",
            True,
        ),
        (
            (),
            "Atorvastatin Calcium Atorvastatin Calcium ATORVASTATIN CALCIUM TRIHYDRATE ATORVASTATIN",
            "calcium",
            False,
        ),
        ((), "Bonine for Kids Chlorcyclizine CHLORCYCLIZINE SUCROSE", "purpose cyclizine", False),
        ((), "", "ibuprofen", False),
    ],
)
def test_a_drug_is_named_as_the_publisher_names_it(
    names: tuple[str, ...], elements: str, subject: str, is_certain: bool
) -> None:
    text = "It is indicated for adults with a raised cholesterol, as an adjunct to diet and exercise."
    document = label(passage(text, "indications"), names=names, elements=elements)
    made = example(f"What is {subject} used for?", text, "drug_information", subject=subject)
    assert ("subject_certain" in refused_by(made, document)) is not is_certain


def test_a_case_that_is_told_stands_in_the_document() -> None:
    card = source(passage("- your lips turn blue\n- you cannot speak", "care_emergency", "Call 999 if"))
    framing = ("Call 911 now.\n\nThe advice calls it an emergency", "if")
    answer = "Call 911 now.\n\nThe advice calls it an emergency if your lips turn blue."
    told = example(
        "My toes turn blue. Is this an emergency?", answer, "emergency_escalation", framing=framing
    )
    assert "subject_certain" in refused_by(told, card)


@pytest.mark.parametrize(
    ("asked", "is_sound"),
    [("sildenafil", True), ("Viagra", True), ("citrate", False), ("cellulose", False)],
)
def test_a_label_without_openfda_s_names_is_asked_about_by_those_that_its_elements_begin_with(
    asked: str, is_sound: bool
) -> None:
    named = "Viagra sildenafil citrate SILDENAFIL CITRATE SILDENAFIL MICROCRYSTALLINE CELLULOSE"
    text = "The tablets may be taken with or without food."
    made = example(f"How is {asked} taken?", text, "drug_information", subject="sildenafil")
    unnamed = label(passage(text, "warnings"), names=(), elements=named)
    assert ("subject_certain" not in refused_by(made, unnamed)) is is_sound


@pytest.mark.parametrize(("topic", "certain"), [("wheeze", True), ("Ménière's disease", False)])
def test_a_page_that_is_asked_for_by_a_heading_is_named_beside_it(topic: str, certain: bool) -> None:
    page = source(passage("Keep warm.", "prevention", "Preventing wheeze"))
    made = example(f'What does the NHS page on {topic} say under "Preventing wheeze"?', "Keep warm.")
    assert (reason("subject_certain", made, page) == "") is certain
