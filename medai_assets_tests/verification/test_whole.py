"""Sentences that begin and end, marks that stand, and nothing cut: as publishers write it and as converters damage it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.verification import Evidence, Source
from medai_assets.verification.whole import breaks_off, whole, words_of
from medai_assets_tests.verification.builders import (
    FEWER,
    example,
    findings,
    label,
    passage,
    refused_by,
    source,
    why_not_whole,
)

ASKED = "What is known of wheeze?"


@pytest.mark.parametrize(
    "text",
    [
        "Wheeze is rare (see a doctor).",
        "Do you need a doctor?",
        "He said “rest.”",
        "Sign | Days\nCough | 3",
        "Symptoms include:\n- a cough\n- a high temperature",
        "Call 999 if you have any of these signs:\n- blue lips\n- no breath",
        "Tell your doctor:\n- what you are allergic to\n- how old you are\n- which medicines you have",
        "Those who smoke are at greater risk of asthma.",
        "Those with a weak immune system should be vaccinated.",
        "Also known as hay fever, allergic rhinitis is common.",
        "In addition to a rash, most people have a fever.",
        "However severe the pain is, take no more than 8 tablets in 24 hours.",
        "The doctor will ask whom you live with.",
        "Asthma is treated at the National Heart and Lung Institute.",
    ],
)
def test_an_answer_that_begins_and_ends_breaks_off_nowhere(text: str) -> None:
    assert breaks_off(text) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        (" \n ", "is empty"),
        ("Wheeze", "ends without an end"),
        ("Wheeze is a sound that you hear when", "ends without an end"),
        ("Symptoms include:", "ends without an end"),
        ("Wheeze is rare.\n\nTreatment", "ends without an end"),
        ("Symptoms include:\n- a cough\n- a rash that", "breaks off"),
        ("Symptoms include:\n- a cough\n- shortness of", "breaks off"),
        ("The leaflet says:\n- How to use the", "breaks off"),
        ("The leaflet says:\n- How to", "breaks off"),
        ("Treatment is with steroids, such as…", "breaks off"),
        ("Treatment is with steroids...", "breaks off"),
        ("These symptoms usually go away in a week.", "leans on"),
        ("These and other signs are rare.", "leans on"),
        ("However, it is rare.", "leans on"),
        ("Moreover, it is rare.", "leans on"),
        ("Also, it is rare.", "leans on"),
        ("In addition, it is rare.", "leans on"),
        ("In addition to these symptoms, a fever is seen.", "leans on"),
        ("Those are rare.", "leans on"),
        ("Such symptoms need a doctor.", "leans on"),
        ("See a doctor if you have these symptoms.", "leans on"),
        ("It is rare and mild NIH: National Institute on Aging", "a credit runs into"),
        (
            "- It is loud\n- It is heard at night Centers for Disease Control and Prevention",
            "a credit runs into",
        ),
    ],
)
def test_an_answer_that_is_cut_or_leans_on_what_is_not_there_is_told(text: str, told: str) -> None:
    assert told in breaks_off(text)


TEXT = (
    "Wheeze is a whistling sound.\n\nSymptoms include:\n- a tight chest\n- a cough at night\n\nIt gets better in 5 to 18 days. "
    "These signs are rare in adults.\n\nSign | Days\nCough | 3"
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (TEXT, ""),
        ("Wheeze is a whistling sound.", ""),
        (
            "Wheeze is a whistling sound.\n\nIt gets better in 5 to 18 days.",
            "points to one that is not there",
        ),
        ("Wheeze is a whistling sound.\n\nSymptoms include: a tight chest.", "1 of 2 items"),
        ("Wheeze is a whistling sound.\n\nCough 3.", "lost its cells"),
        ("Wheeze is a whistling sound.\n\nSymptoms include:\n\na tight chest\n\na cough at night.", "mark"),
    ],
)
def test_an_answer_s_units_are_the_source_s(answer: str, told: str) -> None:
    found = why_not_whole(answer, passage(TEXT))
    assert any(word in found for word in told.split("|"))
    assert bool(found) is bool(told)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("Keep it dry.\n\nStorage\n\nKeep it cold.", ""),
        ("Keep it dry.\n\nStorage", "ends without an end"),
        ("It is rare. It is not seen in adults. It is rare. It is mild.", ""),
        (
            "It is rare in adults over 65 years. Rest helps. It is rare in adults over 65 years.",
            "says the same twice|says it twice",
        ),
        (
            "Rest, drink enough and take a painkiller for the fever of up to three days, says one. "
            "Rest, drink enough and take a painkiller for the fever of up to three days, says another.",
            "says twice",
        ),
        ("Signs of it are:\n- a mole that:\n- itches\n- bleeds", "lost its level"),
    ],
)
def test_headings_lead_on_and_nothing_is_said_twice(answer: str, told: str) -> None:
    found = why_not_whole(answer)
    assert any(word in found for word in told.split("|"))
    assert bool(found) is bool(told)


@pytest.mark.parametrize(
    ("text", "answer", "told"),
    [
        ("Signs:\n- The chest is tight.\n- The lips are blue.", "The chest is tight.", "item has lost its mark"),
        ("Symptoms of wheeze\n\na tight chest is the first.", "Symptoms of wheeze a tight chest is the first.",
         "keeps apart runs together"),
        ("Causes\n\nSmoke harms.\n\nTreatment\n\nRest helps.", "Causes\n\nRest helps.", "a heading or a part"),
        ("Causes\n\nSmoke harms.\n\nTreatment\n\nRest helps.", "Treatment\n\nRest helps.", ""),
        ("Causes\n\nSmoke harms. It harms all.", "Smoke harms. It harms all.", ""),
        ("Causes\n\nSmoke harms. It harms all.", "It harms all.", "points to one that is not there"),
        ("Smoke harms. However, it clears. Rest helps.", "Smoke harms. However, it clears.", ""),
        ("Smoke harms. Dust harms. Both are avoided.", "Smoke harms. Both are avoided.", "points to one that is not there"),
        ("This medicine relieves pain. Rest.", "This medicine relieves pain.", ""),
        ("Rest. This medicine relieves pain.", "This medicine relieves pain.", ""),
        ("Tests may include:\n\nA scan\n\nAll are safe.", "Tests may include:\n\nA scan\n\nAll are safe.", "lost its marks"),
        ("These may help:\n\nRest in bed.\n\nDrink water.", "These may help:\n\nRest in bed.\n\nDrink water.", ""),
        ("Wheeze is loud\n- Chest is tight\n- Lips are blue", "Wheeze is loud\n- Chest is tight\n- Lips are blue", ""),
        ("A tight chest\n\nA cough\n\nA fever is seen.", "A tight chest\n- A cough\n\nA fever is seen.", "lost its mark"),
        ("Sign | Days\nCough that lasts | 3", "Cough that lasts 3 is seen.", ""),
    ],
)  # fmt: skip
def test_what_leads_and_what_follows_are_as_the_source_has_them(text: str, answer: str, told: str) -> None:
    found = why_not_whole(answer, passage(text))
    assert told in found
    assert bool(found) is bool(told)


PAIR = {"question_type": "information"}


@pytest.mark.parametrize(
    ("rest", "is_whole"),
    [
        ("", True),
        (" National Heart, Lung, and Blood Institute.", True),
        (
            " However, people with antibodies and no symptoms are at risk of a clot, which smoking can set off.",
            False,
        ),
        (" The following are signs:", False),
    ],
)
def test_of_a_collection_s_answer_only_a_credit_may_be_left(rest: str, is_whole: bool) -> None:
    said = "Wheeze is more common in women than in men."
    pair = passage(said + rest, **PAIR)
    assert ("goes on" not in why_not_whole(said, pair, publisher="medquad")) is is_whole


def test_a_heading_within_a_collection_s_answer_stands_in_no_answer() -> None:
    text = "Wheeze is a loud breath.\n\nRecovery\n\nThe airways heal in a few weeks."
    assert "a heading stands in the answer" in why_not_whole(text, passage(text, **PAIR), publisher="medquad")
    assert why_not_whole(text, passage(text), publisher="nhs") == ""


def test_what_a_person_wrote_is_held_to_its_end_alone() -> None:
    document = source(passage("Wheeze is loud."))
    sound = example(ASKED, "Ask the the pharmacist.", authored=True)
    cut = example(ASKED, "Ask the pharmacist before you", authored=True)
    evidence = Evidence(document, document.passages)
    assert whole(sound, evidence) is None
    assert whole(cut, evidence) is not None


def test_the_words_of_a_document_s_names_keep_their_capital() -> None:
    document = source(
        passage("He saw the Marfan clinic, where wheeze and pain are seen."),
        names=("Marfan syndrome", "Wheeze"),
    )
    known, lower = words_of(document)
    assert {"marfan", "syndrome"} <= known
    assert "wheeze" not in known
    assert {"wheeze", "pain"} <= lower
    assert words_of(document) is document.memo["words"]


def test_a_genitive_that_the_document_writes_elsewhere_has_lost_its_sign() -> None:
    beside = passage("What is known of Rasmussen's encephalitis is told here.", "overview")
    assert "a sign is lost: 'Rasmussens'" in why_not_whole(
        "Rasmussens encephalitis is rare.", passage("Rasmussens encephalitis is rare."), beside
    )


def test_a_label_s_list_in_a_line_is_damage_and_a_page_s_is_not() -> None:
    text = "Do not take it if you: have an ulcer, are allergic to it or bleed easily."
    of_label = label(passage(text, "contraindications"))
    made = example("Who must not take it?", text, "drug_information")
    found = whole(made, Evidence(of_label, of_label.passages))
    assert found is not None
    assert "two things run together" in found.reason
    assert why_not_whole(text) == ""


@FEWER
@given(st.text(alphabet='aA b.,:;-•\n|()[]"*1?…', max_size=60))
def test_no_text_makes_it_fail_and_it_says_the_same_again(text: str) -> None:
    assert why_not_whole(text) == why_not_whole(text)
    assert isinstance(breaks_off(text), str)


def test_a_person_s_own_answer_is_held_to_its_end_only() -> None:
    sound = example(
        "Can I take it?", "Ask a pharmacist before you take both, and tell them your age.", authored=True
    )
    assert findings(sound, source()) == []
    assert refused_by(
        example("Can I take it?", "Ask a pharmacist before you take the", authored=True), source()
    ) == ["whole"]


@pytest.mark.parametrize(
    ("text", "is_sound"),
    [
        ("Signs of the rash include:\n- itching\n- blisters", True),
        ("Signs of the rash include:\n- a mole that:\n- itches\n- bleeds", False),
        ("Rest, drink enough and take a painkiller for the fever. Call a doctor if the fever lasts more than three days.", True),
        ("Rest, drink enough and take a painkiller for the fever, says the page on colds here. Rest, drink enough and take a "
         "painkiller for the fever, says the page on colds here.", False),
    ],
)  # fmt: skip
def test_a_list_keeps_its_levels_and_nothing_is_said_twice(text: str, is_sound: bool) -> None:
    page = Source("nhs:rash", "nhs", "Rash", ("rash",), (passage(text, "symptoms"),))
    made = example("What are the symptoms of a rash?", text, "symptom_analysis", subject="rash")
    assert ("whole" not in refused_by(made, page)) is is_sound
