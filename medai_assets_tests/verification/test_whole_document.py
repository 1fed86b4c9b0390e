"""What the rest of the document says: properties that look beyond the passages of an example."""

from __future__ import annotations

import pytest

from medai_assets_tests.verification.builders import about, example, label, passage, refused_by, source

TREATED = "Wheeze is treated with inhalers that open the airways. They work within minutes."
DIAGNOSED = "Doctors listen to the chest and measure how fast somebody can breathe out."


def pair(text: str, question_type: str, question: str = "How is wheeze found?") -> object:
    return passage(text, "diagnosis", question, question_type=question_type, question=question)


def test_a_question_that_the_document_answers_twice_needs_both_answers() -> None:
    asked = example("How do doctors diagnose wheeze?", DIAGNOSED)
    once = source(pair(DIAGNOSED, "diagnosis"), passage(TREATED, "treatment"))  # type: ignore[arg-type]
    twice = source(pair(DIAGNOSED, "diagnosis"), pair("A biopsy confirms it.", "diagnosis"))  # type: ignore[arg-type]
    assert "nothing_kept_back" not in refused_by(asked, once, 0)
    assert "nothing_kept_back" in refused_by(asked, twice, 0)


@pytest.mark.parametrize(
    ("outlook", "is_refused"),
    [
        ("About half of the patients need surgery.", True),
        ("Most people are well within a week.", False),
        ("It is no reason for surgery.", False),
    ],
)
def test_a_treatment_that_only_the_outlook_names_is_missing(outlook: str, is_refused: bool) -> None:
    asked = example("How is wheeze treated?", TREATED)
    found = refused_by(asked, source(passage(TREATED, "treatment"), passage(outlook, "outlook")), 0)
    assert ("nothing_kept_back" in found) is is_refused


def test_whom_to_call_after_too_much_is_not_left_to_another_section() -> None:
    text = "An overdose of ibuprofen causes drowsiness and vomiting in most of those who were seen."
    call = "If you take too much ibuprofen, call your doctor or go to the nearest emergency room right away."
    asked = "What does the ibuprofen label say about overdosage?"
    assert "nothing_kept_back" in about("overdose", text, asked, ("patient_information", call))
    assert "nothing_kept_back" not in about(
        "overdose", text, asked, ("patient_information", "Take it with food.")
    )


def test_children_are_not_said_to_be_safe_where_the_label_warns_of_them() -> None:
    asked = "What does the ibuprofen label say about pediatric use?"
    safe = "Ibuprofen is safe and effective in children from five months of age."
    warned = ("warnings", "A 4-year-old child had severe wheezing and was taken to intensive care.")
    assert "nothing_kept_back" in about("pediatric_use", safe, asked, warned)
    assert "nothing_kept_back" not in about("pediatric_use", safe, asked, ("warnings", "Do not drive."))
    unknown = "Safety and effectiveness in children have not been established."
    assert "nothing_kept_back" not in about("pediatric_use", unknown, asked, warned)


@pytest.mark.parametrize(
    ("section", "text"),
    [
        (
            "lactation",
            "The enzyme is broken down in the stomach and the gut, so that nothing of it is taken up.",
        ),
        (
            "mechanism",
            "Ibuprofen blocks the making of prostaglandins.\n\nImmunogenicity: It is not known for ibuprofen.",
        ),
    ],
)
def test_a_section_speaks_of_what_it_is_filed_under(section: str, text: str) -> None:
    question = {
        "lactation": "What is known about ibuprofen during lactation?",
        "mechanism": "How does ibuprofen act?",
    }[section]
    assert "question_fits" in about(section, text, question)


