"""Questions that sources ask themselves; aims of studies become questions by fixed patterns or not at all."""

from __future__ import annotations

import pytest

from medai_assets.instructions.kinds.question_answer import named
from medai_assets.instructions.language.questions_from_aims import question_of_aim
from medai_assets_tests.instructions.builders import document, made_by, origin, row

ANSWER = (
    "Rest and drink plenty of water. Most people are well again within a week and need no medicine at all."
)


@pytest.mark.parametrize(
    ("aim", "question"),
    [
        ("To assess the efficacy and safety of balneotherapy for vein disease.",
         "What are the efficacy and safety of balneotherapy for vein disease?"),
        ("To evaluate the impact of body position on sleep apnea.", "What is the impact of body position on sleep apnea?"),
        ("The aim of this study was to determine whether statins prevent stroke.", "Is it known whether statins prevent stroke?"),
        ("The objective of the present work is to identify risk factors for falls in older adults.",
         "Which risk factors for falls in older adults have been found?"),
        ("We aimed to estimate the prevalence of asthma in children.", "What is the prevalence of asthma in children?"),
    ],
)  # fmt: skip
def test_an_aim_asks_its_question(aim: str, question: str) -> None:
    assert question_of_aim(aim) == question


@pytest.mark.parametrize(
    "sentence",
    [
        "Asthma is common.",
        "To assess our method.",
        "We studied asthma.",
        "To evaluate these effects in mice.",
        "To assess the risk (of falls.",
        "To compare open with closed surgery.",
        "To assess the risk of falls and to describe their causes.",
    ],
)
def test_what_states_no_aim_or_speaks_of_the_paper_asks_nothing(sentence: str) -> None:
    assert question_of_aim(sentence) is None


def study(title: str, aim: str, conclusion: str):
    return document(
        row(aim, "objective", document="pubmed:1", title=title, audience="professional"),
        row(conclusion, "conclusions", document="pubmed:1", title=title, audience="professional"),
    )


CONCLUSION = (
    "Statins lowered the risk of a first stroke in adults with high cholesterol over five years of treatment."
)


def test_a_title_that_asks_is_the_question() -> None:
    page = study("Do statins prevent a first stroke?", "To assess the efficacy of statins.", CONCLUSION)
    (made,) = made_by("question_answer.study_title", page)
    assert "Do statins prevent a first stroke?" in made.prompt
    assert made.answer.text.endswith(f": {CONCLUSION}")
    assert "one study" in made.answer.text.lower()  # it is told as one study's
    assert made.audience == "professional"
    assert made_by("question_answer.study_aim", page) == []


def test_an_aim_is_used_where_the_title_asks_nothing_and_counts_as_origin() -> None:
    page = study("Statins and stroke.", "To assess the efficacy of statins against stroke.", CONCLUSION)
    (made,) = made_by("question_answer.study_aim", page)
    assert "What is the efficacy of statins against stroke?" in made.prompt
    assert len(made.passages) == 2
    assert len(made.answer.passages) == 1


def test_an_aim_on_whether_something_holds_is_asked() -> None:
    page = study(
        "Statins and stroke.", "To determine whether statins prevent a first stroke in adults.", CONCLUSION
    )
    (made,) = made_by("question_answer.study_aim", page)
    assert made.prompt == "Is it known whether statins prevent a first stroke in adults?"


def test_a_conclusion_that_only_asks_for_research_answers_nothing() -> None:
    page = study(
        "A study?",
        "To assess the efficacy of statins.",
        "More research should address the many needs of all these patients with high cholesterol.",
    )
    assert made_by("question_answer.study_aim", page) == []


def test_registration_numbers_end_the_answer() -> None:
    page = study("Do statins prevent a first stroke?", "x", f"{CONCLUSION} ClinicalTrials.gov: NCT01234567.")
    (made,) = made_by("question_answer.study_title", page)
    assert made.answer.text.endswith(f": {CONCLUSION}")


def test_pairs_are_taken_as_they_are() -> None:
    page = document(
        row(
            ANSWER,
            "self_care",
            document="hf:set/1",
            heading="q",
            attributes={"question": "What helps a cold?"},
        )
    )
    (made,) = made_by("question_answer.pair", page)
    assert (made.prompt, made.answer.text) == ("What helps a cold?", ANSWER)


def test_a_heading_that_does_not_name_the_subject_is_asked_about_it() -> None:
    page = document(row(ANSWER, "causes", heading="What causes it?"), row("A wheeze is a sound.", "symptoms"))
    (made,) = made_by("question_answer.heading", page)
    assert "wheeze" in made.prompt
    assert made.prompt == "What causes a wheeze?"
    assert named("What causes a wheeze?", page) == "What causes a wheeze?"


def test_a_pair_is_answered_whole_or_not_at_all() -> None:
    long = "\n\n".join(
        f"Part {number} says what is to be done. " + "More is said here. " * 12 for number in range(5)
    )
    page = document(
        row(
            long,
            "treatment",
            document="medquad:set/1",
            heading="q",
            attributes={"question": "What are the treatments for a cold?"},
        )
    )
    assert made_by("question_answer.pair", page) == []


