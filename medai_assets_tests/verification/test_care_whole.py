"""Cards of care that an answer touches or owes are there whole, and in their order."""

from __future__ import annotations

import pytest

from medai_assets.verification import SourcePassage
from medai_assets_tests.verification.builders import example, label, passage, source
from medai_assets_tests.verification.one_property import reason

SIGNS = passage("Wheeze is a whistling sound when you breathe out.", "symptoms", "Symptoms of wheeze")
EMERGENCY = passage("- your lips turn blue\n- you cannot speak", "care_emergency", "Call 999 if:")
TODAY = passage("- you have a high temperature\n- you feel worse", "care_urgent", "Call 111 if:")
GP = passage("- a cough lasts for 3 weeks", "care_non_urgent", "See a GP if:")
SHOP = passage("A pharmacist can help with a cough.", "care_pharmacist", "A pharmacist can help")
PAGE = (SIGNS, EMERGENCY, TODAY, GP, SHOP)


def told(
    *parts: SourcePassage, kind: str = "triage_recommendation", page: tuple[SourcePassage, ...] = PAGE
) -> str:
    answer = "\n\n".join(f"{p.heading}\n{p.text}" for p in parts)
    return reason("care_whole", example("I feel worse. How urgent is this?", answer, kind), source(*page))


@pytest.mark.parametrize(
    ("parts", "sound"),
    [
        ((EMERGENCY,), True),
        ((TODAY, EMERGENCY), True),
        ((TODAY,), False),
        ((GP, EMERGENCY, TODAY), True),
        ((GP, TODAY), False),
        ((GP, EMERGENCY), False),
        ((SHOP, GP, TODAY, EMERGENCY), True),
        ((SHOP, GP, TODAY), False),
    ],
)
def test_every_more_urgent_card_stands_beside_the_one_that_is_told(
    parts: tuple[SourcePassage, ...], sound: bool
) -> None:
    assert (told(*parts) == "") is sound


@pytest.mark.parametrize("kind", ["symptom_analysis"])
def test_an_answer_about_signs_has_every_card(kind: str) -> None:
    assert told(*PAGE, kind=kind) == ""
    for left_out in PAGE[1:]:
        assert left_out.heading in told(*(p for p in PAGE if p is not left_out), kind=kind)


@pytest.mark.parametrize(
    "answer",
    [
        "Call 999 if:\n- your lips turn blue",
        "Call 999 if:\n- you cannot speak\n- your lips turn blue",
        "- your lips turn blue\n- you cannot speak",
        "See a GP if:\n- your lips turn blue\n- you cannot speak",
    ],
)
def test_a_card_that_is_cut_turned_or_without_its_heading_is_not_whole(answer: str) -> None:
    made = example("My lips are blue. How urgent is this?", answer, "triage_recommendation")
    assert reason("care_whole", made, source(EMERGENCY))


def test_a_heading_that_is_a_question_and_a_link_s_words_may_be_left_out() -> None:
    asks = passage("Call 999 if your lips turn blue.", "care_emergency", "When should I call 999?")
    made = example("My lips are blue. How urgent is this?", asks.text, "triage_recommendation")
    assert reason("care_whole", made, source(asks)) == ""
    linked = passage(
        f"{EMERGENCY.text}\n\nFind out more about blue lips.", "care_emergency", EMERGENCY.heading
    )
    made = example(
        "My lips are blue. How urgent is this?",
        f"{EMERGENCY.heading}\n{EMERGENCY.text}",
        "triage_recommendation",
    )
    assert reason("care_whole", made, source(linked)) == ""


