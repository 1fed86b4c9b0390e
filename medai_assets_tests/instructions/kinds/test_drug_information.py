"""Drug information: the right section of the right drug, a boxed warning first, the doses literal."""

from __future__ import annotations

import re

import pytest

from medai_assets.instructions.kinds.drug_information import facts_stated
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
        ("storage", "Store below 25°C in a place that is dry."),
    )
    (dose,) = made_by("drug_information.dosage", page)
    assert dose.answer.text == (
        f"Boxed Warning:\n{BOX}\n\nDosage and Administration:\nTake 50 mg once daily with food."
    )
    assert all(words in dose.prompt for words in ("boxed warning", "Dosage and Administration", "Examplol"))
    (storage,) = made_by("drug_information.storage", page)
    assert "FETAL" not in storage.answer.text


def test_a_box_that_does_not_fit_whole_leaves_no_answer_that_it_belongs_to() -> None:
    box = BOX + " Stop it, and never give it again to anybody who had this." * 20
    page = label(
        ("boxed_warning", box),
        ("dosage", "Take 50 mg once daily with food."),
        ("storage", "Store below 25°C."),
    )
    assert made_by("drug_information.dosage", page) == []
    assert made_by("drug_information.boxed_warning", page) == []


def test_a_box_about_something_else_is_left_out() -> None:
    page = label(
        ("boxed_warning", BOX), ("geriatric_use", "Elderly patients may be more sensitive to its effects.")
    )
    (made,) = made_by("drug_information.geriatric_use", page)
    assert "FETAL" not in made.answer.text


def test_a_boxed_warning_is_asked_for_by_itself() -> None:
    (made,) = made_by("drug_information.boxed_warning", label(("boxed_warning", BOX)))
    assert made.answer.text.endswith(BOX)


def headed(section: str, *parts: tuple[str, str], **other: object):
    """A label of a prescription drug whose passages of one section have these headings."""
    attributes = {"product_type": "rx", "brand": "Examplol"}
    return document(
        *(
            row(text, section, heading=heading, document="fda:1", subject="exampline", audience="professional",
                attributes=attributes | other)
            for heading, text in parts
        )
    )  # fmt: skip


def test_a_section_is_its_subsections_below_their_headings() -> None:
    page = headed(
        "indications",
        ("Gout", "Examplol is indicated in gout."),
        ("Asthma", "It is indicated in asthma too."),
    )
    (made,) = made_by("drug_information.indications", page)
    assert "Indications and Usage" in made.prompt
    assert (
        made.answer.text == "Gout: Examplol is indicated in gout.\n\nAsthma: It is indicated in asthma too."
    )
    assert len(made.passages) == 2


def test_a_title_that_stands_over_two_texts_is_not_asked_for() -> None:
    twice = headed(
        "contraindications",
        ("Contraindications", "Do not give it in gout at all."),
        ("Contraindications", "None."),
    )
    assert made_by("drug_information.contraindications", twice) == []


def test_each_title_of_one_section_of_the_vocabulary_is_asked_for_by_itself() -> None:
    page = headed(
        "pregnancy",
        ("Labor and delivery", "Its effect on labor is unknown to date."),
        ("Pregnancy", "Animal studies showed no harm to the fetus."),
    )
    made = {m.prompt: m.answer.text for m in made_by("drug_information.pregnancy", page)}
    assert sorted("Labor and Delivery" in prompt for prompt in made) == [False, True]
    assert all(("labor" in text) is ("Labor" in prompt) for prompt, text in made.items())


def test_what_is_left_of_a_section_whose_parts_are_fields_of_their_own_is_not_asked_for() -> None:
    assert not made_by(
        "drug_information.warnings",
        headed("warnings", ("Precautions", "Watch the liver of every patient who takes it.")),
    )
    assert made_by(
        "drug_information.warnings",
        headed("warnings", ("General precautions", "Watch the liver of everybody who takes it.")),
    )


def test_a_section_that_is_too_long_is_asked_about_by_its_headings() -> None:
    long = "It is known to harm the liver of some, and nobody knows of whom. " * 8
    page = headed(
        "warnings",
        ("Liver Injury in Adults", long.strip()),
        ("QT Prolongation", f"It prolongs it. {long.strip()}"),
    )
    made = {m.prompt: m.answer.text for m in made_by("drug_information.warnings", page)}
    assert len(made) == 2
    for title, begins in (("Liver Injury in Adults", "It is known"), ("QT Prolongation", "It prolongs it.")):
        (text,) = (text for prompt, text in made.items() if f'"{title}"' in prompt)
        assert text.startswith(begins)


def test_a_section_that_was_cut_gives_no_answer() -> None:
    page = document(
        row("It may harm the liver of some.", "contraindications", document="fda:1", subject="exampline", attributes={"part": 1})
    )  # fmt: skip
    assert made_by("drug_information.contraindications", page) == []


def test_a_label_without_a_name_answers_nothing() -> None:
    assert (
        made_by(
            "drug_information.dosage", label(("dosage", "Take 50 mg once daily."), subject=None, brand="")
        )
        == []
    )


def test_a_label_is_asked_about_by_its_brand_since_it_speaks_of_one_product_only() -> None:
    texts = [f"Take {n} mg once daily with a glass of water." for n in range(20, 60)]
    prompts = [m.prompt for t in texts for m in made_by("drug_information.dosage", label(("dosage", t)))]
    assert all("Examplol" in p for p in prompts)
    assert len(set(prompts)) >= 4, "several phrasings"


