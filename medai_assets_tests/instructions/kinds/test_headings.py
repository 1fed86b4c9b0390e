"""Questions in headings of pages: asked as they stand where they say what they are about, else about the page's subject."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.kinds.question_answer import named
from medai_assets.instructions.passages import SourceDocument
from medai_assets_tests.instructions.builders import document, made_by, row
from medai_assets_tests.tries import tries

IBUPROFEN = document(
    row("Ibuprofen is a painkiller. Take ibuprofen with food.", "overview", document="nhs:medicines/ibuprofen",
        title="Ibuprofen", subject="Ibuprofen")
)  # fmt: skip
CROUP = document(
    row("Croup is common. In croup the voice is hoarse.", "symptoms", document="nhs:conditions/croup",
        title="Croup", subject="Croup")
)  # fmt: skip
FLOOD = document(
    row("Clean up.", "overview", document="cdc:1", title="After a Flood", subject="After a Flood")
)
HABIT = document(row("Move more.", "overview", document="cdc:2", title="Exercise", subject="Exercise"))


@pytest.mark.parametrize(
    ("heading", "page", "question"),
    [
        ("Can I take ibuprofen with other painkillers?", IBUPROFEN, "Can I take ibuprofen with other painkillers?"),
        ("Will it affect my contraception?", IBUPROFEN, "Will ibuprofen affect my contraception?"),
        ("Does it cause weight gain?", IBUPROFEN, "Does ibuprofen cause weight gain?"),
        ("Can I give it to my child?", IBUPROFEN, "Can I give ibuprofen to my child?"),
        ("What if it does not work?", IBUPROFEN, "What if ibuprofen does not work?"),
        ("Can I stop it if it helps?", IBUPROFEN, "Can I stop ibuprofen if it helps?"),
        ("Will this medicine make me drowsy?", IBUPROFEN, "Will ibuprofen make me drowsy?"),
        ("What causes croup?", CROUP, "What causes croup?"),
        ("What causes it?", CROUP, "What causes croup?"),
        ("Is croup what it seems?", CROUP, None),  # points back to what the heading itself says
        ("How do children get this condition?", CROUP, "How do children get croup?"),
        ("Can I use the contraceptive patch?", FLOOD, "Can I use the contraceptive patch?"),
        ("What should you do first?", FLOOD, None),
        ("Is it safe to drink the water?", FLOOD, None),
        ("Who should do this?", HABIT, None),
    ],
)  # fmt: skip
def test_a_heading_is_asked_with_what_it_is_about(
    heading: str, page: SourceDocument, question: str | None
) -> None:
    assert named(heading, page) == question


@pytest.mark.parametrize(
    "heading",
    [
        "What are the symptoms?",
        "What are the side effects?",
        "What are the complications?",
        "What is the treatment?",
        "What is the outlook?",
        "How does the treatment work?",
        "Is it addictive?",
        "How long does it take to work?",
        "Who is at risk?",
        "When should I see a doctor?",
    ],
)
@pytest.mark.parametrize("page", [CROUP, IBUPROFEN], ids=["croup", "ibuprofen"])
def test_a_question_of_a_part_of_the_subject_names_the_subject(heading: str, page: SourceDocument) -> None:
    question = named(heading, page)
    assert question
    assert str(page.subject).lower() in question
    assert question.endswith(heading) or "?" not in question[:-1]


@tries(40)
@given(st.text(max_size=80))
def test_any_heading_is_asked_or_not_without_an_error(heading: str) -> None:
    for page in (CROUP, IBUPROFEN, FLOOD):
        question = named(heading, page)
        assert question is None or question.endswith(heading[-1:])
        assert question == named(heading, page)


CONCLUSION = (
    "Statins lowered the risk of a first stroke in adults with high cholesterol over five years of treatment."
)


@pytest.mark.parametrize(
    ("title", "conclusion", "asked"),
    [
        ("Do statins prevent a first stroke in adults?", CONCLUSION, True),
        ("Do statins prevent a first stroke in adults? ", CONCLUSION, True),
        ("“Do statins prevent a first stroke in adults?”", CONCLUSION, False),  # a quotation of whom?
        ("Is it safe to give statins after a stroke?", CONCLUSION, True),
        ("[Do statins prevent a first stroke in adults?]", CONCLUSION, False),  # translated from another language
        ("Statins in adults: is there a risk of stroke?", CONCLUSION, False),
        ("Do statins prevent stroke? A systematic review", CONCLUSION, False),
        ("Do statins prevent a first stroke? Do they harm?", CONCLUSION, False),
        ("Should our patients take statins against a stroke?", CONCLUSION, False),
        ("Statins prevent a first stroke in adults.", CONCLUSION, False),
        ("Do statins prevent a first stroke in adults?", f"However, {CONCLUSION}", False),
        ("Do statins prevent a first stroke in adults?", f"Our {CONCLUSION}", False),
        ("Do statins prevent a first stroke in adults?", "Further research on statins and stroke in adults is needed "
         "before any advice can be given to anybody who asks.", False),
        ("Do statins prevent a first stroke in adults?", "There is a need for larger trials of statins in adults with "
         "a first stroke before any advice can be given to them.", False),
        ("Do statins prevent a first stroke in adults?", "Statins prevent stroke.", False),  # says no more than that
        ("Do statins prevent a first stroke in adults?", "ClinicalTrials.gov NCT01234567: statins for a first stroke in "
         "adults, registered in 2010, funded by nobody at all.", False),
    ],
)  # fmt: skip
def test_a_study_is_asked_what_anybody_could_ask_and_answers_with_what_it_found(
    title: str, conclusion: str, asked: bool
) -> None:
    page = document(row(conclusion, "conclusions", document="pubmed:1", title=title, audience="professional"))
    assert bool(made_by("question_answer.study_title", page)) is asked


@pytest.mark.parametrize(
    ("attributes", "whose"),
    [
        ({"publication_types": ["Meta-Analysis", "Review"], "year": 2019}, ("meta-analysis", "2019")),
        ({"publication_types": ["Randomized Controlled Trial"]}, ("trial", "")),
        ({"publication_types": ["Systematic Review"], "year": 2001}, ("review", "2001")),
        ({}, ("study", "")),
    ],
)
def test_a_conclusion_is_told_as_one_study_s_of_its_kind_and_year(
    attributes: dict[str, object], whose: tuple[str, str]
) -> None:
    title = "Do statins prevent a first stroke in adults?"
    page = document(row(CONCLUSION, "conclusions", document="pubmed:1", title=title, attributes=attributes))
    (made,) = made_by("question_answer.study_title", page)
    (framing,) = made.answer.framing
    assert all(word in framing for word in whose)
    assert " one " in f" {framing.lower()}"
