"""What is kept in few bytes is had back as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.corpus.curate.compact_columns import Bands, Codes, PassageIds, Signatures, Sketches
from medai_assets.corpus.process.signatures import BANDS, BINS
from medai_assets.foundation.name_hashes import NONE, hash_of, hashed

IDS = st.lists(st.text(alphabet="0123456789abcdef", min_size=24, max_size=24).map("p{}".format), max_size=6)


@given(IDS)
def test_ids_are_had_back_and_their_numbers_are_ordered_as_they_are(ids: list[str]) -> None:
    high, low = PassageIds.numbers(pa.array(ids, pa.string()))
    kept = PassageIds(high, low)
    assert kept.of(np.arange(len(ids))) == ids == [kept[row] for row in range(len(ids))]
    order = np.lexsort((low, high)).tolist()
    assert [ids[row] for row in order] == sorted(ids)


@pytest.mark.parametrize(
    "ids", [["p12"], ["p" + "g" * 24], ["p" + "A" * 24], ["p" + "0" * 23, "p" + "0" * 25 + "00"], [""]]
)
def test_ids_of_another_form_are_refused(ids: list[str]) -> None:
    with pytest.raises(ValueError, match="process the slices again"):
        PassageIds.numbers(pa.array(ids))


@given(st.lists(st.none() | st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=6))
def test_names_of_a_column_have_the_hashes_that_they_have_alone(names: list[str | None]) -> None:
    assert hashed(pa.array(names, pa.string())).tolist() == [NONE if n is None else hash_of(n) for n in names]


@given(st.lists(st.lists(st.text(max_size=3), max_size=5), max_size=4))
def test_each_name_has_one_number_over_all_batches(batches: list[list[str]]) -> None:
    codes = Codes()
    numbers = [codes.of(pa.array(batch, pa.string())).tolist() for batch in batches]
    assert [[codes.names[n] for n in batch] for batch in numbers] == batches
    assert len(set(codes.names)) == len(codes.names)


def test_sketches_of_rows_in_any_order_and_more_than_once(tmp_path: Path) -> None:
    dice = np.random.default_rng(7)
    bands = dice.integers(0, 1 << 32, (9, BANDS), np.uint32)
    signatures = dice.integers(0, 256, (9, BINS), np.uint8)
    kept = Sketches(tmp_path)
    for part in (slice(0, 4), slice(4, 4), slice(4, 9)):
        kept.add(bands[part], signatures[part])
    kept.written()
    rows = np.array([8, 0, 3, 3, 8])
    assert np.array_equal(kept.band(5), bands[:, 5])
    assert np.array_equal(kept.signatures(rows), signatures[rows])
    order = np.array([7, 2, 5])
    assert np.array_equal(Bands(kept, order)[np.array([2, 0]), 3], bands[[5, 7], 3])
    assert np.array_equal(Signatures(kept, order)[np.array([1, 1])], signatures[[2, 2]])
    assert not list(tmp_path.iterdir()), "a kill leaves no file behind"