@pytest.mark.parametrize(
    "text",
    [
        "Currently there are no medicines that slow wheeze, and inhalers help for some hours only.",
        "The newest medicine for wheeze is an inhaler that is used once a day in the morning.",
    ],
)
def test_what_was_new_when_a_collection_was_made_is_not_taught(text: str) -> None:
    asked = example("How is wheeze treated?", text)
    assert "question_fits" in refused_by(asked, source(passage(text, "treatment"), publisher="medquad"))
    assert "question_fits" not in refused_by(asked, source(passage(text, "treatment"), publisher="nhs"))


def test_one_type_is_not_answered_with_what_is_said_of_all_of_them() -> None:
    group = "Wheeze is a group of disorders of the airways. At least six forms are known."
    one = "Wheeze type 1A is one of a group of disorders of the airways."
    for text, is_refused in ((group, True), (one, False)):
        asked = example("What is wheeze type 1A?", text, subject="Wheeze type 1A")
        found = refused_by(asked, source(passage(text, "overview"), names=("Wheeze type 1A",)))
        assert ("subject_certain" in found) is is_refused


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("Effect of Gender Of", "The 76 patients included 47 men and 29 women, who did equally well."),
        ("Advil and Electrolytes for Oral", "Solution in water is taken in the evening before the day."),
    ],
)
def test_a_heading_that_ends_within_a_phrase_makes_no_example(heading: str, text: str) -> None:
    names = ("IBUPROFEN", "Advil and Electrolytes for Oral Solution")
    made = example(
        "What does the ibuprofen label say about this?", f"{heading} (ibuprofen): {text}", "drug_information",
        framing=("(ibuprofen):",), subject="ibuprofen",
    )  # fmt: skip
    assert "whole" in refused_by(made, label(passage(text, "warnings", heading), names=names))


@pytest.mark.parametrize(
    "text",
    [
        "Pentamidine Isethionate is kept from light. Nothing else is known of pentamidine.",
        "Ask before Advil Tablets or another form is taken, as tablets differ.",
    ],
)
def test_the_capitals_of_a_product_s_name_are_no_heading(text: str) -> None:
    names = ("PENTAMIDINE ISETHIONATE", "Advil")
    asked = example(
        "How should pentamidine isethionate be stored?",
        text,
        "drug_information",
        subject="pentamidine isethionate",
    )
    assert "whole" not in refused_by(asked, label(passage(text, "storage"), names=names))


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("Injections are given for 10 14 days.", True),
        ("Injections are given for 10 to 14 days.", False),
        ("In 2019 14 days were usual.", False),
    ],
)
def test_two_figures_without_a_sign_between_them_are_damaged(text: str, is_refused: bool) -> None:
    said = f"Wheeze is treated with injections. {text}"
    found = refused_by(example("How is wheeze treated?", said), source(passage(said, "treatment")))
    assert ("numbers_sound" in found) is is_refused


def test_what_warnings_say_of_older_people_or_of_other_drugs_belongs_to_the_answer() -> None:
    older = "No difference was seen between older and younger patients who took ibuprofen."
    asked = "What does the ibuprofen label say about geriatric use?"
    dose = ("dosage", "Dosing in elderly patients should be conservative, as they are more susceptible.")
    assert "nothing_kept_back" in about("geriatric_use", older, asked, dose)
    assert "nothing_kept_back" not in about(
        "geriatric_use", older, asked, ("dosage", "Take 200 mg with food.")
    )
    monitored = "Patients on ibuprofen and warfarin should have more frequent laboratory monitoring."
    avoid = ("warnings", "Avoid using drugs that interfere with platelets.")
    assert "nothing_kept_back" in about(
        "interactions", monitored, "Which drug interactions does ibuprofen have?", avoid
    )


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ("- Abnormality of the nervous system", "question_fits"),
        ("Cirrhosis* is scarring of the liver that comes with wheeze.", "whole"),
        ("It is given for early wheeze. the treatment of late wheeze is another.", "whole"),
        (
            "Wheeze is rare. Information on the options can be accessed through the Wheeze Society.",
            "question_fits",
        ),
        ("- Wheeze\n- A tight chest at night and in cold air", "question_fits"),
        ("It comes with headache,and the chest is tight.", "whole"),
        ('It is also called "whistling chest, which few doctors say.', "whole"),
        ("Like Alzheimers disease, it comes with age and is not always seen.", "whole"),
        ("Wheeze can be heard at night. Wheeze can be heard at night, even from afar.", "whole"),
    ],
)
def test_what_readers_found_in_answers(answer: str, refused: str) -> None:
    assert refused in refused_by(example("What are the symptoms of wheeze?", answer), source(passage(answer)))