@pytest.mark.parametrize(
    ("sentence", "section", "lost"),
    [
        ("Call 911 if you choke.", "overview", True),
        ("Call your doctor right away if a spray does not help.", "treatment", True),
        ("Seek immediate medical attention for blue lips.", "complications", True),
        ("Some centers immediately stopped the trial and called for help.", "research", False),
        ("See a doctor if it lasts.", "treatment", False),
        ("A doctor treats it with sprays.", "treatment", False),
    ],
)
def test_who_is_sent_for_help_at_once_in_running_text_is_told_too(
    sentence: str, section: str, lost: bool
) -> None:
    page = source(SIGNS, passage(f"Wheeze is common. {sentence}", section), publisher="medquad")
    answer = f"{SIGNS.heading}\n{SIGNS.text}"
    asked = "What are the symptoms of wheeze?"
    found = reason("care_whole", example(asked, answer, "symptom_analysis"), page)
    assert ("the document says" in found) is lost
    assert reason("care_whole", example(asked, answer, "question_answer"), page) == ""


def test_symptoms_are_told_to_the_end_of_their_passage() -> None:
    signs = passage(f"{SIGNS.text} The chest feels tight.", "symptoms")
    cut = example("What are the symptoms of wheeze?", SIGNS.text, "symptom_analysis")
    assert "The chest feels tight" in reason("care_whole", cut, source(signs))


def test_a_medicine_s_page_gives_the_cards_right_below_what_is_told() -> None:
    effects = passage("Common side effects are headaches.", "adverse_reactions", "Side effects")
    later = passage("- a rash", "care_emergency", "Call 999 if:", context="Side effects")
    dose = passage("Take one.", "dosage", "Dose")
    page = source(effects, TODAY, dose, later)
    answer = f"{effects.text}"
    asked = "What are the side effects of ibuprofen?"

    def found(*cards: SourcePassage) -> str:
        text = "\n\n".join([answer, *(f"{c.heading}\n{c.text}" for c in cards)])
        return reason("care_whole", example(asked, text, "drug_information"), page)

    assert found(TODAY, later) == ""
    assert found(TODAY)
    assert found(later)


def test_a_label_has_no_cards() -> None:
    made = example("How urgent is this?", "Take it.", "triage_recommendation")
    assert reason("care_whole", made, label(passage("Take it."), EMERGENCY)) == ""


def on_signs(*said: SourcePassage, page: tuple[SourcePassage, ...], subject: str = "Wheeze") -> str:
    answer = "\n\n".join(f"{p.heading}\n{p.text}" for p in said)
    made = example(f"What are the symptoms of {subject}?", answer, "symptom_analysis", subject=subject)
    return reason("care_whole", made, source(*page))


def test_signs_of_one_of_two_illnesses_are_no_answer_on_both() -> None:
    cold = passage("You shiver.", "symptoms", "What are the signs of hypothermia?")
    frost = passage("The skin is white.", "symptoms", "What are the signs of frostbite?")
    assert "about two things" in on_signs(
        cold, frost, page=(cold, frost), subject="hypothermia and frostbite"
    )
    assert on_signs(cold, page=(cold,), subject="hypothermia") == ""
    both = passage("It itches.", "symptoms", "Symptoms of a bite or sting")
    unnamed = passage("You feel ill.", "symptoms", "What are the symptoms?")
    for signs in (both, unnamed):
        assert on_signs(signs, page=(signs,), subject="insect bites and stings") == ""


def test_what_stands_between_two_parts_on_signs_is_not_moved_behind_them() -> None:
    steps = passage("Use an inhaler right away.", "self_care", "What should I do?")
    more = passage("The lips are blue.", "symptoms", "What are the signs of an attack?")
    page = (SIGNS, steps, more)
    assert "before" in on_signs(SIGNS, more, steps, page=page)
    assert on_signs(*page, page=page) == ""
    assert on_signs(SIGNS, more, steps, page=(SIGNS, more, steps)) == ""


def test_what_a_page_puts_under_its_symptoms_is_told_with_them() -> None:
    aura = passage("You may see flashing lights.", "overview", "What is an aura?", context=SIGNS.heading)
    elsewhere = passage("You may see a doctor's bill.", "overview", "Costs", context="Treatment")
    page = (SIGNS, aura, elsewhere)
    assert "aura" in on_signs(SIGNS, page=page)
    assert on_signs(SIGNS, aura, page=page) == ""