@pytest.mark.parametrize(
    ("heading", "asked"),
    [
        ("Can I drink alcohol with it?", "Can I drink alcohol with wheeze?"),
        ("Is it safe to run?", None),
        ("Can I use the contraceptive patch?", "Can I use the contraceptive patch?"),
        ("What causes depression?", "What causes depression?"),
    ],
)
def test_a_heading_stands_alone_or_names_its_subject_and_no_title_stands_before_it(
    heading: str, asked: str | None
) -> None:
    page = document(row(ANSWER, "causes", heading=heading), row("A wheeze is a sound.", "symptoms"))
    (made,) = made_by("question_answer.heading", page)
    assert ": " not in made.prompt
    assert "wheeze" in made.prompt or made.prompt == asked


def test_a_list_of_resources_is_no_treatment() -> None:
    text = f"These resources address the diagnosis of a cold. {ANSWER}"
    asked = {"question": "What are the treatments for a cold?"}
    page = document(row(text, "treatment", document="medquad:3_GHR_QA/1", attributes=asked))
    assert made_by("question_answer.pair", page) == []


@pytest.mark.parametrize(
    ("title", "conclusion"),
    [
        ("Statins in stroke: do they prevent a first one?", CONCLUSION),
        ("Can we prevent a first stroke with their help?", CONCLUSION),
        ("Do statins prevent stroke?", CONCLUSION),
        ("Do statins prevent a first stroke in adults?", f"This study says so. {CONCLUSION}"),
        ("Does diet help against caries of the teeth?", CONCLUSION),
    ],
)
def test_a_title_that_nobody_asks_without_the_article_makes_no_example(title: str, conclusion: str) -> None:
    assert made_by("question_answer.study_title", study(title, "x", conclusion)) == []


def test_a_section_of_a_condition_is_asked_for_by_its_heading() -> None:
    page = document(
        row(ANSWER, "treatment", heading="Treatment from a GP"), row("A wheeze is a sound.", "symptoms")
    )
    (made,) = made_by("question_answer.section", page)
    assert "page on wheeze" in made.prompt.replace("about", "on")
    assert '"Treatment from a GP"' in made.prompt
    assert made.answer.text == ANSWER


def test_one_question_gets_one_answer_the_first_of_the_page() -> None:
    rows = [
        row(
            text,
            "overview",
            document="medquad:5_NIDDK_QA/1",
            heading="What is (are) Gas ?",
            subject="Gas",
            attributes={"question": "What is (are) Gas ?"},
            origins=[origin(f"medquad:5_NIDDK_QA/1#{pid}")],
        )
        for text, pid in ((f"The tract is long. {ANSWER}", 10), (f"Gas is air in the gut. {ANSWER}", 2))
    ]
    (made,) = made_by("question_answer.pair", document(*rows))
    assert "Gas" in made.prompt
    assert made.answer.text.startswith("Gas is air")


def test_an_abbreviation_of_the_article_is_spelled_out_in_its_question() -> None:
    page = study(
        "Use of the neutrophil score (NS) in gastric cancer (GC).",
        "To examine the role of the NS in the prediction of GC survival.",
        "The NS predicts survival of patients with GC who undergo surgery, independently of age, sex and stage.",
    )
    (made,) = made_by("question_answer.study_aim", page)
    assert (
        "role of the neutrophil score (NS) in the prediction of gastric cancer (GC) survival" in made.prompt
    )


@pytest.mark.parametrize(
    ("aim", "conclusion"),
    [
        ("To determine the prevalence of stress among doctors.", "Young doctors need help against stress."),
        ("To assess the safety of statins in stroke.", "Statins lowered the risk of stroke."),
        ("To assess the role of diet in dental caries.", "More research on nutrition is needed."),
    ],
)
def test_a_measure_is_asked_for_only_where_the_conclusion_speaks_of_it(aim: str, conclusion: str) -> None:
    assert (question_of_aim(aim) or "").startswith("What is the")
    assert question_of_aim(aim, conclusion) is None


@pytest.mark.parametrize(
    "aim",
    [
        "To analyze the drawbacks of this notching.",
        "To examine its possible working mechanisms.",
        "To describe the efficacy of different treatments in this population.",
    ],
)
def test_an_aim_that_points_to_what_was_said_before_asks_nothing(aim: str) -> None:
    assert question_of_aim(aim) is None


def test_key_points_that_the_text_says_again_are_left_out() -> None:
    text = f"Key Points\n- Rest helps.\n- Water helps.\n\n{ANSWER}"
    page = document(
        row(
            text,
            "overview",
            document="medquad:A/1.xml",
            attributes={"question": "What helps against a cold?"},
        )
    )
    (made,) = made_by("question_answer.pair", page)
    assert made.answer.text == ANSWER
