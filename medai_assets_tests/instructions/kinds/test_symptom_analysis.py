"""Symptoms: never a diagnosis; what to watch for in the page's words; red flags literal."""

from __future__ import annotations

import pytest

from medai_assets.instructions.kinds.symptom_analysis import red_flags_named, symptom_names
from medai_assets_tests.instructions.builders import document, made_by, row

LIST = row(
    "It comes on suddenly. Symptoms include:\n\n- a dry cough\n- a whistling sound when you breathe out\n- a tight chest\n"
    "- feeling tired\n\nYou may also:\n\n- feel sick", "symptoms", heading="Symptoms of a wheeze",
)  # fmt: skip
CARD = row("- your lips look blue\n- you feel drowsy or confused", "care_emergency", heading="Call 999 if:")
GP = row("- you wheeze at night", "care_non_urgent", heading="See a GP if:")


URGENT = row("- your wheeze is getting worse", "care_urgent", heading="Get help from NHS 111 if:")


def test_symptoms_are_told_whole_and_every_card_follows_the_most_urgent_first() -> None:
    (made,) = made_by("symptom_analysis.symptoms", document(LIST, GP, URGENT, CARD))
    cards = "\n\n".join(f"{c['heading']}\n{c['text']}" for c in (CARD, URGENT, GP))
    whose = "NHS England advice (United Kingdom):"
    assert made.answer.text.endswith(f"Symptoms of a wheeze\n{LIST['text']}\n\n{whose}\n\n{cards}")


def test_a_heading_that_asks_is_no_part_of_an_answer() -> None:
    (made,) = made_by("symptom_analysis.symptoms", document(LIST | {"heading": "What are the symptoms?"}, GP))
    assert f"Symptoms of wheeze:\n{LIST['text']}" in made.answer.text
    assert "What are the symptoms?" not in made.answer.text


def test_some_ask_by_what_they_have_noticed_and_nobody_whether_it_is_that() -> None:
    told = []
    for n in range(8):
        (made,) = made_by("symptom_analysis.symptoms", document(LIST | {"passage_id": f"p{n}"}, CARD, GP))
        told.append("a dry cough" in made.prompt or "a tight chest" in made.prompt)
        assert "wheeze" in made.prompt
        assert "Could" not in made.prompt.replace("Could you", "")
        assert "feeling tired" not in made.prompt
        assert made.answer.text.startswith("Symptoms of a wheeze")
    assert set(told) == {True, False}


def test_nobody_tells_of_symptoms_where_the_page_names_nobody_to_turn_to_but_the_ambulance() -> None:
    for n in range(8):
        (made,) = made_by("symptom_analysis.symptoms", document(LIST | {"passage_id": f"p{n}"}, CARD))
        assert "a dry cough" not in made.prompt


def test_red_flags_are_all_alarm_signs_as_they_stand() -> None:
    (made,) = made_by("symptom_analysis.symptoms", document(LIST, GP, CARD))
    assert made.labels["red_flags"] == ["your lips look blue", "you feel drowsy or confused"]


def test_every_section_on_symptoms_is_told_and_none_twice() -> None:
    more = row("A cold goes away; a wheeze may not.", "symptoms", heading="Is it a cold?")
    again = LIST | {"passage_id": "p1"}
    (made,) = made_by("symptom_analysis.symptoms", document(LIST, more, again))
    assert made.answer.text.count("a tight chest") == 1
    assert "Is it a cold?\nA cold goes away" in made.answer.text


def test_only_what_can_follow_i_have_noticed_is_a_symptom() -> None:
    (passage,) = document(LIST).of("symptoms")
    assert symptom_names(passage) == [
        "a dry cough",
        "a whistling sound when I breathe out",
        "a tight chest",
        "feeling tired",
    ]


def test_prose_names_symptoms_in_an_enumeration_only() -> None:
    prose = document(
        row("Common symptoms include fever, chest pain, weight loss and night sweats.", "symptoms"),
        row("Symptoms usually begin suddenly and are at their worst within two or three days.", "symptoms"),
    )
    named = [symptom_names(p) for p in prose.passages]
    assert named == [["fever", "chest pain", "weight loss", "night sweats"], []]


@pytest.mark.parametrize(
    "sentence",
    [
        "The symptoms are often taken for flu, but there is no fever, and several people may feel ill.",
        "Symptoms are sudden, clinical diagnosis can be difficult, especially in a single case.",
        "Symptoms include a frequent urge to urinate and a painful, burning feeling in the bladder.",
    ],
)
def test_a_sentence_that_lists_nothing_names_no_symptom(sentence: str) -> None:
    (passage,) = document(row(sentence, "symptoms")).passages
    assert symptom_names(passage) == []


def test_a_geneticist_s_table_is_nothing_to_watch_for() -> None:
    page = document(row("Signs and symptoms:\n- Nail pits\n- Cutis laxa\n- Wide mouth", "symptoms"))
    assert made_by("symptom_analysis.symptoms", page) == []


