"""Benchmark questions of fewer than eight words are met however a data set asks them."""

from __future__ import annotations

import pytest

from medai_assets.corpus.curate.curation import curate
from medai_assets.foundation.licences import LicencePolicy
from medai_assets.storage import Store
from medai_assets_tests.open_faults import open_fault

from .builders import answer, processed_slice, prose, questions, withdrawals

SHORT = "Which vitamin deficiency causes scurvy in adults?"
ITEM = {"question": SHORT, "options": ["Vitamin A", "Vitamin C"], "answer": "B"}


def removed(store: Store, question: str) -> list[str]:
    """Records that decontamination takes out of one that asks the question and one that does not."""
    rows = [answer("hf:leak", prose(1, 12), question=question), answer("hf:clean", prose(3, 12))]
    part = processed_slice(store, rows)
    with store.draft("curated_corpus") as draft:
        report = curate(
            [part], withdrawals(), questions([ITEM]), LicencePolicy.of("open"), draft, code_version="1"
        )
        stored = draft.publish(data_version=report.data_version, code_version="1")
    gone = stored.table("removed").to_pylist()
    return [row["origins"][0]["record_id"] for row in gone if row["step"] == "decontamination"]


@pytest.mark.parametrize("asked", [SHORT, SHORT.lower().rstrip("?")])
def test_a_short_question_is_met(store: Store, asked: str) -> None:
    assert removed(store, asked) == ["hf:leak"]


@open_fault("train and judge", "a short benchmark question with something before or behind it is missed")
@pytest.mark.parametrize(
    "asked",
    [
        f"12. {SHORT}",
        f"Question: {SHORT}",
        f"{SHORT} A) Vitamin A B) Vitamin C",
        f"Please answer with one of the options. {SHORT}",
    ],
)
def test_a_short_question_is_met_with_something_before_or_behind_it(store: Store, asked: str) -> None:
    assert removed(store, asked) == ["hf:leak"]