@pytest.mark.parametrize(
    "name",
    ["wheeze deficiency, congenital", "wheeze dysplasia recessive", "wheeze - Tight Chest", "wheeze; Rales"],
)
def test_a_name_as_an_index_has_it_is_no_name_to_ask_by(name: str) -> None:
    turned = example(f"What are signs of {name}?", SIGNS_OF)
    assert "question_is_natural" in refused_by(turned, source(passage(SIGNS_OF), names=(name,)))


def test_what_the_label_forbids_is_not_only_warned_of() -> None:
    unknown = "Safety and effectiveness in neonates below one month of age have not been established."
    asked = "What does the ibuprofen label say about pediatric use?"
    forbidden = ("contraindications", "Ibuprofen is contraindicated in neonates under one month of age.")
    assert "nothing_kept_back" in about("pediatric_use", unknown, asked, forbidden)
    assert "nothing_kept_back" not in about(
        "pediatric_use", unknown, asked, ("contraindications", "It is contraindicated in asthma.")
    )
    warned = "Patients have had severe reactions within minutes. Watch them after each injection."
    about_it = example(
        "What does the ibuprofen label say about hypersensitivity?",
        warned,
        "drug_information",
        subject="ibuprofen",
    )
    page = (
        passage(warned, "warnings", "Hypersensitivity"),
        passage("It is contraindicated in hypersensitivity to it.", "contraindications"),
    )
    assert "nothing_kept_back" in refused_by(about_it, label(*page), 0)


def test_interactions_outside_their_section_and_a_heading_that_comes_twice_belong_to_the_answer() -> None:
    said = "Patients on ibuprofen and warfarin should have more frequent laboratory monitoring."
    more = passage("It weakens quinolones in vitro.", "pharmacology", "Interaction with Other Antimicrobials")
    asked = example(
        "Which drug interactions does ibuprofen have?", said, "drug_information", subject="ibuprofen"
    )
    assert "nothing_kept_back" in refused_by(asked, label(passage(said, "interactions"), more), 0)
    grows = "Children grew by 0.5 cm a year less than those who had none."
    of_growth = example(
        "What does the ibuprofen label say about growth?", grows, "drug_information", subject="ibuprofen"
    )
    twice = label(
        passage(grows, "warnings", "Growth"),
        passage("The final height is unknown.", "pediatric_use", "Growth"),
    )
    assert "nothing_kept_back" in refused_by(of_growth, twice, 0)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Occasionally a rash develops, and rarely the whole body reacts.", True),
        ("The most frequent are a rash and nausea.", False),
    ],
)
def test_what_is_common_is_not_answered_by_what_ranks_nothing(text: str, refused: bool) -> None:
    found = about("adverse_reactions", text, "What are the most common adverse reactions to ibuprofen?")
    assert ("question_fits" in found) is refused


def test_an_instruction_that_begins_without_a_stop_has_run_into_another() -> None:
    text = "Store at 15 to 30 °C (59 to 86 °F) Dispense in a tight container."
    assert "whole" in about("storage", text, "How should ibuprofen be stored?")


SIGNS_OF = "A whistling sound and a tight chest are the signs."


def test_a_dose_says_the_limits_that_another_part_of_the_dosage_gives() -> None:
    dose = "The recommended dose for osteoarthritis is 7.5 mg once a day."
    asked = "How is ibuprofen dosed?"
    limit = ("dosage", "In patients on hemodialysis, the maximum dosage is 7.5 mg per day.")
    assert "nothing_kept_back" in about("dosage", dose, asked, limit)
    assert "nothing_kept_back" not in about("dosage", dose, asked, ("dosage", "Take it with food."))


