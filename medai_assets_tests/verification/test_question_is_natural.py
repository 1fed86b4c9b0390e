"""Questions that people ask, and what no person would write."""

from __future__ import annotations

import pytest

from medai_assets.verification.question_is_natural import question_is_natural
from medai_assets_tests.verification.builders import example, label, passage, source
from medai_assets_tests.verification.one_property import reason


def unnatural(prompt: str) -> str:
    found = question_is_natural(example(prompt, "It is."))
    return found.reason if found else ""


@pytest.mark.parametrize(
    "prompt",
    [
        "What are the symptoms of wheeze?", "Tell me about wheeze.", "About wheeze: what are the main signs?",
        "I have a stroke in my family. How urgent is this?", "An hour ago I had a wheeze. Is it a one-off?",
        'A patient writes: "I have a wheeze." Which level of care fits?',
        "My feet are cold. Do I need to see someone, and how soon?",
        "What is a UTI?", "What is an MRI scan?", "Do I need an X-ray?", "Should I take an HIV test?", "What is an SSRI?",
        "Is it a one-off?", "Is there a European guideline on it?", "What is an ulcer?", "Is a unit of alcohol too much?",
        "Is it an unusual rash?", "Is it safe for an 8-year-old?", "Is it safe for an 11-year-old?", "What is an herbal tea?",
        "Who should not take St John's wort?", "Is it safe to take ibuprofen while breastfeeding?",
        "What does \"off-label\" mean?", "How many mg of paracetamol can I take in 24 hours?", "Can I drink alcohol with it?",
        "My stomach hurts. What could it be?", "My hands are numb. How urgent is this?", "My child has a fever. Is it serious?",
        "My gums are bleeding. What should I do?", "I have had a stroke. Can I drive?", "I have blood in my urine. Is it urgent?",
        "I had had a cough for weeks. What was it?", "What is beriberi?", "What is Wolff-Parkinson-White syndrome?",
        "What is 22q11.2 deletion syndrome?", "What is the treatment for treatment-resistant depression?",
        "What is autosomal dominant polycystic kidney disease?", "What is X-linked agammaglobulinemia?",
        "Is hemophilia X-linked?", "Is it dominant or recessive?", "I have a cough – what could it be?",
        "None of my tablets help. What should I do?", "How common is it in the U.S.?", "Is it safe after 6 p.m.?",
        "Please explain how insulin works.", "Tell me about HIV/AIDS.", "Is vitamin B12 the same as cobalamin?",
        "What are the symptoms of Ménière’s disease?", "What should I do if I miss a dose of my pill?",
        "If it were wheeze, what would the symptoms be, and when should I see someone?",
        "What might be behind wheeze, and when should I get help?", "My symptoms are there, and who should I turn to?",
    ],
)  # fmt: skip
def test_what_a_person_would_ask_is_natural(prompt: str) -> None:
    assert unnatural(prompt) == ""


@pytest.mark.parametrize(
    "prompt",
    [
        "", "?", "Wheeze", "Wheeze?!", "What is wheeze?.", "what is wheeze?", " What is wheeze?", "What is  wheeze?",
        "What is wheeze ?", "What is wheeze,?", "What is [wheeze?", "What is \"wheeze?", "What is wheeze (loud?",
        "What is wheeze? How? Why? When? Where?", "Wheeze is a sound.", "What is {disease}?", "What is ____?", "What is nan?",
        "wheeze?", "What are the symptoms of wheeze", "What are the the symptoms of wheeze?", "Is a the wheeze bad?",
        "What is a eye infection?", "The jab in pregnancy: when should I have it?", "My friend may have stroke. What should I do?",
        "What did a study conclude that set out to explore wheeze?", "My partner are pregnant. How urgent is this?",
        "I have noticed tingling, itching and around the rib cage. What could it be?", "What did this study find on wheeze?",
        "Is (wheeze bad?", "What is N/A?", "What is []?", "What is (are) wheeze?", "What is the a rash?",
        "Is my the rash bad?", "What what is it?",
        "What is a ulcer?", "Is a hour enough?", "What is an rash?", "Is an unit enough?", "Is it safe for a 8-year-old?",
        "Is it safe for a 11-year-old?", "I has a cough. What is it?", "You was ill. What is it?", "He have a cough. What is it?",
        "My period are late. What is it?", "There is pains in my arm. What is it?", "Does wheeze works?",
        "I have stroke. What should I do?", "I have asthma attack and cannot breathe. What should I do?",
        "What did this study find?", "What do these diseases have in common?", "Is it safe in this group?", "Should we screen?",
        "What is new in asthma care?", "Is it time to stop?", "Statins: friend or foe?", "What is shown below?",
        "Asthma: what are the symptoms?", "What causes deafness, congenital?", "What is hypertension, pulmonary?",
        "What is anemia, sickle cell?", "What is diabetes mellitus, type 2?", "What is gout; Podagra?", "What is gout - Tophi?",
        "I have noticed a rash, itching and on the arms. What is it?",
        "If he have a cough, what is it?", "It were wheeze. What is it?", "I have noticed a rash, and when it is cold. What is it?",
    ],
)  # fmt: skip
def test_what_no_person_would_write_is_refused(prompt: str) -> None:
    assert unnatural(prompt)


