"""Each property: what it lets pass, and what it refuses, on texts as publishers write them."""

from __future__ import annotations

import pytest

from medai_assets.verification import PROPERTIES, Source, SourcePassage
from medai_assets.verification.not_said_twice import said_twice
from medai_assets.verification.running_on import glued_in, glued_words
from medai_assets_tests.verification.builders import example, findings, label, passage, refused_by, source

SIGNS = (
    "Wheeze is a whistling sound when you breathe out.\n\nSymptoms include:\n- a tight chest\n- a cough at night\n\n"
    "It usually gets better within 5 to 18 days."
)
WHOLE = "Wheeze is a whistling sound when you breathe out.\n\nSymptoms include:\n- a tight chest\n- a cough at night"
PAGE = source(passage(SIGNS))
ASKED = "What are the symptoms of wheeze?"
PAIN = "Ibuprofen is used to relieve mild pain in adults. Do not take it with aspirin unless a doctor tells you to."


def test_a_sound_example_passes_every_property() -> None:
    assert findings(example(ASKED, WHOLE), PAGE) == []


def test_every_finding_names_a_registered_property_and_gives_a_reason_in_words() -> None:
    found = findings(example("What causes the flu", "It is, and:"), PAGE)
    assert found
    assert {f.property for f in found} <= set(PROPERTIES)
    assert all(len(f.reason.split()) > 2 for f in found)


@pytest.mark.parametrize(
    "damaged",
    [
        WHOLE.replace("breathe out", "breathe in"),
        WHOLE.replace("a tight chest", "no tight chest"),
        WHOLE.replace(" whistling", ""),
        WHOLE.replace("a cough at night", "a cough at night\n- fever"),
    ],
)
def test_a_word_that_is_changed_added_or_left_out_is_not_grounded(damaged: str) -> None:
    assert "grounded" in refused_by(example(ASKED, damaged), PAGE)


@pytest.mark.parametrize(
    ("said", "is_sound"),
    [("5 to 18 days", True), ("518 days", False), ("5 to 18 hours", False), ("5 to 81 days", False)],
)
def test_figures_and_units_are_those_of_the_source(said: str, is_sound: bool) -> None:
    answer = f"{WHOLE}\n\nIt usually gets better within {said}."
    assert ("grounded" in refused_by(example(ASKED, answer), PAGE)) is not is_sound


def test_framing_may_be_declared_but_carries_no_claim() -> None:
    framed = example(ASKED, f"Symptoms of wheeze:\n{WHOLE}", framing=("Symptoms of wheeze:",))
    claim = "Steroids cure this:"
    assert refused_by(framed, PAGE) == []
    assert "grounded" in refused_by(example(ASKED, f"{claim}\n{WHOLE}", framing=(claim,)), PAGE)
    assert "grounded" in refused_by(example(ASKED, WHOLE, framing=("Symptoms of wheeze:",)), PAGE)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (WHOLE.removesuffix("\n- a cough at night"), "items are missing"),
        (WHOLE.split("\n- ")[0], "ends without|items are missing|missing"),
        (
            WHOLE.replace("- a tight chest\n- a cough at night", "a tight chest a cough at night"),
            "runs together|lost|without an end",
        ),
        (WHOLE.replace("- a tight chest", "a tight chest"), "mark|alone|missing"),
        ("- a tight chest\n- a cough at night", "lead"),
        ("It usually gets better within 5 to 18 days.", "points to"),
        ("Wheeze is a whistling sound when you", "without an end"),
    ],
)
def test_what_is_cut_or_run_together_is_not_whole(answer: str, reason: str) -> None:
    found = [f.reason for f in findings(example(ASKED, answer), PAGE) if f.property == "whole"]
    assert found
    assert any(word in found[0] for word in reason.split("|"))


@pytest.mark.parametrize(
    "text",
    [
        "Causes include\n- smoke\n- dust or pollen Treatment can help. It includes inhalers.",  # an item runs into the text
        "Gadolinium Retention The most frequent reactions were nausea, headache and rash.",  # a heading glued to a sentence
        "Asthma is inheritedthat is, it is passed on by the inherited genes of parents.",  # a dash between words is lost
        "Tests may include:\n\nBrain scan\n\nBlood count\n\nUrine test",  # a list without marks
        "The dose is ( ) mg each day, and no more.. Ask a doctor.",  # what stood in the brackets is gone
        "Take it daily.\n\nAsk a doctor before use if you have\n\nliver disease\n\nAsk a doctor before use if you have\n\ngout",
    ],
)
def test_a_source_that_is_damaged_itself_makes_nothing_whole(text: str) -> None:
    assert "whole" in refused_by(example("What is wheeze?", text), source(passage(text, "overview")))


