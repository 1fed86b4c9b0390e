"""What passes for a question in other words, and what a teacher may not slip into it."""

from __future__ import annotations

import pytest

from medai_assets.verification import Evidence
from medai_assets.verification.asks_the_same import asks_the_same
from medai_assets_tests.verification.builders import example, label, passage, source

LABEL = label(passage("Ibuprofen is used to relieve mild pain in adults.", "indications"))
PAGE = source(passage("Wheeze is a whistling sound.", "overview"))


def refused(asked: str, told: str, document: object = LABEL) -> str:
    plain = example(asked, "It is.", "drug_information" if document is LABEL else "question_answer")
    found = asks_the_same(plain, told, Evidence(document, document.passages))  # type: ignore[attr-defined, arg-type]
    return found.reason if found else ""


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("What is Advil used for?", "I was wondering, what are the uses of Advil?"),
        ("What is Advil used for?", "Can you tell me the purpose of Advil?"),
        (
            "What are the side effects of Advil in children?",
            "Which side effects does Advil have in children?",
        ),
        ("Who should not use Advil?", "Which people should not use Advil?"),
        ("Can I take Advil 200 mg with food?", "Can Advil 200 mg be taken with food?"),
    ],
)
def test_other_words_for_the_same_pass(asked: str, told: str) -> None:
    assert refused(asked, told) == ""


@pytest.mark.parametrize(
    ("asked", "told", "why"),
    [
        ("What is Advil used for?", "What is Aleve used for?", "names 'Advil' 0 times"),
        ("What is Advil used for?", "What are Advil and Tylenol used for?", "tylenol"),
        ("What is Advil used for?", "What is Advil 800 mg used for?", "figure '800'"),
        ("Can I take Advil 200 mg with food?", "Can I take Advil 400 mg with food?", "figure"),
        ("Can I take Advil 200 mg with food?", "Can I take Advil 200 mg without food?", "denied"),
        ("Who should not use Advil?", "Who should use Advil?", "denied"),
        ("What is Advil used for?", "What is Advil used for in children?", "children"),
        (
            "What are the side effects of Advil in children?",
            "What are the side effects of Advil?",
            "children",
        ),
        ("What is Advil used for?", "What is the dose of Advil?", "dose"),
        ("What is Advil used for?", "How should Advil be stored?", "stor"),
        ("What is Advil used for?", "I have a headache, what is Advil used for?", "tells of somebody"),
        ("What is Advil used for?", "Advil is used to relieve mild pain in adults.", "not one question"),
        ("What is Advil used for?", "It relieves pain. What is Advil used for?", "says something before"),
        ("What is Advil used for?", "What is Advil used for? And when?", "not one question"),
        ("What is Advil used for?", "what is advil used for?", "same question"),
        ("What is Advil used for?", "", "not one question"),
        ("What is Advil used for?", "<html><body>What is Advil used for?", "body"),
        ("What is Advil used for?", " ".join(["Please"] * 41) + " what is Advil used for?", "over 40"),
        ("Why is Advil dangerous in kidney disease?", "Why is Advil dangerous?", "kidney"),
        (
            "What is the most common side effect of Advil?",
            "What is the rarest side effect of Advil?",
            "rarest",
        ),
    ],
)
def test_what_asks_for_something_else_is_refused(asked: str, told: str, why: str) -> None:
    assert why in refused(asked, told)


@pytest.mark.parametrize(
    ("asked", "told", "passes"),
    [
        ("What are the symptoms of wheeze?", "What signs of wheeze might someone notice?", True),
        ("How is wheeze treated?", "What treatments are there for wheeze?", True),
        ("What causes wheeze?", "Why do people get wheeze?", True),
        ("What causes wheeze?", "What are the symptoms of wheeze?", False),
        ("What causes wheeze?", "What does wheeze cause?", False),
        ("How is wheeze treated?", "What does wheeze treat?", False),
        ("What causes wheeze?", "What causes severe wheeze?", False),
        ("What causes wheeze?", "What causes asthma?", False),
    ],
)
def test_pages_are_asked_about_by_aspect(asked: str, told: str, passes: bool) -> None:
    assert (refused(asked, told, PAGE) == "") is passes


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("What is Advil used for?", "For what is Advil used?"),
        ("What are the side effects of Advil?", "Which side effects does Advil have?"),
        ("How should Advil be stored?", "How is Advil stored?"),
        ("What is the dose of Advil for adults?", "Which dosage of Advil is given to adults?"),
        pytest.param(
            "Is Advil safe in pregnancy?",
            "Is Advil safe for pregnant women?",
            marks=pytest.mark.xfail(strict=True, reason="over-strict: women are taken for another group"),
        ),
        ("How does Advil work?", "What is the mechanism of action of Advil?"),
        ("Which medicines interact with Advil?", "Which drugs does Advil interact with?"),
        ("What is Advil used for?", "Could you please explain what Advil is used for?"),
        ("What is Advil used for?", "What’s the use of Advil?"),
    ],
)
def test_more_words_for_the_same_pass(asked: str, told: str) -> None:
    assert refused(asked, told) == ""


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Can I take Advil 200 mg with food?", "Can I take Advil 200 mcg with food?"),
        ("Can I take Advil 0.5 g with food?", "Can I take Advil 5 g with food?"),
        ("Can I take Advil for 5 to 7 days?", "Can I take Advil for 57 days?"),
        ("Can I take Advil for 5 to 7 days?", "Can I take Advil for 5 to 7 weeks?"),
        ("Can I take Advil with food?", "Can't I take Advil with food?"),
        ("Can I take Advil with food?", "Can I take Advil with food and alcohol?"),
        ("Can I take Advil before surgery?", "Can I take Advil after surgery?"),
        ("Can I take Advil daily?", "Can I take Advil?"),
        ("Is Advil safe in pregnancy?", "Is Advil safe while breastfeeding?"),
        ("Is Advil safe in pregnancy?", "Is Advil dangerous in pregnancy?"),
        ("Is Advil safe for older people?", "Is Advil safe for people?"),
        ("Does Advil raise blood pressure?", "Does Advil lower blood pressure?"),
        ("Can I take Advil with aspirin?", "Can I take aspirin instead of Advil?"),
        ("Does Advil cause headaches?", "Does Advil treat headaches?"),
        ("How should Advil be taken?", "Why should Advil be taken?"),
        ("When should I stop using Advil?", "When should I start using Advil?"),
        ("What should I avoid with Advil?", "What should I have with Advil?"),
        ("What is Advil used for?", "What is Advil used for in my son?"),
        ("What is Advil used for?", "What is Advil used for?\n"),
        ("What is Advil used for?", "Ignore that. What is Advil used for?"),
        ("What is Advil used for?", "Is Advil used for gout?"),
        ("What is Advil used for?", "WHAT IS ADVIL USED FOR?"),
    ],
)
def test_one_word_that_turns_the_question_is_seen(asked: str, told: str) -> None:
    assert refused(asked, told)


@pytest.mark.parametrize(
    "asked",
    [
        "What is Advil used for?",
        "Who should not use Advil?",
        "Is Advil 200 mg taken with food?",
        "How does Advil work?",
    ],
)
def test_a_question_that_goes_into_another_comes_back_from_it(asked: str) -> None:
    others = ["What is the use of Advil?", "Which people should not use Advil?", "Can Advil 200 mg be taken with food?",
              "What is the mechanism of Advil?", "Is Advil safe?"]  # fmt: skip
    for told in others:
        assert (refused(asked, told) == "") is (refused(told, asked) == ""), told
