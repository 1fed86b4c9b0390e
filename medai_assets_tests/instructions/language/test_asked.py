"""A collection's templates and page titles become questions that a person would ask, or none."""

from __future__ import annotations

import pytest

from medai_assets.instructions.language.asked import is_plural, readable, typed_question
from medai_assets.verification.question_is_natural import question_is_natural
from medai_assets_tests.verification.builders import example

TEMPLATES = {
    "information": "What is (are) {} ?",
    "symptoms": "What are the symptoms of {} ?",
    "treatment": "What are the treatments for {} ?",
    "outlook": "What is the outlook for {} ?",
    "causes": "What causes {} ?",
    "diagnosis": "How to diagnose {} ?",
    "prevention": "How to prevent {} ?",
    "susceptibility": "Who is at risk for {}? ?",
    "inheritance": "Is {} inherited ?",
    "frequency": "How many people are affected by {} ?",
    "genetic changes": "What are the genetic changes related to {} ?",
    "complications": "What are the complications of {} ?",
    "stages": "What are the stages of {} ?",
}


@pytest.mark.parametrize("kind", TEMPLATES)
@pytest.mark.parametrize("name", ["Gout", "Kidney Stones"])
def test_a_template_becomes_one_of_the_phrasings_of_its_type(kind: str, name: str) -> None:
    template = TEMPLATES[kind].format(name).replace("? ?", "?")
    asked = {readable(template, name, str(number)) for number in range(200)}
    assert None not in asked
    forms = {typed_question(kind, name, name == "Kidney Stones", str(number)) for number in range(200)}
    assert asked == forms
    assert len(asked) >= 2
    for question in asked:
        assert question is not None
        assert name in question
        assert question_is_natural(example(question, "")) is None, question


def test_several_things_agree_with_their_verb() -> None:
    asked = {readable("What is (are) Kidney Stones?", None, str(n)) for n in range(200)}
    assert "What are Kidney Stones?" in asked
    assert not any(" is " in (q or "") or (q or "").startswith("Does") for q in asked)


@pytest.mark.parametrize(
    "template",
    [
        "What research (or clinical trials) is being done for Gout?",
        "What to do for Gout?",
        "Do you have information about Gout?",
        "Where to find support for Gout ?",
    ],
)
def test_what_is_answered_with_whatever_was_left_over_asks_nothing(template: str) -> None:
    assert readable(template) is None


def test_a_booklet_s_own_words_are_no_part_of_the_name() -> None:
    asked = {readable("What is (are) What I need to know about Gas?", None, str(n)) for n in range(200)}
    assert "What is Gas?" in asked
    assert not any("need to know" in (q or "") for q in asked)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Parasites - Giardia", "Giardia"),
        ("Parasites - Lice - Head Lice", "Head Lice"),
        ("Diabetic Neuropathies: The Nerve Damage of Diabetes", "Diabetic Neuropathies"),
        ("Ataxia - hypogonadism - choroidal dystrophy", "Ataxia - hypogonadism - choroidal dystrophy"),
        ("Overview of Kidney Disease in Children", "Kidney Disease in Children"),
    ],
)
def test_a_title_is_asked_about_by_its_name(title: str, name: str) -> None:
    asked = {readable(f"What causes {title}?", title, str(n)) for n in range(200)}
    assert f"What causes {name}?" in asked
    assert all(name in (q or "") for q in asked)


@pytest.mark.parametrize(
    "title",
    [
        "Prevent diabetes problems: Keep your eyes healthy",
        "Your Diabetes Care Records",
        "I Can Lower My Risk for Type 2 Diabetes: A Guide for American Indians",
        "Preparing for Pregnancy if I Have Diabetes",
    ],
)
def test_a_booklet_s_title_names_nothing_to_ask_about(title: str) -> None:
    assert readable(f"What are the symptoms of {title}?", title) is None


@pytest.mark.parametrize(
    ("question", "is_asked"),
    [
        ("What are the treatments for Deep Brain Stimulation for Parkinson's Disease?", False),
        ("Who is at risk for Nutrition for Early Chronic Kidney Disease in Adults?", False),
        ("What are the symptoms of Yellow Fever Vaccination?", False),
        ("What are the treatments for Nervous System Tumors?", True),
        ("What is (are) Deep Brain Stimulation?", True),
    ],
)
def test_what_is_done_to_people_has_no_treatment_or_symptoms(question: str, is_asked: bool) -> None:
    assert (readable(question) is not None) is is_asked


@pytest.mark.parametrize(
    "title", ["Acanthamoeba - Granulomatous Amebic Encephalitis (GAE); Keratitis", "HIV/AIDS and Infections"]
)
def test_a_title_of_two_things_names_nothing_to_ask_about(title: str) -> None:
    assert readable(f"What is (are) {title}?", title) is None


@pytest.mark.parametrize("question", ["How to prevent ?", "What is (are) ?", "What are the treatments for ?"])
def test_a_template_whose_name_is_missing_asks_nothing(question: str) -> None:
    assert readable(question) is None


@pytest.mark.parametrize("question", ["What is metformin used for?", "What is it?", "What does it lead to?"])
def test_a_person_s_question_may_end_with_a_small_word(question: str) -> None:
    assert readable(question) == question


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("Kidney Stones in Children", True),
        ("Neurological Consequences of Cytomegalovirus Infection", True),
        ("Head Lice", True),
        ("Scabies", False),
        ("Rabies", False),
        ("Diabetes", False),
        ("Bell's Palsy", False),
        ("Brain and Spinal Tumors", True),
    ],
)
def test_a_name_is_plural_by_the_word_that_the_rest_depends_on(name: str, several: bool) -> None:
    assert is_plural(name) is several
