"""Single rows by their number, across row groups and files."""

from __future__ import annotations

import pyarrow as pa
import pytest

from medai_assets.lineage.rows import Rows
from medai_assets.storage import Store, Stored
from medai_assets.storage.table_writer import ROW_GROUP

ROWS = ROW_GROUP * 2 + 500


@pytest.fixture
def stored(store: Store) -> Stored:
    """A version with a table of its own and one kept by reference, numbered through."""
    numbers = pa.table({"n": pa.array(range(ROWS)), "text": [f"row {n}" for n in range(ROWS)]})
    with store.draft("part") as draft:
        draft.write_table("rows", numbers.slice(ROW_GROUP + 100))
        part = draft.publish(code_version="1")
    with store.draft("whole") as draft:
        draft.write_table("rows", numbers.slice(0, ROW_GROUP + 100))
        draft.reference(part)
        return draft.publish(code_version="1")


def test_rows_come_in_the_order_asked_for_wherever_they_lie(stored: Stored) -> None:
    wanted = [ROWS - 1, 0, ROW_GROUP + 99, ROW_GROUP + 100, ROW_GROUP, 5]
    assert [row["n"] for row in Rows(stored, "rows").take(wanted)] == wanted


def test_only_the_columns_asked_for_are_read(stored: Stored) -> None:
    assert Rows(stored, "rows").take([3], ["text"]) == [{"text": "row 3"}]


@pytest.mark.parametrize("number", [-1, ROWS])
def test_a_row_that_is_not_there_is_an_error(stored: Stored, number: int) -> None:
    with pytest.raises(IndexError, match=str(ROWS)):
        Rows(stored, "rows").take([number])
