"""Cost and memory against size: processed slices curated at 30,000, 100,000, 300,000 (and 1,000,000) passages.

    python benchmarks/corpus_growth.py [LARGEST, default 100000]

Passages are sentences of real abstracts, shuffled into new ones, one in twenty a near copy, so that the larger sets hold
no more repeats than the smaller. Processing is timed on one slice of the same text; it streams, so its memory is that of
a piece. The exponent is the slope of log cost over log passages: 1 = in proportion. The ratio is the allowed peak, 1.5 GiB,
over the peak at the largest size.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from common import measure_in_process, peak_mib, print_ratio, print_table
from near_duplicates import abstracts

from medai_assets.foundation.schemas import PASSAGE, RAW_RECORD, REMOVED, WITHDRAWAL
from medai_assets.storage import Store

SIZES = (30_000, 100_000, 300_000, 1_000_000)
PER_SLICE = 50_000
ALLOWED_MIB = 1536
Row = dict[str, Any]


def passages(sentences: list[str], first: int, count: int) -> Iterator[str]:
    """Texts of about 120 words; every twentieth is the one before with one word exchanged."""
    text = ""
    for number in range(first, first + count):
        if number % 20 == 19 and text:
            words = text.split()
            words[len(words) // 2] = "another"  # no number: a copy that states another number is not merged
            yield " ".join(words)
        else:
            dice = random.Random(number)
            text = " ".join(dice.choice(sentences) for _ in range(5)) + f" Case {number}."
            yield text


def records(sentences: list[str], first: int, count: int) -> Iterator[pa.RecordBatch]:
    """RAW_RECORD batches of data set rows."""
    fixed = {"source": "huggingface", "slice": str(first), "version": "1", "payload_format": "json", "payload_sha256": "",
             "request": "", "licence": "MIT", "attribution": "NLM", "sample": False, "language": "en"}  # fmt: skip
    texts = passages(sentences, first, count)
    for start in range(first, first + count, 5000):
        rows = []
        for number in range(start, min(start + 5000, first + count)):
            payload = orjson.dumps({"answer": next(texts)}).decode()
            rows.append(fixed | {"record_id": f"hf:{number}", "payload": payload, "url": f"https://example.org/{number}",
                                 "retrieved_at": 0, "flags": []})  # fmt: skip
        yield pa.RecordBatch.from_pylist(rows, schema=RAW_RECORD)


def process(root: Path, sentences: list[str], first: int, count: int) -> None:
    """One processed slice."""
    from medai_assets.corpus.process.batches import process_slice
    from medai_assets.corpus.process.signatures import SIGNATURE

    store = Store(root)
    with store.draft("processed_slice", f"huggingface/{first:08d}") as draft:
        tables = {"passages": PASSAGE, "removed": REMOVED, "signatures": SIGNATURE}
        writers = {name: draft.table(name, schema) for name, schema in tables.items()}
        for piece in process_slice(records(sentences, first, count), "huggingface"):
            for name, writer in writers.items():
                writer.write(getattr(piece, name))
        for writer in writers.values():
            writer.close()
        draft.publish(code_version="1")


def curate_all(root: Path) -> tuple[int, int, float]:
    """Curate every slice there is; passages kept, near duplicates, MiB above what the imports take."""
    from medai_assets.corpus.curate.curation import curate
    from medai_assets.foundation.licences import LicencePolicy
    from medai_assets.foundation.schemas import BENCHMARK

    base = peak_mib()
    store = Store(root)
    slices = [store.require("processed_slice", key) for key in store.partitions("processed_slice")]
    with store.draft("curated_corpus") as draft:
        report = curate(
            slices,
            WITHDRAWAL.empty_table(),
            BENCHMARK.empty_table(),
            LicencePolicy.of("open"),
            draft,
            code_version="1",
        )
        draft.publish(data_version=report.data_version, code_version="1")
    return report.passages, report.removed["near_duplicate"], base


def slope(points: list[tuple[int, float]]) -> float:
    """Slope of log cost over log size, between the first and the last size."""
    (a, x), (b, y) = points[0], points[-1]
    return math.log(max(y, 1e-9) / max(x, 1e-9)) / math.log(b / a) if b != a else float("nan")


def main() -> None:
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    sizes = [size for size in SIZES if size <= largest]
    sentences = [s for text in abstracts(4000) for s in text.split(". ") if 12 <= len(s.split()) <= 40]
    rows, costs, peaks = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        done, processing, highest = 0, 0.0, 0.0
        for size in sizes:
            while done < size:
                count = min(PER_SLICE, size - done)
                run = measure_in_process(process, Path(folder), sentences, done, count)
                done, processing, highest = (
                    done + count,
                    processing + run.cpu_seconds,
                    max(highest, run.peak_mib),
                )
            begin = time.perf_counter()
            run = measure_in_process(
                curate_all,
                Path(folder),
            )
            kept, near, base = run.value
            rows.append(
                (
                    size,
                    kept,
                    near,
                    processing,
                    highest,
                    run.cpu_seconds,
                    time.perf_counter() - begin,
                    run.peak_mib,
                    run.peak_mib - base,
                )
            )
            costs.append((size, run.cpu_seconds))
            peaks.append((size, run.peak_mib - base))
    headers = (
        "passages",
        "kept",
        "near",
        "process CPU s",
        "peak MiB",
        "curate CPU s",
        "wall s",
        "peak MiB",
        "above imports",
    )
    print_table(headers, rows)
    print(f"exponents of curation: CPU {slope(costs):.2f}, memory {slope(peaks):.2f}")
    print_ratio("corpus-growth", ALLOWED_MIB / max(row[7] for row in rows), 1)


if __name__ == "__main__":
    main()
