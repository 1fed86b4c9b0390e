"""Questions of collections, page sections and studies: which are answered, by what, and whole."""

from __future__ import annotations

from typing import Any

import pytest

from medai_assets_tests.instructions.builders import GB, US, document, made_by, row

ANSWER = "Rest and drink plenty of water. Most people are well again within a week."


def pair(question: str, text: str = ANSWER, **attributes: Any) -> dict[str, Any]:
    asked = {"question": question, **attributes}
    return row(text, "treatment", document="hf:set/1", heading="q", subject="Cold", attributes=asked)


@pytest.mark.parametrize(
    ("question", "text", "answered"),
    [
        ("What helps a cold?", ANSWER, True),
        ("What helps a cold?", "- Rest in bed for a day\n- Drink plenty of water\n- Keep warm", True),
        (
            "What helps a cold?",
            "Dose | Age\n5 mL | 6 years and over\n2.5 mL | 2 to 5 years\n\nGive it once a day.",
            True,
        ),
        ("What helps a cold? Is it bad?", ANSWER, False),  # which of the two is answered?
        ("", ANSWER, False),
        ("What helps a cold?", "Rest in bed.", False),  # no more than a word or two
        ("What helps a cold?", "Rest in bed, drink plenty of water, keep warm and…", False),
        ("What helps a cold?", "To get well again within a week you should try the following:", False),
        ("What helps a cold?", f"{ANSWER} " * 20, False),
        ("What helps a cold?", "", False),
    ],
)
def test_a_pair_is_one_question_and_a_whole_answer(question: str, text: str, answered: bool) -> None:
    made = made_by("question_answer.pair", document(pair(question, text or " ")))
    assert [m.prompt for m in made] == [question] * answered
    assert all(m.answer.text == text for m in made)


def test_one_question_is_answered_once_and_a_later_part_answers_none() -> None:
    again, other = (
        pair("What helps a cold?", f"Wait. {ANSWER}"),
        pair("What causes a cold?", f"A virus. {ANSWER}"),
    )
    part = pair("Who gets a cold?", f"Anybody. {ANSWER}", part=2)
    made = made_by("question_answer.pair", document(pair("What helps a cold?"), again, other, part))
    assert [m.answer.text for m in made] == [ANSWER, other["text"]]


def test_what_kind_of_question_it_is_is_the_collection_s_word_or_the_section() -> None:
    (typed,) = made_by("question_answer.pair", document(pair("What helps a cold?", question_type="therapy")))
    (plain,) = made_by("question_answer.pair", document(pair("What helps a cold?")))
    assert (typed.labels, plain.labels) == ({"question_type": "therapy"}, {"question_type": "treatment"})


SIGNS = row("A wheeze is a whistling sound.", "symptoms", heading="Signs")


@pytest.mark.parametrize(
    ("text", "setting", "told"),
    [
        (f"Ask your GP. {ANSWER}", US, f"NHS England advice (United Kingdom): Ask your GP. {ANSWER}"),
        (f"Ask your GP. {ANSWER}", GB, f"Ask your GP. {ANSWER}"),
        (ANSWER, US, ANSWER),
    ],
)
def test_services_of_another_country_are_told_as_the_publisher_s(text: str, setting: Any, told: str) -> None:
    page = document(SIGNS, row(text, "treatment", heading="What helps a wheeze?"))
    (made,) = made_by("question_answer.heading", page, setting)
    assert made.answer.text == told
    page = document(SIGNS, row(text, "treatment", heading="Treatment for a wheeze"))
    (made,) = made_by("question_answer.section", page, setting)
    assert (made.answer.text, "NHS" in made.prompt) == (text, True), "the question says whose page it is"


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({}, True),
        ({"heading": "What helps?"}, False),  # asked as it stands, by another rule
        ({"attributes": '{"context": "In children"}'}, False),  # of some only
        ({"attributes": '{"part": 2}'}, False),
        ({"section": "other"}, False),
    ],
)
def test_a_section_is_asked_for_where_its_name_says_all(change: dict[str, Any], asked: bool) -> None:
    page = document(SIGNS, row(ANSWER, "treatment", heading="Treatment for a wheeze") | change)
    assert bool(made_by("question_answer.section", page)) is asked


