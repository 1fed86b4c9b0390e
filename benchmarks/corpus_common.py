"""What the corpus benchmarks share: records of the two NLM files, passages of any number, packages of a moment."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from common import real_data_folder, stop

from medai_assets.corpus.process.batches import process_slice
from medai_assets.corpus.process.signatures import SIGNATURE
from medai_assets.foundation.schemas import PASSAGE, RAW_RECORD, REMOVED
from medai_assets.sources.pubmed.split import open_file, pieces
from medai_assets.storage import Store, Stored

_PMID = re.compile(rb"<PMID[^>]*>(\d+)")
_CONSTANTS = {
    "source": "pubmed_bulk", "version": "1", "payload_format": "xml", "request": "benchmark",
    "licence": "LicenseRef-PubMed-Abstract", "attribution": "U.S. National Library of Medicine (PubMed)",
}  # fmt: skip


def raw_batches(path: Path, limit: int | None = None, slice_key: str = "s") -> Iterator[pa.RecordBatch]:
    """RAW_RECORD batches of a bulk file, gunzip, cutting and hashing included."""
    done = 0
    with open_file(path) as stream:
        for piece in pieces(stream):
            records = piece.records if limit is None else piece.records[: limit - done]
            yield _batch(records, slice_key)
            done += len(records)
            if limit is not None and done >= limit:
                return


def _batch(records: list[bytes], slice_key: str) -> pa.RecordBatch:
    rows = len(records)
    pmids = [match[1].decode() if (match := _PMID.search(r)) else "" for r in records]
    columns = {name: pa.repeat(value, rows) for name, value in _CONSTANTS.items()} | {
        "record_id": pa.array([f"pubmed:{p}" for p in pmids]),
        "slice": pa.repeat(slice_key, rows),
        "payload": pa.array(records, pa.large_binary()).cast(pa.large_string()),
        "payload_sha256": pa.array([hashlib.sha256(r).hexdigest() for r in records]),
        "url": pa.array([f"https://pubmed.ncbi.nlm.nih.gov/{p}/" for p in pmids]),
        "retrieved_at": pa.repeat(pa.scalar(datetime.now(UTC), pa.timestamp("us", "UTC")), rows),
        "flags": pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string())),
        "sample": pa.repeat(False, rows),
    }
    filled = [columns.get(f.name, pa.nulls(rows, f.type)) for f in RAW_RECORD]
    return pa.record_batch(filled, schema=RAW_RECORD)


def store_processed(store: Store, key: str, batches: Iterator[pa.RecordBatch]) -> Stored:
    """Process raw records into one stored slice, as ``corpus/process/by_slice.py`` does."""
    with store.draft("processed_slice", key) as draft:
        with (
            draft.table("passages", PASSAGE) as passages,
            draft.table("removed", REMOVED) as removed,
            draft.table("signatures", SIGNATURE) as signatures,
        ):
            for piece in process_slice(batches, "pubmed_bulk"):
                passages.write(piece.passages)
                removed.write(piece.removed)
                signatures.write(piece.signatures)
        return draft.publish(code_version="1")


def benchmark_files() -> list[Path]:
    """The public test sets; ends the benchmark where they are absent."""
    folder = real_data_folder() / "benchmarks"
    if not folder.exists():
        stop(f"no benchmark questions at {folder}: set MEDAI_REAL_DATA")
    return [p for p in sorted(folder.rglob("*")) if p.is_file()]
