"""Answers that do not answer: figures that are not there, no amount, no ranking, no danger, no definition."""

from __future__ import annotations

import pytest

from medai_assets_tests.verification.builders import example, findings, label, passage, refused_by, source
from medai_assets_tests.verification.one_property import reason


def on_label(text: str, prompt: str, section: str) -> str:
    made = example(prompt, text, "drug_information", subject="ibuprofen")
    return reason("question_fits", made, label(passage(text, section)))


def on_page(text: str, prompt: str, section: str = "overview", publisher: str = "medquad") -> str:
    page = source(passage(text, section), publisher=publisher, names=("Wheeze", "Chronic Airway Whistle"))
    return reason("question_fits", example(prompt, text), page)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Figure 2 shows how to hold it.", True), ("The picture below shows the lung.", True), ("See fig. 3.", True),
        ("The scars are shown above.", True), ("The video shows it.", True), ("Rates are given in Table 4.", True),
        ("Seizures (55% of patients)", True), ("Click the “start” button to see it.", True),
        ("Click below to read on.", True), ("Click this link.", True),
        ("Click this to see the lung.", True), ("It clicks below 4 °C.", False),
        ("Press the pen until it clicks; a second click ends the dose.", False), ("Doctors look at a picture of the lung.", False),
        ("A figure of 12 is common.", False), ("It may be taken at the table.", False),
    ],
)  # fmt: skip
def test_a_figure_or_a_table_that_is_not_there_is_not_spoken_of(said: str, shown: bool) -> None:
    text = f"Wheeze is a whistling sound of narrow airways in the lungs. {said}"
    assert bool(on_page(text, "What is wheeze?")) is shown


def test_a_table_that_is_there_may_be_spoken_of() -> None:
    text = "Wheeze is a sound of the airways that has grades (Table 1).\n\nGrade | Sound\n1 | soft\n2 | loud"
    assert not on_page(text, "What is wheeze?")


@pytest.mark.parametrize(
    ("section", "prompt", "text", "fits"),
    [
        ("lactation", "Can I breastfeed while I take ibuprofen?", "It passes into breast milk in small amounts.", True),
        ("lactation", "Can I breastfeed while I take ibuprofen?", "It is broken down in the stomach and the gut.", False),
        ("pregnancy", "Is ibuprofen safe in pregnancy?", "It harmed the foetus of rats that were given much of it.", True),
        ("pregnancy", "Is ibuprofen safe in pregnancy?", "It was given to rats for a year and they grew well.", False),
        ("overdose", "What happens after an overdose of ibuprofen?", "Toxicity shows as drowsiness and vomiting.", True),
        ("overdose", "What happens after an overdose of ibuprofen?", "Drowsiness and vomiting are most usual.", False),
        ("storage", "How should ibuprofen be stored?", "Keep the bottle tightly closed and away from light.", True),
        ("storage", "How should ibuprofen be stored?", "The bottles hold 100 white tablets of round shape.", False),
        ("mechanism", "How does ibuprofen work?", "It blocks the making of prostaglandins in the tissue.", True),
        ("mechanism", "How does ibuprofen work?", "It blocks prostaglandins. It is indicated for pain.", False),
        ("mechanism", "How does ibuprofen work?", "It blocks an enzyme. The QTc interval was not prolonged.", False),
    ],
)  # fmt: skip
def test_a_section_speaks_of_what_it_is_filed_under(section: str, prompt: str, text: str, fits: bool) -> None:
    assert (on_label(text, prompt, section) == "") is fits


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("The usual dose is 200 mg three times a day with food.", True),
        ("The usual dose is 200mg three times a day with food.", True),
        ("The usual dose is 10 mL of the syrup, taken with food.", True),
        ("The usual dose is 5,000 IU each day, taken with food.", True),
        ("The usual dose is 50 µg each day, taken with food.", True),
        ("The usual dose is a 2% gel on the skin at night.", True),
        ("The usual dose is one tablet three times a day with food.", False),
        ("The usual dose is set by the doctor for each patient.", False),
    ],
)
def test_a_usual_dose_is_an_amount(text: str, fits: bool) -> None:
    assert (on_label(text, "What is the usual dose of ibuprofen?", "dosage") == "") is fits


