"""What a label says in full and again in its highlights is taught once."""

from __future__ import annotations

import pytest

from medai_assets.verification import Evidence
from medai_assets.verification.said_once import said_once
from medai_assets_tests.verification.builders import about, example, label, passage, refused_by, source


def again(answer: str, section: str = "indications", *framing: str, is_label: bool = True) -> str:
    part = passage(answer, section)
    document = label(part) if is_label else source(part)
    made = example("What is it used for?", answer, "drug_information", framing=framing)
    found = said_once(made, Evidence(document, document.passages))
    return found.reason if found else ""


@pytest.mark.parametrize(
    "answer",
    [
        "Myrbetriq is indicated for the treatment of overactive bladder with symptoms of urgency. Myrbetriq is a beta-3 adrenergic "
        "agonist indicated for the treatment of overactive bladder with symptoms of urgency.",
        "BETHKIS is contraindicated in patients with a known hypersensitivity to any aminoglycoside. Bethkis is contraindicated in "
        "patients with known hypersensitivity to any aminoglycoside.",
        "For the relief of seasonal allergic rhinitis in adults. It is used to relieve seasonal allergic rhinitis in adults.",
        "- Dialysis patients with anemia of kidney disease\n- Adults and dialysis patients with anemia of kidney disease",
        "Treatment of diseases of the thyroid gland. It is indicated for the treatment of disease of the thyroid gland.",
        "Store vials in a refrigerator. STORE VIALS IN A REFRIGERATOR.",
        "It may reduce the efficacy of the vaccine. As it may reduce efficacy, avoid a vaccine during treatment.",
        "It is used for acute migraine attacks. It is used for acute migraine attacks with or without aura.",
    ],
)  # fmt: skip
def test_a_sentence_whose_words_another_one_has_is_said_twice(answer: str) -> None:
    assert "says it as well" in again(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "It is indicated for adults with relapsed follicular lymphoma. It is indicated for adults with relapsed leukemia.",
        "Adults: 5 mg once daily. Children: 2.5 mg once daily.",
        "Store vials at 2°C to 8°C. Store vials at 20°C to 25°C once opened.",
        "It is used in asthma. It is not used in acute asthma.",
        "Use it. Use it twice a day with food.",
        "Indications:\nIt relieves pain of the joints.",
        "- asthma\n- asthma with eczema",
        "Dose | 5 mg once daily\nDose | 5 mg once daily",
    ],
)
def test_another_disease_group_dose_or_temperature_is_no_repetition(answer: str) -> None:
    assert again(answer) == ""


@pytest.mark.parametrize(
    "denied", ["It should not be used", "It isn't used", "It isn’t used", "Avoid it", "It is without use"]
)
def test_negation_makes_another_statement(denied: str) -> None:
    assert again(f"It should be used in severe asthma attacks. {denied} in severe asthma attacks.") == ""


def test_framing_is_no_repetition_and_a_page_may_take_up_what_it_said() -> None:
    said = "It relieves seasonal allergic rhinitis in adults."
    twice = f"{said} {said}"
    assert again(f"{said} The label says: {said}", "indications", f"The label says: {said}") == ""
    assert again(twice)
    assert again(twice, is_label=False) == ""


@pytest.mark.parametrize(
    ("answer", "is_twice"),
    [
        ("Tablets: 5 mg, 10 mg and 20 mg, pink and round.", False),
        ("Tablets: 5 mg, 10 mg. The pink tablet holds 5 mg and is debossed.", True),
        ("Injection: 100 units/mL in a vial. The vial has 100 units of insulin a millilitre.", True),
        ("Cream: 0.5%. The white cream is 0.5%, in a tube of 30 g.", True),
        ("Injection: 25 mg/5 mL and 50 mg/10 mL.", False),
        ("Capsules: 1,000 mg. The blue one has 1,000 mg.", True),
        ("Tablets: 5 mg of A with 50 mg of B.", False),
    ],
)
def test_strengths_are_told_once(answer: str, is_twice: bool) -> None:
    assert ("strength is told twice" in again(answer, "dosage_forms")) is is_twice
    assert "strength" not in again(answer, "description")


@pytest.mark.parametrize(
    ("answer", "is_refused"),
    [
        (  # in full, and as the highlights have it
            "Donepezil is indicated for the treatment of dementia of the Alzheimer's type. It was tried in mild and severe "
            "disease. Donepezil is an inhibitor indicated for the treatment of dementia of the Alzheimer's type.",
            True,
        ),
        (
            "Dialysis solutions are indicated for patients in acute or chronic renal failure. "
            "For management of acute or chronic renal failure.",
            True,
        ),
        (
            "Advil is indicated for the treatment of wheeze in dusty rooms. "
            "Advil is indicated for the treatment of wheeze that cats cause.",
            False,
        ),
        (  # two diseases, put alike
            "It is indicated for adults with relapsed follicular lymphoma. "
            "It is indicated for adults with relapsed lymphocytic leukemia.",
            False,
        ),
    ],
)
def test_what_a_label_says_twice_is_not_taught_twice(answer: str, is_refused: bool) -> None:
    found = about("indications", answer, "What does the label say about it?")
    assert ("said_once" in found) is is_refused


def test_strengths_that_stand_again_in_the_highlights_are_refused() -> None:
    def told(text: str) -> list[str]:
        of_label = label(
            passage(text, "dosage_forms", brand="Furadantin"), names=("NITROFURANTOIN", "Furadantin")
        )
        made = example("Which strengths does Furadantin come in?", text, "drug_information")
        return refused_by(made, of_label, 0)

    assert told("Injection: 25 mg as a clear solution in a single-dose vial for the arm.") == []
    assert "said_once" in told(
        "Injection: 25 mg as a clear solution in a vial. The single-dose vial holds 25 mg."
    )
