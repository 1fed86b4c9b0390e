"""The processed corpus of one source, slice by slice: a slice whose raw version and code are unchanged is kept.

Each processed slice is a stored version of its own (``processed_slice``, key ``<source>/<slice>``); the source's
version refers to them, so that re-collecting one slice costs that slice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from medai_assets.corpus.process.content import PassageDigest, SignatureDigest
from medai_assets.corpus.process.signatures import SIGNATURE
from medai_assets.foundation.parallel import LOCAL, Engine, run
from medai_assets.foundation.schemas import PASSAGE, REMOVED
from medai_assets.storage import Input, Receipt, Store, Stored, content_hash, text_digest

SLICE_ASSET = "processed_slice"

REMOVED_CONTENT = tuple(name for name in REMOVED.names if name != "stage")


@dataclass(frozen=True)
class SourceReport:
    """What processing a source did: its slices, how many were reused, and counts by reason."""

    stored: Stored
    slices: int
    reused: int
    removed: dict[str, int]
    unmapped: dict[str, int]  # section names that no table knows


def process_source(
    store: Store,
    source: str,
    raw: Sequence[Stored],
    *,
    publishing: dict[str, Any],
    engine: Engine = LOCAL,
    progress: Callable[[float, float | None, str], None] = lambda done, total, what: None,
) -> SourceReport:
    """Process what changed of ``raw`` and publish ``processed_corpus[source]``.

    Args:
        raw: the pinned raw slices of the source.
        publishing: arguments of ``Draft.publish`` of the source's version.
        engine: where slices are processed; the result does not depend on it.
    """
    code_version = publishing["code_version"]
    kept = {stored.partition: _kept(store, source, stored, code_version) for stored in raw}
    todo = [stored for stored in raw if kept[stored.partition] is None]
    reused = len(raw) - len(todo)
    progress(reused, len(raw), "slices")
    jobs = [Job(store.url, source, stored.input, code_version, publishing["run_id"]) for stored in todo]
    for done, (raw_slice, made) in enumerate(zip(todo, run(process_one, jobs, engine)), start=reused + 1):
        kept[raw_slice.partition] = store.of_receipt(made)
        progress(done, len(raw), "slices")
    parts = [part for _, part in sorted(kept.items(), key=lambda item: item[0] or "") if part is not None]
    facts = [part.receipt.metadata for part in parts if part.receipt is not None]
    removed, unmapped = (_sum(fact[name] for fact in facts) for name in ("removed", "unmapped"))
    with store.draft("processed_corpus", source) as draft:
        for part in parts:
            draft.reference(part)
        version = text_digest(*sorted(part.data_version for part in parts))
        metadata = {"slices": len(parts), "reused": reused, "removed": removed, "unmapped": unmapped}
        stored = draft.publish(data_version=version, **publishing, metadata=metadata)
    return SourceReport(stored, len(parts), reused, removed, unmapped)


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for one in counts:
        total.update(one)
    return dict(total.most_common())


def _kept(store: Store, source: str, raw: Stored, code_version: str) -> Stored | None:
    """What the same code made of the same raw slice before."""
    return store.current_if_kept(
        SLICE_ASSET,
        f"{source}/{raw.partition}",
        lambda receipt: receipt.code_version == code_version and receipt.inputs == [raw.input],
    )


class Job(NamedTuple):
    """What processes one raw slice: names in the store."""

    root: str
    source: str
    raw: Input
    code_version: str
    run_id: str


def process_one(job: Job) -> Receipt:
    """Process one raw slice and publish it; may run anywhere, and again."""
    from medai_assets.corpus.process.batches import process_slice

    store, source = Store(job.root), job.source
    raw = store.open(job.raw.asset, job.raw.partition, job.raw.data_version)
    reasons, unmapped = Counter[str](), Counter[str]()
    kept, signed = PassageDigest(), SignatureDigest()
    with store.draft(SLICE_ASSET, f"{source}/{raw.partition}") as draft:
        with (
            draft.table("passages", PASSAGE) as passages,
            draft.table("removed", REMOVED) as removed,
            draft.table("signatures", SIGNATURE) as signatures,
        ):
            for piece in process_slice(raw.batches("records"), source):
                passages.write(piece.passages)
                removed.write(piece.removed)
                signatures.write(piece.signatures)
                kept.add(piece.passages)
                signed.add(piece.signatures)
                reasons.update(piece.removed.column("reason").to_pylist())
                unmapped.update(piece.unmapped)
        if reasons["unreadable"] == raw.rows("records") > 1:  # then it is no fault of the records
            raise ValueError(
                f"none of the {raw.rows('records'):,} records of {source} {raw.partition} can be read; has their form changed?"
            )
        made = draft.publish(
            data_version=_version(draft.directory, kept.hexdigest(), signed.hexdigest()),
            code_version=job.code_version,
            inputs=[raw.input],
            run_id=job.run_id,
            metadata={"removed": dict(reasons), "unmapped": dict(unmapped), "records": raw.rows("records")},
        )
        return made.own_receipt


def _version(directory: Path, *digests: str) -> str:
    """Content version of a slice: digests of its passages and signatures, and what was removed."""
    removed = pq.ParquetFile(directory / "removed.parquet").iter_batches(columns=list(REMOVED_CONTENT))
    return text_digest(*digests, content_hash(removed, REMOVED_CONTENT))