@pytest.mark.parametrize(
    "text",
    [
        "The Medication Guide explains this. Read it with care (see a doctor (or nurse) first).",
        "A child has a 25% (1 in 4) risk to have it. CYP3A4 and HbA1c are measured, and so is vitamin B12.",
        "Ask a doctor before use if you have:\n- liver disease\n- a cough that lasts, as with asthma",
        "Brain | normal\nBlood | low",
    ],
)
def test_what_is_well_formed_is_whole(text: str) -> None:
    assert "whole" not in refused_by(example("What is wheeze?", text), source(passage(text, "overview")))


EMERGENCY = passage("- your lips turn blue\n- you cannot speak", "care_emergency", "Go to A&E now if:")
TODAY = passage(
    "- you have a high temperature\n- you feel worse\n\nYou can call 111.", "care_urgent", "Call 111 if:"
)
GP = passage("- a cough lasts for 3 weeks", "care_non_urgent", "See a GP if:")
CARDS = source(EMERGENCY, TODAY, GP)
WHOSE = "NHS England advice on wheeze (United Kingdom):"


def _leveled(*parts: str, first: str = f"Urgent – {WHOSE}", document: Source = CARDS) -> list[str]:
    """What refuses an answer that begins with framing and then has these parts."""
    asked = "It is about wheeze. I have a high temperature. How urgent is this?"
    answer = f"{first} " + "\n\n".join(parts)
    return refused_by(example(asked, answer, "triage_recommendation", framing=(first,)), document)


def _card(part: SourcePassage, heading: str = "", text: str = "") -> str:
    return f"{heading or part.heading}\n{text or part.text}"


def test_a_card_whole_with_every_card_above_it_is_sound() -> None:
    assert _leveled(_card(TODAY), _card(EMERGENCY)) == []
    assert _leveled(_card(EMERGENCY), first=f"Emergency – {WHOSE}") == []
    assert _leveled(_card(GP), _card(EMERGENCY), _card(TODAY), first=f"Primary care – {WHOSE}") == []


def test_a_level_without_the_higher_one_of_the_page_is_refused() -> None:
    assert "care_whole" in _leveled(_card(TODAY))
    assert "care_whole" in _leveled(_card(GP), _card(EMERGENCY), first=f"Primary care – {WHOSE}")


@pytest.mark.parametrize(
    "cut",
    [
        _card(EMERGENCY, text="- your lips turn blue"),  # an alarm sign is missing
        _card(EMERGENCY, text="- you cannot speak\n- your lips turn blue"),
        EMERGENCY.text,  # its heading is missing
        _card(EMERGENCY, heading="See a GP if:"),  # under another card's
    ],
)
def test_a_list_of_alarm_signs_is_whole_and_under_its_own_heading(cut: str) -> None:
    assert "care_whole" in _leveled(_card(TODAY), cut)


def test_every_card_belongs_to_an_answer_about_symptoms() -> None:
    signs = passage("Wheeze is a whistling sound when you breathe out.", "symptoms", "Symptoms of wheeze")
    page = source(signs, EMERGENCY, GP)
    framing = ("Symptoms of wheeze:", "NHS England advice (United Kingdom):")

    def refused(*cards: SourcePassage) -> list[str]:
        answer = "\n\n".join([f"{framing[0]}\n{signs.text}", framing[1], *map(_card, cards)])
        return refused_by(example(ASKED, answer, "symptom_analysis", framing=framing), page)

    assert refused(EMERGENCY, GP) == []
    assert "care_whole" in refused(EMERGENCY)


def test_an_emergency_outside_of_the_cards_belongs_to_an_answer_about_signs() -> None:
    signs = passage("Wheeze is a whistling sound when you breathe out.", "symptoms")
    overview = passage("Wheeze has many causes. If you choke, call 911 right away.", "overview")
    page = source(overview, signs, publisher="medquad")
    made = example(ASKED, signs.text, "symptom_analysis")
    assert "care_whole" in refused_by(made, page)
    assert refused_by(example(ASKED, f"{signs.text}\n\n{overview.text}", "symptom_analysis"), page) == []


@pytest.mark.parametrize(
    ("text", "is_damaged"),
    [
        (
            "Wheeze may come with edemaswelling of the feet. Edema is common; edema goes, and swelling goes too.",
            True,
        ),
        ("Wheeze may end in comaa deep sleep. A coma is rare, and coma is not usual.", True),
        ("Most people feel lumps.Lumps and wheeze may have other causes as well.", True),
        ("Wheeze is treatable. Many treat it, and most are able to treat a wheeze.", False),
        (
            "Being overweight matters. Weight is gained over the years, and over time weight is hard to lose.",
            False,
        ),
    ],
)
def test_two_words_that_became_one_are_seen_where_the_document_has_both(text: str, is_damaged: bool) -> None:
    document = source(passage(text), publisher="medquad")
    found = [f.reason for f in findings(example(ASKED, text), document) if f.property == "whole"]
    assert any("become one" in reason for reason in found) is is_damaged


