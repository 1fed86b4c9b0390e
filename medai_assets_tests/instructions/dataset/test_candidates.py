"""What becomes of each passage of a document, and that every example is made, refused, set aside or held, each once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import PASSAGE, REMOVED
from medai_assets.instructions.dataset.candidates import Candidates, Tally, is_read_by_a_rule, unused_rows
from medai_assets.instructions.dataset.exclusions import Exclusion
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets_tests.instructions.builders import document, row, table

SAID = "Wheeze is a whistling sound that you hear when someone breathes out through narrow airways."
PAIR = "question_answer.pair"


def pair(
    answer: str = SAID, question: str = "What is wheeze?", number: int = 0, **other: Any
) -> dict[str, Any]:
    values = {"question": question, "question_type": "information"}
    return row(answer, "answer", document=f"medquad:a/{number}.xml", heading="q", attributes=values, **other)


def made(*rows: dict[str, Any], **mixture: Any) -> Candidates:
    """The candidates of one document of these passages."""
    found = Candidates(Mixture(**mixture))
    found.document(document(*rows))
    return found


def reasons(found: Candidates) -> list[str]:
    return [one["reason"] for one in found.removed if one["step"] == "rules"]


def test_a_sound_pair_is_held_and_its_passage_is_used() -> None:
    found = made(pair())
    assert [one["completion"] for one in found.rows] == [SAID]
    assert found.tally.proven == {"question_answer": 1}
    assert found.removed == found.unshown == []


def test_an_answer_of_too_few_words_is_not_even_made() -> None:
    found = made(pair(), least_words=20)
    assert found.rows == []
    assert reasons(found) == ["no rule fits this answer"]


def test_a_prompt_that_is_too_long_is_refused_and_counted() -> None:
    found = made(pair(question="What is wheeze, and " + "why " * 12 + "is it heard?"), most_prompt_words=10)
    assert found.rows == []
    assert found.tally.refused == {("question_answer", "prompt too long"): 1}
    assert reasons(found) == ["no rule fits this answer"]


@pytest.mark.parametrize(
    ("answer", "step", "name"),
    [
        ("Wheeze is treated by Dr. [NAME], who gives an inhaler that opens the airways to everyone.", "verification",
         "no_placeholder"),
        ("Wheeze is a whistling sound that is heard when somebody breathes out, and when they", "verification", "answers_whole"),
    ],
)  # fmt: skip
def test_a_faulty_example_is_set_aside_with_its_text_and_its_passage_says_so(
    answer: str, step: str, name: str
) -> None:
    found = made(pair(answer))
    (aside,) = [one for one in found.removed if one["step"] == step]
    assert aside["reason"] == name
    assert answer in aside["text"]
    assert reasons(found) == [f"its examples were set aside: {name}"]
    assert found.set_aside.by_kind == {"question_answer": {name: 1}}
    assert found.tally.proven == {}


def test_what_the_mixture_leaves_out_is_not_looked_at_but_kept() -> None:
    off = Exclusion(rule=PAIR, records="medquad:a/", reason="3 of 7 were faulty")
    found = made(pair(), left_out=(off,))
    assert [(one["step"], one["reason"]) for one in found.removed if one["text"]] == [("mixture", "left_out")]
    assert found.rows == []


@pytest.mark.parametrize("language", ["es", "fr", "", "EN"])
def test_a_document_in_another_language_makes_nothing_and_its_passages_say_which(language: str) -> None:
    found = made(pair(language=language))
    assert found.rows == []
    assert reasons(found) == [f"language {language}"]


def test_a_passage_that_no_rule_asks_about_is_named_by_its_section_and_heading() -> None:
    found = made(
        pair(), row("Doe J. Lungs. 2019.", "references", document="medquad:a/0.xml", heading="References")
    )
    (left,) = found.removed
    assert (left["reason"], left["detail"], left["text"]) == (
        "no rule asks about references",
        "References",
        None,
    )


def test_the_same_question_and_answer_of_two_passages_is_one_example() -> None:
    twice = pair() | {"passage_id": "p" + "0" * 24}
    found = made(pair(), twice)
    assert len(found.rows) == 1
    assert found.tally.proven == {"question_answer": 1}
    assert len(found.removed) == 1


def test_a_form_is_told_beside_its_plain_example_and_its_share_of_one_takes_all() -> None:
    (held,) = made(pair(), form_shares={"as_people_write": 1.0}).sample.held()
    assert held.row["prompt"].endswith("?")
    assert held.formed is not None
    assert orjson.loads(held.formed["labels"])["question"] == held.row["prompt"]


def test_a_form_that_does_not_fit_leaves_the_example_plain_and_is_counted() -> None:
    found = made(pair(), form_shares={"with_text": 1.0})
    assert [one.formed for one in found.sample.held()] == [None]
    assert found.tally.not_formed == {("with_text", "does not fit"): 1}


def test_a_kind_that_is_asked_with_the_text_in_hand_makes_nothing_without_it() -> None:
    found = made(pair(), text_in_hand=("question_answer",))
    assert found.rows == []
    (aside,) = [one for one in found.removed if one["text"]]
    assert (aside["step"], aside["reason"]) == ("mixture", "left_out")
    assert "not to be asked with its text in hand: does not fit" in aside["detail"]
    assert reasons(found) == ["its examples were set aside: left_out"]
    assert found.tally.proven["question_answer"] == 0


def test_counts_may_be_told_as_json_and_added() -> None:
    alone, told = Candidates(Mixture()), Candidates(Mixture())
    for number in range(3):
        part = Candidates(Mixture())
        for one in (alone, part):
            one.document(document(pair(number=number)))
            one.document(document(pair("Too short.", number=number + 10)))
            one.document(document(pair(language="de", number=number + 20)))
        told.add_counts(orjson.loads(orjson.dumps(part.counts())))
        for candidate in part.sample.held():
            told.sample.add(candidate)
    assert told.tally == alone.tally
    assert told.set_aside.by_kind == alone.set_aside.by_kind
    assert told.sample.held() == alone.sample.held()
    assert told.sample.count_again() == alone.sample.count_again() == {"question_answer": 2}


def test_a_tally_adds_what_another_one_told() -> None:
    one = Tally(Counter(a=1), Counter({("a", "x"): 2}), Counter({("cited", "y"): 3}), Counter(r=4))
    both = Tally()
    both.add(one.counts())
    both.add(one.counts())
    assert both == Tally(Counter(a=2), Counter({("a", "x"): 4}), Counter({("cited", "y"): 6}), Counter(r=8))


def test_rows_are_handed_over_once_there_are_enough_of_them() -> None:
    found = made(pair(language="es"))
    handed: list[Any] = []
    found.write_out(lambda rows: handed.append(list(rows)), handed.append, at_once=2)
    assert handed == []
    found.write_out(lambda rows: handed.append(list(rows)), handed.append, at_once=1)
    assert [one["reason"] for one in handed[0]] == ["language es"]
    assert found.removed == []


def batch(*rows: dict[str, Any]) -> pa.RecordBatch:
    return table(list(rows)).to_batches()[0]


def test_of_literature_only_what_a_rule_reads_is_read_and_of_all_else_everything() -> None:
    rows = [
        row("a", "conclusions", document="pubmed:1"),
        row("b", "methods", document="pubmed:1"),
        row("c", "references", document="pmc:2"),
        row("d", "references", document="nhs:conditions/wheeze"),
        row("e", "whatever", document="fda:1"),
    ]
    assert is_read_by_a_rule(batch(*rows)).to_pylist() == [True, False, False, True, True]
    assert is_read_by_a_rule(pa.RecordBatch.from_pylist([], schema=PASSAGE)).to_pylist() == []


def test_passages_that_nothing_reads_are_removed_by_section_with_their_heading_or_title() -> None:
    tally = Tally()
    rows = [
        row("a", "methods", heading="Methods", document="pubmed:1"),
        row("b", "methods", title="Lungs", document="pubmed:1"),
    ]
    made_rows = unused_rows(batch(*rows), tally)
    assert made_rows.schema.equals(REMOVED)
    assert made_rows.column("reason").to_pylist() == ["no rule asks about methods"] * 2
    assert made_rows.column("detail").to_pylist() == ["Methods", "Lungs"]
    assert made_rows.column("text").to_pylist() == [None, None]
    assert tally.unused == {"no rule asks about methods": 2}
    assert unused_rows(pa.RecordBatch.from_pylist([], schema=PASSAGE), tally).num_rows == 0
