"""What a page says beside its levels is there: first aid, thoughts of suicide, how it is caught, who is at risk."""

from __future__ import annotations

import pytest

from medai_assets.verification import SourcePassage
from medai_assets.verification.care_beside import blocks, case_parts
from medai_assets_tests.verification.builders import example, label, passage, source
from medai_assets_tests.verification.one_property import reason

CALL = passage("- you have a fit", "care_emergency", "Call 999 if:")
ABROAD = passage(
    "- you have a fever and have been to an area where it is found", "care_urgent", "Call 111 if:"
)
SIGNS = passage("You feel hot.", "symptoms", "Symptoms of Zika")
FIT = passage("Lay them on their side and put nothing in their mouth.", "complications", "Seizures")
MOOD = passage(
    "Some have thoughts of harming themselves. Call 111.", "adverse_reactions", "Thoughts of suicide"
)
WHERE = passage("It occurs in South America.", "causes", "Where is Zika found?")
RISK = passage("Pregnant women are.", "risk_factors", "Who is at higher risk?")
WAIT = passage("Sit down.", "self_care", "What to do while you wait for help")
FALLS = passage("Start CPR.", "self_care", "What if the person collapses?", context=WAIT.heading)


def lost(prompt: str, kind: str, page: tuple[SourcePassage, ...], *said: SourcePassage) -> str:
    answer = "\n\n".join(f"{p.heading}\n{p.text}" for p in said)
    return reason("nothing_kept_back", example(prompt, answer, kind), source(*page, names=("Zika",)))


def level(prompt: str, page: tuple[SourcePassage, ...], *said: SourcePassage) -> str:
    return lost(prompt, "triage_recommendation", page, *said)


@pytest.mark.parametrize(
    "told", ["My child is having a fit", "Someone with me has a seizure", "He had convulsions just now"]
)
def test_first_aid_for_the_state_that_is_told_stands_beside_the_level(told: str) -> None:
    prompt = f"{told}. How urgent is this?"
    assert "meanwhile" in level(prompt, (CALL, FIT), CALL)
    assert level(prompt, (CALL, FIT), CALL, FIT) == ""


@pytest.mark.parametrize(
    "told",
    [
        "I have a fever",
        "My child had a fit two weeks ago",
        "My child often has a fit",
        "I had a seizure that was treated",
    ],
)
def test_no_first_aid_is_due_for_another_state_or_one_that_is_over(told: str) -> None:
    assert level(f"{told}. How urgent is this?", (CALL, FIT), CALL) == ""


def test_first_aid_for_another_state_than_the_one_told_is_not_due() -> None:
    other = passage("If someone has heat cramps, cool them.", "self_care", "What to do in heatstroke")
    told = "Someone with me has heatstroke. How urgent is this?"
    assert level(told, (CALL, other), CALL) == ""


def test_first_aid_comes_with_all_that_stands_under_its_heading() -> None:
    prompt = "My child has a nosebleed. What should I do right now?"
    pinch = passage("- tip forward\n- pinch the nose", "self_care", "How to stop a nosebleed")
    after = passage("- do not blow your nose for 24 hours", "self_care", "How to stop a nosebleed")
    assert "How to stop" in level(prompt, (CALL, pinch, after), CALL, pinch)
    assert level(prompt, (CALL, pinch, after), CALL, pinch, after) == ""


def test_a_part_below_the_first_aid_that_is_told_comes_with_it() -> None:
    prompt = "I have chest pain. What should I do right now?"
    assert "collapses" in level(prompt, (CALL, WAIT, FALLS), CALL, WAIT)
    assert level(prompt, (CALL, WAIT, FALLS), CALL, WAIT, FALLS) == ""
    assert level(prompt, (CALL, WAIT, FALLS), CALL) == ""


def test_a_part_is_not_told_without_the_first_aid_that_it_stands_below() -> None:
    prompt = "Someone with me has collapsed. How urgent is this?"
    assert "wait" in level(prompt, (CALL, WAIT, FALLS), CALL, FALLS)
    assert level(prompt, (CALL, WAIT, FALLS), CALL, WAIT, FALLS) == ""


