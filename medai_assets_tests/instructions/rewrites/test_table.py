"""A teacher's reply is taken where it asks the same, and set aside with a countable reason where it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.dataset.sample import Candidate
from medai_assets.instructions.rewrites.table import (
    PROMPT,
    PROMPT_VERSION,
    Teacher,
    _kind_of,
    _may_be_rewritten,
    cleaned,
    why_not,
)
from medai_assets_tests.instructions.builders import document, made_by, row

TEXT = (
    "Gout is treated with rest, with a medicine against the pain and, in people who get it often, with allopurinol 100 mg a day "
    "that lowers uric acid."
)
PAGE = document(
    row(TEXT, "treatment", document="medquad:a/1.xml", title="Gout", subject="Gout", heading="q",
        attributes={"question": "What are the treatments for gout?", "question_type": "treatment"})
)  # fmt: skip


def asked() -> Any:
    (made,) = made_by("question_answer.pair", PAGE)
    return {**made.row(), "prompt": "What are the treatments for gout?"}


@pytest.mark.parametrize(
    "reply",
    [
        "Can you tell me what the treatments for gout are?",
        "How is gout treated?",
        "Which treatments are there for gout?",
        "I was wondering what the treatments for gout are?",
        "Please, what therapies are there for gout?",
    ],
)
def test_the_same_question_in_other_words_is_taken(reply: str) -> None:
    assert why_not(asked(), reply, PAGE, "US") == ""


@pytest.mark.parametrize(
    "reply",
    [
        "How is gout prevented?",
        "What are the causes of gout?",
        "What are the treatments for pseudogout?",
        "What are the treatments for gout in children?",
        "What are the treatments for gout in pregnancy?",
        "What are the treatments for severe gout?",
        "What are the treatments for gout and arthritis?",
        "What are not the treatments for gout?",
        "What are the only treatments for gout?",
        "What are the treatments for gout without allopurinol?",
        "Which treatments does gout affect?",
        "Is allopurinol 100 mg a treatment for gout?",
        "How much allopurinol is a treatment for gout?",
        "My father has gout. What are the treatments for it?",
        "I have gout, what are my treatments?",
        "What are the 3 treatments for gout?",
        "What are the treatments for gout? And its causes?",
        "What are the treatments for GOUT-like pain?",
        "What are the treatments for it?",
        "What are the treatments for gout",
        "Gout is treated with rest.",
        "What are the treatments for gout?",
        "what are the treatments for gout ?",
        "What are the treatments for gout?\nThank you.",
        "<b>What</b> treatments are there for gout?",
        "Which treatments are there for **gout**?",
        "Which treatments [are] there for gout?",
        "https://example.org what treatments are there for gout?",
        "",
    ],
)
def test_another_question_is_set_aside_with_the_property_that_it_fails(reply: str) -> None:
    reason = why_not(asked(), reply, PAGE, "US")
    name, _, why = reason.partition(": ")
    assert name
    assert why
    assert len(_kind_of(reason)) <= len(reason)


@pytest.mark.parametrize(
    ("reply", "question"),
    [
        ('"How is gout treated?"', "How is gout treated?"),
        ("“How is gout treated?”", "How is gout treated?"),
        ("  'How is gout treated?' \n", "How is gout treated?"),
        ("How is gout treated?", "How is gout treated?"),
        ("How is “gout” treated?", "How is “gout” treated?"),
        ('""', ""),
        ("", ""),
    ],
)
def test_quotation_marks_around_a_reply_are_no_part_of_it(reply: str, question: str) -> None:
    assert cleaned(reply) == question


@given(st.text(max_size=80))
def test_no_reply_is_too_odd_to_be_judged(reply: str) -> None:
    bare = cleaned(reply)
    assert bare in reply
    assert isinstance(why_not(asked(), bare, PAGE, "US"), str)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("asks_the_same: it says 'severe', which the question does not", "asks_the_same: it says"),
        ('asks_the_same: it leaves out "rest"', "asks_the_same: it leaves out"),
        ("asks_the_same: it is not one question", "asks_the_same: it is not one question"),
        ("", ""),
    ],
)
def test_reasons_are_counted_without_what_they_quote(reason: str, kind: str) -> None:
    assert _kind_of(reason) == kind


@pytest.mark.parametrize(
    ("prompt", "may_be"),
    [
        ("What are the treatments for gout?", True),
        ("Tell me about gout.", False),
        ("What is gout? How is it treated?", False),
        ("My father had gout. How is it found?", False),
        ("About gout: how is it found?", False),
        ("How is gout found, e.g. by a blood test?", False),
        ("What does 2.5 mg of it do?", True),
    ],
)
def test_one_question_that_follows_nothing_may_be_rewritten(prompt: str, may_be: bool) -> None:
    candidate = Candidate(asked() | {"prompt": prompt}, "d")
    assert _may_be_rewritten(candidate) is may_be
    assert not _may_be_rewritten(replace(candidate, formed=asked()))


@pytest.mark.parametrize(
    "kind", ["triage_recommendation", "emergency_escalation", "symptom_analysis", "safety_refusal"]
)
def test_what_somebody_tells_of_themselves_is_never_rewritten(kind: str) -> None:
    assert not _may_be_rewritten(Candidate(asked() | {"kind": kind}, "d"))


def test_the_prompt_s_version_follows_its_text_and_a_teacher_needs_a_model() -> None:
    assert PROMPT_VERSION.startswith("question_v1-")
    assert "Keep its meaning exactly" in PROMPT
    with pytest.raises(ValueError, match="MEDAI_TEACHER_MODEL"):
        Teacher("http://127.0.0.1:1/v1", "")
