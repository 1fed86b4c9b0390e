"""Pages say "you"; people say "I". Names keep their capitals only where they are names."""

from __future__ import annotations

import pytest

from medai_assets.instructions.language import wording


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("you have a high temperature", "I have a high temperature"),
        ("you are short of breath, or bring up blood", "I am short of breath, or bring up blood"),
        ("your lips look blue", "my lips look blue"),
        ("asthma wakes you at night", "asthma wakes me at night"),
        ("stings give you large reactions each time", "stings give me large reactions each time"),
        ("you're worried about your child", "I'm worried about my child"),
        ("you were stung in the mouth", "I was stung in the mouth"),
        ("you have chest pain or are short of breath", "I have chest pain or am short of breath"),
        ("you or your child has swelling around the ear", "my child has swelling around the ear"),
        (
            "you or someone else might be having a heart attack",
            "someone with me might be having a heart attack",
        ),
        ("you think you or your child have missed a dose", "I think my child has missed a dose"),
        ("you cannot look after yourself", "I cannot look after myself"),
        ("there is a rash that does not fade", "there is a rash that does not fade"),
    ],
)
def test_words_to_you_become_words_of_me(said: str, told: str) -> None:
    assert wording.first_person(said) == told


@pytest.mark.parametrize(
    "said",
    [
        "you have any of these symptoms",
        "it began after a blow",
        "they have a fit",
        "a sore scalp",
        "none of those apply",
    ],
)
def test_what_points_elsewhere_or_states_nothing_is_given_back_as_none(said: str) -> None:
    assert wording.first_person(said) is None


def test_on_a_page_about_children_they_are_the_child() -> None:
    assert wording.of_child("they are drowsy") == "your child is drowsy"
    assert wording.of_child("their lips look blue") == "your child's lips look blue"


@pytest.mark.parametrize(
    ("name", "text", "within"),
    [
        ("Kidney Stones in Adults", "small kidney stones in adults", "kidney stones in adults"),
        ("Bell's Palsy", "a palsy of the face", "Bell's palsy"),
        ("DVT (deep vein thrombosis)", "", "DVT (deep vein thrombosis)"),
        ("Lyme Disease", "ticks carry Lyme disease", "Lyme disease"),
        ("Carbon monoxide poisoning", "CO is a gas", "carbon monoxide poisoning"),
    ],
)
def test_a_title_within_a_sentence(name: str, text: str, within: str) -> None:
    assert wording.in_sentence(name, text) == within


def test_the_page_decides_on_the_article() -> None:
    assert wording.with_article("stroke", "Signs of a stroke. A stroke is serious.") == "a stroke"
    assert wording.with_article("asthma", "Asthma is common. Treating asthma.") == "asthma"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("ciprofloxacin hydrochloride", "ciprofloxacin"),
        ("calcium carbonate", "calcium carbonate"),
        ("losartan potassium", "losartan"),
        ("dextromethorphan hydrobromide and guaifenesin", "dextromethorphan and guaifenesin"),
        ("sodium phosphate", "sodium phosphate"),
        ("sildenafil citrate", "sildenafil"),
        ("LIPITOR", "Lipitor"),
        ("aspirin", "aspirin"),
    ],
)
def test_drugs_are_named_without_their_salts(label: str, name: str) -> None:
    assert wording.drug_name(label) == name


@pytest.mark.parametrize(
    ("whole", "cut"),
    [
        ("I am struggling to breathe, or cannot finish a sentence", "I am struggling to breathe"),
        ("I have not had, or am not sure that I had, all of my vaccinations", None),
        ("I have deep or fast breathing, tummy pain, or breath that smells", None),
        ("I am weak, or faint", None),
    ],
)
def test_one_of_two_alternatives_is_told_only_where_it_stands_alone(whole: str, cut: str | None) -> None:
    assert wording.first_alternative(whole) == (cut or whole)


def test_asides_are_left_out_of_what_is_told() -> None:
    assert (
        wording.without_asides("you think you have shingles – medicine works best early")
        == "you think you have shingles"
    )
    assert wording.without_asides("a fit (seizure)") == "a fit"


def test_enumerations_are_cut_at_commas_and_the_last_or() -> None:
    assert wording.alternatives("a rash, a fit, or blue lips") == ["a rash", "a fit", "blue lips"]


def test_a_noun_that_organs_share_belongs_to_each_of_them() -> None:
    assert wording.alternatives("heart, liver or kidney disease") == [
        "heart disease", "liver disease", "kidney disease",
    ]  # fmt: skip
    assert wording.alternatives("diabetes or kidney disease") == ["diabetes", "kidney disease"]