@pytest.mark.parametrize("kind", ["triage_recommendation", "emergency_escalation", "symptom_analysis"])
def test_thoughts_of_suicide_stand_beside_every_level_of_the_page(kind: str) -> None:
    prompt = "My mood is no better. How urgent is this?"
    assert "suicide" in lost(prompt, kind, (CALL, MOOD), CALL)
    assert lost(prompt, kind, (CALL, MOOD), CALL, MOOD) == ""
    bare = passage("A study counted suicides.", "research", "Research")
    assert lost(prompt, kind, (CALL, bare), CALL) == ""


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Get medical help if there are symptoms after a head injury.", "a rule beside its cards"),
        ("Not everyone with sepsis has a high temperature.", "how far a sign"),
        ("If you are unsure, check the gums as well.", "how far a sign"),
        ("Do not wait for a rash to appear.", "how far a sign"),
        ("Blood sugar below 55 is considered severe.", "how far a sign"),
        ("No. Not everyone has typical symptoms.", ""),  # of what stands above it
        ("Most people get better within a week.", ""),
    ],
)
def test_what_the_page_says_of_all_signs_stands_beside_each_level(said: str, why: str) -> None:
    beside = passage(said, "overview", "")
    prompt = "My mood is no better. How urgent is this?"
    found = level(prompt, (CALL, beside), CALL)
    assert why in found if why else found == ""
    assert level(prompt, (CALL, beside), CALL, beside) == ""


def test_signs_whose_level_turns_on_where_one_has_been_tell_where_it_is_found() -> None:
    asked = "Could Zika be behind it?"
    assert "where one has been" in lost(asked, "symptom_analysis", (SIGNS, ABROAD, WHERE), SIGNS, ABROAD)
    assert lost(asked, "symptom_analysis", (SIGNS, ABROAD, WHERE), SIGNS, WHERE, ABROAD) == ""
    assert lost(asked, "symptom_analysis", (SIGNS, CALL, WHERE), SIGNS, CALL) == ""


def test_what_the_causes_say_of_where_it_is_found_counts_whatever_their_heading() -> None:
    risk = passage("It is found in parts of Africa.", "causes", "Check if you are at risk")
    asked = "Could Zika be behind it?"
    assert "where one has been" in lost(asked, "symptom_analysis", (SIGNS, ABROAD, risk), SIGNS, ABROAD)
    cells = passage("Too many cells grow.", "causes", "Causes of Zika")
    assert lost(asked, "symptom_analysis", (SIGNS, ABROAD, cells), SIGNS, ABROAD) == ""


@pytest.mark.parametrize(
    ("told", "sound"),
    [
        ("I feel unwell. How urgent is this?", False),
        ("I've recently travelled to a country with Zika and I feel unwell. How urgent is this?", True),
        ("I am asking about Zika. When do I need help urgently?", True),
    ],
)
def test_a_level_for_those_who_travelled_is_told_to_somebody_who_has(told: str, sound: bool) -> None:
    lead = "You've recently travelled to a country with a Zika virus risk and:\n\n- you feel unwell"
    card = passage(lead, "care_urgent", "Call 111 if:")
    assert (level(told, (card,), card) == "") is sound


def test_signs_that_speak_of_those_at_higher_risk_say_who_they_are() -> None:
    ask = passage("Ask your doctor if you are at higher risk.", "treatment", "Treatment")
    asked = "What are the symptoms of Zika, and who should I turn to?"
    assert "at risk" in lost(asked, "symptom_analysis", (SIGNS, ask, RISK), SIGNS, ask)
    assert lost(asked, "symptom_analysis", (SIGNS, ask, RISK), SIGNS, ask, RISK) == ""
    assert lost(asked, "symptom_analysis", (SIGNS, RISK), SIGNS) == ""


def test_labels_and_questions_for_facts_owe_nothing_beside_care() -> None:
    made = example("How urgent is this?", "Take it.", "triage_recommendation")
    assert reason("nothing_kept_back", made, label(passage("Take it."), MOOD)) == ""
    assert "suicide" not in lost("What is Zika?", "question_answer", (SIGNS, MOOD), SIGNS)


