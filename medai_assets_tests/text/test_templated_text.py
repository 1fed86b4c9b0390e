"""Texts that differ in nothing but their subject's name are told by one hash; whatever else differs tells them apart."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.text.templated_text import template_hashes

RESOURCES = "These resources address the diagnosis or management of {}: Gene Review on {}."


def hashes(*rows: tuple[str, str | None, list[str] | None]) -> list[int]:
    texts, subjects, aliases = zip(*rows)
    found = template_hashes(
        pa.array(texts, pa.large_string()), pa.array(subjects, pa.string()), pa.array(aliases, pa.list_(pa.string()))
    )  # fmt: skip
    return [int(value) for value in found]


def of(name: str, *aliases: str, text: str = RESOURCES) -> int:
    return hashes((text.format(name, aliases[0] if aliases else name), name, list(aliases)))[0]


def test_only_the_name_is_exchanged() -> None:
    assert of("Crohn disease") == of("Huntington disease") != 0
    assert of("Crohn disease") == of("CROHN DISEASE") == of("crohn disease")


def test_an_alias_counts_as_the_name() -> None:
    assert of("Crohn disease", "regional enteritis") == of("Huntington disease", "Huntington chorea")


def test_a_name_within_a_longer_one_does_not_leave_its_rest() -> None:
    assert of("Diabetes", "Diabetes insipidus") == of("Gaucher disease", "Glucocerebrosidase deficiency")


@pytest.mark.parametrize(
    "other",
    [
        "These resources address the treatment of {}: Gene Review on {}.",
        "These resources address the diagnosis or management of {}: Gene Review on {}. It is inherited.",
        "These resources do not address the diagnosis or management of {}: Gene Review on {}.",
    ],
)
def test_other_words_are_another_text(other: str) -> None:
    assert of("Crohn disease") != of("Crohn disease", text=other)


def test_marks_and_spaces_do_not_count() -> None:
    assert of("Crohn disease") == of(
        "Crohn disease", text=RESOURCES.replace(":", " -").replace(" on ", "\non  ")
    )


@pytest.mark.parametrize(
    ("text", "subject", "aliases"),
    [
        ("It is rare.", "Crohn disease", []),
        ("It is rare.", None, ["rare"]),
        ("It is rare.", "", None),
        ("Flu is rare.", "Flu", None),
        ("", "Crohn disease", None),
    ],
)
def test_a_text_that_names_no_subject_of_four_letters_has_none(
    text: str, subject: str | None, aliases: list[str] | None
) -> None:
    assert hashes((text, subject, aliases)) == [0]


@given(
    st.lists(
        st.tuples(
            st.text(max_size=20),
            st.none() | st.text(max_size=8),
            st.none() | st.lists(st.text(max_size=8), max_size=3),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_row_does_not_depend_on_its_neighbours(
    rows: list[tuple[str, str | None, list[str] | None]],
) -> None:
    assert hashes(*rows) == [hashes(row)[0] for row in rows]
