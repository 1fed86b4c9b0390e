"""A section of a page answers what its heading says, and other sections of the page may answer the same."""

from __future__ import annotations

import pytest

from medai_assets.verification import SourcePassage
from medai_assets_tests.verification.builders import example, passage, source
from medai_assets_tests.verification.one_property import reason

NAMES = ("Wheeze",)


@pytest.mark.parametrize(
    ("asked", "heading", "section", "why"),
    [
        ("How can wheeze be prevented?", "How to stop it from spreading", "prevention", "spreads"),
        ("How can wheeze be prevented?", "Lowering the spread", "prevention", "spreads"),
        ("Why do people get wheeze?", "How wheeze spreads", "causes", "spreads"),
        ("How can the spread of wheeze be stopped?", "Keep your lungs healthy", "prevention", "spreads"),
        ("How can the spread of wheeze be stopped?", "How to avoid spreading wheeze", "prevention", ""),
        ("How can wheeze be prevented?", "Preventing wheeze and its spread", "prevention", ""),
        ("What are the complications of wheeze?", "When it spreads to the lungs", "complications", ""),
        ("How can wheeze be prevented?", "How to prevent another attack", "prevention", "once more"),
        ("What can I do to prevent wheeze?", "Reducing the chance of it coming back", "prevention", "once more"),
        ("How can another wheeze be prevented?", "How to prevent another attack", "prevention", ""),
        ("How can wheeze be prevented?", "How to prevent night wheeze", "prevention", "one kind"),
        ("How is wheeze treated?", "Treatment for severe wheeze", "treatment", "one kind"),
        ("How is severe wheeze treated?", "Treatment for severe wheeze", "treatment", ""),
        ("How is wheeze treated?", "How wheeze is treated", "treatment", ""),
        ("What causes wheeze?", "What is causing wheeze", "causes", ""),
        ("How can wheeze be prevented?", "Vaccines that protect against wheeze", "prevention", ""),
        ("How can wheeze be prevented?", "Keeping your heart healthy", "prevention", "the section is on"),
        ("How can wheeze be prevented?", "", "prevention", ""),
        ("How does wheeze spread?", "How does wheeze spread?", "causes", ""),
    ],
)  # fmt: skip
def test_a_section_is_told_for_what_its_heading_says(
    asked: str, heading: str, section: str, why: str
) -> None:
    text = "Wash your hands, wear a scarf in cold air and keep away from smoke."
    page = source(passage(text, section, heading), names=NAMES)
    found = reason("question_fits", example(asked, text), page)
    assert why in found if why else found == ""
    of_pair = source(passage(text, section, heading), names=NAMES, publisher="medquad")
    assert "section is on" not in reason("question_fits", example(asked, text), of_pair)


@pytest.mark.parametrize(
    ("said", "is_answer"),
    [
        ("Yes. A wheeze may also itch.", True),
        ("No, it does not.", True),
        ("It depends on the air.", True),
        ("Not usually, but some do.", True),
        ("Usually – in the cold.", True),
        ("Yesterday's air matters.", False),
        ("No one knows the cause.", False),
        ("Usually it is mild.", False),
        ("Wheeze may itch.", False),
    ],
)
def test_an_answer_to_a_question_stands_below_it(said: str, is_answer: bool) -> None:
    said = f"{said} Most people feel tight in the chest at night."
    signs = passage("The breath whistles.", "symptoms", "Symptoms of wheeze")
    other = passage(said, "symptoms", "Are there other signs?")
    page = source(signs, other, names=NAMES)

    def found(
        answer: str, asked: str = "What are the symptoms of wheeze?", kind: str = "symptom_analysis"
    ) -> str:
        return reason("question_fits", example(asked, answer, kind), page)

    assert ("question that is not there" in found(f"{signs.text}\n\n{said}")) is is_answer
    assert "not there" not in found(f"{signs.text}\n\n{other.heading}\n{said}")
    assert "not there" not in found(said, "Are there other signs of wheeze?", "question_answer")
    below = passage(f"It is so. {said}", "symptoms", "Are there other signs?")
    made = example("What are the symptoms of wheeze?", below.text, "symptom_analysis")
    assert "not there" not in reason("question_fits", made, source(below, names=NAMES))


FIRST = "Narrow airways make the breath whistle in cold and dry air."