def test_a_page_on_a_symptom_tells_all_causes_and_all_cards() -> None:
    text = "What it may mean\nWhat you notice | Possible cause\nStarts after eating | Heartburn\nWorse when you move | A strain"
    pain = {"document": "nhs:symptoms/chest-pain", "title": "Chest pain", "subject": "Chest pain"}
    card = row(
        "- it spreads to your arm", "care_emergency", heading="Call 999 if you have chest pain and:", **pain
    )
    page = document(row(text, "causes", attributes={"genre": ["Symptom"]}, **pain), card)
    (made,) = made_by("symptom_analysis.causes", page)
    assert text in made.answer.text
    assert made.answer.text.endswith(f"{card['heading']}\n{card['text']}")


@pytest.mark.parametrize(("section", "genre"), [("causes", "Symptom"), ("symptoms", "Condition")])
def test_what_the_page_puts_below_is_told_with_it_whatever_it_is_filed_under(
    section: str, genre: str
) -> None:
    of = {"document": "nhs:x/wheeze", "title": "Wheeze", "subject": "Wheeze"}
    first = row("Cold air brings it on.", section, heading="Wheeze", attributes={"genre": [genre]}, **of)
    below = row(
        "Pollen does in summer.", "other", heading="In summer", attributes={"context": "Wheeze"}, **of
    )
    (made,) = made_by(f"symptom_analysis.{section}", document(first, below))
    assert made.answer.text.endswith(f"{below['heading']}\n{below['text']}")


def label(text: str):
    return document(row(text, "adverse_reactions", document="fda:1", subject="exampline", title="Examplol"))


def test_side_effects_are_asked_about_as_people_notice_them() -> None:
    (made,) = made_by(
        "symptom_analysis.side_effect",
        label("The most common adverse reactions were somnolence and dyspepsia."),
    )
    assert "sleepiness" in made.prompt or "indigestion" in made.prompt
    assert "a doctor or pharmacist should judge" in made.answer.text


@pytest.mark.parametrize(
    "rarer",
    [
        "Less frequent adverse reactions (less than 2%) were headache and syncope.",
        "Adverse reactions leading to discontinuation were nausea and headache.",
        "The most common adverse reactions in pediatric patients were nausea and headache.",
    ],
)
def test_side_effects_are_quoted_from_the_common_ones_of_everybody(rarer: str) -> None:
    assert made_by("symptom_analysis.side_effect", label(rarer)) == []


def test_a_side_effect_comes_with_the_label_s_word_on_whom_to_tell() -> None:
    told = "Tell your doctor if you have any side effect that bothers you."
    rows = ["The most common adverse reactions were headache and nausea.", f"They may go away. {told}"]
    page = document(
        *(row(t, "adverse_reactions", document="fda:1", subject="exampline", title="Examplol") for t in rows)
    )
    (made,) = made_by("symptom_analysis.side_effect", page)
    assert made.answer.text.endswith(f"The label also says: {told}")


