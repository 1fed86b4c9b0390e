"""What stands under which title of a drug label, whether it is whole, and which boxed warning belongs to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions import label_sections
from medai_assets.instructions.passages import SourceDocument
from medai_assets_tests.instructions.builders import document, row
from medai_assets_tests.tries import tries


def label(
    *parts: tuple[str, str, str], audience: str = "professional", product_type: str = "rx"
) -> SourceDocument:
    """A label of passages, each of a section, a heading and a text."""
    return document(
        *(
            row(text, section, heading=heading, document="fda:1", subject="exampline", title="Examplol",
                audience=audience, attributes={"product_type": product_type})
            for section, heading, text in parts
        )
    )  # fmt: skip


def titles(page: SourceDocument, section: str) -> list[tuple[str, list[str]]]:
    return [(title, [p.text for p in found]) for title, found in label_sections.titled(page, section)]


def test_subsections_stand_under_the_title_of_a_section_that_one_field_alone_can_hold() -> None:
    page = label(
        ("indications", "Gout", "It is indicated in gout."),
        ("indications", "Indications and usage", "It is indicated in adults."),
    )
    assert titles(page, "indications") == [
        ("Indications and Usage", ["It is indicated in gout.", "It is indicated in adults."])
    ]


@pytest.mark.parametrize(
    ("section", "heading", "title"),
    [
        ("lactation", "Nursing mothers", "Nursing Mothers"),
        ("pregnancy", "Teratogenic effects", "Teratogenic Effects"),
        ("pregnancy", "Pregnancy Risk Summary", "Pregnancy"),
        ("warnings", "General precautions", "General Precautions"),
        ("storage", "Disposal", "Disposal"),
        ("mechanism", "Mechanism of action", "Mechanism of Action"),
        ("pediatric_use", "", "Pediatric Use"),
    ],
)
def test_a_field_is_asked_for_as_a_label_prints_it(section: str, heading: str, title: str) -> None:
    assert titles(label((section, heading, "Something is said of it.")), section) == [
        (title, ["Something is said of it."])
    ]


@pytest.mark.parametrize(
    ("section", "heading"),
    [
        ("mechanism", "Clinical pharmacology"),  # its parts are fields of their own
        ("warnings", "Use in specific populations"),
        ("warnings", "Drug abuse and dependence"),
        ("warnings", "Hepatotoxicity"),  # of which field of warnings?
        ("mechanism", "Cardiac Electrophysiology"),
    ],
)
def test_what_is_left_of_a_parent_and_a_part_of_no_plain_field_have_no_title(
    section: str, heading: str
) -> None:
    assert titles(label((section, heading, "Something is said of it.")), section) == []


@pytest.mark.parametrize(
    ("section", "heading"),
    [
        ("patient_information", "Medication guide"),
        ("patient_information", "Patient information"),
        ("dosage", "Instructions for use"),
    ],
)
def test_leaflets_for_patients_stand_under_no_title_of_the_label(section: str, heading: str) -> None:
    leaflet = row("Shake it well.", section, heading=heading, document="fda:1", audience="consumer")
    assert titles(document(leaflet), section) == []
    assert titles(document(leaflet | {"audience": "professional"}), section) == []


def test_a_package_s_own_lists_keep_their_fields_heading() -> None:
    page = label(
        ("warnings", "When using this product", "Do not get it into the eyes."),
        ("stop_use", "Stop use and ask a doctor", "Stop use if a rash appears."),
        audience="consumer", product_type="otc",
    )  # fmt: skip
    assert [title for title, _ in titles(page, "warnings")] == ["When using this product"]
    assert [title for title, _ in titles(page, "stop_use")] == ["Stop use and ask a doctor"]


@pytest.mark.parametrize(
    ("heading", "printed"),
    [
        ("Labor and delivery", "Labor and Delivery"),
        ("Females and males of reproductive potential", "Females and Males of Reproductive Potential"),
        ("Overdosage", "Overdosage"),
    ],
)
def test_small_words_keep_their_small_letter(heading: str, printed: str) -> None:
    assert label_sections.printed(heading) == printed


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Take 50 mg once daily.", True),
        ("It was studied in adults [see Clinical Studies (14.1)]", True),
        ("Do not use if you have:\n- glaucoma\n- an ulcer", True),
        ("Store at 20°C to 25°C (68°F to 77°F).", True),
        ("Dose | Weight\n5 mg | 10 kg\n10 mg | 20 kg\nGive it once a day.", True),
        ("The most common adverse reactions were:", False),
        ("It may cause nausea, vomiting, and…", False),
        ("It may cause nausea ...", False),
        ("Adverse reactions include", False),
        ("It may be taken with", False),
        ("", False),
    ],
)
def test_a_section_is_whole_where_it_ends_as_one_does(text: str, whole: bool) -> None:
    (passage,) = label(("adverse_reactions", "", text)).passages
    assert label_sections.is_whole(passage) is whole


def test_a_part_of_a_section_is_never_whole_and_spoils_the_sections_it_stands_in() -> None:
    text = "It may harm the liver of some."
    cut = row(text, "warnings", document="fda:1", attributes={"part": 1, "parts": 2})
    page = document(cut, row("It may harm the heart.", "warnings", document="fda:1"))
    assert not label_sections.is_whole(page.first)
    assert label_sections.section(list(page.passages), 180).text == ""


def test_a_section_longer_than_the_bound_is_no_answer_and_one_of_that_length_is() -> None:
    page = label(("storage", "", "Keep it in the box that it came in."))
    assert label_sections.section(list(page.passages), 9).text == "Keep it in the box that it came in."
    assert label_sections.section(list(page.passages), 8).text == ""


def test_parts_are_told_below_their_headings_and_a_part_alone_without() -> None:
    page = label(
        ("indications", "Gout.", "it is indicated in gout."),
        ("indications", "Acute Pain", "- of the back\n- of the head"),
    )
    both, alone = (label_sections.section(list(page.passages[:n]), 99).text for n in (2, 1))
    assert both == "Gout: It is indicated in gout.\n\nAcute Pain:\n- of the back\n- of the head"
    assert alone == "It is indicated in gout."


@pytest.mark.parametrize(
    ("heading", "text", "own"),
    [
        ("Hepatotoxicity", "It may harm the liver.", "Hepatotoxicity"),
        ("Hepatotoxicity", "Hepatotoxicity was seen in 1%.", ""),  # the text says it itself
        ("Warnings and precautions", "It may harm the liver.", ""),
        ("What should I avoid?", "Alcohol.", ""),
        ("Patients who have had an allergic reaction to another of these", "Do not give it.", ""),
        ("  ", "Do not give it.", ""),
    ],
)
def test_a_heading_counts_where_it_says_more_than_the_section(heading: str, text: str, own: str) -> None:
    assert label_sections.own_heading(label(("warnings", heading, text)).first) == own


@pytest.mark.parametrize(
    ("heading", "asked"),
    [
        ("Hepatotoxicity", True),
        ("Serotonin Syndrome", True),
        ("Risk of Falls", True),
        ("Embryo-Fetal Toxicity", True),
        ("Use With Alcohol", True),
        ("HEPATOTOXICITY", False),  # shouted headings are often more than one
        ("General", False),
        ("Important Dosing Information", False),
        ("5.1 Hepatotoxicity", False),
        ("Hepatotoxicity: Monitoring", False),
        ("Discontinuation of Treatment with", False),
        ("Hepatotoxicity Monitor", False),  # took the next sentence's verb along
        ("Risk of serious falls in the elderly", False),
        ("Warnings and precautions", False),
        ("", False),
    ],
)
def test_a_subsection_is_asked_about_where_its_heading_names_one_topic(heading: str, asked: bool) -> None:
    page = label(("warnings", heading, "It may harm some of those who take it."))
    assert [title for title, _ in label_sections.subsections(page, "warnings")] == [heading] * asked


def test_a_heading_that_a_label_has_twice_names_neither() -> None:
    page = label(
        ("warnings", "Hepatotoxicity", "It may harm the liver."),
        ("adverse_reactions", "HEPATOTOXICITY", "The liver was harmed in 1%."),
    )
    assert list(label_sections.subsections(page, "warnings")) == []


OPIOID = (
    "WARNING: ADDICTION, RESPIRATORY DEPRESSION and RISKS FROM CONCOMITANT USE WITH BENZODIAZEPINES. Accidental ingestion, "
    "especially by children, can result in a fatal overdose. Prolonged use during pregnancy can result in neonatal opioid "
    "withdrawal syndrome."
)
QUINOLONE = (
    "Fluoroquinolones are associated with an increased risk of tendinitis and tendon rupture. This risk is further increased "
    "in older patients usually over 60 years of age and in patients taking corticosteroid drugs."
)
METFORMIN = (
    "Postmarketing cases of metformin-associated lactic acidosis have resulted in death. Risk factors include renal "
    "impairment, age >65 years old, radiological studies with contrast, and excessive alcohol intake."
)
NSAID = (
    "NSAIDs cause an increased risk of serious cardiovascular thrombotic events. They are contraindicated in the setting of "
    "coronary artery bypass graft surgery. Elderly patients are at greater risk for serious gastrointestinal events."
)
ESTROGEN = (
    "Estrogen-alone therapy should not be used for the prevention of cardiovascular disease. There is an increased risk of "
    "probable dementia in postmenopausal women 65 years of age or older."
)
PROMETHAZINE = (
    "It should not be used in patients less than 2 years of age because of fatal respiratory depression."
)
LIVER = "Hepatotoxicity: acute liver failure, at times resulting in liver transplant and death, has been reported."


@pytest.mark.parametrize(
    ("box", "section", "belongs"),
    [
        (OPIOID, "warnings", True), (OPIOID, "contraindications", True), (OPIOID, "adverse_reactions", True),
        (OPIOID, "interactions", True), (OPIOID, "pregnancy", True), (OPIOID, "pediatric_use", True),
        (OPIOID, "overdose", True), (OPIOID, "lactation", False), (OPIOID, "geriatric_use", False),
        (OPIOID, "storage", False), (OPIOID, "mechanism", False),
        (QUINOLONE, "geriatric_use", True), (QUINOLONE, "interactions", True), (QUINOLONE, "pregnancy", False),
        (METFORMIN, "geriatric_use", True), (METFORMIN, "pediatric_use", False), (METFORMIN, "overdose", False),
        (NSAID, "geriatric_use", True), (NSAID, "interactions", False), (NSAID, "storage", False),
        (ESTROGEN, "indications", True), (ESTROGEN, "geriatric_use", True), (ESTROGEN, "lactation", False),
        (PROMETHAZINE, "pediatric_use", True), (PROMETHAZINE, "geriatric_use", False),
        (LIVER, "geriatric_use", False), (LIVER, "pregnancy", False), (LIVER, "interactions", False),
    ],
)  # fmt: skip
def test_a_box_belongs_to_a_section_that_it_speaks_of(box: str, section: str, belongs: bool) -> None:
    page = label(("boxed_warning", "", box), (section, "", "Something is said here."))
    assert (label_sections.box(page, section) is not None) is belongs


@pytest.mark.parametrize(
    ("box", "topic", "belongs"),
    [
        (LIVER, "Hepatotoxicity", True),
        (LIVER, "Liver Injury", True),
        (LIVER, "Bone Fractures", False),
        (QUINOLONE, "Tendon Ruptures", True),
        (QUINOLONE, "Photosensitivity", False),
        (METFORMIN, "Lactic Acidosis", True),
        (METFORMIN, "Vitamin B Deficiency", False),
        (NSAID, "Cardiovascular Thrombotic Events", True),
        (OPIOID, "Serotonin Syndrome", False),
        (NSAID, "Serious Infections", False),
        (NSAID, "Severe Skin Reactions", False),
    ],
)
def test_a_box_belongs_to_a_subsection_on_what_it_warns_of(box: str, topic: str, belongs: bool) -> None:
    page = label(("boxed_warning", "", box), ("warnings", topic, "Something is said here."))
    assert (label_sections.box(page, "warnings", topic) is not None) is belongs


def test_a_label_without_a_box_has_none_for_any_section() -> None:
    page = label(("warnings", "", "Something is said here."))
    assert all(label_sections.box(page, section) is None for section in label_sections.TITLES)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Exampline tablets USP, 5 mg, are white.", "tablets"),
        ("Exampline hydrochloride extended-release capsules are taken whole.", "extended-release capsules"),
        ("Exampline for injection is a white powder.", "for injection"),
        ("Exampline ophthalmic solution, 0.5% is sterile.", "ophthalmic solution"),
        ("EXAMPLINE NASAL SPRAY is for the nose.", "nasal spray"),
        ("Exampline transdermal system is worn for a week.", "transdermal system"),
        ("Exampline and hydrochlorothiazide tablets lower the pressure.", ""),  # a product of two substances
        ("Exampline capsules and exampline oral suspension are not equivalent.", ""),
        ("Another drug's tablets are white.", ""),
        ("Preexampline tablets are another drug.", ""),
    ],
)
def test_the_form_is_what_the_label_itself_calls_the_substance(text: str, form: str) -> None:
    page = document(row(text, "description", document="fda:1", subject="exampline", title="Label"))
    assert label_sections.form_of(page, "exampline") == form


def test_the_commonest_form_is_plain_where_others_are_named_in_passing() -> None:
    text = "Exampline tablets are white. Exampline tablets are round. Exampline tablets are flat. Exampline cream is not."
    page = document(row(text, "how_supplied", document="fda:1", subject="exampline", title="Label"))
    assert label_sections.form_of(page, "exampline") == "tablets"


@tries(40)
@given(st.text(max_size=150), st.text(max_size=40))
def test_any_text_and_heading_are_read_without_an_error_and_told_as_they_stand(
    text: str, heading: str
) -> None:
    page = label(("warnings", heading, text or "x"), ("boxed_warning", "", heading or "x"))
    for title, passages in label_sections.titled(page, "warnings"):
        assert title
        assert label_sections.section(passages, 200).misquotes() == []
    assert label_sections.box(page, "warnings") == page.passages[1]