@pytest.mark.parametrize(
    ("asked", "section", "heading", "other", "why"),
    [
        ("What causes wheeze?", "causes", "Causes", ("causes", "Things that raise the risk", {}), "answers it as well"),
        ("What causes wheeze?", "causes", "Causes", ("other", "Rarer ones", {"context": "Causes"}), "below that heading"),
        ("Why do I wheeze?", "causes", "Why do I wheeze?", ("causes", "Other causes", {"context": "Why do I wheeze?"}),
         "below that heading"),
        ("Why do I wheeze?", "causes", "Why do I wheeze?", ("causes", "Is it rare?", {"context": "Why do I wheeze?"}), ""),
        ("Why do I wheeze?", "causes", "Why do I wheeze?", ("other", "Why do I wheeze?", {}), "below that heading"),
        ("Why do I wheeze?", "causes", "Why do I wheeze?", ("causes", "What triggers it?", {}), ""),
        ("How is wheeze treated?", "treatment", "Treatment", ("self_care", "What you can do", {}), "answers it as well"),
        ("What can doctors do for wheeze?", "treatment", "Treatment", ("self_care", "What you can do", {}), ""),
        ("What causes wheeze?", "causes", "Causes", ("care_urgent", "Call 111 if:", {"context": "Causes"}), ""),
        ("What causes wheeze?", "causes", "Causes", ("treatment", "Treatment", {}), ""),
    ],
)  # fmt: skip
def test_another_part_of_the_page_that_answers_the_same_is_missing(
    asked: str, section: str, heading: str, other: tuple[str, str, dict[str, str]], why: str
) -> None:
    of, title, attributes = other
    beside = passage("Pollen, furry pets and house dust are common triggers.", of, title, **attributes)
    page = source(passage(FIRST, section, heading), beside, names=NAMES)
    found = reason("nothing_kept_back", example(asked, FIRST), page, 0)
    assert why in found if why else found == ""
    again = source(passage(FIRST, section, heading), passage(FIRST, of, title, **attributes), names=NAMES)
    assert reason("nothing_kept_back", example(asked, FIRST), again, 0) == "", "it says nothing new"


@pytest.mark.parametrize(
    ("asked", "section", "sentence", "missing"),
    [
        ("What can wheeze lead to?", "complications", "The bacterial form can kill within hours.", True),
        ("What can wheeze lead to?", "complications", "A severe attack of it may be fatal.", True),
        ("What can wheeze lead to?", "complications", "The viral form is rarely life-threatening.", False),
        ("What can wheeze lead to?", "complications", "A blue inhaler opens the airways.", False),
        ("What is the outlook with wheeze?", "outlook", "Small children have died of it.", True),
        ("How can wheeze be prevented?", "prevention", "A preventive medicine makes attacks fewer.", True),
        ("How can wheeze be prevented?", "prevention", "A scarf protects against the cold wind.", True),
        ("How can wheeze be prevented?", "prevention", "A drip may prevent a severe attack.", False),
        ("What causes wheeze?", "causes", "A severe attack of it may be fatal.", False),
    ],
)
def test_a_sentence_elsewhere_on_the_page_that_answers_the_same_is_missing(
    asked: str, section: str, sentence: str, missing: bool
) -> None:
    def found(answer: str, publisher: str = "nhs") -> str:
        page = source(
            passage(answer, section, "A part"),
            passage(sentence, "overview"),
            names=NAMES,
            publisher=publisher,
        )
        return reason("nothing_kept_back", example(asked, answer), page, 0)

    assert ("says of the same elsewhere" in found(FIRST)) is missing
    assert "says of the same elsewhere" not in found(FIRST, "medquad")
    assert "says of the same elsewhere" not in found(f"{FIRST} {sentence}")


UNDER = 'What does the NHS page on wheeze say under "{}"?'


@pytest.mark.parametrize(
    ("title", "answer", "why"),
    [
        ("Treatment", "Inhalers help.\n\nSafely\nAsk before you stop.", ""),
        ("treatment", "Inhalers help.\n\nSafely\nAsk before you stop.", ""),
        ("Treatment", "Inhalers help.", "whole and alone"),
        ("Treatment", "Inhalers help.\n\nAsk before you stop.", "whole and alone"),
        ("Treatment", "Inhalers help.\n\nSafely\nAsk before you stop. It can spread.", "whole and alone"),
        ("Treatment", "It can spread.", "whole and alone"),
        ("Complications", "It can spread.", ""),
        ("Safely", "Ask before you stop.", ""),
        ("Overdosage", "It can spread.", "no heading"),
        ("Lost", "Rest of it.", "is not there"),
        ("Steps", "These are few.", ""),
    ],
)
def test_what_is_asked_for_by_its_heading_is_all_that_stands_there_and_nothing_else(
    title: str, answer: str, why: str
) -> None:
    page = source(
        passage("Inhalers help. Read more about inhalers.", "treatment", "Treatment"),
        passage("Ask before you stop.", "self_care", "Safely", context="Treatment"),
        passage("It can spread.", "complications", "Complications"),
        passage("Rest of it.", "causes", "Lost", part=2, parts=2),
        passage("These are few.", "outlook", "Steps"),
        names=NAMES,
    )
    found = reason("section_whole", example(UNDER.format(title), answer), page)
    assert why in found if why else found == ""
    other = f'It can spread. {UNDER.format(title)[:-1]} and "Causes"?'
    assert "no heading" in reason("section_whole", example(other, answer), page)


