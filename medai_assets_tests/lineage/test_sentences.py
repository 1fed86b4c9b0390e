"""The sentences of an answer that stand in a passage."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medai_assets.lineage.sentences import marked, sentences_used

PASSAGE = "Take it with food.\nDo not exceed 4 g (8 tablets) a day. Store below 25 °C.\n- Keep out of reach"


def test_sentences_and_list_items_are_found_word_for_word() -> None:
    answer = "- Keep out of reach.\n- Take it with food.\n\nAsk your pharmacist. Do not exceed 4 g (8 tablets) a day."
    assert sentences_used(answer, PASSAGE) == [
        "Take it with food.",
        "Do not exceed 4 g (8 tablets) a day.",
        "Keep out of reach",
    ]


def test_an_opening_that_a_rule_puts_before_a_sentence_does_not_hide_it() -> None:
    answer = "The leaflet says: Store below 25 °C. Uses (tablets): Take it with food."
    assert sentences_used(answer, PASSAGE) == ["Take it with food.", "Store below 25 °C."]


def test_a_part_of_a_longer_sentence_of_the_passage_is_found_from_the_answer() -> None:
    assert sentences_used("Do not exceed 4 g.", PASSAGE) == ["Do not exceed 4 g."]


def test_a_number_that_only_begins_alike_is_another_number() -> None:
    assert sentences_used("Do not exceed 40 g (8 tablets) a day.", "You must not exceed 4") == []
    assert sentences_used("Take at most 4.", "Take at most 40 drops a day.") == []


def test_a_changed_number_is_not_the_same_sentence() -> None:
    assert sentences_used("Do not exceed 5 g (8 tablets) a day.", PASSAGE) == []


def test_case_and_line_breaks_do_not_matter() -> None:
    assert sentences_used("take it\nwith food. TAKE IT WITH FOOD.", PASSAGE) == ["Take it with food."]


def test_a_piece_of_two_words_is_left_out_as_chance() -> None:
    assert sentences_used("With food.", PASSAGE) == []


def test_the_passage_is_marked_where_it_was_used() -> None:
    used = sentences_used("Take it with food. Store below 25 °C.", PASSAGE)
    stretches = marked(PASSAGE, used)
    assert [text for text, inside in stretches if inside] == ["Take it with food.", "Store below 25 °C."]


@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=30), max_size=4))
def test_marking_never_loses_a_character(passage: str, used: list[str]) -> None:
    assert "".join(text for text, _ in marked(passage, used)) == passage


@given(st.lists(st.sampled_from(PASSAGE.split()), min_size=3, max_size=6))
def test_whatever_is_called_used_stands_in_the_passage(words: list[str]) -> None:
    flat = " ".join(PASSAGE.lower().split())
    for sentence in sentences_used(" ".join(words), PASSAGE):
        assert " ".join(sentence.lower().split()).rstrip(".;,") in flat
