"""Benchmark questions looked for in processed slices; what was found in a slice is kept for the next curation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.corpus.curate.decontaminate import INDEX, RUN, BenchmarkIndex, Hit
from medai_assets.corpus.curate.rows import Leaf
from medai_assets.foundation.parallel import LOCAL, Engine, run
from medai_assets.storage import Input, Store, Stored, text_digest

ASSET = "screened_slice"
INDEX_ASSET = "benchmark_index"
_HITS = pa.schema(
    [("row", pa.int64()), ("benchmark", pa.string()), ("item_id", pa.string()), ("how", pa.string())]
)
_CONTENT = ("benchmark", "item_id", "question", "options", "record_id")


class Job(NamedTuple):
    """What looks for questions in one slice: names in the store."""

    root: str
    key: str
    processed: Input
    questions: Input
    run: int


class Screen:
    """Finds benchmark questions in slices.

    Args:
        questions: a BENCHMARK table.
        run: words of a run that gives a question away.
        code_version: of the stage that screens; what another version of it found is not used.
        store: where results are kept by slice version and questions.
        engine: where slices are looked through.
    """

    def __init__(
        self,
        questions: pa.Table,
        run: int = RUN,
        *,
        code_version: str,
        store: Store,
        engine: Engine = LOCAL,
    ) -> None:
        self._questions = questions
        self._run = run
        self._code_version = code_version
        self._store = store
        self._engine = engine
        content = orjson.dumps([questions[name].to_pylist() for name in _CONTENT])
        self.digest = text_digest(content, str(run), code_version)

    def search(self, leaves: Sequence[Leaf]) -> None:
        """Look through those slices that were not looked through yet."""
        missing = [one for one in leaves if not self._store.holds(ASSET, one.key, self._version(one.stored))]
        if not missing:
            return
        index = self._index()
        jobs = [Job(self._store.url, leaf.key, leaf.stored.input, index, self._run) for leaf in missing]
        for _ in run(screen_one, jobs, self._engine):
            pass

    def hits(self, leaf: Leaf) -> list[Hit]:
        """Hits in a slice that was looked through; rows are counted among those of all slices."""
        kept = self._store.open(ASSET, leaf.key, self._version(leaf.stored))
        if not kept.rows("hits"):
            return []  # as of most slices: the manifest tells, and no file is opened
        rows = kept.table("hits").to_pylist()
        return [Hit(leaf.first + r["row"], r["benchmark"], r["item_id"], r["how"]) for r in rows]

    def _version(self, processed: Stored) -> str:
        return text_digest(processed.data_version, self.digest)

    def _index(self) -> Input:
        """What is looked for, as a version in the store; built once for the same questions."""
        index = Input(INDEX_ASSET, None, self.digest)
        if not self._store.holds(INDEX_ASSET, None, self.digest):
            with self._store.draft(INDEX_ASSET) as draft:
                draft.write_table("index", BenchmarkIndex(self._questions, self._run).table(), INDEX)
                draft.write_table("questions", self._questions)
                draft.publish(data_version=self.digest, code_version=self._code_version)
        return index


def screen_one(job: Job) -> None:
    """Look for the questions in one slice and publish what was found; may run anywhere, and again."""
    store = Store(job.root)
    processed = store.open(job.processed.asset, job.processed.partition, job.processed.data_version)
    index, code_version = _index_of(job.root, job.questions, job.run)
    found, begin = [], 0
    ids = processed.table("signatures", ["record_id"])["record_id"].to_pylist()
    for batch in processed.batches("passages", ["text", "title", "attributes"]):
        headlines, records = _headlines(batch, ids[begin : begin + batch.num_rows])
        hits = index.find(batch["text"], headlines, records)
        found += [(begin + hit.row, hit.benchmark, hit.item_id, hit.how) for hit in hits]
        begin += batch.num_rows
    with store.draft(ASSET, job.key) as draft:
        rows = [dict(zip(_HITS.names, hit)) for hit in found]
        draft.write_table("hits", pa.Table.from_pylist(rows, schema=_HITS))
        draft.publish(
            data_version=text_digest(processed.data_version, job.questions.data_version),
            code_version=code_version,
            inputs=[processed.input],
        )


@lru_cache(maxsize=1)
def _index_of(root: str, index: Input, run: int) -> tuple[BenchmarkIndex, str]:
    """The index, and the version of the code that built it."""
    stored = Store(root).open(index.asset, index.partition, index.data_version)
    built = BenchmarkIndex(stored.table("questions"), run, stored.table("index"))
    return built, stored.manifest.code_version


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