def test_whom_a_document_sends_for_help_at_once_is_in_an_answer_about_signs() -> None:
    signs = passage("Wheeze is a whistling sound when you breathe out.", "symptoms")
    treatment = passage(
        "It is treated with sprays. Call your doctor right away if a spray does not help.", "treatment"
    )
    studied = passage("Some centers immediately stopped a trial.", "research")
    page = source(signs, treatment, publisher="medquad")
    assert "care_whole" in refused_by(example(ASKED, signs.text, "symptom_analysis"), page)
    assert (
        refused_by(
            example(ASKED, signs.text, "symptom_analysis"), source(signs, studied, publisher="medquad")
        )
        == []
    )


def test_framing_states_the_level_of_the_card_and_no_other() -> None:
    assert "no_false_alarm" in _leveled(_card(TODAY), _card(EMERGENCY), first=f"Emergency – {WHOSE}")
    assert "no_false_alarm" in _leveled(_card(GP), _card(EMERGENCY), _card(TODAY), first=f"Urgent – {WHOSE}")


@pytest.mark.parametrize(
    "framing",
    [
        "An ambulance is not needed for this by itself.",
        "This is no emergency.",
        "Urgent: get medical advice today, from a doctor or an urgent care clinic.",
        "Urgent – call 911.",
        "Urgent – NHS advice: make an appointment.",
    ],
)
def test_whom_to_turn_to_stands_in_no_framing(framing: str) -> None:
    assert "no_false_alarm" in _leveled(_card(TODAY), _card(EMERGENCY), first=framing)


def test_another_country_s_services_are_said_to_be_its_own() -> None:
    nowhere, wrong = (f"Urgent – NHS England advice on wheeze{place}:" for place in ("", " (United States)"))
    for first in (nowhere, wrong):
        assert "no_false_alarm" in _leveled(_card(TODAY), _card(EMERGENCY), first=first)


def test_of_answers_that_say_the_same_the_first_is_kept() -> None:
    other = "Wheeze in babies is mostly caused by viruses that narrow the small airways for some days."
    set_of = [
        example("What is wheeze?", WHOLE),
        example("Tell me about wheeze.", f"{WHOLE}"),
        example("What causes it?", other),
        example("What is wheeze?", WHOLE, "symptom_analysis"),
        example("Anything else?", WHOLE, authored=True),
    ]
    found = said_twice(set_of)
    assert {position: kept for position, (kept, _) in found.items()} == {1: 0}
    assert found[1][1].property == "not_said_twice"
    assert "What is wheeze?" in found[1][1].reason


def test_a_person_s_own_answer_is_held_to_its_end_only() -> None:
    sound = example(
        "Can I take it?", "Ask a pharmacist before you take both, and tell them your age.", authored=True
    )
    assert findings(sound, source()) == []
    assert refused_by(
        example("Can I take it?", "Ask a pharmacist before you take the", authored=True), source()
    ) == ["whole"]


EXCLUDED = (
    "Ibuprofen is contraindicated in asthma. "
    "Ibuprofen must not be used after bypass surgery. Do not give it late in pregnancy."
)


@pytest.mark.parametrize(
    ("said", "section", "is_sound"),
    [
        (EXCLUDED, "contraindications", True),
        (EXCLUDED.replace(" Ibuprofen must not be used after bypass surgery.", ""), "contraindications", False),
        (EXCLUDED.removesuffix(" Do not give it late in pregnancy."), "contraindications", False),
        (EXCLUDED.removesuffix(" Do not give it late in pregnancy."), "warnings", True),
        (EXCLUDED.removeprefix("Ibuprofen is contraindicated in asthma. "), "warnings", False),
        (EXCLUDED.removeprefix("Ibuprofen is contraindicated in asthma. "), "storage", True),
    ],
)  # fmt: skip
def test_a_label_s_section_is_told_from_its_beginning_and_exclusions_to_their_end(
    said: str, section: str, is_sound: bool
) -> None:
    made = example("Tell me about ibuprofen.", said, "drug_information", subject="ibuprofen")
    assert ("whole" not in refused_by(made, label(passage(EXCLUDED, section)))) is is_sound


