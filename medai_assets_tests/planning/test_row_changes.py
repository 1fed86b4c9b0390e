"""The sentence that tells how two versions of a table differ: counted as a person counts rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from medai_assets.graph.graph import PartitionId
from medai_assets.planning.row_changes import row_changes, table_of
from medai_assets.storage import Store

Rows = list[tuple[str, ...]]


def told(folder: Path, asset: str, before: Rows, after: Rows) -> str:
    """What is told of two versions whose rows are identities and contents."""
    store, target, rows = Store(folder), PartitionId(asset, None), table_of(asset)
    assert rows is not None
    names = (rows.identity, *rows.contents)
    for version, listed in (("old", before), ("new", after)):
        table = pa.table([pa.array(column, pa.string()) for column in zip(*listed)], names=names)
        with store.draft(*target) as draft:
            draft.write_table(rows.tables[0], table)
            draft.publish(data_version=version, code_version="1")
    return row_changes(store, target, "old", "new")


def test_records_are_added_changed_and_gone(tmp_path: Path) -> None:
    a, b = ("a", "sha-1", "1", "CC0-1.0", "https://a"), ("b", "sha-2", "1", "CC0-1.0", "https://b")
    new = ("c", "sha-3", "1", "CC0-1.0", "https://c")
    assert (
        told(tmp_path, "raw_fda", [a, b], [(*a[:1], "sha-9", *a[2:]), new])
        == "1 record added, 1 changed, 1 gone"
    )


def test_a_record_with_another_licence_has_changed(tmp_path: Path) -> None:
    before, after = (("a", "sha-1", "1", licence, "https://a") for licence in ("CC0-1.0", "MIT"))
    assert told(tmp_path, "raw_fda", [before], [after]) == "0 records added, 1 changed, 0 gone"


def test_an_example_in_the_other_split_has_not_changed(tmp_path: Path) -> None:
    before, after = [("e1", "train"), ("e2", "train")], [("e1", "validation"), ("e2", "train")]
    assert (
        told(tmp_path, "instruction_dataset", before, after)
        == "0 examples added, 1 in the other split, 0 gone"
    )


def test_a_passage_that_many_documents_share_is_counted_in_each(tmp_path: Path) -> None:
    """Publishers repeat themselves: one document less is one passage gone, and none that moved."""
    before = [("p1", "fda:a"), ("p1", "fda:b"), ("p1", "fda:c"), ("p2", "fda:c")]
    after = [("p1", "fda:c"), ("p1", "fda:a"), ("p2", "fda:d")]
    assert (
        told(tmp_path, "processed_corpus", before, after) == "0 passages added, 1 in another document, 1 gone"
    )


def test_two_withdrawals_of_one_record_are_two(tmp_path: Path) -> None:
    both = [("pubmed:1", "retracted", "retraction", ""), ("pubmed:1", "asked", "take_down", "")]
    assert told(tmp_path, "withdrawals", both, both[:1]) == "0 withdrawals added, 0 changed, 1 gone"


@pytest.mark.parametrize("asset", ["raw_fda", "processed_corpus"])
def test_where_only_what_stands_beside_the_rows_differs_it_says_so(tmp_path: Path, asset: str) -> None:
    rows = table_of(asset)
    assert rows is not None
    same = [("a", *("x" for _ in rows.contents))]
    assert told(tmp_path, asset, same, same) == f"the same {rows.noun}, with other details noted beside them"


def test_an_asset_without_rows_tells_nothing(tmp_path: Path) -> None:
    assert row_changes(Store(tmp_path), PartitionId("lora_adapter", "mistral-7b"), "old", "new") == ""