def test_a_house_s_name_before_the_substance_is_no_brand_to_ask_by() -> None:
    text = "Take one of the exampline sodium tablets of 50 mg once daily with water."
    (made,) = made_by("drug_information.dosage", label(("dosage", text), brand="Goodhouse Exampline 50 mg"))
    assert "exampline tablets" in made.prompt
    assert "Goodhouse" not in made.prompt


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("Exampline Sodium Injection, USP is a sterile solution.", "exampline injection"),
        ("Exampline extended-release tablet is taken whole.", "exampline extended-release tablets"),
        # which one it is of is not plain
        (
            "Exampline cream is for the skin. Exampline tablets are another product.",
            "",
        ),
        ("It is a white powder.", ""),
    ],
)
def test_a_substance_is_asked_about_with_the_form_that_its_label_is_of(told: str, asked: str) -> None:
    page = label(
        ("description", told),
        ("storage", "Store below 25°C in a place that is always dry."),
        brand="Exampline Sodium",
    )
    made = made_by("drug_information.storage", page)
    assert [asked in m.prompt for m in made] == [True] * bool(asked)


@pytest.mark.parametrize(("piece", "form"), [("caplet", "caplets"), ("chewing gum", "gum")])
def test_a_package_that_says_what_each_piece_holds_names_its_form(piece: str, form: str) -> None:
    page = label(
        ("description", f"Active ingredient (in each {piece}) Exampline 50 mg"),
        ("storage", "Store below 25°C in a place that is always dry."), brand="Exampline", otc=True,
    )  # fmt: skip
    (made,) = made_by("drug_information.storage", page)
    assert f"exampline {form}" in made.prompt
    assert "gums" not in made.prompt
    assert '"Other information"' in made.prompt


def test_one_subsection_of_uses_is_no_answer_of_its_own() -> None:
    long = " ".join(f"Examplol is indicated for illness {n} in adults." for n in range(60))
    assert not made_by(
        "drug_information.indications", label(("indications", f"Complicated Infections. {long}"))
    )


def test_products_without_prescription_are_asked_about_by_consumers() -> None:
    (made,) = made_by(
        "drug_information.indications",
        label(("indications", "temporarily relieves minor aches and pains of the back."), otc=True),
    )
    assert made.audience == "consumer"
    assert '"Uses"' in made.prompt
    assert made.answer.text == "Temporarily relieves minor aches and pains of the back."


def test_what_openfda_states_answers_alone() -> None:
    text = "The active ingredient of Examplol is exampline sodium, according to FDA's data on its label."
    attributes = {"product_type": "rx", "brand": "Examplol", "values": ["exampline sodium"]}
    page = document(
        row(text, "active_ingredient", document="fda:1", subject="exampline sodium", attributes=attributes, heading="")
    )  # fmt: skip
    (made,) = made_by("drug_information.active_ingredient", page)
    assert (made.answer.text, made.answer.framing) == (text, [])
    assert re.search("active (?:ingredient|substance)", made.prompt)
    assert "Examplol" in made.prompt
    assert made.labels == {
        "field": "active_ingredient",
        "drug": "exampline",
        "facts": ["exampline sodium"],
    }


@pytest.mark.parametrize(
    ("section", "text", "values", "asked"),
    [
        (
            "route",
            "The route of administration of Examplol is oral (by mouth).",
            ["oral (by mouth)"],
            "route",
        ),
        (
            "product_type",
            "Examplol is a human over-the-counter (OTC) drug.",
            ["over-the-counter (OTC) drug"],
            "or",
        ),
        (
            "active_ingredient",
            "The active ingredients of Examplol are a1 and b2.",
            ["a1", "b2"],
            "active (?:ingredients|substances)",
        ),
    ],
)
def test_what_is_stated_is_a_fact_that_the_answer_itself_holds(
    section: str, text: str, values: list[str], asked: str
) -> None:
    attributes = {"product_type": "rx", "brand": "Examplol", "values": values}
    rows = row(text, section, document="fda:1", subject="exampline", attributes=attributes, heading="")
    (made,) = made_by(f"drug_information.{section}", document(rows))
    assert re.search(asked, made.prompt)
    assert facts_stated(text, text, made.labels).score == 1
    assert facts_stated("It is a plant.", text, made.labels).score == 0


def test_of_prescription_drugs_a_third_are_asked_about_as_such_and_every_other_product() -> None:
    def made(kind: str, number: int) -> int:
        attributes = {"product_type": "rx", "brand": "Examplol", "values": [kind]}
        text = f"According to FDA's data on its label, Examplol is a human {kind} ({number})."
        told = row(text, "product_type", document=f"fda:{number}", subject="exampline", attributes=attributes)
        return len(made_by("drug_information.product_type", document(told)))

    assert 15 <= sum(made("prescription drug", number) for number in range(90)) <= 45
    assert sum(made("over-the-counter (OTC) drug", number) for number in range(9)) == 9


def test_the_strengths_of_a_substance_are_asked_of_a_brand_alone() -> None:
    told = ("dosage_forms", "Tablets: 50 mg, white and round, with a score across one side.")
    (made,) = made_by("drug_information.dosage_forms", label(told))
    assert made.labels["facts"] == ["50 mg"]
    assert not made_by("drug_information.dosage_forms", label(told, brand="Exampline", subject="exampline"))