@pytest.mark.parametrize(
    ("sentence", "is_rule"),
    [
        ("Get medical help if there are symptoms after a knock.", True),
        ("See a GP when it lasts.", True),
        ("Most people get help from a spray.", False),
        ("Doctors see it often.", False),
    ],
)
def test_when_to_get_help_is_told_where_the_overview_says_so(sentence: str, is_rule: bool) -> None:
    page = (passage(f"Wheeze is common. {sentence}", "overview"), SIGNS)
    assert (sentence in on_signs(SIGNS, page=page)) is is_rule


def test_a_heading_that_sends_to_the_emergency_department_is_due_whatever_its_level() -> None:
    either = passage("- you were knocked out", "care_urgent", "Go to A&E or get help from NHS 111 if:")
    other = passage("Some need it.", "other", "When to go to A&E")
    for beside in (either, other):
        assert beside.heading in told(EMERGENCY, page=(EMERGENCY, beside))
        assert told(EMERGENCY, beside, page=(EMERGENCY, beside)) == ""
    ward = passage("You are examined.", "diagnosis", "What happens at hospital?")
    assert told(EMERGENCY, page=(EMERGENCY, TODAY, ward)) == ""


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("Call 911 if you have several signs of wheeze at once.", False),
        ("- you have any of the symptoms above\n- you cannot speak", False),
        ("- you have any of these symptoms of wheeze\n- you cannot speak", False),
        ("If you have these symptoms, call 911.", False),
        ("Call 911 if your lips are blue. With these signs you should not wait.", True),
        ("You have any signs of wheeze:\n\n- your lips are blue\n- you cannot speak", True),
        ("- you have symptoms of wheeze, such as noisy breathing\n- you cannot speak", True),
    ],
)
def test_a_case_is_told_by_signs_that_are_there(text: str, sound: bool) -> None:
    card = passage(text, "care_emergency", "When to call 911")
    assert ("signs are not there" in told(card, page=(SIGNS, card))) is not sound
    assert told(card, SIGNS, page=(SIGNS, card)) == ""


@pytest.mark.parametrize(
    ("asked", "text", "section", "sound"),
    [
        ("What should I do in sports?", "A player must leave the game.", "self_care", False),
        ("What should I do?", "This is an emergency. Warm the person.", "treatment", False),
        ("Why do bats need care?", "Seek advice if you find a bat in the room.", "causes", False),
        ("How does it last?", "See a doctor if it lasts.", "outlook", False),
        ("How would you describe it?", "It is an emergency: call 999.", "overview", True),
        ("What causes wheeze?", "Narrow airways cause it.", "causes", True),
        ("How can wheeze be prevented?", "Ask your GP about a vaccine.", "prevention", True),
    ],
)
def test_what_to_do_is_not_told_without_what_the_page_calls_urgent(
    asked: str, text: str, section: str, sound: bool
) -> None:
    part = passage(text, section, "A part")

    def found(*page: SourcePassage, answer: str = text) -> str:
        return reason("care_whole", example(asked, answer), source(*page), 0)

    assert ("what to do" in found(part, EMERGENCY)) is not sound
    assert found(part, GP) == ""
    whole = f"{text}\n\n{EMERGENCY.heading}\n{EMERGENCY.text}"
    assert reason("care_whole", example(asked, whole), source(part, EMERGENCY)) == ""
    of_medicine = passage(text, section, "A part", genre=["Medicine"])
    assert found(of_medicine, EMERGENCY) == ""


HEATSTROKE = passage(
    "- a temperature of 40C or more\n- a fit", "care_emergency", "Call 999 for any signs of heatstroke:"
)


