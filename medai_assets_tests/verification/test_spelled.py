"""Slips of spelling that a source carries along, told from names, forms of a word and words that a set knows."""

from __future__ import annotations

import pytest

from medai_assets.verification.spelled import misspelt
from medai_assets.verification.whole_set import against_set
from medai_assets_tests.verification.builders import example


def slip(answer: str, subject: str = "Wheeze", *others: str) -> str:
    examples = [example(f"What is {subject}?", text, subject=subject) for text in (answer, *others)]
    found = misspelt(examples, [f"document {n}" for n in range(len(examples))])
    return found[0].reason if 0 in found else ""


@pytest.mark.parametrize(
    ("answer", "word", "meant"),
    [
        ("It is diagnosed by its chromsosome.", "chromsosome", "chromosome"),
        ("Visual acuity (clearnes) is reduced.", "clearnes", "clearness"),
        ("They die withing six years.", "withing", "within"),
        ("Physiotheraphy helps.", "Physiotheraphy", "physiotherapy"),
    ],
)
def test_a_word_one_letter_off_a_common_one_is_a_slip(answer: str, word: str, meant: str) -> None:
    assert slip(answer) == f"{word!r} looks like {meant!r}"


def test_a_name_one_letter_off_the_subject_is_a_slip() -> None:
    assert "'Behtlem'" in slip("People with Behtlem myopathy tire.", "Bethlem myopathy")
    assert "'Atenelol'" in slip("Atenelol is a beta blocker.", "atenolol")


def test_what_another_document_writes_too_is_a_word() -> None:
    assert slip("The vellus hair is fine.")
    assert not slip("The vellus hair is fine.", "Wheeze", "All vellus hair is soft.")


@pytest.mark.parametrize(
    "answer",
    [
        "Farber disease is rare.",  # a name at the beginning of a sentence
        "People with Donohue syndrome are small.",
        "The dystonias and the ataxias are disorders of movement.",
        "A mustache of gray hair and an aluminum frame.",
        "It analyzes five millimeters, and aciclovir helps.",
        "One of the symptoms is pain.",
        "The severity of symptoms varies.",
        "Experts do not recommend routine screening.",
        "Complications of in vitro fertilization are seen, and an in-depth look is a by-product.",
        "By and large it heals.",
        "In May was a test, and your can of soup.",
        "The mucosal layer swells.",
        "The child grows in spurts.",
        "Hemophilia A and hemophilia B are told apart.",
        "These lesions may need to be removed, and may bleed.",
    ],
)
def test_names_and_forms_of_a_word_are_no_slips(answer: str) -> None:
    assert slip(answer) == ""


@pytest.mark.parametrize(
    "answer",
    [
        "The disorder is cause by mutations.",
        "An x ray creates a of the structures.",
        "The skin legions itch, and these legions bleed.",
        "It is found in the fluid at during the acute stage.",
        "Your gradually lose your sight.",
        "The treatment options for gout depends on its size.",
        "IN some cases and IN some families it is inherited.",
    ],
)
def test_words_that_do_not_go_together_are_a_slip(answer: str) -> None:
    assert slip(f"It is rare. {answer}").startswith("words that do not go together")


def test_the_whole_set_is_asked_and_authored_text_is_not() -> None:
    said = "Wheeze is diagnosed by its chromsosome, which a doctor looks at in a laboratory."
    found = against_set([example("What is wheeze?", said)], ["Wheeze"], ["one"])
    assert found[0].property == "spelled"
    assert not against_set([example("What is wheeze?", said, authored=True)], ["Wheeze"], ["one"])
