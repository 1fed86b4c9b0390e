"""Benchmark questions of fewer than eight words are met however a data set asks them."""

from __future__ import annotations

import pytest

from medai_assets.corpus.curate.curation import curate
from medai_assets.foundation.licences import LicencePolicy
from medai_assets.storage import Store

from .builders import answer, processed_slice, prose, questions, withdrawals

SHORT = "Which vitamin deficiency causes scurvy in adults?"
ITEM = {"question": SHORT, "options": ["Vitamin A", "Vitamin C"], "answer": "B"}


def removed(store: Store, question: str, short: str = SHORT) -> list[str]:
    """Records that decontamination takes out of one that asks the question and one that does not."""
    rows = [answer("hf:leak", prose(1, 12), question=question), answer("hf:clean", prose(3, 12))]
    part = processed_slice(store, rows)
    with store.draft("curated_corpus") as draft:
        report = curate(
            [part],
            withdrawals(),
            questions([ITEM | {"question": short}]),
            LicencePolicy.of("open"),
            draft,
            code_version="1",
        )
        stored = draft.publish(data_version=report.data_version, code_version="1")
    gone = stored.table("removed").to_pylist()
    return [row["origins"][0]["record_id"] for row in gone if row["step"] == "decontamination"]


@pytest.mark.parametrize("asked", [SHORT, SHORT.lower().rstrip("?")])
def test_a_short_question_is_met(store: Store, asked: str) -> None:
    assert removed(store, asked) == ["hf:leak"]


@pytest.mark.parametrize(
    "asked",
    [
        f"12. {SHORT}",
        f"Question: {SHORT}",
        f"{SHORT} A) Vitamin A B) Vitamin C",
        f"Please answer with one of the options. {SHORT}",
        f"Q12 {SHORT}",
        f"Choose one:\n\n{SHORT}\n(A) Vitamin A\n(B) Vitamin C",
        f"{SHORT.rstrip('?')} - Vitamin A or Vitamin C",
        f"**Question 3** {SHORT} Explain.",
    ],
)
def test_a_short_question_is_met_with_something_before_or_behind_it(store: Store, asked: str) -> None:
    assert removed(store, asked) == ["hf:leak"]


@pytest.mark.parametrize(
    ("short", "asked"),
    [
        ("What is diabetes?", "What is diabetes insipidus?"),
        ("What is diabetes?", "Do you know what is diabetes in dogs?"),
        ("Gout", "Gout: causes, symptoms and treatment"),
        ("Causes of gout", "Arthritis. Causes of gout"),
        ("Treatment of acute pancreatitis is", "Surgical treatment of acute pancreatitis is rarely needed"),
        (
            "Which vitamin is fat soluble?",
            "Fat soluble vitamins: which vitamin is fat soluble and which is not",
        ),
    ],
)
def test_its_words_in_another_question_are_no_hit(store: Store, short: str, asked: str) -> None:
    assert removed(store, asked, short) == []


@pytest.mark.parametrize(
    ("short", "asked"),
    [
        ("What is gout?", "Please answer. What is gout?"),
        ("Gout", "Gout A) Vitamin A B) Vitamin C"),
        ("Cause of gout", "12. Cause of gout"),
        ("Cause of gout:", "Question: Cause of gout"),
    ],
)
def test_the_shortest_are_met_as_questions_numbered_or_with_their_options(
    store: Store, short: str, asked: str
) -> None:
    assert removed(store, asked, short) == ["hf:leak"]
