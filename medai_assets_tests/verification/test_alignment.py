"""Where the words of an answer stand in its source: what may be joined, and what would be a claim of nobody's."""

from __future__ import annotations

import sys
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.verification import Evidence, Source
from medai_assets.verification.alignment import align, source_texts, without_framing
from medai_assets.verification.structure import tokens, units
from medai_assets_tests.open_faults import open_fault
from medai_assets_tests.verification.builders import FEWER, example, passage, source

ASKED = "What is known of it?"
CARD = source(
    passage("- you cannot speak\n- your lips turn blue", "care_emergency", "Call 999 if:"),
    passage("- a cough lasts for 3 weeks", "care_non_urgent", "See a GP if:"),
)
LIST = source(
    passage(
        "Paracetamol works for most people.\n\nDo not take it if you have:\n- asthma\n- gout\n- an ulcer of the stomach",
        "contraindications",
    )
)
TABLE = source(
    passage("Drug | Child | Adult\nAmoxicillin | 125 mg | 500 mg\nDoxycycline | 50 mg | 200 mg", "dosage")
)
TWO = source(
    passage(
        "Paracetamol is well tolerated. Methotrexate is a folate antagonist, contraindicated in pregnancy, and it is stored cold."
    )
)
LISTED = source(
    passage(
        "It is used for headache, fever or period pain, but not for gout, ulcers or cramps.", "indications"
    )
)


def is_laid(answer: str, document: Source, *framing: str) -> bool:
    """Whether every unit of an answer has a place."""
    made = example(ASKED, answer, framing=framing)
    laid = align(made, Evidence(document, document.passages))
    return not laid.missing and bool(laid.units) and all(unit.is_grounded for unit in laid.units)


@pytest.mark.parametrize(
    ("answer", "document"),
    [
        ("Call 999 if:\n- you cannot speak\n- your lips turn blue", CARD),
        ("Call 999 if you cannot speak.", CARD),
        ("See a GP if a cough lasts for 3 weeks.", CARD),
        ("Do not take it if you have gout.", LIST),
        ("Do not take it if you have: an ulcer of the stomach.", LIST),
        ("It is used for fever.", LISTED),
        ("It is used for period pain.", LISTED),
        ("Amoxicillin | 125 mg | 500 mg", TABLE),
        ("Amoxicillin, 125 mg, 500 mg", TABLE),
        ("Amoxicillin | 500 mg", TABLE),
        ("PARACETAMOL IS WELL TOLERATED", TWO),
    ],
)
def test_the_source_s_own_joints_are_joined(answer: str, document: Source) -> None:
    assert is_laid(answer, document)


@pytest.mark.parametrize(
    ("answer", "document"),
    [
        ("Call 999 if a cough lasts for 3 weeks.", CARD),  # under another card's heading
        ("See a GP if your lips turn blue.", CARD),
        ("Paracetamol works for gout.", LIST),
        ("Paracetamol works for an ulcer of the stomach.", LIST),
        ("Do not take it if you have: asthma, gout.", LIST),
        ("Amoxicillin | 125 mg | 200 mg", TABLE),
        ("Amoxicillin | 50 mg | 200 mg", TABLE),
        ("Doxycycline | 500 mg", TABLE),
        ("Doxycycline: 125 mg", TABLE),
        ("Paracetamol is contraindicated in pregnancy.", TWO),
        ("Paracetamol is a folate antagonist.", TWO),
        ("Methotrexate is well tolerated.", TWO),
        ("Paracetamol is stored cold.", TWO),
        ("Do not use this product if you have.", source(passage("Use this product. Do not, if you have asthma."))),
        ("Use this product if you have gout.", source(passage("Do not use it. This product helps if you have gout."))),
        ("It is for fever.", source(passage("It is for pain, not for fever."))),
        ("It is used for ulcers or cramps.", LISTED),
        ("It is used for cramps.", LISTED),
        ("It is safe for babies and newborns.",
         source(passage("It is safe for adults; harmful for children, babies and newborns."))),
        ("Take it if you have gout.", source(passage("- you have gout", heading="Do not take it if:"))),
        ("Take it if you have gout.", source(passage("Never take it if:\n- you have gout"))),
        ("Give it to frail people.", source(passage("Give it to adults, to no child, or frail people."))),
        ("Take it with alcohol.", source(passage("Take it with food, never with alcohol."))),
        ("Give it to children.", source(passage("Give it to adults, not to children, as it harms them."))),
        ("Give it with warfarin.", source(passage("Give it with care. Watch for bleeding (warfarin) and rash."))),
    ],
)  # fmt: skip
def test_halves_of_two_statements_make_no_third_one(answer: str, document: Source) -> None:
    assert not is_laid(answer, document)


