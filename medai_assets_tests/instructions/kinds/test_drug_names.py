"""By which names a label or a medicine's page is asked about, and which lists of labels cannot be told."""

from __future__ import annotations

import pytest

from medai_assets.instructions.kinds.drug_information import (
    called,
    drug_names,
    facts,
    facts_stated,
    is_run_together,
)
from medai_assets.instructions.passages import SourceDocument
from medai_assets_tests.instructions.builders import document, row


def label(subject: str | None, brand: str = "", text: str = "It is said here.") -> SourceDocument:
    return document(
        row(text, "description", document="fda:1", subject=subject, title=brand, attributes={"brand": brand})
    )


@pytest.mark.parametrize(
    ("subject", "brand", "names"),
    [
        ("ibuprofen", "Advil", ["ibuprofen", "Advil"]),
        ("IBUPROFEN", "ADVIL PM", ["Ibuprofen", "Advil PM"]),
        ("amlodipine besylate", "Norvasc", ["amlodipine", "Norvasc"]),
        ("sodium bicarbonate", "Citrocarbonate", ["sodium bicarbonate", "Citrocarbonate"]),
        ("ibuprofen", "Ibuprofen", ["ibuprofen"]),
        ("ibuprofen", "Goodhouse Ibuprofen 200 mg", ["ibuprofen"]),
        ("ibuprofen", "", ["ibuprofen"]),
        ("Aluminum hydroxide, magnesium hydroxide, simethicone", "Mylanta", ["Mylanta"]),
        ("oxygen, nitrogen", "", ["oxygen, nitrogen"]),  # nothing shorter is there
        ("benzoyl peroxide", "Kit of Three Steps", ["benzoyl peroxide"]),
        (None, "Advil", []),
    ],
)
def test_a_label_is_called_by_substance_and_brand(subject: str | None, brand: str, names: list[str]) -> None:
    assert drug_names(label(subject, brand)) == names


@pytest.mark.parametrize(
    ("subject", "names"),
    [
        ("Ibuprofen for adults", ["ibuprofen"]),
        ("Ibuprofen for adults (Nurofen)", ["ibuprofen", "Nurofen"]),
        ("Paracetamol for children (Calpol)", ["paracetamol", "Calpol"]),
        ("Amlodipine", ["amlodipine"]),
        ("Sertraline (Lustral)", ["sertraline", "Lustral"]),
        (None, []),
    ],
)
def test_a_page_is_called_by_its_title_without_whom_it_is_for(subject: str | None, names: list[str]) -> None:
    text = "Take ibuprofen, paracetamol, amlodipine or sertraline as you were told."
    page = document(row(text, "overview", document="nhs:medicines/x", subject=subject, title=subject or "x"))
    assert drug_names(page) == names


def test_a_page_on_a_condition_names_no_drug() -> None:
    assert drug_names(document(row("x", "overview", subject="Croup"))) == []


@pytest.mark.parametrize(
    ("subject", "brand", "text", "name"),
    [
        ("ibuprofen", "Advil", "Advil tablets.", "Advil"),
        ("ibuprofen", "Ibuprofen", "Ibuprofen tablets are round.", "ibuprofen tablets"),
        ("ibuprofen", "Ibuprofen", "It is a powder.", ""),  # of which form is not plain
        ("ibuprofen sodium", "Ibuprofen Sodium", "Ibuprofen sodium tablets.", "ibuprofen tablets"),
        ("ibuprofen", "One Two Three Four Five Brand", "Ibuprofen gel is clear.", "ibuprofen gel"),
        (None, "Advil", "Advil tablets.", ""),
    ],
)
def test_a_label_is_asked_about_by_brand_or_substance_with_form(
    subject: str | None, brand: str, text: str, name: str
) -> None:
    assert called(label(subject, brand, text)) == name


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("Stop use if nervousness or sleeplessness occur symptoms do not improve", True),
        ("Stop use and ask a doctor if pain worsens fever lasts more than 3 days", True),
        ("Stop use if irritation develops discontinue promptly", True),
        ("Ask a doctor if a rash appears swelling comes later", True),
        ("Do not use on wounds. do not use if you are allergic to it", True),
        ("Stop use and ask a doctor if symptoms persist for more than 7 days.", False),
        ("Stop use if rash occurs within a day or worsens despite treatment.", False),
        ("Stop use if redness occurs. Ask a doctor.", False),
        ("If irritation develops, discontinue use. If it persists, ask a doctor.", False),
        ("A rash that appears suddenly should be seen.", False),
        ("Stop use if pain occurs, persists or worsens.", False),
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
        ("", False),
    ],
)
def test_where_one_condition_ends_and_the_next_begins(text: str, lost: bool) -> None:
    assert is_run_together(text) is lost


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        ("Take 200 mg to 400 mg every 6 hours.", ["200 mg", "400 mg"]),
        ("Take 2 to 4 mg.", ["2 to 4 mg"]),
        ("Give 0.5 mL or 10 units.", ["0.5 mL", "10 units"]),
        ("Give 5 mg/kg/day in 2 doses; at most 1,000 mg.", ["5 mg/kg/day", "1,000 mg"]),
        ("A 2% cream, 25 mcg patches.", ["2%", "25 mcg"]),
        ("Infuse 100 mg/m2.", []),  # of the body's surface: no dose of a person
        ("Take 1 tablet.", []),
        ("In study 7 of 2019.", []),
        ("Take 5 mg and again 5 mg.", ["5 mg"]),
        ("", []),
    ],
)
def test_doses_are_facts_in_the_order_in_which_they_stand(text: str, doses: list[str]) -> None:
    passage = label("ibuprofen", text=text or " ").first
    assert facts([passage], text) == doses
    assert facts([label("ibuprofen").first], text) == [], "what the source does not say is no fact"


def test_at_most_eight_facts_are_asked_for() -> None:
    text = ", ".join(f"{n} mg" for n in range(1, 12))
    assert facts([label("ibuprofen", text=text).first], text) == [f"{n} mg" for n in range(1, 9)]


LIMIT = "Adults take 200 mg. Do not use for more than 10 days and not more than 1,200 mg a day."


@pytest.mark.parametrize(
    ("answer", "score", "code"),
    [
        (LIMIT, 1.0, "facts_stated"),
        ("200mg at a time; at most 1.2 g a day.", 1.0, "facts_stated"),
        ("Take 0.2 g, up to 1200 milligrams a day.", 1.0, "facts_stated"),
        ("Take 200 mg; the daily dose should not be higher than 1,200 mg.", 1.0, "facts_stated"),
        ("Take 200 mg.", 0.5, "facts_stated"),
        ("Do not take 200 mg. Never exceed 1,200 mg.", 0.5, "facts_stated"),
        ("Take 2,000 mg, at most 1,200 mg.", 0.5, "other_amount"),
        ("Take 200 mcg, at most 1.2 mg.", 0.0, "other_amount"),
        ("Ask your pharmacist.", 0.0, "facts_stated"),
    ],
)
def test_doses_count_in_any_writing_and_not_where_they_are_denied(
    answer: str, score: float, code: str
) -> None:
    verdict = facts_stated(answer, LIMIT, {"facts": ["200 mg", "1,200 mg"], "drug": "ibuprofen"})
    assert (verdict.score, verdict.code) == (pytest.approx(score), code)