@pytest.mark.parametrize(
    ("asks", "answer", "why"),
    [
        (", and when is help urgent?", "It can spread.\n\nCall 999 if:\n- you are blue", ""),
        (", and when is help urgent?", "It can spread.", "whole and alone"),
        ("?", "It can spread.", "whom to turn to at once"),
        ("?", "It can spread.\n\nCall 999 if:\n- you are blue", "whom to turn to at once"),
    ],
)
def test_whom_to_turn_to_at_once_comes_with_every_section(asks: str, answer: str, why: str) -> None:
    page = source(
        passage("It can spread.", "complications", "Urgent complications"),
        passage("- you are blue", "care_emergency", "Call 999 if:"),
        passage("- you are tired", "care_non_urgent", "See a GP if:"),
        names=NAMES,
    )
    prompt = UNDER.format("Urgent complications")[:-1] + asks
    found = reason("section_whole", example(prompt, answer), page)
    assert why in found if why else found == ""


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [("The bacterial form can kill within hours.", True), ("Inhalers open the airways.", False)],
)
def test_that_it_can_kill_belongs_to_complications_wherever_the_page_says_it(
    sentence: str, missing: bool
) -> None:
    page = source(
        passage(FIRST, "complications", "Complications"), passage(sentence, "overview"), names=NAMES
    )
    found = reason("nothing_kept_back", example(UNDER.format("Complications"), FIRST), page, 0)
    assert bool(found) is missing


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ("Other frequent reasons are cold air and smoke.", True), ("Also, cold air and smoke narrow the airways.", True),
        ("Those that come at night are rare, and smoke makes them worse.", True),
        ("As well as a cough, you may have a tight chest.", False), ("These include cold air.", False),
        ("They come with cold air, smoke and pollen.", False), ("Otherwise it is mild.", False),
    ],
)  # fmt: skip
def test_an_answer_does_not_begin_in_the_middle_of_a_list(said: str, lost: bool) -> None:
    page = source(passage(said, "causes", "What causes wheeze?"), names=NAMES)
    made = example("What could be the cause of wheeze?", said, "symptom_analysis")
    assert ("has lost before it" in reason("question_fits", made, page)) is lost


def test_cards_right_below_what_a_medicine_s_page_says_belong_to_it() -> None:
    page = source(
        passage("It can cause nausea.", "adverse_reactions", "Side effects"),
        passage("- your stools are black", "care_urgent", "Call a doctor if:"),
        passage("Keep it dry.", "storage", "Storage"),
        names=NAMES,
    )
    asked = UNDER.format("Side effects")
    card = "It can cause nausea.\n\nCall a doctor if:\n- your stools are black"
    assert reason("section_whole", example(asked, card, "drug_information"), page) == ""
    assert reason("section_whole", example(asked, "It can cause nausea.", "drug_information"), page) != ""


def test_words_of_a_heading_that_is_quoted_ask_for_nothing() -> None:
    text = "Cold air, smoke, furry pets, pollen, house dust and infections narrow the airways."
    page = source(passage(text, "causes", "Common causes of wheeze"), names=NAMES)
    assert reason("question_fits", example(UNDER.format("Common causes of wheeze"), text), page) == ""
    assert reason("question_fits", example("What are the most common causes of wheeze?", text), page) != ""


@pytest.mark.parametrize(
    ("heading", "on_signs"),
    [
        ("Symptoms of wheeze", True), ("What are the signs?", True), ("How do you know it is wheeze?", True), ("", True),
        ("How serious is it?", False), ("Types of wheeze", False),
    ],
)  # fmt: skip
def test_signs_are_what_a_section_on_signs_says(heading: str, on_signs: bool) -> None:
    text = "A whistling sound, a tight chest and a dry cough at night."
    made = example("What are the symptoms of wheeze?", text, "symptom_analysis")
    found = reason("question_fits", made, source(passage(text, "symptoms", heading), names=NAMES))
    assert ("it asks for signs" not in found) is on_signs


def test_an_answer_without_a_place_on_the_page_is_the_business_of_others() -> None:
    page: tuple[SourcePassage, ...] = (passage("Wheeze is a sound.", "overview"),)
    assert reason("question_fits", example("Please explain wheeze.", "Nothing of it."), source(*page)) == ""
