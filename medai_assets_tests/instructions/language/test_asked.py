"""A collection's templates and page titles become questions that a person would ask, or none."""

from __future__ import annotations

import pytest

from medai_assets.instructions.language.asked import is_plural, readable


@pytest.mark.parametrize(
    ("template", "question"),
    [
        ("What is (are) Asthma ?", "What is Asthma?"),
        ("What is (are) Kidney Stones?", "What are Kidney Stones?"),
        ("What is (are) Diabetes ?", "What is Diabetes?"),
        ("What is (are) Tuberculosis ?", "What is Tuberculosis?"),
        ("What causes Gout?", "What causes Gout?"),
        ("How to diagnose Gout?", "How is Gout diagnosed?"),
        ("How to diagnose Gallstones ?", "How are Gallstones diagnosed?"),
        ("How to prevent Gout?", "How can Gout be prevented?"),
        ("What to do for Gout?", "What is worth knowing about Gout?"),
        (
            "What research (or clinical trials) is being done for Gout?",
            "What research is being done on Gout?",
        ),
        ("What is (are) What I need to know about Gas?", "What is Gas?"),
    ],
)
def test_a_template_becomes_english(template: str, question: str) -> None:
    assert readable(template) == question


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
    assert readable(f"What causes {title}?", title) == f"What causes {name}?"


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
