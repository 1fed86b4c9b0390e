"""Drug information: the right section of the right drug, a boxed warning first, the doses literal."""

from __future__ import annotations

import pytest

from medai_assets.instructions.kinds.drug_information import is_run_together
from medai_assets_tests.instructions.builders import document, made_by, row

BOX = "WARNING: FETAL TOXICITY. Stop examplol as soon as pregnancy is found. It may injure the fetus. Review before pregnancy."


def label(
    *sections: tuple[str, str],
    subject: str | None = "exampline sodium",
    brand: str = "Examplol",
    otc: bool = False,
):
    attributes = {"product_type": "otc" if otc else "rx", "brand": brand}
    audience = "consumer" if otc else "professional"
    rows = [
        row(text, section, document="fda:1", subject=subject, title=brand, attributes=attributes, audience=audience,
            heading="Warnings and precautions" if section == "warnings" else "")
        for section, text in sections
    ]  # fmt: skip
    return document(*rows)


def test_a_section_answers_the_question_about_it() -> None:
    page = label(
        ("dosage", "Take 50 mg once daily. The maximum is 100 mg a day."),
        ("storage", "Store below 25°C in a dry place."),
    )
    (made,) = made_by("drug_information.dosage", page)
    assert made.answer.text.endswith("Take 50 mg once daily. The maximum is 100 mg a day.")
    assert made.labels == {"field": "dosage", "drug": "exampline", "facts": ["50 mg", "100 mg"]}
    assert "exampl" in made.prompt.lower()


@pytest.mark.parametrize(
    "dose", ["50 µg", "50 μg", "1 000 mg", "1,000 mg", "1\u202f000 mg", "5.0 mg", "2.5 to 5.0 mg/kg"]
)
def test_a_dose_is_a_fact_whole_however_it_is_written(dose: str) -> None:
    (made,) = made_by(
        "drug_information.dosage", label(("dosage", f"Take {dose} once daily, before the morning meal."))
    )
    assert made.labels["facts"] == [dose]


def test_a_boxed_warning_comes_first_where_the_answer_touches_safety() -> None:
    page = label(
        ("boxed_warning", BOX),
        ("dosage", "Take 50 mg once daily with food."),
        ("storage", "Store below 25°C in a dry place."),
    )
    (dose,) = made_by("drug_information.dosage", page)
    assert dose.answer.text.startswith("Boxed warning: WARNING: FETAL TOXICITY.")
    (storage,) = made_by("drug_information.storage", page)
    assert "FETAL" not in storage.answer.text


def test_short_warnings_become_a_list_in_the_source_s_words() -> None:
    page = label(
        ("warnings", "Peripheral neuropathy."), ("warnings", "Severe skin reactions; stop at the first sign.")
    )
    (made,) = made_by("drug_information.warnings", page)
    assert made.answer.text.endswith(
        "- Peripheral neuropathy.\n- Severe skin reactions; stop at the first sign."
    )
    assert len(made.passages) == 2


def test_a_label_without_a_name_answers_nothing() -> None:
    assert (
        made_by(
            "drug_information.dosage", label(("dosage", "Take 50 mg once daily."), subject=None, brand="")
        )
        == []
    )


def test_generic_and_brand_are_both_asked_for() -> None:
    texts = [f"Take {n} mg once daily with a glass of water." for n in range(20, 60)]
    prompts = [m.prompt for t in texts for m in made_by("drug_information.dosage", label(("dosage", t)))]
    assert any("exampline" in p for p in prompts)
    assert any("Examplol" in p for p in prompts)
    assert len({p.replace("Examplol", "exampline") for p in prompts}) >= 4, "several phrasings"


def test_products_without_prescription_are_asked_about_by_consumers() -> None:
    (made,) = made_by(
        "drug_information.indications",
        label(("indications", "temporarily relieves minor aches and pains."), otc=True),
    )
    assert made.audience == "consumer"
    assert (
        made.answer.text == "Uses (exampline): Temporarily relieves minor aches and pains."
        or "Examplol" in made.answer.text
    )


def test_a_text_whose_list_is_lost_is_passed_over() -> None:
    page = document(
        row("More than 1 in 100 people notice one of these. Serious ones are rare.", "adverse_reactions",
            document="nhs:medicines/examplol", title="Examplol", subject="Examplol", attributes={"genre": ["Medicine"]})
    )  # fmt: skip
    assert made_by("drug_information.adverse_reactions", page) == []


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("Stop use and ask a doctor if redness occurs symptoms last more than 7 days", True),
        ("Do not use if you are a woman or have hair loss in front. you have no family history of it", True),
        (
            "Stop use and ask a doctor if redness or irritation develops, or symptoms last more than 7 days.",
            False,
        ),
        (
            "Stop use if pain gets worse or persists for more than 10 days. Do not use more, e.g. for sleep.",
            False,
        ),
        ("Do not use if you have:\n- glaucoma\n- a rash that appears suddenly", False),
    ],
)
def test_a_list_of_an_otc_label_that_lost_its_marks_is_told(text: str, lost: bool) -> None:
    assert is_run_together(text) is lost


def test_one_of_several_passages_that_fits_is_no_list() -> None:
    long = " and ".join(["its effect on the body is not known in full"] * 30) + "."
    page = document(
        row("It relaxes the muscle of the airway for many hours.", "mechanism", document="fda:1", subject="exampline"),
        row(long, "mechanism", document="fda:1", subject="exampline"),
    )  # fmt: skip
    (made,) = made_by("drug_information.mechanism", page)
    assert made.answer.text.startswith("How it works (exampline): It relaxes")


def test_storage_begins_where_the_label_speaks_of_it() -> None:
    page = label(
        (
            "storage",
            "Each gum contains 11 mg of sodium. Store below 25°C in a dry place. Do not use if a seal is open.",
        ),
        otc=True,
    )
    (made,) = made_by("drug_information.storage", page)
    assert "sodium" not in made.answer.text
    assert made.answer.text.endswith("Store below 25°C in a dry place. Do not use if a seal is open.")
    assert not made_by("drug_information.storage", label(("storage", "Each gum contains 11 mg of sodium.")))
