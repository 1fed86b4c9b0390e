"""The same rows through the same steps: our chain against datatrove.

    python benchmarks/corpus_datatrove.py [ROWS, default 1000]

Real abstracts as JSON lines in, JSON lines out: encodings repaired, personal data masked, quality filtered, benchmark
questions kept out by 13-grams (12 in neither), near duplicates by MinHash in datatrove's four stages. datatrove is installed
with what it needs into a virtual environment of its own, ``<temp>/medai-bench-datatrove``, kept for the next time; where it
cannot be had the benchmark says so and stops. Its language filter fetches a model over the network and is left out. CPU
seconds after imports, since datatrove runs in another interpreter.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

import pyarrow as pa
from common import measure_in_process, print_ratio, print_table
from corpus_common import benchmark_files
from near_duplicates import abstracts, planted

from medai_assets.corpus.curate.benchmarks import read_benchmarks

PACKAGES = (
    "datatrove==0.10.1",
    "orjson",
    "nltk",
    "spacy",
    "ftfy",
    "regex",
    "xxhash<4",
    "tokenizers",
    "fasteners",
    "tldextract",
)
ENVIRONMENT = Path(tempfile.gettempdir()) / "medai-bench-datatrove"

THEIR_CHAIN = """
import json, sys, time
import numpy as np
from pathlib import Path
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.decont.n_grams import NGramsDecontConfig, NGramsDecontFilter
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.formatters import FTFYFormatter, PIIFormatter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
from datatrove.utils.text import ngrams, simplify_text

folder = Path(sys.argv[1])
begin = time.process_time()
grams = NGramsDecontConfig(n_grams=13, find_query_ngrams=True, find_overlap_ngrams=False)
(folder / "index").mkdir(exist_ok=True)
decontaminate = NGramsDecontFilter(str(folder / "index"), config=grams)
hashes = set()  # their indexer asks for lighteval; these are its steps
for line in (folder / "questions.jsonl").open():
    for text in json.loads(line):
        words = decontaminate.tokenizer.word_tokenize(simplify_text(text, grams.norm_config))
        hashes.update(map(decontaminate.hash_func, map(" ".join, ngrams(words, grams.n_grams))))
np.array(sorted(hashes), dtype=np.uint64).tofile(folder / "index" / "benchmarks.index.hashes")
config = MinhashConfig(n_grams=5)
def run(steps, tasks=1):
    LocalPipelineExecutor(pipeline=steps, tasks=tasks, workers=1, skip_completed=False,
                          logging_dir=str(folder / "logs" / str(time.time()))).run()
run([JsonlReader(str(folder / "rows")), FTFYFormatter(), PIIFormatter(), GopherRepetitionFilter(),
     GopherQualityFilter(min_stop_words=0, max_non_alpha_words_ratio=0.3, min_doc_words=5), decontaminate,
     JsonlWriter(str(folder / "clean"))])
run([JsonlReader(str(folder / "clean")), MinhashDedupSignature(str(folder / "sig"), config=config)])
run([MinhashDedupBuckets(str(folder / "sig"), str(folder / "buckets"), config=config)], tasks=config.num_buckets)
run([MinhashDedupCluster(str(folder / "buckets"), str(folder / "remove"), config=config)])
run([JsonlReader(str(folder / "clean")), MinhashDedupFilter(str(folder / "remove")),
     JsonlWriter(str(folder / "out"), compression=None)])
kept = sum(len(p.read_text().splitlines()) for p in (folder / "out").glob("*.jsonl"))
print(json.dumps({"cpu": time.process_time() - begin, "kept": kept}))
"""


def environment() -> Path | None:
    """The interpreter with datatrove, None where it cannot be installed."""
    python = ENVIRONMENT / "bin" / "python"
    if python.exists():
        return python
    venv.create(ENVIRONMENT, with_pip=True)
    command = [str(python), "-m", "pip", "install", "-q", *PACKAGES]
    if subprocess.run(command, capture_output=True, timeout=580, check=False).returncode:
        return None
    return python


def ours(rows: Path, target: Path) -> int:
    """The same rows as records of a data set, processed, curated and written; rows kept."""
    import orjson

    from medai_assets.corpus.curate.curation import curate
    from medai_assets.corpus.process.batches import process_slice
    from medai_assets.corpus.process.signatures import SIGNATURE
    from medai_assets.foundation.licences import LicencePolicy
    from medai_assets.foundation.schemas import PASSAGE, RAW_RECORD, REMOVED, WITHDRAWAL
    from medai_assets.storage import Store

    fixed = {
        "source": "huggingface", "slice": "s", "version": "1", "payload_format": "json", "payload_sha256": "", "url": "",
        "request": "", "licence": "MIT", "attribution": "NLM", "sample": False, "language": "en", "retrieved_at": 0,
        "flags": [],
    }  # fmt: skip
    records = [
        fixed | {"record_id": f"hf:{row['id']}", "payload": orjson.dumps({"answer": row["text"]}).decode()}
        for row in map(orjson.loads, rows.read_bytes().splitlines())
    ]
    store = Store(target / "store")
    with store.draft("processed_slice", "huggingface/s") as draft:
        tables = {"passages": PASSAGE, "removed": REMOVED, "signatures": SIGNATURE}
        writers = {name: draft.table(name, schema) for name, schema in tables.items()}
        for piece in process_slice([pa.RecordBatch.from_pylist(records, schema=RAW_RECORD)], "huggingface"):
            for name, writer in writers.items():
                writer.write(getattr(piece, name))
        for writer in writers.values():
            writer.close()
        processed = draft.publish(code_version="1")
    with store.draft("curated_corpus") as draft:
        questions = read_benchmarks(benchmark_files())
        report = curate(
            [processed],
            WITHDRAWAL.empty_table(),
            questions,
            LicencePolicy.of("open"),
            draft,
            code_version="1",
        )
        curated = draft.publish(data_version=report.data_version, code_version="1")
    table = curated.table("passages", ["document_id", "text"])
    with (target / "ours.jsonl").open("wb") as stream:
        for name, text in zip(table["document_id"].to_pylist(), table["text"].to_pylist()):
            stream.write(orjson.dumps({"id": name, "text": text}) + b"\n")
    return len(set(table["document_id"].to_pylist()))


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    python = environment()
    if python is None:
        print("datatrove could not be installed here: nothing to compare with")
        return
    texts, _ = planted(abstracts(limit))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rows").mkdir()
        rows = folder / "rows" / "rows.jsonl"
        rows.write_text(
            "".join(json.dumps({"text": text, "id": str(n)}) + "\n" for n, text in enumerate(texts))
        )
        asked = read_benchmarks(benchmark_files()).to_pylist()
        lines = (json.dumps([row["question"], *row["options"]]) + "\n" for row in asked)
        (folder / "questions.jsonl").write_text("".join(lines))
        done = subprocess.run(
            [str(python), "-c", THEIR_CHAIN, name], capture_output=True, text=True, timeout=560, check=False
        )
        if done.returncode:
            print(f"datatrove could not run here:\n{done.stderr[-2000:]}")
            return
        theirs: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        mine = measure_in_process(ours, rows, folder)
    print_table(
        ("chain", "rows", "kept", "CPU s", "rows/s"),
        [("datatrove 0.10", len(texts), theirs["kept"], theirs["cpu"], len(texts) / theirs["cpu"]),
         ("medai_assets", len(texts), mine.value, mine.cpu_seconds, len(texts) / mine.cpu_seconds)],
    )  # fmt: skip
    print_ratio("corpus-datatrove", theirs["cpu"] / mine.cpu_seconds, 10)


if __name__ == "__main__":
    main()
