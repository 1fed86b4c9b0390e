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


@pytest.mark.parametrize(
    ("text", "describes"),
    [
        ("Wheeze is a whistling sound. It passes.", True),
        ("Whistling airways cause wheeze.", True),
        ("In wheeze the airways become narrow.", True),
        ("It comes and goes. It is a sound of narrow airways.", True),
        ("About 1 in 3 adults have wheeze, and many do not know it. A check is the only way to tell.", False),
        (
            "Nearly everyone has it at some time. In most people nothing is wrong, and the wheeze fades.",
            False,
        ),
        ("Almost everyone has a wheeze now and then. Few of them signal disease.", False),
    ],
)
def test_a_description_says_what_it_is(text: str, describes: bool) -> None:
    for asked in (
        "Please explain wheeze briefly.", "How would you describe wheeze in a few words?",
        "Could you give me a short description of wheeze?",
    ):  # fmt: skip
        found = reason("question_fits", example(asked, text), source(passage(text, "overview"), names=NAMES))
        assert ("does not say what" not in found) is describes
    asked = "How long does wheeze last?"
    assert reason("question_fits", example(asked, text), source(passage(text, "overview"), names=NAMES)) == ""


def test_an_answer_without_a_place_on_the_page_is_the_business_of_others() -> None:
    page: tuple[SourcePassage, ...] = (passage("Wheeze is a sound.", "overview"),)
    assert (
        reason("question_fits", example("Please explain wheeze briefly.", "Nothing of it."), source(*page))
        == ""
    )