def test_what_to_do_until_help_comes_stands_before_the_part_below_it_that_is_for_the_state_told() -> None:
    prompt = "Someone with me might be having a heart attack. Where should they go for help?"
    assert "while you wait" in level(prompt, (CALL, WAIT, FALLS), CALL, FALLS)
    assert level(prompt, (CALL, WAIT, FALLS), CALL, WAIT, FALLS) == ""


BITE = passage(
    "1. Wash the wound.\n2. See a doctor the same day.", "self_care", "What should I do after a bite?"
)


@pytest.mark.parametrize("kind", ["triage_recommendation", "emergency_escalation"])
def test_what_the_page_wants_done_at_once_stands_beside_every_level(kind: str) -> None:
    prompt = "When is emergency help needed? My question is about Zika."
    assert "at once" in lost(prompt, kind, (CALL, BITE), CALL)
    assert lost(prompt, kind, (CALL, BITE), CALL, BITE) == ""
    calm = passage("1. Rest.\n2. Drink enough.", "self_care", "How to look after yourself")
    assert lost(prompt, kind, (CALL, calm), CALL) == ""
    another = passage("If someone has cramps:\n\n- see a doctor at once", "self_care", "Cramps")
    assert lost(prompt, kind, (CALL, another), CALL) == ""


@pytest.mark.parametrize(
    ("said", "section", "due"),
    [
        ("Seek advice if you wake up to find a bat in the room.", "causes", True),
        ("If a person is sicker than you expect, ask the doctor outright.", "overview", True),
        ("It should be treated at once.", "overview", True),
        ("Ask your doctor about a tablet if it is severe.", "treatment", False),
        ("Speak to your GP if you have missed a dose.", "prevention", False),
    ],
)
def test_a_rule_on_when_to_ask_somebody_stands_beside_every_level(said: str, section: str, due: bool) -> None:
    beside = passage(said, section, "A part")
    found = level("I feel hot. How urgent is this?", (CALL, beside), CALL)
    assert ("a rule beside" in found) is due
    assert level("I feel hot. How urgent is this?", (CALL, beside), CALL, beside) == ""


def test_what_is_to_be_done_at_once_is_not_due_beside_what_is_over() -> None:
    beside = passage("Cool the skin, and do it at once.", "overview", "")
    assert level("A burn I had last week hurts. How urgent is this?", (CALL, beside), CALL) == ""


@pytest.mark.parametrize(
    ("listed", "due"),
    [
        ("As well as head pain, you may:\n\n- feel sick", True),
        ("Apart from the headache, you may:\n\n- feel sick", False),  # of which the page says no more
        ("You may:\n\n- feel sick", False),
    ],
)
def test_signs_beside_a_chief_one_come_with_what_the_page_says_of_that(listed: str, due: bool) -> None:
    first = passage("The head throbs for hours.", "overview", "")
    signs = passage(listed, "symptoms", "Symptoms of Zika")
    asked = "What are the symptoms of Zika, and when should I get help?"
    assert ("chief sign" in lost(asked, "symptom_analysis", (first, signs), signs)) is due
    assert lost(asked, "symptom_analysis", (first, signs), first, signs) == ""


@pytest.mark.parametrize("said", ["The main symptom is a fever.", "Its main signs are spots."])
def test_the_main_symptom_is_told_wherever_the_page_names_it(said: str) -> None:
    first = passage(said, "overview", "")
    asked = "What are the symptoms of Zika, and when should I get help?"
    assert "chief sign" in lost(asked, "symptom_analysis", (first, SIGNS), SIGNS)
    assert level("I feel hot. How urgent is this?", (first, CALL), CALL) == ""


RECOVERY = passage(
    "1. Rest for two days.\n2. Limit screens.\n\nIf signs last, ask for a referral to a specialist.",
    "treatment", "How do people recover?",
)  # fmt: skip


