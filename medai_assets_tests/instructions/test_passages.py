"""Documents: the same from passages in any order, each once it is whole, with no more held than is unfinished."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.schemas import PASSAGE
from medai_assets.instructions.passages import Passage, documents, last_row_of_documents
from medai_assets_tests.instructions.builders import document, row
from medai_assets_tests.tries import tries


def batches(rows: list[dict[str, Any]], size: int = 2) -> list[pa.RecordBatch]:
    return pa.Table.from_pylist(rows, schema=PASSAGE).to_batches(max_chunksize=size)


def placed(of: str, position: int) -> dict[str, Any]:
    return row(f"{of} {position}", "overview", document=of, position=position)


@tries(25)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), unique=True, max_size=10),
    st.integers(1, 4),
)
def test_documents_are_the_same_in_any_order_of_rows_and_with_little_held(
    places: list[tuple[str, int]], size: int
) -> None:
    rows = [placed(f"nhs:{of}", position) for of, position in places]
    read = batches(rows, size)
    held = {d.document_id: d for d in documents(read)}
    streamed = {d.document_id: d for d in documents(read, last_row_of_documents(read))}
    turned = {d.document_id: d for d in documents(batches(rows[::-1], size))}
    assert held == streamed == turned
    for found in held.values():
        positions = [p.position for p in found.passages]
        assert positions == sorted(at for of, at in places if f"nhs:{of}" == found.document_id)


def test_a_document_is_given_as_soon_as_its_last_row_was_read() -> None:
    read = batches([placed("nhs:a", 0), placed("nhs:b", 0), placed("nhs:a", 1), placed("nhs:c", 0)], size=1)
    last = last_row_of_documents(read)
    assert last.tolist() == [False, True, True, True]
    seen: list[str] = []

    def noted() -> Any:
        for batch in read:
            seen.append(batch["document_id"][0].as_py())
            yield batch

    given_after = [(d.document_id, len(seen)) for d in documents(noted(), last)]
    assert given_after == [("nhs:b", 2), ("nhs:a", 3), ("nhs:c", 4)]


def test_without_rows_there_is_no_document() -> None:
    assert list(documents([])) == []
    assert last_row_of_documents([]).tolist() == []
    assert last_row_of_documents([]).dtype == np.bool_


@pytest.mark.parametrize(
    ("attributes", "part"), [("{}", False), ("", False), ('{"part": 1}', False), ('{"part": 2}', True)]
)
def test_a_later_part_of_a_section_is_one(attributes: str, part: bool) -> None:
    assert Passage.from_row(row("x", "overview") | {"attributes": attributes}).is_part is part


@pytest.mark.parametrize(
    ("of", "genre", "found"),
    [
        ("nhs:conditions/croup", [], "condition"),
        ("nhs:symptoms/cough", [], "symptom"),
        ("nhs:medicines/ibuprofen", [], "medicine"),
        ("nhs:mental-health/anxiety", [], ""),
        ("cdc:1", [], ""),
        ("nhs:mental-health/anxiety", ["Condition"], "condition"),
        ("nhs:conditions/cough", ["Symptom", "Condition"], "symptom"),
        ("nhs:conditions/a-test", ["Test"], ""),  # what the publisher says decides, not the address
    ],
)
def test_what_a_page_is_about_is_the_publisher_s_word_or_its_address(
    of: str, genre: list[str], found: str
) -> None:
    page = document(
        row("x", "overview", document=of), row("y", "symptoms", document=of, attributes={"genre": genre})
    )
    assert page.genre == found


def test_a_document_is_looked_up_by_section_and_by_all_its_words() -> None:
    page = document(
        row("It wheezes.", "symptoms", heading="Signs"), row("Rest.", "self_care"), row("Cough.", "symptoms")
    )
    assert [p.text for p in page.of("symptoms", "causes")] == ["It wheezes.", "Cough."]
    assert page.of() == []
    assert page.text == "Signs\nIt wheezes.\n\nRest.\n\nCough."
    assert (page.source, page.subject, page.first.text) == ("nhs", "Wheeze", "It wheezes.")