@open_fault("honest medicine", "what a colon narrows is joined to the words before what it narrows")
def test_an_enumeration_behind_a_colon_is_of_what_stands_before_it() -> None:
    assert not is_laid("It is for pain, fever.", source(passage("It is for short use only: pain, fever.")))


@pytest.mark.parametrize(
    ("answer", "framing", "said", "missing"),
    [
        ("The page says: It is mild.", ("The page says:",), ["It is mild."], []),
        ("A gift if you can.", ("if",), ["A gift", "you can."], []),
        ("It is mild.", ("The page says:",), ["It is mild."], ["The page says:"]),
        ("B then A", ("A", "B"), ["B then"], ["B"]),  # out of order
        ("Whose: x.\n\nWhat: y.", ("Whose:", "What:"), ["x.", "y."], []),
        ("Whose:", ("Whose:",), [], []),
        ("It is mild. (Source: NHS)", ("(Source: NHS)",), ["It is mild."], []),
        ("Call 999. call 9999", ("call 999",), ["Call 999. call 9999"], ["call 999"]),
    ],
)
def test_framing_is_taken_out_in_its_order_and_at_whole_words(
    answer: str, framing: tuple[str, ...], said: list[str], missing: list[str]
) -> None:
    segments, left = without_framing(example(ASKED, answer, framing=framing))
    assert [text for text, _, _ in segments] == said
    assert left == missing


def test_a_unit_behind_framing_is_framed_on_its_own_line_only() -> None:
    made = example(
        ASKED, "NHS advice: Wheeze is loud. It hurts.\nMore:\nIt is rare.", framing=("NHS advice:", "More:")
    )
    document = source(passage("Wheeze is loud. It hurts. It is rare."))
    laid = align(made, Evidence(document, document.passages)).units
    assert [(u.unit.text, u.framed, u.lead) for u in laid] == [
        ("Wheeze is loud.", True, "NHS advice:"),
        ("It hurts.", False, "NHS advice:"),
        ("It is rare.", False, "More:"),
    ]


def test_of_several_places_the_whole_unit_after_the_last_one_is_taken() -> None:
    document = source(passage("It is rare in adults. It is rare. It hurts. It is rare."))
    laid = align(example(ASKED, "It hurts. It is rare."), Evidence(document, document.passages)).units
    assert [run.unit for unit in laid for run in unit.runs] == [2, 3]


@FEWER
@given(st.data())
def test_a_source_s_own_units_have_their_place_in_any_selection_and_nothing_else_has(
    data: st.DataObject,
) -> None:
    text = (
        "Wheeze is a whistling sound.\n\nSymptoms include:\n- a tight chest\n- a cough at night\n\nIt gets better in 5 to 18 "
        "days. See a GP if it does not.\n\nSign | Days\nCough | 3"
    )
    document = source(passage(text, heading="About wheeze"))
    chosen = data.draw(st.lists(st.sampled_from(units(text)), min_size=1, max_size=5))
    answer = "\n".join(f"- {u.text}" if u.kind == "item" else u.text for u in chosen)
    assert is_laid(answer, document)
    words = [word for unit in chosen for word in tokens(unit.text)]
    place = data.draw(st.integers(0, len(words) - 1))
    changed = answer.lower().replace(words[place], f"{words[place]}x")
    assert not is_laid(changed, document)


def test_a_passage_s_texts_are_made_once_and_know_where_tokens_stand() -> None:
    part = passage("Take 5 mg. Take 10 mg.", heading="Dose")
    text, heading = source_texts((part,))
    assert source_texts((part,))[0] is text
    assert (text.is_heading, heading.is_heading) == (False, True)
    assert list(text.occurrences(("take",))) == [(0, 1), (3, 4)]
    assert list(text.occurrences(("5", "mg", "take"))) == [(1, 4)]
    assert list(text.occurrences(("ake",))) == []
    assert [text.unit_at(n) for n in range(6)] == [0, 0, 0, 1, 1, 1]
    assert text.text[: text.last_end(2)] == "Take 5 mg"


def test_an_answer_is_laid_once_for_its_evidence() -> None:
    evidence = Evidence(TWO, TWO.passages)
    made = example(ASKED, "Paracetamol is well tolerated.")
    assert align(made, evidence) is align(made, evidence)


def test_a_text_that_repeats_itself_takes_no_square_of_its_length() -> None:
    """Calls are counted, for a clock goes wrong on a busy machine."""

    def work(times: int) -> int:
        words, calls = "pain or " * times, 0
        evidence = Evidence(source(), (passage(f"It eases {words}cough."),))

        def count(frame: FrameType, event: str, _: object) -> None:
            nonlocal calls
            calls += event == "call"

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            align(example(ASKED, f"It eases {words}gout."), evidence)
        finally:
            sys.setprofile(before)
        return calls

    assert work(24) < 3 * work(12)
    assert work(256) < 1.5 * work(128)