def test_an_answer_about_signs_holds_of_other_sections_only_when_to_ask_somebody() -> None:
    page = source(SIGNS, RECOVERY, names=("Zika",))
    signs = f"{SIGNS.heading}\n{SIGNS.text}"
    steps, rule = blocks(RECOVERY.text)

    def found(*said: str) -> str:
        answer = "\n\n".join((signs, *said))
        return reason(
            "question_fits", example("What are the symptoms of Zika?", answer, "symptom_analysis"), page
        )

    assert "general text" in found(steps, rule)
    assert found(rule) == ""


@pytest.mark.parametrize(
    ("text", "parts"),
    [("One.\n\nTwo.", 2), ("Do:\n\n- one\n- two\n\nThree.", 2), ("- one\n- two", 1), ("", 0), ("\n\n", 0)],
)
def test_a_block_is_a_paragraph_or_a_list_with_its_lead(text: str, parts: int) -> None:
    assert len(blocks(text)) == parts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Oxygen helps. Memory problems should be reported.", ["Memory problems should be reported."]),
        ("Oxygen helps. It should be treated at once.", ["Oxygen helps. It should be treated at once."]),
        ("1. Rest.\n2. Ask your doctor if it lasts.", ["1. Rest.\n2. Ask your doctor if it lasts."]),
        ("Rest.\n\nSee a doctor if it lasts.", ["See a doctor if it lasts."]),
        ("Rest.", []),
        ("", []),
    ],
)
def test_of_a_text_on_something_else_what_says_when_to_ask_somebody(text: str, told: list[str]) -> None:
    assert case_parts(text) == told


def test_what_should_be_treated_at_once_comes_with_how_to_treat_it() -> None:
    first = passage("It should be treated at once.", "overview", "")
    how = passage("1. Eat some sugar.", "treatment", "How do I treat it?")
    asked = "What are the symptoms of Zika, and when should I get help?"
    page = (first, SIGNS, how)
    assert "how to treat" in lost(asked, "symptom_analysis", page, SIGNS, first)
    assert lost(asked, "symptom_analysis", page, SIGNS, first, how) == ""
    assert "how to treat" not in lost(asked, "symptom_analysis", page, SIGNS)


def test_of_any_sign_that_a_card_speaks_of_none_is_left_out() -> None:
    card = passage("- you have any sign of Zika", "care_emergency", "Call 999 now if:")
    fast = passage("- the face droops", "symptoms", "Signs of Zika")
    more = passage("It can also cause loss of vision.", "symptoms", "Are there other signs?")
    page = (card, fast, more)
    prompt = "I think I had it a week ago. How urgent is this?"
    assert "some are told" in level(prompt, page, card, fast)
    assert level(prompt, page, card, fast, more) == ""
    assert level(prompt, page, CALL, fast) == ""


def test_types_of_an_illness_are_general_text_beside_its_signs() -> None:
    types = passage("One kind is rare.\n\nA mini-stroke is an emergency: call 999.", "overview", "Types")
    page = source(SIGNS, types, names=("Zika",))
    rare, call = blocks(types.text)
    signs = f"{SIGNS.heading}\n{SIGNS.text}"
    made = example("What are the symptoms of Zika?", f"{signs}\n\n{rare}\n\n{call}", "symptom_analysis")
    assert "general text" in reason("question_fits", made, page)
    made = example("What are the symptoms of Zika?", f"{signs}\n\n{call}", "symptom_analysis")
    assert reason("question_fits", made, page) == ""


@pytest.mark.parametrize(
    ("told", "item", "due"),
    [
        ("My child is hoarse", "you hear stridor at rest", True),
        ("My child has stridor", "you hear stridor at rest", False),
        ("My child is hoarse", "you hear stridor (a rasping sound)", False),
        ("My child is hoarse", "you hear a rasping sound", False),
    ],
)
def test_a_word_that_the_page_explains_is_not_told_without_that(told: str, item: str, due: bool) -> None:
    card = passage(f"- {item}", "care_urgent", "Call 111 if:")
    signs = passage(
        "- a rasping sound when breathing in, known as stridor\n- a cough", "symptoms", "Symptoms"
    )
    prompt = f"{told}. How urgent is this?"
    assert ("not explained" in level(prompt, (card, signs), card)) is due
    assert level(prompt, (card, signs), card, signs) == ""
