"""A version names its rows: any value that changes changes it; order and batches do not."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.corpus.process.content import PassageDigest, RowDigest, SignatureDigest
from medai_assets.corpus.process.signatures import SIGNATURE
from medai_assets.foundation.schemas import PASSAGE
from medai_assets_tests.corpus.builders import answer, processed, prose

FOUND = processed([answer(f"hf:{n}", prose(n), question=f"Q{n}?", subject="Gout") for n in range(3)])
OTHER = {
    "position": 7, "words": 7, "flags": ["new"], "aliases": ["new"], "origins": [],
} | {name: "new" for name in PASSAGE.names if PASSAGE.field(name).type in (pa.string(), pa.large_string())}  # fmt: skip


def digest(batch: pa.RecordBatch) -> str:
    one = PassageDigest() if batch.schema == PASSAGE else SignatureDigest()
    one.add(batch)
    return one.hexdigest()


def changed(batch: pa.RecordBatch, name: str, value: object) -> pa.RecordBatch:
    rows = batch.to_pylist()
    rows[1][name] = value
    return pa.RecordBatch.from_pylist(rows, schema=batch.schema)


@pytest.mark.parametrize("name", [name for name in PASSAGE.names if name != "text"])
def test_every_column_of_a_passage_counts(name: str) -> None:
    assert digest(changed(FOUND.passages, name, OTHER[name])) != digest(FOUND.passages)


def test_the_text_is_told_by_its_id() -> None:
    assert digest(changed(FOUND.passages, "text", "new")) == digest(FOUND.passages)


@pytest.mark.parametrize("name", SIGNATURE.names)
def test_every_column_of_a_signature_counts(name: str) -> None:
    kind = SIGNATURE.field(name).type
    other: object = "new" if kind == pa.string() else True if kind == pa.bool_() else 7
    if pa.types.is_fixed_size_binary(kind):
        other = b"\1" * kind.byte_width
    assert digest(changed(FOUND.signatures, name, other)) != digest(FOUND.signatures)


ROWS = st.lists(st.tuples(st.binary(max_size=3), st.binary(max_size=3)), max_size=6)


@given(ROWS, st.randoms(), st.integers(0, 6))
def test_neither_order_nor_batches_count_but_how_often_a_row_comes_does(
    rows: list[tuple[bytes, bytes]], dice: object, cut: int
) -> None:
    def of(*batches: list[tuple[bytes, bytes]]) -> str:
        digest = RowDigest()
        for batch in batches:
            digest.add_joined([pa.array([row[side] for row in batch], pa.binary()) for side in (0, 1)])
        return digest.hexdigest()

    shuffled = rows[:]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert of(rows) == of(shuffled[:cut], shuffled[cut:])
    assert of(rows) != of([*rows, (b"x", b"y")])
    assert of([*rows, (b"xy", b"")]) != of([*rows, (b"x", b"y")])
