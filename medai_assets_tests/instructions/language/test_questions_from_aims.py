"""A study's aim asks its question in plain English, and only where its conclusions answer that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.language.questions_from_aims import MOST_WORDS, is_answered, question_of_aim


@pytest.mark.parametrize(
    ("aim", "question"),
    [
        ("This study aimed to evaluate the effectiveness of exercise in patients with knee osteoarthritis.",
         "What is the effectiveness of exercise in patients with knee osteoarthritis?"),
        ("To investigate the association between vitamin D and depression in older adults.",
         "What is the association between vitamin D and depression in older adults?"),
        ("To examine the relationships between sleep and weight gain", "What are the relationships between sleep and weight gain?"),
        ("We sought to determine the incidence of delirium after hip surgery.",
         "What is the incidence of delirium after hip surgery?"),
        ("The aim was to analyse the cost-effectiveness of HPV vaccination in Spain.",
         "What is the cost-effectiveness of HPV vaccination in Spain?"),
        ("The purpose of this review was to characterise the long-term outcomes of bariatric surgery.",
         "What are the long-term outcomes of bariatric surgery?"),
        ("To estimate the prevalence and incidence of gout in Taiwan.", "What are the prevalence and incidence of gout in Taiwan?"),
        ("The study was designed to assess the influence of diet on acne.", "What is the influence of diet on acne?"),
        ("TO ASSESS THE EFFECT OF ZINC ON WOUND HEALING.", "What is the EFFECT OF ZINC ON WOUND HEALING?"),
        ("To assess safety of rituximab in myasthenia gravis.", "What is the safety of rituximab in myasthenia gravis?"),
        ("To determine if zinc shortens the common cold.", "Is it known whether zinc shortens the common cold?"),
        ("To test whether adding metformin to insulin, compared with insulin alone, improves glycaemic control.",
         "Is it known whether adding metformin to insulin, compared with insulin alone, improves glycaemic control?"),
        ("Our objective was to determine whether statins do not raise the risk of cataract.",
         "Is it known whether statins do not raise the risk of cataract?"),
        ("To identify predictors of mortality in sepsis.", "Which predictors of mortality in sepsis have been found?"),
        ("To explore the barriers to vaccination among migrants.",
         "Which barriers to vaccination among migrants have been found?"),
        ("The goal was to identify modifiable risk factors for dementia.",
         "Which modifiable risk factors for dementia have been found?"),
    ],
)  # fmt: skip
def test_what_is_measured_is_asked_for_as_it_is_named(aim: str, question: str) -> None:
    assert question_of_aim(aim) == question


@pytest.mark.parametrize(
    "sentence",
    [
        "To evaluate the sensitivity of CT; to compare it with MRI.",
        "The purpose of this trial was to compare early with late surgery.",
        "To determine why patients stop taking statins.",
        "To review the literature on the role of zinc.",
        "We hypothesized that zinc would shorten the common cold.",
        "This paper describes the burden of influenza in Kenya.",
        "To estimate the burden of influenza in Kenya, and to describe who is vaccinated.",
        "To assess the risk of stroke and evaluate its costs.",
        "To determine whether we can predict sepsis.",
        "To assess the effect of our programme on falls.",
        "To examine the association between their diet and their weight.",
        "To assess the safety) of statins.",
        "Patients were asked to report the frequency of headaches.",
        "Statins were prescribed to lower the risk of stroke.",
        "The aim was to improve the outcomes of hip surgery.",
        "To assess",
        "To assess.",
        "Objective",
        "",
        " ",
        "To assess the effect of " + "a very " * MOST_WORDS + "long treatment on pain.",
    ],
)
def test_what_no_pattern_fits_or_what_points_to_the_paper_asks_nothing(sentence: str) -> None:
    assert question_of_aim(sentence) is None


@pytest.mark.parametrize(
    ("question", "answer", "answered"),
    [
        ("What is the prevalence of asthma in children?", "Asthma was found in 12% of the children.", True),
        ("What is the prevalence of asthma in children?", "Childhood asthma is highly prevalent; children need care.", True),
        ("What is the prevalence of asthma in children?",
         "The findings highlight the need for better asthma care for children.", False),
        ("What is the incidence of falls in older adults?", "Older adults who fall should be offered training.", False),
        ("What is the safety of statins in stroke?", "Statins prevented a second stroke.", False),
        ("What is the safety of statins in stroke?", "Statins eventually helped after a stroke.", False),
        ("What is the safety of statins in stroke?", "After stroke, statins were well tolerated.", True),
        ("What is the safety of statins in stroke?", "No adverse events of statins were seen after stroke.", True),
        ("What is the cost-effectiveness of screening for glaucoma?", "Screening for glaucoma is effective.", False),
        ("What is the cost-effectiveness of screening for glaucoma?",
         "Screening for glaucoma is effective and saves costs.", True),
        ("What is the efficacy of zinc in wound healing?", "Zinc did not improve wound healing.", True),
        ("What is the efficacy of zinc in wound healing?", "Larger trials of zinc in wound healing are needed.", False),
        ("What is the accuracy of ultrasound for appendicitis?", "Ultrasound had a sensitivity of 86% for appendicitis.", True),
        ("What is the accuracy of ultrasound for appendicitis?", "Ultrasound is cheap in appendicitis.", False),
        ("What is the role of zinc in acne?", "Zinc is a mineral.", False),
        ("What is the role of zinc in acne?", "", False),
        ("Is it known whether COPD worsens with NO2?", "COPD was worse where NO2 was high.", True),
    ],
)  # fmt: skip
def test_a_conclusion_answers_where_it_speaks_of_the_measure(
    question: str, answer: str, answered: bool
) -> None:
    assert is_answered(question, answer) is answered


AIMS = st.lists(
    st.sampled_from(
        "To to assess determine aim was the The effects effect of and , whether risk factors for statins in our ( ) ; . we".split()
    )
).map(" ".join) | st.text(max_size=80)


@given(AIMS, AIMS)
def test_a_question_is_one_question_of_bounded_length(sentence: str, answer: str) -> None:
    question = question_of_aim(sentence)
    if question is not None:
        assert question.endswith("?")
        assert len(question.split()) <= MOST_WORDS + 5
    assert question_of_aim(sentence, answer) in (None, question)
