"""Abbreviations are spelled out by the article's own definitions, or left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.language.abbreviations import long_forms, spelled_out
from medai_assets_tests.tries import tries


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("Magnetic resonance imaging (MRI) was used.", {"MRI": "Magnetic resonance imaging"}),
        ("in angiotensin-converting enzyme 2 (ACE2)", {"ACE2": "angiotensin-converting enzyme 2"}),
        ("heart-rate variability (HRV)", {"HRV": "heart-rate variability"}),
        ("Xiaoyaosan (XYS)", {"XYS": "Xiaoyaosan"}),
        ("an odd score (P < 0.05), (see below), (group A) and (2021)", {}),
        ("the patients (MRI)", {}),
        ("chronic obstructive pulmonary disease (COPD) is common", {"COPD": "chronic obstructive pulmonary disease"}),
        ("non-alcoholic fatty liver disease (NAFLD)", {"NAFLD": "non-alcoholic fatty liver disease"}),
        ("in type 2 diabetes mellitus (T2DM) care", {"T2DM": "type 2 diabetes mellitus"}),
        ("low-density lipoprotein cholesterol (LDL-C)", {"LDL-C": "low-density lipoprotein cholesterol"}),
        ("tumour necrosis factor-α (TNF-α)", {"TNF-α": "tumour necrosis factor-α"}),
        ("randomised controlled trials (RCTs)", {"RCTs": "randomised controlled trials"}),
        ("computed tomography (CT) or magnetic resonance imaging (MRI)",
         {"CT": "computed tomography", "MRI": "magnetic resonance imaging"}),
        ("gastric cancer (GC), and glucocorticoids (GC)", {"GC": "gastric cancer"}),
        ("Care was usual. Renal insufficiency (RI)", {"RI": "Renal insufficiency"}),
        ("the trial ended. (MRI)", {}),
        ("statins (see Table 2) (n = 40) (95% CI)", {}),
        ("heart failure (heart) (HEART)", {}),
        ("(COPD)", {}),
        ("", {}),
    ],
)  # fmt: skip
def test_a_definition_is_a_run_of_words_that_holds_the_letters(text: str, forms: dict[str, str]) -> None:
    assert long_forms(text) == forms


@pytest.mark.parametrize(
    ("question", "written"),
    [
        (
            "What is the effect of CBT on PTSD?",
            "What is the effect of cognitive behavioural therapy (CBT) on post-traumatic stress disorder (PTSD)?",
        ),
        (
            "Is post-traumatic stress disorder treated by CBT?",
            "Is post-traumatic stress disorder treated by cognitive behavioural therapy (CBT)?",
        ),
        ("Does i-CBT help?", "Does i-CBT help?"),
        ("Does CBT-I help?", "Does CBT-I help?"),
        ("Do CBTs help?", "Do CBTs help?"),
        ("Does therapy help (CBT)?", "Does therapy help (CBT)?"),
        ("Is ACE\\d measured?", "Is angiotensin \\d converting enzyme (ACE)\\d measured?"),
        ("", ""),
    ],
)
def test_a_question_is_written_out_by_the_article_s_own_definitions(question: str, written: str) -> None:
    text = (
        "We tried cognitive behavioural therapy (CBT) for post-traumatic stress disorder (PTSD). "
        "The angiotensin \\d converting enzyme (ACE) was measured."
    )
    assert spelled_out(question, text) == written
    assert spelled_out(written, text) == written


PIECES = st.lists(
    st.sampled_from(
        [
            "gastric cancer",
            "(GC)",
            "GC",
            "A",
            "(A1)",
            "Alpha \\1 beta",
            "(AB)",
            "AB",
            ".",
            "(",
            ")",
            " ",
            "\n",
            "heart-rate (HR)",
        ]
    )
).map(" ".join)


@tries(40)
@given(PIECES | st.text(max_size=60), PIECES | st.text(max_size=60))
def test_nothing_of_a_question_is_lost_and_writing_it_out_again_changes_nothing(
    question: str, text: str
) -> None:
    written = spelled_out(question, text)
    assert spelled_out(written, text) == written
    rest = iter(written)
    assert all(letter in rest for letter in question)


def test_only_the_first_use_is_written_out_and_a_defined_one_stays() -> None:
    text = "gastric cancer (GC) and chronic kidney disease (CKD)"
    assert spelled_out("Is GC worse than other GC?", text) == "Is gastric cancer (GC) worse than other GC?"
    assert (
        spelled_out("Is chronic kidney disease (CKD) rare?", text) == "Is chronic kidney disease (CKD) rare?"
    )
    assert spelled_out("Is HIV rare?", text) == "Is HIV rare?"
