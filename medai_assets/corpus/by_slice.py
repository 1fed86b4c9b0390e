"""The processed corpus of one source, slice by slice: a slice whose raw version and code are unchanged is kept.

Each processed slice is a stored version of its own (``processed_slice``, key ``<source>/<slice>``); the source's
version refers to them, so that re-collecting one slice costs that slice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from medai_assets.schemas import PASSAGE, REMOVED
from medai_assets.storage import Store, Stored, content_hash, text_digest

SLICE_ASSET = "processed_slice"
CONTENT = ("passage_id", "document_id", "section", "heading", "position", "flags", "attributes", "origins")


@dataclass(frozen=True)
class SourceReport:
    """What processing a source did: its slices, how many were reused, and counts by reason."""

    stored: Stored
    slices: int
    reused: int
    removed: dict[str, int]


def process_source(
    store: Store,
    source: str,
    raw: Sequence[Stored],
    *,
    publishing: dict[str, Any],
    workers: int = 1,
    progress: Callable[[float, float | None, str], None] = lambda done, total, what: None,
) -> SourceReport:
    """Process what changed of ``raw`` and publish ``processed_corpus[source]``.

    Args:
        raw: the pinned raw slices of the source.
        publishing: arguments of ``Draft.publish`` of the source's version.
        workers: processes; the result does not depend on it.
    """
    code_version = publishing["code_version"]
    kept = {stored.partition: _kept(store, source, stored, code_version) for stored in raw}
    todo = [stored for stored in raw if kept[stored.partition] is None]
    progress(len(raw) - len(todo), len(raw), "slices")
    jobs = [
        (store.root if store.is_local else store.url, source, s.input, code_version, publishing["run_id"])
        for s in todo
    ]
    for done, partition in enumerate(_run(jobs, workers), start=len(raw) - len(todo) + 1):
        kept[partition] = store.require(SLICE_ASSET, f"{source}/{partition}")
        progress(done, len(raw), "slices")
    parts = [kept[stored.partition] for stored in sorted(raw, key=lambda s: s.partition or "")]
    removed = Counter[str]()
    for part in parts:
        removed.update((part.receipt or part.manifest).metadata["removed"] if part else {})  # type: ignore[union-attr]
    with store.draft("processed_corpus", source) as draft:
        for part in parts:
            draft.reference(part)  # type: ignore[arg-type]
        version = text_digest(*sorted(part.data_version for part in parts))  # type: ignore[union-attr]
        stored = draft.publish(
            data_version=version,
            **publishing,
            metadata={"slices": len(parts), "reused": len(raw) - len(todo)},
        )
    return SourceReport(stored, len(parts), len(raw) - len(todo), dict(removed))


def _kept(store: Store, source: str, raw: Stored, code_version: str) -> Stored | None:
    receipt = store.current_receipt(SLICE_ASSET, f"{source}/{raw.partition}")
    if receipt is None or receipt.code_version != code_version or receipt.inputs != [raw.input]:
        return None
    if not store.holds(SLICE_ASSET, receipt.partition, receipt.data_version):
        return None
    return store.open(SLICE_ASSET, receipt.partition, receipt.data_version, receipt)


def _run(jobs: list[tuple[Any, ...]], workers: int) -> Any:
    if workers <= 1 or len(jobs) <= 1:
        yield from (process_one(*job) for job in jobs)
        return
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("forkserver")) as pool:
        for future in as_completed([pool.submit(process_one, *job) for job in jobs]):
            yield future.result()


def process_one(root: str, source: str, raw_input: Any, code_version: str, run_id: str) -> str | None:
    """Process one raw slice and publish it; returns the slice's key. Runs in any process."""
    from medai_assets.corpus.process import process_slice

    store = Store(root)
    raw = store.open(raw_input.asset, raw_input.partition, raw_input.data_version)
    removed_reasons = Counter[str]()
    with store.draft(SLICE_ASSET, f"{source}/{raw.partition}") as draft:
        with draft.table("passages", PASSAGE) as passages, draft.table("removed", REMOVED) as removed:
            for piece in process_slice(raw.batches("records"), source):
                passages.write(piece.passages)
                removed.write(piece.removed)
                removed_reasons.update(piece.removed.column("reason").to_pylist())
        draft.publish(
            data_version=_version(draft.directory),
            code_version=code_version,
            inputs=[raw.input],
            run_id=run_id,
            metadata={"removed": dict(removed_reasons), "records": raw.rows("records")},
        )
    return raw.partition


def _version(directory: Any) -> str:
    """Content version of a draft's two tables."""
    import pyarrow.parquet as pq

    passages = content_hash(
        pq.ParquetFile(directory / "passages.parquet").iter_batches(columns=list(CONTENT)), CONTENT
    )
    reasons = ("step", "reason", "passage_id", "origins")
    removed = content_hash(
        pq.ParquetFile(directory / "removed.parquet").iter_batches(columns=list(reasons)), reasons
    )
    return text_digest(passages, removed)
