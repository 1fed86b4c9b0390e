"""Marks of damage that a source carries, questions that fit no name, and answers that say nothing: each refused by its property."""

from __future__ import annotations

import pytest

from medai_assets_tests.verification.builders import example, label, passage, refused_by, source

WHAT = "What is wheeze?"


def refused(answer: str, question: str = WHAT, section: str = "overview", **other: object) -> list[str]:
    made = passage(answer, section, question_type="information")
    document = source(made, publisher="medquad", **other)  # type: ignore[arg-type]
    return refused_by(example(question, answer, subject=document.names[0]), document, 0)


@pytest.mark.parametrize(
    "damaged",
    [
        "Wheeze is a loud breath.[1] It is heard at night.",
        "Wheeze is a lack of dopamine -hydroxylase in the airways.",
        "Wheeze is a rise of -hCG in the airways of the chest.",
        'Wheeze is called "low- risk" in some children.',
        "Wheeze is a noise of the airway*the tube to the lungs.",
        "Wheeze is a loud breath, and the patients age matters.",
        "Wheeze is a loud breath, as in Bergers disease.",
        "Wheeze is a disorder for for the airways of the chest.",
        "Wheeze is seen at 60- 65 years of age, mostly at night.",
        "Wheeze is a loud breath of people with these symptoms.",
        "Wheeze is a noise.\n\n- It is loud\n- It is heard at night Centers for Disease Control and Prevention",
        "Wheeze is a loud breath.\nRecovery\n\nThe airways heal in a few weeks.",
    ],
)
def test_damage_of_a_source_is_not_whole(damaged: str) -> None:
    assert "whole" in refused(damaged)


@pytest.mark.parametrize(
    "sound",
    [
        "Wheeze is a loud breath in short- and long-term illness.",
        "Wheeze is a mid- to late-life disorder of the airways.",
        "Wheeze is a loud breath, and the patient's age matters.",
        "Wheeze is a disorder of the airways - the tubes to the lungs.",
        "Wheeze is also known as AS, and its odds or OR are low.",
        "Wheeze is a reason to call a doctor if there are any of these symptoms:\n\n- a fever of two days\n- a rash of the chest",
    ],
)
def test_what_looks_like_damage_and_is_none_is_whole(sound: str) -> None:
    assert "whole" not in refused(sound)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Which genes do wheeze, cough, and gout involve?", "Wheeze, cough, and gout"),
        ("How can these diseases be treated for wheeze?", "Wheeze"),
        ("Please explain what dystonias is.", "Dystonias"),
        ("What is wheezing for Wheeze?", "Wheeze"),
    ],
)
def test_a_question_that_does_not_fit_its_name_is_not_natural(question: str, name: str) -> None:
    assert "question_is_natural" in refused("Wheeze, cough, and gout are dystonias.", question, names=(name,))


def test_a_label_may_name_several_substances_and_a_question_end_with_a_name() -> None:
    of_label = label(
        passage("It causes pain.", "adverse_reactions"), names=("Acetaminophen, aspirin, and caffeine",)
    )
    asked = example("What are the side effects of acetaminophen, aspirin, and caffeine?", "It causes pain.")
    assert "question_is_natural" not in refused_by(asked, of_label, 0)
    assert "question_is_natural" not in refused(
        "Wheeze is treated.", "What is recommended for Rosacea?", names=("Rosacea",)
    )


def test_a_page_that_never_speaks_of_its_name_is_filed_wrongly() -> None:
    answer = "Lyme disease is treated with antibiotics under the supervision of a physician."
    asked = "How can Machado-Joseph Disease be treated?"
    assert "subject_certain" in refused(answer, asked, "treatment", names=("Machado-Joseph Disease", "SCA3"))
    assert "subject_certain" not in refused(
        "The Machado gene is found.", asked, "treatment", names=("Machado-Joseph Disease",)
    )
    worm = "Angiostrongylus is a worm that infects rats and people."
    assert "subject_certain" not in refused(
        worm, "What is angiostrongyliasis?", names=("Angiostrongyliasis",)
    )


def test_one_type_is_not_answered_for_all() -> None:
    asked, names = "What is wheeze ataxia 3?", ("Wheeze ataxia 3",)
    assert "subject_certain" in refused(
        "Wheeze ataxia 3 is rare. Wheeze ataxia is inherited.", asked, names=names
    )
    assert "subject_certain" not in refused(
        "Wheeze ataxia 3 is rare. Wheeze ataxia 3 is inherited.", asked, names=names
    )


@pytest.mark.parametrize(
    ("question", "section", "empty"),
    [
        ("What is the outlook for wheeze?", "outlook", "The prognosis of wheeze depends on how severe it is and on its cause."),
        ("Who is at risk for wheeze?", "risk_factors", "Anything that raises the chance of wheeze is called a risk factor."),
        ("How is wheeze treated?", "treatment", "More on wheeze is on a Web site and can be viewed by clicking here."),
    ],
)  # fmt: skip
def test_what_only_depends_defines_or_points_is_no_answer(question: str, section: str, empty: str) -> None:
    assert "question_fits" in refused(empty, question, section)


def test_an_outlook_with_a_figure_says_more_than_that_it_depends() -> None:
    said = "About 80 percent of people with wheeze live five years, but this varies by stage."
    assert "question_fits" not in refused(said, "What is the outlook for wheeze?", "outlook")
