"""What the other answers about an illness add: an answer that leaves it out is not taught."""

from __future__ import annotations

import time

import pytest

from medai_assets.verification import Evidence
from medai_assets.verification.said_of_illness import said_of_illness
from medai_assets_tests.verification.builders import example, passage, refused_by, source

OVERVIEW = "Wheeze is a disorder of the airways that makes breathing loud and hard."


def refused(section: str, question: str, answer: str, beside: tuple[str, str]) -> bool:
    document = source(passage(answer, section), passage(beside[1], beside[0]), publisher="medquad")
    return "nothing_kept_back" in refused_by(example(question, answer, subject="Wheeze"), document, 0)


@pytest.mark.parametrize(
    ("section", "question", "answer", "beside", "missing"),
    [
        ("outlook", "What is the outlook for wheeze?", "It depends on how severe the wheeze is and how old they are.",
         ("overview", "In most cases babies with wheeze die before birth."), True),
        ("outlook", "What is the outlook for wheeze?", "Wheeze is fatal in half of those who have it.",
         ("overview", "Most babies with wheeze die."), False),
        ("overview", "What is wheeze?", OVERVIEW, ("symptoms", "If untreated, wheeze leads to cardiac arrest."), True),
        ("overview", "What is wheeze?", OVERVIEW, ("symptoms", "Seek emergency treatment for wheeze."), True),
        ("overview", "What is wheeze?", OVERVIEW, ("symptoms", "The chest feels tight and a cough comes at night."), False),
        ("overview", "What is wheeze?", OVERVIEW, ("causes", "Brain tissue death of nerve cells is seen."), False),
        ("treatment", "How is wheeze treated?", "Wheeze is treated with clonazepam, which calms the airways.",
         ("outlook", "Some people have adverse reactions to clonazepam."), True),
        ("treatment", "How is wheeze treated?", "Wheeze is treated with clonazepam, in spite of its side effects.",
         ("outlook", "Some people have adverse reactions to clonazepam."), False),
        ("treatment", "How is wheeze treated?", "Treatment of wheeze is symptomatic, by exercises of the chest.",
         ("outlook", "Recovery depends upon how quickly treatment is received."), True),
        ("causes", "What causes wheeze?", "Wheeze is caused by mutations in the WHZ1 gene.",
         ("overview", "In a few cases the cause of wheeze is unknown."), True),
        ("causes", "What causes wheeze?", "Wheeze is usually caused by mutations in the WHZ1 gene.",
         ("overview", "In a few cases the cause of wheeze is unknown."), False),
        ("causes", "What causes wheeze?", "The exact cause of wheeze is not yet known.",
         ("inheritance", "Wheeze is inherited in an autosomal dominant pattern."), True),
        ("overview", "What is wheeze?", "Wheeze is a loud breath that is caused by a change in the WHZ1 gene.",
         ("causes", "Wheeze usually results from a random error in the gene."), True),
        ("overview", "What is wheeze?", "Wheeze is a loud breath. It is caused by a change in the WHZ1 gene. It is rare.",
         ("causes", "Wheeze usually results from a random error in the gene."), True),
        ("inheritance", "Is wheeze inherited?", "Wheeze is inherited in an autosomal dominant pattern.",
         ("causes", "Certain drugs cause a nongenetic form of wheeze."), True),
        ("inheritance", "Is wheeze inherited?", "Most wheeze is not inherited; some is, in an autosomal dominant pattern.",
         ("causes", "Certain drugs cause a nongenetic form of wheeze."), False),
        ("symptoms", "What are the symptoms of wheeze?", "The symptoms of wheeze are a loud breath and a tight chest.",
         ("complications", "See a doctor right away if the lips of a child turn blue."), True),
        ("symptoms", "What are the symptoms of wheeze?", "The symptoms of wheeze are a loud breath and a tight chest.",
         ("risk_factors", "Talk with your doctor if you think you may be at risk."), False),
    ],
)  # fmt: skip
def test_what_another_answer_adds_is_missing(
    section: str, question: str, answer: str, beside: tuple[str, str], missing: bool
) -> None:
    assert refused(section, question, answer, beside) is missing


SAYS_LITTLE = {
    "overview": OVERVIEW,
    "outlook": "The outlook depends on its cause and on how early it is found.",
    "treatment": "Wheeze is treated with inhaled steroids.",
    "causes": "Wheeze is caused by mutations in the WHZ1 gene.",
    "inheritance": "Wheeze is inherited in an autosomal recessive pattern.",
    "symptoms": "The symptoms are a loud breath and a tight chest.",
    "complications": "Wheeze may lead to a deformed chest.",
}


