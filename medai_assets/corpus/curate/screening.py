"""Benchmark questions looked for in processed slices; what was found in a slice is kept for the next curation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.corpus.curate.decontaminate import INDEX, RUN, BenchmarkIndex, Hit
from medai_assets.corpus.curate.rows import Leaf
from medai_assets.storage import Store, text_digest

ASSET = "screened_slice"
INDEX_ASSET = "benchmark_index"
_HITS = pa.schema(
    [("row", pa.int64()), ("benchmark", pa.string()), ("item_id", pa.string()), ("how", pa.string())]
)
_CONTENT = ("benchmark", "item_id", "question", "options", "record_id")


class Screen:
    """Finds benchmark questions in slices.

    Args:
        questions: a BENCHMARK table.
        run: words of a run that gives a question away.
        code_version: of the stage that screens; what another version of it found is not used.
        store: where results are kept by slice version and questions; None keeps nothing.
    """

    def __init__(
        self, questions: pa.Table, run: int = RUN, *, code_version: str, store: Store | None = None
    ) -> None:
        self._questions = questions
        self._run = run
        self._code_version = code_version
        self._store = store
        content = orjson.dumps([questions[name].to_pylist() for name in _CONTENT])
        self._digest = text_digest(content, str(run), code_version)

    @cached_property
    def _index(self) -> BenchmarkIndex:
        """Built once for the same questions and kept."""
        if self._store is None:
            return BenchmarkIndex(self._questions, self._run)
        if self._store.holds(INDEX_ASSET, None, self._digest):
            kept = self._store.open(INDEX_ASSET, None, self._digest).table("index")
            return BenchmarkIndex(self._questions, self._run, kept)
        index = BenchmarkIndex(self._questions, self._run)
        with self._store.draft(INDEX_ASSET) as draft:
            draft.write_table("index", index.table(), INDEX)
            draft.publish(data_version=self._digest, code_version=self._code_version)
        return index

    def hits(self, leaf: Leaf) -> list[Hit]:
        """Hits in a slice; rows are counted among those of all slices."""
        found = self._kept(leaf, lambda: self._search(leaf))
        return [Hit(leaf.first + row, *rest) for row, *rest in found]

    def _kept(
        self, leaf: Leaf, search: Callable[[], list[tuple[int, str, str, str]]]
    ) -> list[tuple[int, str, str, str]]:
        if self._store is None:
            return search()
        version = text_digest(leaf.stored.data_version, self._digest)
        if self._store.holds(ASSET, leaf.key, version):
            kept = self._store.open(ASSET, leaf.key, version)
            if not kept.rows("hits"):
                return []  # as of most slices: the manifest tells, and no file is opened
            rows = kept.table("hits").to_pylist()
            return [(r["row"], r["benchmark"], r["item_id"], r["how"]) for r in rows]
        found = search()
        with self._store.draft(ASSET, leaf.key) as draft:
            draft.write_table(
                "hits", pa.Table.from_pylist([dict(zip(_HITS.names, hit)) for hit in found], schema=_HITS)
            )
            draft.publish(data_version=version, code_version=self._code_version, inputs=[leaf.stored.input])
        return found

    def _search(self, leaf: Leaf) -> list[tuple[int, str, str, str]]:
        found, begin = [], 0
        ids = leaf.stored.table("signatures", ["record_id"])["record_id"].to_pylist()
        for batch in leaf.stored.batches("passages", ["text", "title", "attributes"]):
            headlines, records = _headlines(batch, ids[begin : begin + batch.num_rows])
            hits = self._index.find(batch["text"], headlines, records)
            found += [(begin + hit.row, hit.benchmark, hit.item_id, hit.how) for hit in hits]
            begin += batch.num_rows
        return found


def _headlines(batch: pa.RecordBatch, records: list[str]) -> tuple[pa.Array, pa.Array]:
    """The question over each passage, its title where there is none; and the record the passage is about."""
    titles = batch["title"].to_pylist()
    with_names = pc.match_substring_regex(batch["attributes"], '"(?:question|pmid)":')
    for row in pc.indices_nonzero(with_names).to_pylist():
        attributes = orjson.loads(batch["attributes"][row].as_py())
        titles[row] = attributes.get("question") or titles[row]
        if attributes.get("pmid"):
            records[row] = f"pubmed:{attributes['pmid']}"
    return pa.array(titles, pa.string()), pa.array(records, pa.string())
