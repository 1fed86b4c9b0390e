"""The candidates of a curated slice, as a stored version of its own (``candidate_slice``).

A slice that is what it was, under the same mixture and rules, is kept, so that a change in one slice costs that slice. The
few documents that stand in several slices are a slice of their own, since a proof needs the whole document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.name_hashes import Hashes, hashed
from medai_assets.foundation.schemas import EXAMPLE, REMOVED
from medai_assets.instructions.dataset.candidates import (
    ROWS_AT_ONCE,
    Candidates,
    is_read_by_a_rule,
    unused_rows,
)
from medai_assets.instructions.dataset.mixture import MIXTURE_FILE, Mixture
from medai_assets.instructions.dataset.sample import Candidate
from medai_assets.instructions.passages import SourceDocument, documents, last_row_of_documents
from medai_assets.storage import Draft, Input, Receipt, Store, Stored, text_digest

SLICE_ASSET = "candidate_slice"
SEVERAL = "documents of several slices"
CANDIDATE = pa.schema([*EXAMPLE, pa.field("group", pa.string(), nullable=False)])
FORMED = pa.schema([*EXAMPLE, pa.field("plain_id", pa.string(), nullable=False)])
_NAMES = ["document_id", "section", "source"]


class Job(NamedTuple):
    """What makes the candidates of a slice: names in the store, so that it may run anywhere, and again.

    Attributes:
        slices: one curated slice, or those that hold parts of the documents of several.
        spread: hashes of the documents that stand in several slices: left out of one slice, all there is of several.
    """

    root: str
    key: str
    slices: tuple[Input, ...]
    mixture: Input
    code_version: str
    spread: tuple[int, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Names all that the outcome depends on."""
        read = (one.data_version for one in (*self.slices, self.mixture))
        return text_digest(self.key, *read, self.code_version, *map(str, self.spread))


def jobs(store: Store, corpus: Stored, mixture: Stored, code_version: str) -> list[Job]:
    """One for each slice of the corpus, and one for the documents that stand in several; 8 bytes a document are held."""
    slices = corpus.parts or [corpus]
    keys = [_documents_in(stored) for stored in slices]
    every, counts = np.unique(np.concatenate(keys), return_counts=True)
    spread = every[counts > 1]
    own = [np.intersect1d(some, spread) if len(spread) else spread for some in keys]
    holding = tuple(one.input for one, some in zip(slices, own) if len(some))
    found: list[tuple[str, tuple[Input, ...], Hashes]]
    found = [(one.partition or one.asset, (one.input,), some) for one, some in zip(slices, own)]
    found += [(SEVERAL, holding, spread)] if holding else []
    return [
        Job(store.url, key, inputs, mixture.input, code_version, tuple(some.tolist()))
        for key, inputs, some in found
    ]


def kept(store: Store, job: Job) -> Stored | None:
    """What the same job made before."""
    return store.current_if_kept(SLICE_ASSET, job.key, lambda receipt: receipt.fingerprint == job.fingerprint)


def make(job: Job) -> Receipt:
    """Make and publish the candidates of a slice."""
    store = Store(job.root)
    slices = [store.open(i.asset, i.partition, i.data_version) for i in job.slices]
    mixture = store.open(job.mixture.asset, job.mixture.partition, job.mixture.data_version)
    candidates = Candidates(Mixture.load(mixture.local_path() / MIXTURE_FILE))
    with store.draft(SLICE_ASSET, job.key) as draft:
        with draft.table("removed", REMOVED) as removed, draft.table("unshown", REMOVED) as unshown:
            for batch in _unread(slices) if job.key != SEVERAL else ():
                removed.write(unused_rows(batch, candidates.tally))
            for document in _documents(job, slices):
                candidates.document(document)
                candidates.write_out(removed.write, unshown.write)
            candidates.write_out(removed.write, unshown.write, at_once=1)
        held = candidates.sample.held()
        _write(draft, "candidates", CANDIDATE, ({**one.row, "group": one.group} for one in held))
        formed = ({**one.formed, "plain_id": one.row["example_id"]} for one in held if one.formed)
        _write(draft, "formed", FORMED, formed)
        made = draft.publish(
            code_version=job.code_version,
            inputs=[*job.slices, job.mixture],
            fingerprint=job.fingerprint,
            metadata=candidates.counts(),
        )
        return made.own_receipt


def candidates_of(stored: Stored) -> Iterator[Candidate]:
    """What a slice's version holds, the lowest hash first."""
    formed: dict[str, Any] = {row.pop("plain_id"): row for row in stored.table("formed").to_pylist()}
    for batch in stored.batches("candidates"):
        for row in batch.to_pylist():
            group = row.pop("group")
            yield Candidate(row, group, formed.get(row["example_id"]))


def _documents_in(stored: Stored) -> Hashes:
    found = [
        hashed(batch.filter(is_read_by_a_rule(batch))["document_id"])
        for batch in stored.batches("passages", _NAMES)
    ]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))


def _unread(slices: Sequence[Stored]) -> Iterator[pa.RecordBatch]:
    columns = ["passage_id", "section", "source", "heading", "title", "origins"]
    for stored in slices:
        for batch in stored.batches("passages", columns):
            yield batch.filter(pc.invert(is_read_by_a_rule(batch)))


def _documents(job: Job, slices: Sequence[Stored]) -> Iterator[SourceDocument]:
    """The documents that rules read: those in several slices, or the others of one."""
    spread = np.array(job.spread, np.int64)

    def read(columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        for stored in slices:
            for batch in stored.batches("passages", columns):
                batch = batch.filter(is_read_by_a_rule(batch))
                if len(spread):
                    batch = batch.filter(
                        pa.array(np.isin(hashed(batch["document_id"]), spread, invert=job.key != SEVERAL))
                    )
                yield batch

    return documents(read(), last_row_of_documents(read(_NAMES)))


def _write(draft: Draft, table: str, schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> None:
    stream = iter(rows)
    with draft.table(table, schema) as writer:
        while some := [dict(row) for row in islice(stream, ROWS_AT_ONCE)]:
            writer.write(some)
