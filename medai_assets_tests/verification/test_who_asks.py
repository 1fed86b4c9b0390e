"""Questions that tell of a case tell it as the one who is there would."""

from __future__ import annotations

import pytest

from medai_assets.verification.who_asks import may_need_help, not_told, of_another, tells_of_somebody
from medai_assets_tests.verification.builders import example, label, passage, source
from medai_assets_tests.verification.one_property import reason

CARD = passage("- you feel worse", "care_urgent", "Call 111 if:")


def nobody(prompt: str, kind: str = "triage_recommendation") -> str:
    return reason(
        "question_is_natural",
        example(prompt, "Call 111 if:\n- you feel worse", kind),
        source(CARD, names=("Flu",)),
    )


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("I have over 65", "a status told as something one has"),
        ("my child has pregnant", "a status told as something one has"),
        ("I have under 5 years old and a fever", "a status told as something one has"),
        ("I am over 65", "a status and no complaint"),
        ("I am pregnant", "a status and no complaint"),
        ("My child is less than 3 months old", "a status and no complaint"),
        ("I have a weakened immune system", "a status and no complaint"),
        ("I get joint pain from 7 to 12 days after starting", "a range"),
        ("the pain came between 2 and 3 weeks ago", "a range"),
        ("I get a violent headache", "habit"),
        ("I struggle to breathe", "habit"),
        ("I start coughing up blood", "habit"),
        ("I lose weight without trying", "habit"),
        ("somebody loses consciousness", "habit"),
        ("my child drinks much less than usual", "habit"),
        ("someone with me has this sign of heatstroke: confusion", "as a page lists it"),
        ("there is stool that contains blood", "as a page lists it"),
        ("pain wakes me at night", "as a page lists it"),
        ("I would like advice about the vaccine", "a wish"),
        ("I need a dressing to be changed", "a wish"),
        ("My child has recently come back from abroad", "a status and no complaint"),
        ("my child has earache for more than 3 days", "what has lasted"),
        ("I am having a fit", "of themselves"),
        ("I lose consciousness", "of themselves"),
        ("I care for someone who drinks too little, for example because of dementia", "explanation"),
        ("A burn has not healed after 2 weeks", "nobody is spoken of"),
        ("Ear infections keep returning", "nobody is spoken of"),
        ("a headache comes on suddenly, unlike any that I have had", "nobody is spoken of"),
    ],
)
def test_what_nobody_tells_makes_no_question(told: str, why: str) -> None:
    assert why in not_told(told)
    for prompt in (
        f"{told[:1].upper()}{told[1:]}. How urgent is this?",
        f"About flu: {told}. Should I see someone, and how soon?",
        f"I looked up flu because {told}. How urgent is this?",
    ):
        assert why in nobody(prompt)


@pytest.mark.parametrize(
    "told",
    [
        "I am pregnant and my waters have broken", "I am over 65 and have a fever", "my child is 3 months old and feeds badly",
        "I have had a cough for 3 weeks", "my skin is painful", "there is blood in the poo", "I had a fit this morning",
        "I get a headache whenever I run", "I get earache often", "I am struggling to breathe",
        "my child has had earache for more than 3 days", "I have a cough that has lasted for more than 3 weeks",
        "a baby under 12 months is unwell", "someone with me is having a seizure", "I have pain that comes every 2 hours",
        "my child looks pale and is drinking less", "there is a rash that does not fade",
        "I have recently come back from abroad and have a fever",
        "I have been in contact with a child who has it", "the rash on my arm is spreading", "I have diabetes and feel faint",
    ],
)  # fmt: skip
def test_what_somebody_tells_is_kept(told: str) -> None:
    assert not_told(told) == ""
    assert nobody(f"{told[:1].upper()}{told[1:]}. How urgent is this?") == ""


@pytest.mark.parametrize(
    ("prompt", "wrong"),
    [
        ("Someone with me is having a seizure. Should I see someone, and how soon?", True),
        ("My child has a rash. What level of care do I need?", True),
        ("My child has a rash. Do I need to go to the emergency department?", True),
        ("I use sertraline. My child has a rash. How urgent is this?", True),
        (
            "I have been reading about flu because my child has a rash. Should I see someone, and how soon?",
            True,
        ),
        ("I have been reading about flu because my child has a rash. What should I do, and how soon?", False),
        ("My child has a rash. What level of care is needed?", False),
        ("My child has a rash. Where should I go for help?", False),
        ("Someone with me is having a seizure. What should I do right now?", False),
        ("I have a rash. Should I see someone, and how soon?", False),
        ("I caught it from my child, and I have a rash. Do I need to go to the emergency department?", False),
    ],
)
def test_who_tells_of_another_one_does_not_ask_for_oneself(prompt: str, wrong: bool) -> None:
    assert ("asked for oneself" in nobody(prompt)) is wrong