def test_findings_that_nobody_notices_or_that_alarm_are_not_asked_about() -> None:
    page = label("The most common adverse reactions were jaundice, glycosuria and elevated liver enzymes.")
    assert made_by("symptom_analysis.side_effect", page) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Symptoms of flu include:\n\n- a sudden high temperature\n- feeling tired or exhausted\n- headaches\n"
         "- pain when you swallow\n- loss of your appetite",
         ["a sudden high temperature", "feeling tired or exhausted", "pain when I swallow", "loss of my appetite"]),
        ("Symptoms may include:\n- if you're an adult, a low weight\n- believing you're fat\n- making yourself sick\n"
         "- trouble looking after your baby",
         ["believing I'm fat", "making myself sick", "trouble looking after my baby"]),
        ("You may have:\n- a runny nose\n- itching\n\nIt lasts a week.", ["a runny nose", "itching"]),
        ("Symptoms include:\n- a rash (see a picture)\n- a fever – often high", ["a rash", "a fever"]),
        ("Symptoms include vomiting, diarrhoea and stomach pain.", ["vomiting", "diarrhoea", "stomach pain"]),
        ("Symptoms may include nausea, weight loss or night sweats.", ["nausea", "weight loss", "night sweats"]),
        ("Early signs include pale skin, cold hands, and a weak pulse.", ["pale skin", "cold hands", "a weak pulse"]),
        ("Other symptoms are: fever; chills.", []),
        ("Symptoms include:\n- you feel sick\n- it hurts to swallow\n- a sore throat", ["a sore throat"]),
        ("Symptoms usually do not include fever, chest pain or a rash.", []),
        ("Symptoms never include a fever or chest pain.", []),
        ("The symptoms are caused by swelling of the airways, thick mucus and spasm.", []),
        ("Symptoms are usually treated with rest, plenty of fluids and pain killers.", []),
        ("Symptoms are made worse by cold air, hard exercise and smoke.", []),
        ("Symptoms are worse at night, after exercise and in cold air.", []),
        ("Symptoms are similar to those of flu, a cold and hay fever.", []),
        ("The signs are mild, moderate or severe.", []),
        ("Most people have no symptoms.", []),
        ("Symptoms include shortness of breath, which may come and go, and chest pain.", []),
        ("Signs include a temperature of 38C or above and a rash.", ["a rash"]),
        ("Symptoms start within 2 to 14 days:\n- fever\n- a cough", []),
        ("Causes include:\n- a cold\n- dust mites", []),
        ("Symptoms", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_lists_of_publishers_name(text: str, names: list[str]) -> None:
    assert symptom_names(document(row(text or " ", "symptoms")).first) == names


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        ("The most common adverse reactions (incidence ≥5%) are nausea, diarrhea, and headache.", True),
        (
            "The most common side effects (≥5% and at least twice the rate of placebo) were dizziness and dry mouth.",
            True,
        ),
        ("Common side effects of Examplol include: nausea, gas.", True),
        (
            "The most common adverse reactions were dizziness and gas; dizziness occurred in 8% on placebo.",
            True,
        ),
        ("Adverse reactions reported more often than in placebo-treated patients are nausea and gas.", True),
        ("Adverse reactions did not include headache or nausea.", False),
        ("Side effects do not usually include nausea or headache.", False),
        ("It is not known whether side effects include nausea or headache.", False),
        ("The most common adverse reactions in the placebo group were nausea and headache.", False),
        ("Adverse reactions in patients receiving placebo were nausea and headache.", False),
        ("Adverse reactions that led to discontinuation were nausea and headache.", False),
        ("In pediatric patients, adverse reactions were nausea and headache.", False),
        ("Rare adverse reactions include nausea and headache.", False),
        ("The most common adverse reactions in <2% of patients were nausea and headache.", False),
        ("Adverse reactions were not more common than with placebo: nausea, headache.", False),
        ("The most common adverse reactions were neutropenia, hypokalemia and anaphylaxis.", False),
        ("Headache and nausea were the most common adverse reactions.", False),  # another order: over-strict
    ],
)
def test_a_side_effect_is_asked_about_where_the_label_lists_it_as_a_common_one(
    sentence: str, asked: bool
) -> None:
    made = made_by("symptom_analysis.side_effect", label(sentence))
    assert len(made) == asked
    assert all(sentence in m.answer.text for m in made)


def test_a_side_effect_of_a_drug_with_a_box_or_of_a_page_is_not_asked_about() -> None:
    common = "The most common adverse reactions were headache and nausea."
    box = row("WARNING: STROKE.", "boxed_warning", document="fda:1", subject="exampline", title="Examplol")
    told = row(common, "adverse_reactions", document="fda:1", subject="exampline", title="Examplol")
    assert made_by("symptom_analysis.side_effect", document(box, told)) == []
    page = row(
        common, "adverse_reactions", document="nhs:medicines/x", subject="Exampline", title="Exampline"
    )
    assert made_by("symptom_analysis.side_effect", document(page)) == []


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        ("Stop use and ask a doctor if a rash appears.", "Stop use and ask a doctor if a rash appears."),
        ("Stop use if a rash appears. " * 20, "Call your doctor for medical advice about side effects."),
    ],
)
def test_when_to_stop_is_told_before_whom_to_call_where_it_is_short(stop: str, told: str) -> None:
    texts = [
        ("The most common adverse reactions were headache and nausea.", "adverse_reactions"),
        ("Call your doctor for medical advice about side effects.", "patient_information"),
        (stop, "stop_use"),
    ]
    rows = [row(t, section, document="fda:1", subject="exampline", title="Examplol") for t, section in texts]
    (made,) = made_by("symptom_analysis.side_effect", document(*rows))
    assert made.answer.text.endswith(f"The label also says: {told.strip()}")


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("Call 999 if your lips look blue or you feel drowsy and confused.", 1.0),
        ("Blue lips are an alarm sign.", 0.5),
        ("Lips that are not blue are normal.", 0.0),
        ("You do not need to worry if your lips look blue or you feel drowsy.", 0.0),
        ("It passes by itself.", 0.0),
    ],
)
def test_red_flags_count_where_they_are_named_and_not_where_they_are_dismissed(
    answer: str, score: float
) -> None:
    flags = {"red_flags": ["your lips look blue", "you feel drowsy or confused"]}
    verdict = red_flags_named(answer, "", flags)
    assert (verdict.code, verdict.score) == ("red_flags_named", score)
    assert red_flags_named("same words", "same words", {"red_flags": []}).code == "word_overlap"


def test_what_a_page_puts_under_its_symptoms_is_told_with_them() -> None:
    aura = row(
        "Some see flashing lights.",
        "overview",
        heading="What is an aura?",
        attributes={"context": LIST["heading"]},
    )
    cost = row("Some pay for it.", "overview", heading="Costs", attributes={"context": "Treatment"})
    (made,) = made_by("symptom_analysis.symptoms", document(LIST, aura, cost, GP))
    assert f"{LIST['text']}\n\nWhat is an aura?\nSome see flashing lights." in made.answer.text
    assert "pay" not in made.answer.text