@pytest.mark.parametrize(
    ("prompt", "text", "fits"),
    [
        (
            "What are the most common side effects of ibuprofen?",
            "The most frequent are nausea, rash and headache.",
            True,
        ),
        (
            "What are the most common side effects of ibuprofen?",
            "Nausea (12%), rash and headache were seen.",
            True,
        ),
        (
            "What are the most common side effects of ibuprofen?",
            "Nausea, rash and headache have been seen.",
            False,
        ),
        ("What are the side effects of ibuprofen?", "Nausea, rash and headache have been seen.", True),
    ],
)
def test_what_is_common_is_ranked(prompt: str, text: str, fits: bool) -> None:
    assert (on_label(text, prompt, "adverse_reactions") == "") is fits


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("It may cause severe bleeding of the stomach.", True),
        ("Stop it and see a doctor if a rash spreads.", True),
        ("Shake the bottle well and measure the syrup with the spoon.", False),
    ],
)
def test_a_danger_is_named_where_dangers_are_asked_for(text: str, fits: bool) -> None:
    assert (on_label(text, "What are the serious risks of ibuprofen?", "warnings") == "") is fits


@pytest.mark.parametrize(
    ("prompt", "text", "fits"),
    [
        ("What is wheeze?", "Wheeze is a whistling sound of the airways.", True),
        ("What is wheeze?", "CAW affects the airways and is heard as a whistle.", True),  # by its initials
        ("What is wheeze?", "Doctors are trained to listen to the chest with care.", False),
        ("What is wheeze?", "In wheeze, loud and whistling breath out with every step.", False),
        ("Tell me about wheeze.", "Airways of the lung become narrow from cold dry air.", False),
        ("Can you explain what wheeze is?", "Wheeze occurs where airways are narrow.", True),
        ("What are the symptoms of wheeze?", "The chest is tight and breath whistles in and out.", True),
    ],
)
def test_what_a_thing_is_is_said_first(prompt: str, text: str, fits: bool) -> None:
    assert ("does not say what" not in on_page(text, prompt)) is fits


@pytest.mark.parametrize(
    ("section", "said", "dated"),
    [
        ("treatment", "Researchers are testing a new drug.", True),
        ("treatment", "It is currently treated with steroids.", True),
        ("outlook", "To date most children have done well.", True),
        ("overview", "The name was recently changed.", False),
        ("overview", "Currently 120 families are known.", True),
        ("treatment", "A newborn is treated with oxygen.", False),
    ],
)
def test_an_old_collection_does_not_say_what_is_new(section: str, said: str, dated: bool) -> None:
    text = f"Wheeze is eased by warm air, rest and a blue inhaler. {said}"
    prompt = {"treatment": "How is wheeze treated?", "outlook": "What is the outlook for wheeze?"}
    asked = prompt.get(section, "What is wheeze?")
    assert ("its own time" in on_page(text, asked, section)) is dated
    assert "its own time" not in on_page(text, asked, section, publisher="nhs")


@pytest.mark.parametrize(
    ("prompt", "text", "fits"),
    [
        (
            "What causes Whistle type 2?",
            "Whistle type 2 is caused by changes in one gene that makes a protein of the airways.",
            True,
        ),
        (
            "What causes Whistle type 2?",
            "Whistle is caused by changes in one of several genes that make proteins of the airways.",
            False,
        ),
        (
            "What causes Whistle?",
            "Whistle is caused by changes in one of several genes that make proteins of the airways.",
            True,
        ),
    ],
)
def test_one_type_is_answered_by_its_number(prompt: str, text: str, fits: bool) -> None:
    page = source(passage(text, "causes"), names=("Whistle type 2", "Whistle"))
    assert (reason("question_fits", example(prompt, text), page) == "") is fits


@pytest.mark.parametrize(
    ("prompt", "is_case"),
    [
        ("My child missed a vaccination. How urgent is this?", False),
        ("I want to travel. What level of care do I need?", False),
        ("My child has a fever after a vaccination. How urgent is this?", True),
        ("I missed an appointment and feel dizzy. How urgent is this?", True),
        ("When should I book an appointment?", True),  # the answer is when, and no case is told
        ("My ankle is swollen. How urgent is this?", True),
    ],
)
def test_an_appointment_is_no_complaint(prompt: str, is_case: bool) -> None:
    text = "- you or your child missed a vaccination or an appointment, feel dizzy, or have a fever or a swollen ankle"
    page = source(passage(text, "care_non_urgent", "See a GP if:"))
    said = reason("question_fits", example(prompt, f"See a GP if:\n{text}", "triage_recommendation"), page)
    assert ("no complaint" not in said) is is_case