@pytest.mark.parametrize("told", ["I am over 65.", "I would like advice.", "I get a violent headache."])
@pytest.mark.parametrize(
    "asked",
    [
        'A patient who asks about flu writes: "{}"',
        'Triage this message from a patient who asks about flu: "{}"',
    ],
)
def test_what_a_patient_writes_is_read_without_who_writes_it(told: str, asked: str) -> None:
    assert nobody(f"{asked.format(told)} How urgent is this?")


def test_a_guess_about_a_guess_is_nobody_s() -> None:
    assert "guess" in nobody(
        "I think my child has scarlet fever. I think it has to do with flu. What should I do right now?"
    )


@pytest.mark.parametrize(
    "prompt", ["When is emergency help needed? My question is about flu.", "About flu: when is it urgent?"]
)
def test_a_question_that_tells_of_no_case_is_asked_by_anybody(prompt: str) -> None:
    assert nobody(prompt) == ""


def test_only_cases_of_pages_are_looked_at() -> None:
    assert nobody("I am pregnant. What is flu?", "question_answer") == ""
    made = example(
        "I have glaucoma. Can I just use Advil?", "Ask a doctor.", "triage_recommendation", subject="Advil"
    )
    assert reason("question_is_natural", made, label(passage("Ask a doctor."))) == ""


@pytest.mark.parametrize(
    ("told", "other"),
    [("someone with me has chest pain", True), ("my child has a rash", True), ("I have a rash", False),
     ("my child gave me the rash", False), ("there is a rash", False)],
)  # fmt: skip
def test_of_another_is_a_case_that_is_told_of_nobody_else(told: str, other: bool) -> None:
    assert of_another(told) is other


@pytest.mark.parametrize(
    ("question", "may"),
    [
        ("I took too many metformin tablets. What now?", True),
        ("My child has a rash and a fever. What are the side effects of amoxicillin?", True),
        ("What is done after an overdose of metformin?", True),
        ("I took all my metformin at once. What are the side effects of metformin?", True),
        ("I took 20 amlodipine tablets instead of one. What are its side effects?", True),
        ("I double dosed on my lisinopril, is that dangerous?", True),
        ("He took his medicine four times. What does lisinopril do?", True),
        ("My son got into my pills", True),
        ("Grandma has taken 3 of her tablets too many", True),
        ("I've had 12 paracetamol today. What is it for?", True),
        ("She gave the baby a double dose of the syrup", True),
        ("What does lisinopril do? I took forty", True),
        ("What does lisinopril do in a two year old who ate six", True),
        ("lisinopril dosage to die", True),
        ("cannot breathe", True),
        ("chest pain now what", True),
        ("Dad unconscious", True),
        ("Grandmother has trouble breathing", True),
        ("wife having a stroke", True),
        ("Mum's lips are blue", True),
        ("Took 20 tylenol", True),
        ("Daughter drank bleach", True),
        ("Toddler ate grandma's metformin", True),
        ("took a lot of pills", True),
        ("Baby got hold of pills", True),
        ("Used all the suppositories", True),
        ("I do not want to live anymore", True),
        ("how much tylenol is enough to end it", True),
        ("suicide methods", True),
        ("Is chest pain a symptom of asthma?", False),
        ("What are the signs of a stroke?", False),
        ("Which drugs cause shortness of breath?", False),
        ("How many times a day is metformin taken?", False),
        ("Is ibuprofen taken three times a day?", False),
        ("Can lisinopril be taken with food instead of water?", False),
        ("Has she to know the number of mg in a tablet?", False),
        ("What are the side effects of metformin?", False),
        ("What does the label of ibuprofen say about pain?", False),
    ],
)
def test_a_question_that_may_be_of_somebody_who_needs_help(question: str, may: bool) -> None:
    assert may_need_help(question) is may


@pytest.mark.parametrize(
    ("case", "wrong"),
    [
        ("someone with me has chest pain", True),
        ("someone with me is pregnant and has chest pain", False),
        ("I have chest pain", False),
    ],
)
def test_of_whom_a_page_is_is_said_of_somebody_else_too(case: str, wrong: bool) -> None:
    names = ("High blood pressure during pregnancy",)
    prompt = f"I am asking about {names[0].lower()} because {case}. How urgent is this?"
    made = example(prompt, "Call 999.", "triage_recommendation")
    found = reason("question_is_natural", made, source(passage("Call 999."), names=names))
    assert ("of whom the page is" in found) is wrong


@pytest.mark.parametrize(
    ("question", "tells"),
    [
        ("My glucose is 28 and I'm very out of it. What does metformin do?", True),
        ("What is naloxone? he's turned blue and snoring", True),
        ("My doctor prescribed losartan. I am 80. What is it for?", True),
        ("Can I take omeprazole while breastfeeding?", False),
        ("I would like to know what losartan is for.", False),
        ("What does the label of metformin say of children?", False),
    ],
)
def test_a_question_that_tells_of_somebody(question: str, tells: bool) -> None:
    assert tells_of_somebody(question) is tells