@pytest.mark.parametrize(
    ("name", "natural"),
    [
        ("congenital cataracts, facial dysmorphism, and neuropathy", False),
        ("cleft lip, cleft palate and deafness", False),
        ("cleft lip and palate", True),
        ("HIV and AIDS", True),
    ],
)
def test_one_illness_whose_name_reads_as_several_is_not_asked_about(name: str, natural: bool) -> None:
    document = source(passage("It is rare."), names=(name,))
    assert (reason("question_is_natural", example(f"What is {name}?", "It is."), document) == "") is natural
    assert not reason("question_is_natural", example("What is it?", "It is."), document)


@pytest.mark.parametrize(
    ("prompt", "names", "natural"),
    [
        ("How is ibuprofen taken?", ("IBUPROFEN", "Advil"), True),
        ("How is ibuprofen ibuprofen taken?", ("IBUPROFEN",), False),
        ("How are Advil tablets (ibuprofen tablets) taken?", ("Advil tablets", "ibuprofen tablets"), False),
        ("How is acetaminophen dextromethorphan doxylamine phenylephrine guaifenesin chlorpheniramine pyrilamine caffeine "
         "aspirin taken?", ("ACETAMINOPHEN DEXTROMETHORPHAN DOXYLAMINE PHENYLEPHRINE GUAIFENESIN CHLORPHENIRAMINE "
                            "PYRILAMINE CAFFEINE ASPIRIN",), False),
    ],
)  # fmt: skip
def test_a_medicine_is_named_as_a_person_would(prompt: str, names: tuple[str, ...], natural: bool) -> None:
    document = label(passage("Take it."), names=names)
    made = example(prompt, "Take it.", "drug_information")
    assert (reason("question_is_natural", made, document) == "") is natural


@pytest.mark.parametrize(
    ("prompt", "natural"),
    [
        ("I have wart. Is it serious?", False),
        ("I have a wart. Is it serious?", True),
        ("What is wart?", True),
    ],
)
def test_a_name_that_the_document_gives_an_article_has_one_after_have(prompt: str, natural: bool) -> None:
    page = source(passage("A wart is small. A wart goes. You can treat a wart."), names=("wart",))
    assert (reason("question_is_natural", example(prompt, "It is.", subject="wart"), page) == "") is natural
    without = source(passage("Asthma is common. Asthma goes. A cough with asthma."), names=("asthma",))
    made = example("I have asthma. Is it serious?", "It is.", subject="asthma")
    assert not reason("question_is_natural", made, without)


@pytest.mark.parametrize(
    ("prompt", "natural"),
    [
        ("My child has a temperature. I think it has to do with high temperature (fever). What now?", False),
        (
            "The infection comes back. It has to do with urinary tract infections (UTIs). Where should I go?",
            False,
        ),
        (
            "My child has a stiff neck. I think it has to do with high temperature in children. What now?",
            True,
        ),
        ("I am hoarse. It has to do with a sore throat. Where should I go for help?", True),
        ("My pain is worse. It has to do with back pain. Where should I go for help?", True),
        ("My mouth is sore. It has to do with a sore throat. Where should I go for help?", True),
        ("My back pain is worse. It has to do with back pain. Where should I go for help?", False),
        ("I have a rash. It has to do with a rash. Where should I go for help?", False),
        ("I have a rash. It has to do with a heat rash. Where should I go for help?", True),
    ],
)
def test_a_guess_says_more_than_was_told(prompt: str, natural: bool) -> None:
    assert ("the guess says" in unnatural(prompt)) is not natural


@pytest.mark.parametrize(
    ("prompt", "name", "natural"),
    [
        ("Is paracetamol for adults safe in pregnancy?", "Paracetamol for adults", False),
        ("Is paracetamol safe in pregnancy?", "Paracetamol for adults", True),
        ("What causes depression in adults?", "Depression in adults", True),
    ],
)
def test_a_title_is_no_medicine_s_name(prompt: str, name: str, natural: bool) -> None:
    made = example(prompt, "It is.", "drug_information", subject=name)
    found = reason("question_is_natural", made, source(passage("It is."), names=(name,)))
    assert ("title as a name" in found) is not natural