def test_of_two_sections_of_one_kind_each_is_asked_for_by_its_heading() -> None:
    parts = [row(f"{n} says: {ANSWER}", "treatment", heading=f"Treatment {n}") for n in ("First", "Second")]
    made = made_by("question_answer.section", document(SIGNS, *parts))
    assert [m.answer.text.split()[0] for m in made] == ["First", "Second"]
    assert ['"Treatment First"' in m.prompt for m in made] == [True, False]


def test_whom_to_turn_to_at_once_is_asked_for_along_with_a_section() -> None:
    cards = [
        row("- it is no better", "care_non_urgent", heading="See a GP if:"),
        row("- it is worse", "care_urgent", heading="Get help from NHS 111 if:"),
        row("- your lips look blue", "care_emergency", heading="Call 999 if:"),
    ]  # fmt: skip
    (made,) = made_by(
        "question_answer.section", document(SIGNS, row(ANSWER, "treatment", heading="Treatment"), *cards)
    )
    urgent = [f"{card['heading']}\n{card['text']}" for card in (cards[2], cards[1])]
    assert made.answer.text == "\n\n".join((ANSWER, *urgent))
    assert "urgent" in made.prompt


def test_what_stands_below_headings_within_a_section_is_told_with_it() -> None:
    parts = [
        row(ANSWER, "treatment", heading="Treatment"),
        row("Ask before you stop.", "self_care", heading="Taking it safely", attributes={"context": "Treatment"}),
        row("It can spread.", "complications", heading="Complications"),
    ]  # fmt: skip
    made = made_by("question_answer.section", document(SIGNS, *parts))
    assert made[0].answer.text == f"{ANSWER}\n\nTaking it safely\nAsk before you stop."
    assert [m.answer.text for m in made[1:]] == ["It can spread."]


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({}, True),
        ({"section": "care_urgent"}, False),  # a card is advice, not an answer
        ({"heading": "What helps"}, False),
        ({"attributes": '{"part": 2}'}, False),
    ],
)
def test_a_heading_that_asks_is_answered_by_its_section(change: dict[str, Any], asked: bool) -> None:
    page = document(SIGNS, row(ANSWER, "treatment", heading="What helps against a wheeze?") | change)
    assert [m.prompt for m in made_by("question_answer.heading", page)] == [
        "What helps against a wheeze?"
    ] * asked


CONCLUSION = (
    "Statins lowered the risk of a first stroke in adults with high cholesterol over five years of treatment."
)


def test_a_conclusion_ends_where_it_begins_to_speak_of_the_paper() -> None:
    title = "Do statins prevent a first stroke in adults?"
    texts = [
        f"{CONCLUSION} Trial registration: ISRCTN12345.",
        f"{CONCLUSION} Level of evidence: III. Funded by all.",
    ]
    for text in texts:
        page = document(row(text, "conclusions", document="pubmed:1", title=title, audience="professional"))
        (made,) = made_by("question_answer.study_title", page)
        assert made.answer.text.endswith(CONCLUSION)


@pytest.mark.parametrize(
    ("aim", "title", "asked"),
    [
        ("Stroke is common. We aimed to assess the effect of statins on a first stroke in adults.", "Statins.", True),
        ("Stroke is common.", "Statins.", False),
        ("We aimed to assess the effect of statins on a first stroke in adults.", "Do statins prevent stroke?", False),
    ],
)  # fmt: skip
def test_the_last_stated_aim_is_asked_where_the_title_asks_nothing(aim: str, title: str, asked: bool) -> None:
    told = [
        row(aim, "background", document="pubmed:1", title=title),
        row(CONCLUSION, "conclusions", document="pubmed:1", title=title),
    ]
    assert len(made_by("question_answer.study_aim", document(*told))) == asked
    assert made_by("question_answer.study_aim", document(told[0])) == [], (
        "without a conclusion there is no answer"
    )
