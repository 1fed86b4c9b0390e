"""Two long texts that differ in one statement: near duplicates when it is reworded, never when it says something else."""

from __future__ import annotations

import pytest

from medai_assets.corpus.curate.curation import curate
from medai_assets.foundation.licences import LicencePolicy
from medai_assets.storage import Store

from .builders import answer, processed_slice, prose, questions, withdrawals


def kept(store: Store, *statements: str) -> int:
    """How many texts are left of long ones alike but for their last statement."""
    base = prose(1, 20)
    part = processed_slice(store, [answer(f"hf:{n}", f"{base} {s}") for n, s in enumerate(statements)])
    with store.draft("curated_corpus") as draft:
        report = curate([part], withdrawals(), questions(), LicencePolicy.of("open"), draft, code_version="1")
        stored = draft.publish(data_version=report.data_version, code_version="1")
    return stored.table("passages").num_rows


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Take 5 mg at night.", "Do not take 5 mg at night."),
        ("Do not take it with alcohol.", "Take it with alcohol."),
        ("Take it with food.", "Take it without food."),
        ("Drug X is safe in pregnancy.", "Drug X is unsafe in pregnancy."),
        ("It is contraindicated in asthma.", "It is indicated in asthma."),
        ("It may cause hypoglycemia in adults.", "It may cause hyperglycemia in adults."),
        ("Give 10⁶ cells per dose.", "Give 10⁹ cells per dose."),
        ("It is used for type I diabetes.", "It is used for type II diabetes."),
        ("Give the drug IV slowly.", "Give the drug IM slowly."),
        ("Use the left arm.", "Use the right arm."),
        ("Take one teaspoon each day.", "Take one tablespoon each day."),
        ("It is for adults only here.", "It is for children only here."),
    ],
)  # fmt: skip
def test_statements_that_disagree_are_both_kept(store: Store, one: str, other: str) -> None:
    assert kept(store, one, other) == 2


def test_another_dose_keeps_texts_apart(store: Store) -> None:
    assert kept(store, "Take 5 mg at night.", "Take 50 mg at night.") == 2


def test_a_mere_rewording_merges(store: Store) -> None:
    assert kept(store, "Rest well at home today.", "Rest well at home now.") == 1
