"""Letters that a document spells out elsewhere are spelled out where a model learns them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.verification import Evidence
from medai_assets.verification.abbreviations_told import abbreviations_told
from medai_assets_tests.verification.builders import FEWER, example, passage, refused_by, source

TOLD = (
    "Chronic obstructive lung disease of the young (COLD) and idiopathic pulmonary fibrosis (IPF) scar the lungs. A biopsy shows "
    "usual interstitial pneumonias (UIPs). Human immunodeficiency virus (HIV) is looked for, as is alpha-1 antitrypsin (AAT)."
)  # fmt: skip


def strange(answer: str, question: str = "What scars the lungs?") -> str:
    document = source(passage(answer), passage(TOLD, "overview"))
    found = abbreviations_told(example(question, answer), Evidence(document, document.passages[:1]))
    return found.reason if found else ""


@pytest.mark.parametrize(
    ("answer", "short"),
    [
        ("IPF is rare.", "IPF"),
        ("People with IPF cough.", "IPF"),
        ("In UIP the scars are old.", "UIP"),
        ("In UIPs the scars are old.", "UIP"),
        ("The AAT level is low.", "AAT"),
        ("Both COLD and IPF occur.", "COLD"),
        ("Fibrosis (IPF is meant) scars.", "IPF"),
    ],
)
def test_an_abbreviation_alone_is_strange(answer: str, short: str) -> None:
    assert f"does not: {short!r}" in strange(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Idiopathic pulmonary fibrosis (IPF) is rare, and IPF scars the lungs.",
        "In idiopathic pulmonary fibrosis, called IPF, the lungs are scarred.",
        "HIV and AIDS, seen by CT or MRI, are known by their letters.",
        "The AAT gene is changed, and AAT mutations are found.",
        "A cold is no lung disease.",
        "BRCA1 and TNF are told nowhere.",
        "The lungs are scarred.",
        "",
    ],
)
def test_what_is_spelled_out_known_or_a_gene_is_not(answer: str) -> None:
    assert strange(answer) == ""


def test_what_the_question_says_the_answer_may_say() -> None:
    assert strange("IPF is rare.", "How rare is IPF?") == ""
    assert strange("UIP is rare.", "How rare is IPF?")


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("The level of ATA is low.", "AAT"),
        ("PIF is rare.", "IPF"),
        ("The pulmonary interstitial fibrosis (PIF) is rare.", ""),
        ("PIT is rare.", ""),
        ("PI is rare.", ""),
    ],
)
def test_letters_in_another_order_are_a_slip_unless_words_stand_for_them(answer: str, meant: str) -> None:
    assert (f"looks like {meant!r}" if meant else "") in strange(answer)
    assert bool(strange(answer)) is bool(meant)


@FEWER
@given(st.text(alphabet="AIPFTs ()-.,x", max_size=40))
def test_no_text_makes_it_fail(answer: str) -> None:
    assert strange(answer) == strange(answer)


@pytest.mark.parametrize(
    ("answer", "is_refused"),
    [
        ("The AFP level in the blood shows how the tumor responds.", True),
        ("The level of alpha-fetoprotein (AFP) shows how the tumor responds.", False),
        ("In an awake feline patient the AFP level is measured.", False),  # its words begin so
        ("A change of the AFP gene is found in most families.", False),
    ],
)
def test_an_abbreviation_that_the_document_spells_out_is_spelled_out(answer: str, is_refused: bool) -> None:
    page = source(passage(answer), passage("The blood is tested for alpha-fetoprotein (AFP)."))
    found = refused_by(example("What are the symptoms of wheeze?", answer), page, 0)
    assert ("abbreviations_told" in found) is is_refused


def test_an_abbreviation_stands_beside_its_words_in_the_answer_itself() -> None:
    told = passage("Wheeze of the upper airway (WUA) is rare.", "overview")
    for answer, is_refused in (
        ("WUA is caused by mutations in a gene.", True),
        ("Wheeze of the upper airway (WUA) is caused by mutations.", False),
        ("Wheeze of the upper airway (WUA) is rare. AWU is loud.", True),
        ("Wheeze of the upper airway (WUA) is no airway weakness under use, AWU.", False),
    ):
        document = source(
            told, passage(answer, "causes"), names=("Wheeze of the upper airway",), publisher="medquad"
        )
        made = example(
            "What causes wheeze of the upper airway?", answer, subject="Wheeze of the upper airway"
        )
        assert ("abbreviations_told" in refused_by(made, document, 1)) is is_refused
