"""What a page says against something that an answer on care offers, or that its case tells of, stands in the answer."""

from __future__ import annotations

import pytest

from medai_assets.verification import SourcePassage
from medai_assets_tests.verification.builders import example, passage, source
from medai_assets_tests.verification.one_property import reason

CARD = passage("- your eye is red", "care_non_urgent", "See a GP if:")


def lost(prompt: str, page: tuple[SourcePassage, ...], *said: SourcePassage, title: str = "Pink eye") -> str:
    answer = "\n\n".join(f"{p.heading}\n{p.text}" for p in said)
    kind = "symptom_analysis" if prompt.startswith("What are the symptoms") else "triage_recommendation"
    return reason("nothing_kept_back", example(prompt, answer, kind), source(*page, names=(title,)))


@pytest.mark.parametrize(
    "told", ["I wear contact lenses and have spots", "My son is wearing a contact lens in a red eye"]
)
def test_what_is_told_of_and_forbidden_elsewhere_is_said(told: str) -> None:
    against = passage("- do not wear contact lenses until your eyes are better", "self_care", "Eye care")
    prompt = f"{told}. How urgent is this?"
    assert "forbidden" in lost(prompt, (CARD, against), CARD)
    assert lost(prompt, (CARD, against), CARD, against) == ""


def test_what_is_forbidden_and_not_told_of_is_not_due() -> None:
    against = passage("- do not share towels\n- do not wear make-up", "self_care", "Eye care")
    assert lost("I wear contact lenses. How urgent is this?", (CARD, against), CARD) == ""


@pytest.mark.parametrize(
    ("offered", "against"),
    [
        ("If you are not immune, MMR can soften it.", "MMR protects. The vaccine is not given in pregnancy."),
        ("Adults can ask for loperamide.", "A pharmacist has loperamide, which should not be used with a fever."),
        ("Use a steroid cream.", "Steroid cream is not suitable for broken skin."),
    ],
)  # fmt: skip
def test_what_is_offered_comes_with_whom_it_is_not_for(offered: str, against: str) -> None:
    signs, steps = passage("You feel hot.", "symptoms", "Signs"), passage(offered, "self_care", "Steps")
    limits = passage(against, "treatment", "Limits")
    prompt = "What are the symptoms of pink eye, and when should I get help?"
    assert "not given" in lost(prompt, (signs, steps, limits), signs, steps)
    assert "not given" not in lost(prompt, (signs, steps, limits), signs, steps, limits)
    assert "not given" not in lost(prompt, (signs, steps, limits), signs)


@pytest.mark.parametrize(
    "away", ["Please do not visit the surgery while you are sick.", "Phone before you go to the clinic."]
)
def test_a_place_to_go_comes_with_how_to_come_there(away: str) -> None:
    by_phone = passage(away, "care_non_urgent", "Ring a GP if:")
    prompt = "My eye is red. How urgent is this?"
    assert "come there" in lost(prompt, (CARD, by_phone), CARD)
    assert "come there" not in lost(prompt, (CARD, by_phone), CARD, by_phone)


def test_whom_not_to_visit_with_an_illness_is_no_place_to_go() -> None:
    others = passage("Don't visit hospitals or care homes for two days.", "other", "Work")
    assert lost("My eye is red. How urgent is this?", (CARD, others), CARD) == ""


@pytest.mark.parametrize(
    ("other", "due"),
    [
        ("Readings at home are lower, so 135/85 or above is high.", True),
        ("A home reading below 90/60 is low.", False),
        ("A pulse at home may be 90.", False),
    ],
)
def test_a_threshold_comes_with_the_other_one_for_the_same_reading(other: str, due: bool) -> None:
    card = passage("- a home reading is 140/90 or above", "care_non_urgent", "See a GP if:")
    numbers = passage(other, "other", "What the numbers mean")
    found = lost("My home reading is high. How urgent is this?", (card, numbers), card)
    assert ("another figure" in found) is due


def test_steps_for_one_of_two_illnesses_of_a_page_are_not_told_alone() -> None:
    title = "Chilblains and frostbite"
    steps = passage("1. Warm the body first.", "self_care", "What should I do?")
    other = passage("- do not rub it", "treatment", "How is frostbite treated?")
    prompt = "When is emergency help needed? My question is about chilblains and frostbite."
    assert "other illness" in lost(prompt, (CARD, steps, other), CARD, steps, title=title)
    assert "other illness" not in lost(prompt, (CARD, steps, other), CARD, steps, other, title=title)
    assert "other illness" not in lost(prompt, (CARD, steps, other), CARD, title=title)


def test_a_heading_stands_over_what_its_text_begins_with() -> None:
    low = passage(
        "Broken skin lets in germs. Ask for help if you feel low.", "complications", "Complications"
    )
    document = source(CARD, low, names=("Eczema",))
    asked = "What are the symptoms of eczema, and when should I get help?"
    for answer, due in (
        ("Complications\nAsk for help if you feel low.", True),
        ("Complications\nBroken skin lets in germs.", False),
        ("Ask for help if you feel low.", False),
    ):
        assert ("heading" in reason("whole", example(asked, answer, "symptom_analysis"), document)) is due