@pytest.mark.parametrize(
    ("text", "is_sound"),
    [
        ("Do not take ibuprofen if you: have an ulcer are allergic to it or bleed easily.", False),
        ("Do not take ibuprofen if you:\n- have an ulcer\n- are allergic to it", True),
        (
            "Usage in Pregnancy Safe usage has not been established. A safe usage in pregnancy is not known.",
            False,
        ),
        ("Advil Extended Tablets are safe. They are taken once.", True),
        ("Seizures Cholinomimetics may cause convulsions. They are rare, and seizures are rarer.", False),
        ("It is contraindicated with: •Asthma or an ulcer. •Late pregnancy.", False),
        ("It is contraindicated in: Asthma of any kind, Patients with an ulcer, Patients with gout.", False),
        ("INDICATIONS & USAGE Ibuprofen is for pain.", False),
        (
            "Pregnancy IBUPROFEN should not be used. In late pregnancy it does harm, in early pregnancy less.",
            False,
        ),
        ("Category C Animal studies showed harm.", False),
        ("Administer IBUPROFEN with food. People administer it and take it.", True),
    ],
)
def test_a_label_s_list_without_marks_and_its_glued_headings_are_seen(text: str, is_sound: bool) -> None:
    made = example("Tell me about ibuprofen.", text, "drug_information", subject="ibuprofen")
    assert ("whole" not in refused_by(made, label(passage(text, "warnings")))) is is_sound


@pytest.mark.parametrize(
    ("damaged", "whole_text"),
    [
        ("Breathing can be diffi cult.", "Breathing can be difficult."),
        ("A fi lm covers the eye.", "A film covers the eye."),
        ("The infl ammation goes away.", "The inflammation goes away."),
        (
            "It relieves skin irritations.rashes, and itching.",
            "Write to help@example.com or see www.itching.example.org/rashes.",
        ),
    ],
)
def test_letters_torn_apart_in_print_are_seen(damaged: str, whole_text: str) -> None:
    assert glued_words(damaged, ())
    assert not glued_words(whole_text, ())


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


def test_a_small_word_glued_behind_a_longer_one_is_seen_where_the_document_writes_it_alone() -> None:
    text = "The surgeon uses a laparoscope. A laparoscopea thin tube with a camera. A fever, fevereven a low one."
    assert glued_in(text) == {"laparoscopea", "fevereven"}
    assert glued_in("The predictor is a human hormone; predict it. The diagnosis is made.") == frozenset()


@pytest.mark.parametrize(
    ("damaged", "sound"),
    [
        ("Rasmussens encephalitis is rare and starts in children.", "Rasmussen's encephalitis is rare and starts in children."),
        ("The test shows how a persons airways react to dust.", "The test shows how a person's airways react to dust."),
        ("The airways swellwithout further signs in many people.", "The airways swell without further signs in many people."),
        ("Wheeze starts in the musclesthose around the airways.", "Wheeze starts in the muscles around the airways."),
        ("Wheeze narrows the small airways of the lungs. It narrows the small airways of the lungs.",
         "Wheeze narrows the small airways of the lungs. It narrows the airways at night."),
    ],
)  # fmt: skip
def test_a_lost_sign_and_a_sentence_that_is_said_again_are_seen(damaged: str, sound: str) -> None:
    beside = passage("What is known of Rasmussen's encephalitis is told here.", "overview")
    for text, is_sound in ((damaged, False), (sound, True)):
        page = source(passage(text, "causes"), beside)
        assert ("whole" in refused_by(example("What causes Wheeze?", text), page, 0)) is not is_sound, text


@pytest.mark.parametrize(
    "text",
    [
        "Stop it if your face swells. Contact your doctor at once if you find it hard to breathe.",
        "Your doctor will listen to your heart and lungs before you take it.",
        "The drug also acts elsewhere in the body, or else in the liver, for some hours.",
    ],
)
def test_advice_and_whole_words_are_no_pointers_and_no_damage(text: str) -> None:
    made = example("What should I know about ibuprofen?", text, "drug_information", subject="ibuprofen")
    reasons = " ".join(f.reason for f in findings(made, label(passage(text, "patient_information"))))
    assert "elsewhere:" not in reasons
    assert "become one" not in reasons


def test_a_list_glued_to_its_numbers_is_damaged() -> None:
    text = "It is contraindicated in patients with: 1.Known hypersensitivity to the drug 2.Diabetic ketoacidosis."
    made = example("Who must not take ibuprofen?", text, "drug_information", subject="ibuprofen")
    assert "whole" in refused_by(made, label(passage(text, "contraindications")))


def test_an_answer_of_a_collection_ends_where_its_source_ends() -> None:
    said = "It is more common in women than in men."
    rest = " However, people with antibodies and no symptoms are at risk of developing it, which smoking and bed rest can trigger."
    made = example(
        "Who is at risk for Antiphospholipid syndrome?",
        said,
        "question_answer",
        subject="Antiphospholipid syndrome",
    )
    pair = passage(said + rest, "risk_factors", question_type="susceptibility")
    assert "whole" in refused_by(made, source(pair, publisher="medquad"))
