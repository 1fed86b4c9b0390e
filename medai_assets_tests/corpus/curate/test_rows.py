"""What curation reads of slices, what it refuses, and what it counts where a slice does not tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medai_assets.corpus.curate import screening, steps
from medai_assets.corpus.curate.funnel import funnel, tally
from medai_assets.corpus.curate.rows import leaves_of, load_rows
from medai_assets.corpus.curate.screening import Screen
from medai_assets.corpus.process.signatures import SIGNATURE
from medai_assets.foundation.schemas import PASSAGE, REMOVED
from medai_assets.storage import Store, Stored
from medai_assets_tests.corpus.builders import answer, processed, processed_slice, prose, questions


def slice_of(
    store: Store, key: str, *, signatures: int | None = None, renamed: str = "", **metadata: object
) -> Stored:
    """A slice of two records with a passage and one without, whose signatures may be too few or of another form."""
    piece = processed(
        [answer(f"hf:{key}/{n}", prose(n)) for n in (1, 2)] + [answer(f"hf:{key}/3", "Too short.")]
    )
    signed = piece.signatures.slice(0, signatures)
    schema = SIGNATURE
    if renamed:
        names = [f"old_{name}" if name == renamed else name for name in SIGNATURE.names]
        signed = signed.rename_columns(names)
        schema = signed.schema
    with store.draft("processed_slice", f"huggingface/{key}") as draft:
        for name, batch, form in (
            ("passages", piece.passages, PASSAGE),
            ("removed", piece.removed, REMOVED),
            ("signatures", signed, schema),
        ):
            with draft.table(name, form) as writer:
                writer.write(batch)
        return draft.publish(code_version="1", metadata=metadata)


def test_slices_are_taken_in_the_order_of_their_keys(store: Store) -> None:
    leaves = leaves_of([slice_of(store, key) for key in "cab"])
    assert [leaf.key for leaf in leaves] == ["huggingface/a", "huggingface/b", "huggingface/c"]
    assert [leaf.span for leaf in leaves] == [slice(0, 2), slice(2, 4), slice(4, 6)]


def test_texts_and_columns_are_those_of_the_rows(store: Store, tmp_path: Path) -> None:
    rows = load_rows(leaves_of([slice_of(store, key) for key in "ab"]), tmp_path)
    assert rows.texts(np.array([1, 2])).to_pylist() == [prose(2), prose(1)]
    assert rows.texts(np.array([], np.int64)).to_pylist() == []
    assert rows.passage_ids[0] == rows.passage_ids[2] != rows.passage_ids[1]
    assert (len(rows), sorted(rows.preference.tolist())) == (4, [0, 1, 2, 3])


def test_equal_texts_of_equal_rank_are_preferred_by_their_records(store: Store, tmp_path: Path) -> None:
    part = processed_slice(store, [answer(f"hf:{name}", prose(1)) for name in "cab"])
    rows = load_rows(leaves_of([part]), tmp_path)
    assert rows.preference.tolist() == [2, 0, 1]


def test_signatures_of_other_passages_are_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"huggingface/a: the signatures are not those"):
        load_rows(leaves_of([slice_of(store, "a", signatures=1)]), tmp_path)


def test_a_slice_of_an_older_form_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="process them again"):
        load_rows(leaves_of([slice_of(store, "a", renamed="template")]), tmp_path)


@pytest.mark.parametrize("told", [{"records": 3}, {}])
def test_records_are_counted_where_the_slice_does_not_tell(
    store: Store, tmp_path: Path, told: dict[str, int]
) -> None:
    leaves = leaves_of([slice_of(store, "a", **told)])
    rows = load_rows(leaves, tmp_path)
    counted = tally(leaves[0], steps.Decisions.of(len(rows)), rows.source, rows.licence, rows.licences)
    table, reasons = funnel(leaves, [counted])
    lines = {row["step"]: (row["kept"], row["removed"]) for row in table.to_pylist()}
    assert (lines["raw"], lines["parsed"], lines["passages"], lines["quality"]) == (
        (3, 0),
        (3, 0),
        (3, 0),
        (2, 1),
    )
    assert [(row["reason"], row["count"]) for row in reasons.to_pylist()] == [("too short", 1)]


def test_what_gives_a_question_away_is_found_once_and_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a passage its question counts before its title; a slice that was looked through is not again."""
    rows = [
        answer("hf:1", prose(1), question="What is gout?"),
        answer("hf:2", prose(2), title="What is gout?"),
        answer("hf:3", prose(3)),
    ]
    (leaf,) = leaves_of([processed_slice(store, rows)])
    asked = questions([{"question": "What is gout?", "item_id": "7"}])
    first = Screen(asked, code_version="1", store=store)
    first.search([leaf])
    found = first.hits(leaf)
    assert [(hit.row, hit.detail, hit.how) for hit in found] == [
        (0, "medqa:7", "whole question"),
        (1, "medqa:7", "whole question"),
    ]
    monkeypatch.setattr(screening, "run", None)
    again = Screen(asked, code_version="1", store=store)
    again.search([leaf])
    assert again.hits(leaf) == found