def adds(section: str, said: str, answer: str = "") -> str:
    answer = answer or SAYS_LITTLE[section]
    document = source(passage(answer, section), passage(said, "other"), publisher="medquad")
    made = example("What of wheeze?", answer, subject="Wheeze")
    return said_of_illness(made, Evidence(document, document.passages[:1]), list(document.passages[1:]))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("overview", "About one in ten children with wheeze dies in the first year."),
        ("overview", "Wheeze can be life-threatening."),
        ("overview", "Left untreated, wheeze may be lethal."),
        ("overview", "Without insulin it progresses to coma."),
        ("overview", "Some patients need dialysis or hospitalisation."),
        ("overview", "If you cannot speak, call 911."),
        ("overview", "A severe attack is an emergency: call 999 or go to A&E."),
        ("complications", "The mortality is 40% in newborns."),
        ("outlook", "Life expectancy is shortened by ten years."),
        ("outlook", "Most infants do not survive the first year."),
        ("treatment", "Side effects of steroids include thrush of the mouth."),
        ("treatment", "Malignant hyperthermia may follow anaesthesia."),
        ("treatment", "Complications of surgery are seen in one of ten."),
        ("treatment", "Prompt treatment prevents lasting harm."),
        ("causes", "In some families no mutation is caused by inheritance alone."),
        ("causes", "The cause of most wheeze is unknown."),
        ("inheritance", "Some wheeze is sporadic, without any relatives who have it."),
        ("inheritance", "An acquired form of wheeze is seen in smokers."),
        ("symptoms", "Seek medical attention if the lips turn blue."),
        ("symptoms", "Talk to your doctor if the cough lasts."),
    ],
)
def test_danger_harm_and_doubt_elsewhere_are_found(section: str, said: str) -> None:
    assert said[:60] in adds(section, said)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("overview", "It causes the death of nerve cells in the brain."),
        ("overview", "Cell death is seen under the microscope."),
        ("overview", "It is mild and goes away."),
        ("overview", "A diet is what doctors advise."),
        ("treatment", "An inhaler costs little."),
        ("treatment", "The chest is deformed in some."),
        ("causes", "Smoke makes it worse."),
        ("inheritance", "Parents carry one copy of the gene."),
        ("symptoms", "Doctors listen to the chest."),
        ("symptoms", "The visit took an hour."),
    ],
)
def test_what_is_no_danger_harm_or_doubt_is_not(section: str, said: str) -> None:
    assert adds(section, said) == ""


@pytest.mark.parametrize(
    ("section", "answer", "said"),
    [
        ("overview", "Wheeze is a noise that can be fatal in infants.", "Most infants with wheeze die."),
        ("outlook", "Half of those with wheeze survive for five years.", "Most infants with wheeze die."),
        ("treatment", "Steroids help, at the risk of thrush.", "Side effects of steroids include thrush."),
        ("treatment", "Go to hospital as soon as possible.", "Prompt treatment prevents lasting harm."),
        ("causes", "Many cases are caused by mutations in WHZ1.", "The cause of most wheeze is unknown."),
        ("inheritance", "It is inherited or acquired.", "An acquired form of wheeze is seen in smokers."),
        ("symptoms", "The lips turn blue. Call 911 or see a doctor right away if they do.", "Seek medical care if it lasts."),
    ],
)  # fmt: skip
def test_what_the_answer_tells_itself_is_not_missing(section: str, answer: str, said: str) -> None:
    assert adds(section, said, answer) == ""


def test_research_promises_and_takes_nothing_from_an_answer() -> None:
    assert not refused("overview", "What is wheeze?", OVERVIEW, ("research", "A trial looks at deaths."))


@pytest.mark.parametrize(
    "words", ["see doctor if ", "cause ", "unknown ", "usually caused ", "call 911 when "]
)
def test_a_long_sentence_is_read_in_time_that_grows_with_its_length(words: str) -> None:
    """Eight thousand letters of such words took the first form of these patterns half a minute."""
    long = words * (30_000 // len(words))
    document = source(passage(OVERVIEW, "overview"), passage(long, "symptoms"), publisher="medquad")
    asked = example("What is wheeze?", OVERVIEW, subject="Wheeze")
    began = time.process_time()
    for section in ("overview", "symptoms", "treatment", "causes", "inheritance", "outlook"):
        answer = passage(OVERVIEW, section)
        said_of_illness(asked, Evidence(document, (answer,)), list(document.passages[1:]))
    assert time.process_time() - began < 2