@pytest.mark.parametrize(
    ("told", "steps", "heading", "sound"),
    [
        ("I feel hot.", "If somebody shows signs of heat exhaustion, take these steps:\n\n- give a drink", "First aid", False),
        ("I feel hot.", "For a small burn:\n\n- cool it", "First aid", False),
        ("I feel hot.", "When you are alone:\n\n- shout", "What to do first", False),
        ("I feel hot.", "Unless the person is tired, walk.", "While you wait", False),
        ("I feel hot.", "If someone has a fit:\n\n- move things away", "First aid", True),
        ("I feel hot.", "If the person shows signs of heatstroke, lie them down.", "First aid", True),
        ("I feel hot.", "If someone is unconscious, put them on their side.", "First aid", True),
        ("I feel hot.", "If the person stops breathing, start CPR.", "First aid", True),
        ("I am alone and feel hot.", "When you are alone:\n\n- shout", "First aid", True),
        ("I feel hot.", "1. Lie the person flat.\n2. If they are tired, let them sleep.", "While you wait", True),
        ("I feel hot.", "1. If they are tired, let them sleep.\n2. Wait.", "While you wait", True),
        ("I feel hot.", "For 20 minutes, cool the skin.", "First aid", True),
        ("I feel hot. It is about heat exhaustion.", "If it is heat exhaustion:\n\n- drink", "First aid", False),
    ],
)  # fmt: skip
def test_after_a_call_for_help_stand_no_steps_for_another_state(
    told: str, steps: str, heading: str, sound: bool
) -> None:
    aid = passage(steps, "self_care", heading)
    page = source(HEATSTROKE, aid, names=("Heat exhaustion and heatstroke",))
    answer = "\n\n".join(f"{p.heading}\n{p.text}" for p in (HEATSTROKE, aid))

    def found(kind: str, of: str = answer) -> str:
        return reason("care_whole", example(f"{told} What should I do right now?", of, kind), page)

    assert ("another state" in found("emergency_escalation")) is not sound
    assert "another state" not in found("question_answer"), "nothing was told"
    assert "another state" not in found("emergency_escalation", f"{HEATSTROKE.heading}\n{HEATSTROKE.text}")


@pytest.mark.parametrize(
    ("sentence", "due"),
    [
        ("If symptoms last beyond four weeks, ask for a referral to a specialist.", True),
        ("Memory problems can appear days later and should be reported.", True),
        ("Ask your doctor about antiviral medicine if you are very ill.", True),
        ("Your doctor will look at your chest.", False),
        ("Ask your doctor for a leaflet.", False),
        ("The wheeze can last for weeks.", False),
    ],
)
def test_an_answer_about_signs_tells_of_each_case_in_which_the_page_wants_somebody_asked(
    sentence: str, due: bool
) -> None:
    page = (*PAGE, passage(sentence, "treatment", "Treatment"))
    assert bool(told(*PAGE, kind="symptom_analysis", page=page)) is due
    assert told(*page, kind="symptom_analysis", page=page) == ""


def test_two_parts_on_signs_under_one_heading_are_not_drawn_together_over_a_card() -> None:
    more = passage("On paler skin it is easier to see.", "symptoms", SIGNS.heading)
    order = (SIGNS, more, EMERGENCY, TODAY, GP, SHOP)
    assert "one heading" in told(*order, kind="symptom_analysis", page=(SIGNS, EMERGENCY, more, *PAGE[2:]))
    assert told(*order, kind="symptom_analysis", page=order) == ""


def test_what_to_do_while_help_is_on_its_way_is_told_after_the_call() -> None:
    aid = passage("1. Sit upright.\n2. Stay calm.", "self_care", "What to do while you wait")
    page = (*PAGE, aid)
    assert "before the call" in told(SIGNS, aid, *PAGE[1:], kind="symptom_analysis", page=page)
    assert told(SIGNS, EMERGENCY, aid, *PAGE[2:], kind="symptom_analysis", page=page) == ""


def test_what_to_do_while_help_is_on_its_way_is_told_right_after_the_call() -> None:
    aid = passage("1. Sit upright.\n2. Stay calm.", "self_care", "What to do while you wait")
    page = (*PAGE, aid)
    for kind in ("symptom_analysis", "emergency_escalation"):
        signs = (SIGNS,) if kind == "symptom_analysis" else ()
        assert "lower card" in told(*signs, EMERGENCY, TODAY, GP, SHOP, aid, kind=kind, page=page)
        assert "lower card" not in told(*signs, EMERGENCY, aid, TODAY, GP, SHOP, kind=kind, page=page)