def test_serious_risks_are_not_how_to_hold_the_bottle() -> None:
    asked = "What serious risks does ibuprofen have?"
    assert "question_fits" in about(
        "warnings", "Only for use in the nose. Do not spray into your eyes or mouth.", asked
    )
    assert "question_fits" not in about("warnings", "It may cause severe bleeding of the stomach.", asked)


def test_a_mechanism_is_no_proof_that_it_works() -> None:
    text = (
        "It blocks prostaglandins. In controlled clinical trials it has been shown to be effective in pain."
    )
    assert "question_fits" in about("mechanism", text, "How does ibuprofen work?")


@pytest.mark.parametrize(
    ("answer", "is_refused"),
    [
        ("Women to avoid pregnancy after sex without protection (if you did not use birth control)", True),
        ("For the treatment of superficial infections of the ear canal.", True),
        ("For adults, ibuprofen is indicated to relieve pain of the joints.", False),
        ("Temporarily relieves minor aches and pains of the muscles and joints.", False),
    ],
)
def test_a_fragment_is_not_what_a_medicine_is_used_for(answer: str, is_refused: bool) -> None:
    found = about("indications", answer, "Why would someone use ibuprofen?")
    assert ("question_fits" in found) is is_refused


@pytest.mark.parametrize(
    ("section", "value", "text", "is_refused"),
    [
        ("route", "oral (by mouth)", "Take one tablet with water.", False),
        ("route", "oral (by mouth)", "Apply to the affected area.", True),
        ("active_ingredient", "nitrofurantoin", "Furadantin holds nitrofurantoin.", False),
        ("active_ingredient", "nitrofurantoin", "Furadantin holds ampicillin.", True),
        ("drug_class", "nitrofuran antibacterial", "It is an antibacterial of its kind.", False),
        ("drug_class", "cyclooxygenase inhibitor", "It is an antibacterial of its kind.", True),
        ("product_type", "prescription drug", "Take one tablet with water.", False),
        ("product_type", "over-the-counter (OTC) drug", "Take one tablet with water.", True),
    ],
)
def test_what_fields_state_of_a_product_its_text_bears_out(
    section: str, value: str, text: str, is_refused: bool
) -> None:
    said = f"According to FDA's data on its label, Furadantin is {value}."
    of_label = label(
        passage(said, section, values=[value], brand="Furadantin"),
        passage(text, "dosage", brand="Furadantin"),
        names=("NITROFURANTOIN", "Furadantin"),
    )
    made = example("What is the route of administration of Furadantin?", said, "drug_information")
    assert ("data_agree" in refused_by(made, of_label, 0)) is is_refused


@pytest.mark.parametrize(
    ("box", "elsewhere", "refused"),
    [
        ("", "", []),
        ("Death has occurred. Give this medicine by the intravenous route alone.", "", ["safety_kept"]),
        ("", "Do not give this solution by the intrathecal route, which is fatal.", ["nothing_kept_back"]),
    ],
)
def test_a_route_that_the_label_warns_of_is_not_told_alone(
    box: str, elsewhere: str, refused: list[str]
) -> None:
    said = "The route of administration of Furadantin is intravenous (into a vein), according to FDA's data on its label."
    of_label = label(
        passage(said, "route", values=["intravenous (into a vein)"], brand="Furadantin"),
        passage(f"Give it as an infusion over one hour. {elsewhere}", "dosage", brand="Furadantin"),
        *([passage(box, "boxed_warning", brand="Furadantin")] if box else []),
        names=("NITROFURANTOIN", "Furadantin"),
    )
    made = example("By which route is Furadantin given?", said, "drug_information")
    assert refused_by(made, of_label, 0) == refused
