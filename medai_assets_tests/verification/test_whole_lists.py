"""Lists and tables held to their blocks: what a reader would miss where one item of a list of alarm signs is gone."""

from __future__ import annotations

import pytest

from medai_assets.verification import Evidence
from medai_assets.verification.alignment import align
from medai_assets.verification.structure import units
from medai_assets.verification.whole_lists import blocks, lists_reason
from medai_assets_tests.verification.builders import example, passage, source

SEE = "See a GP if:\n- a cough lasts more than 3 weeks\n- you are losing weight\n- you cough up blood"
REST = "It is usually a cold. It gets better by itself."
STEPS = "To use the inhaler:\n1. Shake it.\n2. Breathe out.\n3. Press it and breathe in."
TABLE = "Age | Dose\n6 to 11 months | 2.5 mL\n1 to 4 years | 5 mL"
APART = "Symptoms include:\n\n- a cough\n\n- a rash\n\n- a fever"
BARE = "Asthma varies from one person to another.\n\n- wheezing\n- coughing\n- a tight chest"
FOLLOWING = "Call 911 if you have any of the following symptoms.\n- chest pain\n- fainting"
TWO = f"{SEE}\n\nCall 999 if:\n- you cannot breathe\n- your lips are blue"


def reason(text: str, answer: str, *framing: str, heading: str = "") -> str:
    document = source(passage(text, heading=heading))
    made = example("What is known?", answer, framing=framing)
    return lists_reason(align(made, Evidence(document, document.passages)), document)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (f"{SEE}\n\n{REST}", SEE),
        (f"{SEE}\n\n{REST}", REST),
        (f"{SEE}\n\n{REST}", SEE.replace("- ", "• ")),
        (STEPS, STEPS),
        (TABLE, TABLE),
        (APART, APART),
        (APART, APART.replace("\n\n", "\n")),
        (BARE, BARE),
        (FOLLOWING, FOLLOWING),
        (TWO, SEE),
        (TWO, TWO),
        ("- asthma\n- gout", "- asthma\n- gout"),
        (
            "Do not use:\n- if the seal is broken. Do not use if it is torn.\n- after the date",
            "Do not use:\n- if the seal is broken. Do not use if it is torn.\n- after the date",
        ),
        (
            "Do this:\n- Rest. Stay in bed.\n- Drink. Take water.",
            "Do this:\n- Rest. Stay in bed.\n- Drink. Take water.",
        ),
    ],
)
def test_a_list_with_its_lead_and_all_its_items_is_whole(text: str, answer: str) -> None:
    assert reason(text, answer) == ""


@pytest.mark.parametrize(
    ("text", "answer", "told"),
    [
        (SEE, SEE.removesuffix("\n- you cough up blood"), "1 of 3 items are missing"),
        (SEE, SEE.replace("\n- you are losing weight", ""), "1 of 3 items are missing"),
        (SEE, "See a GP if:", "3 of 3 items are missing"),
        (SEE, SEE.partition("\n")[2], "items without the words that lead them"),
        (SEE, "- you cough up blood", "items without the words that lead them"),
        (STEPS, STEPS.replace("\n2. Breathe out.", ""), "1 of 3 items are missing"),
        (TABLE, TABLE.replace("\n1 to 4 years | 5 mL", ""), "1 of 3 rows of a table"),
        (TABLE, TABLE.partition("\n")[2], "1 of 3 rows of a table"),
        (APART, "Symptoms include:\n\n- a cough\n\n- a rash", "missing"),
        (APART, "Symptoms include:\n- a fever", "missing"),
        (BARE, BARE.removesuffix("\n- a tight chest"), "1 of 3 items of a list"),
        (FOLLOWING, "Call 911 if you have any of the following symptoms.", "2 of 2 items are missing"),
        (FOLLOWING, "- chest pain\n- fainting", "items without the words that lead them"),
        (TWO, TWO.removesuffix("\n- your lips are blue"), "1 of 2 items are missing"),
        (TWO, TWO.replace("\n- you cough up blood", ""), "1 of 3 items are missing"),
        (
            "Signs:\n- a cough\n- a rash See a doctor. Rest.",
            "Signs:\n- a cough\n- a rash See a doctor. Rest.",
            "runs into the text",
        ),
        (
            "Signs:\n- a cough\n- a rash. It heals",
            "Signs:\n- a cough\n- a rash. It heals",
            "runs into the text",
        ),
    ],
)
def test_a_list_without_its_lead_or_an_item_or_that_runs_on_is_told(
    text: str, answer: str, told: str
) -> None:
    assert told in reason(text, answer)


def test_framing_may_lead_one_item_and_no_item_may_stand_beside_it_without_lead() -> None:
    text = SEE.partition("\n")[2]
    framing = "The page says to see a doctor if"
    assert reason(text, f"{framing} you cough up blood.", framing, heading="See a GP if:") == ""
    assert "missing" in reason(text, "See a GP if:\n- you cough up blood", heading="See a GP if:")


def test_an_item_that_is_said_together_with_its_lead_hides_the_others() -> None:
    assert "2 of 3 items" in reason(SEE, "See a GP if you cough up blood.")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("It is rare. It heals.", []),
        (SEE, [(0, [1, 2, 3])]),
        (BARE, [(None, [1, 2, 3])]),
        (TABLE, [(None, [0, 1, 2])]),
        (f"Doses by age:\n{TABLE}", [(0, [1, 2, 3])]),
        (TWO, [(0, [1, 2, 3]), (4, [5, 6])]),
        (APART, [(0, [1, 2, 3])]),
        (f"{TABLE}\n\n{TABLE}", [(None, [0, 1, 2]), (None, [3, 4, 5])]),
        (f"- asthma\n- gout\n{TABLE}", [(None, [0, 1]), (None, [2, 3, 4])]),
        ("Symptoms include:", [(0, [0])]),
        ("Symptoms include:\n\nCough", [(0, [1])]),
        ("Note: rest. Also: drink.", []),
    ],
)
def test_blocks_are_lists_and_tables_with_what_leads_them(
    text: str, found: list[tuple[int | None, list[int]]]
) -> None:
    assert list(blocks(units(text))) == found
