"""Raw records, processed slices and texts that the corpus tests are made of."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from medai_assets.corpus.process.batches import Processed, process_slice
from medai_assets.corpus.process.signatures import SIGNATURE
from medai_assets.foundation.schemas import BENCHMARK, PASSAGE, RAW_RECORD, REMOVED, WITHDRAWAL
from medai_assets.storage import Store, Stored

_WORDS = (
    "patient therapy renal hepatic dose blood pressure chronic acute infection tablet daily symptom cause pain fever nausea "
    "heart kidney liver lung study group control week month risk factor treatment outcome cell protein test sample value "
    "clinical severe mild adult child woman man age year measure score scale trial drug placebo effect rate level serum urine"
).split()


def record(record_id: str, payload: str, **columns: Any) -> dict[str, Any]:
    """A row of RAW_RECORD."""
    defaults = {
        "record_id": record_id, "source": "nhs", "slice": "s", "version": "1", "title": None, "language": None,
        "updated_at": None, "payload_format": "json", "payload": payload, "payload_sha256": "0" * 64,
        "url": f"https://example.org/{record_id}", "request": "r", "retrieved_at": datetime(2026, 1, 1, tzinfo=UTC),
        "licence": "CC0-1.0", "attribution": "Somebody", "flags": [], "sample": True,
    }  # fmt: skip
    return defaults | columns


def raw_batch(rows: Sequence[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), schema=RAW_RECORD)


def answer(
    record_id: str, text: str, *, subject: str | None = None, question: str = "", **columns: Any
) -> dict[str, Any]:
    """A data set row whose only passage is ``text``."""
    import orjson

    row = (
        {"answer": text}
        | ({"question": question} if question else {})
        | ({"subject": subject} if subject else {})
    )
    return record(record_id, orjson.dumps(row).decode(), source="huggingface", **columns)


def prose(seed: int, sentences: int = 10) -> str:
    """English-looking text that is the same every time and shares no long run with another seed's."""
    words = random.Random(seed)
    lines = (" ".join(words.choice(_WORDS) for _ in range(14)) for _ in range(sentences))
    return " ".join(f"{line.capitalize()} {words.randrange(1000, 9999)}." for line in lines)


def processed(rows: Sequence[dict[str, Any]], source: str = "huggingface") -> Processed:
    """All rows processed in one go."""
    pieces = list(process_slice([raw_batch(rows)], source))
    assert len(pieces) == 1
    return pieces[0]


def processed_slice(
    store: Store, rows: Sequence[dict[str, Any]], source: str = "huggingface", key: str = "s"
) -> Stored:
    """Rows processed and stored as one slice."""
    with store.draft("processed_slice", f"{source}/{key}") as draft:
        tables = {"passages": PASSAGE, "removed": REMOVED, "signatures": SIGNATURE}
        writers = {name: draft.table(name, schema) for name, schema in tables.items()}
        for piece in process_slice([raw_batch(rows)], source):
            writers["passages"].write(piece.passages)
            writers["removed"].write(piece.removed)
            writers["signatures"].write(piece.signatures)
        for writer in writers.values():
            writer.close()
        return draft.publish(code_version="1", metadata={"records": len(rows)})


def questions(rows: Sequence[dict[str, Any]] = ()) -> pa.Table:
    """A BENCHMARK table."""
    defaults = {"benchmark": "medqa", "options": [], "answer": None, "context": None, "record_id": None}
    filled = [defaults | {"item_id": str(number)} | row for number, row in enumerate(rows)]
    return pa.Table.from_pylist(filled, schema=BENCHMARK)


def withdrawals(rows: Sequence[dict[str, Any]] = ()) -> pa.Table:
    """A WITHDRAWAL table."""
    defaults = {
        "kind": "retraction", "reason": "retracted", "version": None, "reported_by": "pubmed", "reported_at": None,
        "evidence": None,
    }  # fmt: skip
    return pa.Table.from_pylist([defaults | row for row in rows], schema=WITHDRAWAL)
