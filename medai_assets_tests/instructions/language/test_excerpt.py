"""Excerpts: whole units from the start, nothing added, nothing left hanging."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from medai_assets.instructions.language.excerpt import (
    excerpt,
    is_complete,
    items,
    paragraphs,
    plain_sentences,
    units,
)

WORDS = st.text(
    st.characters(categories=["Lu", "Ll", "Nd"], include_characters=" .,:;|-?!()\n"), max_size=300
)
# Whatever the rules look for, in any order: letters at random hardly ever spell a table's name or a link.
PIECES = (
    "Table 1 gives the doses.", "Figure 2 shows it.", "Read more about rest", "See the following page", "Rest helps", "It may",
    "Tests may include:", "- a rash", "2. Sit down.", "Age | Dose", "Adults | 5 mg:", "(Rest helps.)", "Other kinds", "and", "…",
    "avoid", ".", ":", " ", "  ", "\n", "\n\n", "\t",
)  # fmt: skip
JOINED = st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join) | st.lists(
    st.sampled_from(PIECES), max_size=14
).map("".join)
TEXTS = WORDS | JOINED
TEXT = "Take it with food. Do not take more than 4 g in 24 hours.\n\nStop if:\n- you have a rash\n- you feel faint"
TABLE = "Doses\nForm | How often\nTablet | twice a day\nGel | 3 times a day\n\nAsk a pharmacist."


@given(text=TEXTS, most=st.integers(1, 60))
def test_an_excerpt_is_a_prefix_of_its_text_and_no_longer_than_allowed(text: str, most: int) -> None:
    found = excerpt(text, most)
    assert text.startswith(found)
    assert len(found.split()) <= most


@given(text=TEXTS, most=st.integers(1, 60))
@example(text="\n0 ", most=1)
@example(text="Rest helps.\nIt helps (most of us.) It may not.", most=6)
@example(text="Table 1 gives the doses.\n\nAge | Dose\nAdults | 5 mg", most=6)
@example(text="Rest helps.\nRead more about rest\nOther kinds", most=60)
def test_an_excerpt_of_an_excerpt_is_the_same(text: str, most: int) -> None:
    found = excerpt(text, most)
    assert excerpt(found, most) == found


@given(text=TEXTS)
def test_units_cover_everything_but_white_space(text: str) -> None:
    covered = "".join(text[u.begin : u.end] for u in units(text))
    assert "".join(covered.split()) == "".join(text.split())


def test_sentences_are_never_cut() -> None:
    assert excerpt(TEXT, 5) == "Take it with food."
    assert excerpt(TEXT, 14) == "Take it with food. Do not take more than 4 g in 24 hours."


def test_a_lead_in_does_not_stay_behind_without_its_list() -> None:
    assert excerpt(TEXT, 16).endswith("in 24 hours.")
    assert excerpt(TEXT, 21).endswith("Stop if:\n- you have a rash")


def test_a_table_stays_whole_or_goes_with_its_caption() -> None:
    assert excerpt(TABLE, 8) == ""
    assert excerpt(TABLE, 17).endswith("Gel | 3 times a day")
    assert [u.kind for u in units(TABLE)] == ["title", "table", "sentence"]


@pytest.mark.parametrize("text", ["It may cause drowsiness and…", "It may cause ..."])
def test_a_text_that_breaks_off_gives_nothing(text: str) -> None:
    assert excerpt(text, 50) == ""


def test_items_lose_their_marks_and_sentences_stand_outside_of_lists() -> None:
    assert items(TEXT) == ["you have a rash", "you feel faint"]
    assert items("1. Sit down.\n2. Call for help.") == ["Sit down.", "Call for help."]
    assert plain_sentences(TEXT)[-1] == "Stop if:"


def test_completeness_looks_at_the_last_line() -> None:
    assert is_complete("See a doctor.")
    assert is_complete("if:\n- you have a rash")
    assert not is_complete("This may be followed by")
    assert not is_complete("")


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("See a doctor (today).", True),
        ("Is it safe?", True),
        ("“It is safe.”", True),
        ("Doses:\n1. one tablet", True),
        ("It helps 9 of 10, i.e. 90%", True),
        ("Take it with", False),
        ("- a rash\nand then", False),
        ("The dose is 5 mg", False),
        ("See the doctor,", False),
        ("rash –", False),
    ],
)
def test_a_text_is_complete_where_it_ends_as_a_sentence_or_an_item_does(text: str, complete: bool) -> None:
    assert is_complete(text) is complete


def test_a_link_at_the_end_is_left_out() -> None:
    assert excerpt("Do not smoke.\n\nFind out more about smoking on our website", 50) == "Do not smoke."


@pytest.mark.parametrize(
    "dangling",
    [
        "Other complications of it include",
        "The two main kinds of surgery are",
        "The concentrations are shown in Figure 5.",
        "Doses are given in Table 2.",
        "These tests may include: Brain MRI MR angiogram (MRA) Electroencephalogram 24-hour heart monitor Blood tests",
        "See the following summaries for other cancers.",
        "The usual doses are shown in the table below.",
        "The following table lists the doses by age.",
        "The figure below shows the airways.",
        "Call your doctor if:",
        "Do not take it with any of these medicines:",
        "You should avoid",
        "For more information about rest, see the NHS website.",
        "(See the section on rest.)",
        "Read more about rest and sleep",
        "Results of the trial are given in Table 14 [see Clinical Studies (14.1)].",
    ],
)
def test_a_sentence_that_leads_to_nothing_is_left_out(dangling: str) -> None:
    said = "Rest helps most people."
    assert excerpt(f"{said} {dangling}", 60) == said
    assert excerpt(f"{said}\n\n{dangling}", 60) == said


def test_a_sub_heading_does_not_stay_at_the_end() -> None:
    for heading in ("Other kinds", "Granulomatous Amebic Encephalitis (GAE)"):
        assert excerpt(f"Rest helps most people.\n{heading}\nIt is rare but very serious indeed.", 9) == (
            "Rest helps most people."
        )


def test_figures_behind_a_colon_take_no_time() -> None:
    """Every division of them was tried once: of 22 it took a second of processor time, of 60 no one saw the end."""
    said = f"The doses were: {' '.join(map(str, range(10, 90)))}."
    assert excerpt(said, 1000) == said


def test_what_only_looks_like_a_lead_in_stays() -> None:
    for text in (
        "- fever\n- lack of vitamin A",
        "Doses: 5 mg, 10 mg and 20 mg",
        "Take it with food: it helps",
    ):
        assert excerpt(text, 60) == text


@pytest.mark.parametrize(
    "named", ["Table 1 gives the doses.", "The following table gives the doses.", "See the table below."]
)
def test_a_table_that_is_there_may_be_named(named: str) -> None:
    text = f"{named}\n\nAge | Dose\nAdults | 5 mg"
    assert excerpt(text, 60) == text


@pytest.mark.parametrize(
    "text",
    [
        "Adults: 2.5 mg to 5 mg once daily, i.e. 0.1 mg/kg.",
        "Put the tablet on the table and sit down.",
        "It does not figure in the guideline. Doctors see more of it in winter.",
        "Dr. Smith’s test is negative in 9 of 10 people (see above).",
        "Store at 20 to 25 °C (68 to 77 °F).",
        "Ask your doctor “is it safe?”",
        "Take 1/2 tablet – not more – every 4–6 hours.",
        "It hurts, itches and\u00a0burns.",
        "1. Sit down.\n2. Lean forwards.",
        "Age | Dose\nAdults | 5 mg",
        "- you have a rash",
    ],
)
def test_a_sound_text_is_its_own_excerpt(text: str) -> None:
    assert excerpt(text, 60) == text
    assert is_complete(text.rsplit(" | ", 1)[0] + ".") or is_complete(text)


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("Take 0.5 mg. Take 1.5 mg at night.", 4, "Take 0.5 mg."),
        ("Take 1 tablet, e.g. Aspirin 75 mg, daily. Rest.", 7, ""),
        ("- a rash\n- a fit\n- blue lips", 6, "- a rash\n- a fit"),
        ("1. Sit down.\n2. Call 999.", 3, "1. Sit down."),
        ("Rest helps. Stop if:\n- it hurts\n\nSee Table 3.", 60, "Rest helps. Stop if:\n- it hurts"),
        ("Age | Dose\nAdults | 5 mg", 3, ""),
        ("Warning", 10, "Warning"),
        ("Warning\n\nDo not drive.", 1, ""),
        ("", 10, ""),
        (" \n \n", 10, ""),
        ("word " * 50_000, 180, ""),
        ("Rest helps. " * 2_000, 4, "Rest helps. Rest helps."),
    ],
)
def test_an_excerpt_ends_at_the_last_joint_within_its_length(text: str, most: int, kept: str) -> None:
    assert excerpt(text, most) == kept


def test_an_excerpt_of_fewer_words_than_wanted_is_none() -> None:
    assert excerpt("Rest helps most people.", 60, least_words=4) == "Rest helps most people."
    assert excerpt("Rest helps most people.", 60, least_words=5) == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("One two three. Four five.\n\nSix seven eight nine. Ten eleven.", "One two three. Four five."),
        ("One two three. Four five six seven eight nine ten.", ""),
        ("One two.\n\nTests\n\nThree four five six. Seven eight nine ten.", "One two."),
        ("One two three.\n\nFour five.", "One two three.\n\nFour five."),
    ],
)
def test_paragraphs_are_kept_whole(text: str, kept: str) -> None:
    assert paragraphs(text, 8) == kept