@pytest.mark.parametrize(
    ("asked", "text", "section", "fits"),
    [
        ("What side effects can ibuprofen cause?", "Common reactions are nausea, headache and rash.", "adverse_reactions", True),
        ("What side effects can ibuprofen cause?", "Keep at room temperature, away from light and moisture.", "storage", False),
        ("What side effects can ibuprofen cause?", "The following reactions are discussed elsewhere in the labeling.",
         "adverse_reactions", False),
        ("What side effects can ibuprofen cause?",
         "Because clinical trials are conducted under widely varying conditions, rates cannot be directly compared. The "
         "trial enrolled "
         "400 subjects. Nausea occurred.", "adverse_reactions", False),
        ("How is ibuprofen absorbed and eliminated?", "The concentrations are given in Table 4 for all strengths.",
         "pharmacokinetics", False),
        ("How should I store ibuprofen?", "See Figure 2 for how to keep the bottle in its carton at home.", "storage", False),
    ],
)  # fmt: skip
def test_the_answer_is_from_the_right_section_and_answers(
    asked: str, text: str, section: str, fits: bool
) -> None:
    document = label(passage(text, section))
    assert ("question_fits" in refused_by(example(asked, text, "drug_information"), document)) is not fits


@pytest.mark.parametrize(
    ("prompt", "says", "is_sound"),
    [
        ("What is Wheeze?", "Wheeze is a whistling sound when you breathe out.", True),
        ("Tell me about Wheeze.", "In wheeze, the breath out is heard and causes worry.", True),
        (
            "What is Wheeze?",
            "If you live in a dusty place, you should go outside now and then for air.",
            False,
        ),
        (
            "Can you explain what Wheeze is?",
            "Your airways are narrow tubes that carry air to the lungs.",
            False,
        ),
    ],
)
def test_what_a_thing_is_is_said_in_the_first_sentence(prompt: str, says: str, is_sound: bool) -> None:
    found = findings(example(prompt, says), source(passage(says, "overview"), publisher="medquad"))
    assert any("does not say what" in f.reason for f in found) is not is_sound


ASKED = "What are the symptoms of wheeze?"


def test_a_register_s_findings_without_a_sentence_are_no_symptoms_to_tell() -> None:
    bare = "Signs and symptoms:\n- Wheeze\n- Death in childhood"
    told = "The signs and symptoms of wheeze are these:\n- a tight chest\n- a cough at night"
    assert "question_fits" in refused_by(example(ASKED, bare), source(passage(bare)))
    assert findings(example(ASKED, told), source(passage(told))) == []


@pytest.mark.parametrize(
    ("told", "section", "fits"),
    [
        ("I would like advice about the vaccine because of a severe allergy", "care_non_urgent", False),
        ("Medicines from a pharmacy have not helped", "care_non_urgent", False),
        ("I have had wheeze more than once", "care_non_urgent", False),
        ("My child is less than 3 months old", "care_urgent", False),
        ("Pain wakes me at night, and painkillers do not help", "care_non_urgent", True),
        ("I have migraines more than once a week", "care_non_urgent", False),
        ("A button battery is in the ear", "care_emergency", True),
        (
            "The medicine does not help. I am asking about wheeze with breathlessness",
            "care_non_urgent",
            False,
        ),
        ("It is about wheeze with breathlessness. My chest is tight", "care_non_urgent", True),
    ],
)
def test_an_ambulance_is_asked_about_for_a_sign(told: str, section: str, fits: bool) -> None:
    card = passage("- it is so", section, "Call if:")
    made = example(
        f"{told}. Should I call an ambulance?", f"{card.heading}\n{card.text}", "emergency_escalation"
    )
    page = source(card, names=("Wheeze with breathlessness",))
    assert ("nobody would call" in reason("question_fits", made, page)) is not fits


@pytest.mark.parametrize(
    ("heading", "fits"),
    [
        ("Keeping your heart healthy", False),
        ("Staying well", False),
        ("Wheeze and exercise", True),
        ("How to lower your risk", True),
        ("What about vaccines?", True),
        ("", True),
    ],
)
def test_what_prevents_one_thing_is_not_told_of_another(heading: str, fits: bool) -> None:
    text = "Regular walks and little salt lower the chance of heart disease."
    page = source(passage(text, "prevention", heading))
    found = reason("question_fits", example("How can wheeze be prevented?", text), page)
    assert ("the section is on" in found) is not fits


@pytest.mark.parametrize(
    ("asked", "sound"),
    [
        ("I have noticed a cough. Could wheeze be behind it, and who should I turn to?", False),
        ("I have noticed a cough, and wonder whether it could be wheeze. When should I get help?", False),
        ("My symptoms are a cough. Is it wheeze? Who should I see?", False),
        ("I have noticed a cough. What are the symptoms of wheeze, and who should I turn to?", True),
        ("Someone I know may be getting wheeze. What are the symptoms?", True),
    ],
)
def test_no_page_says_whether_it_is_that(asked: str, sound: bool) -> None:
    text = "The chest is tight, and breathing makes a whistling noise."
    found = reason("question_fits", example(asked, text, "symptom_analysis"), source(passage(text)))
    assert ("whether it is that" in found) is not sound
