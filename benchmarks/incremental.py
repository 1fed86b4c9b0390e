"""One changed slice out of twenty: processing and curation again, against doing all of it.

    python benchmarks/incremental.py [CITATIONS, default 40000] [SLICES, default 20]

The kit's citations in slices of ``pubmed_bulk``. All are processed and curated; then one slice loses a
citation and both steps run again over everything, as the assets run them; the cheapest of three such changes counts. CPU
seconds; the ratio is the full run's cost over the changed run's. What did not change keeps its data version: checked.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
from common import measure_in_process, print_ratio, print_table
from corpus_common import benchmark_files, raw_batches
from pubmed_update import BASELINE, UPDATE, extract

from medai_assets.corpus.curate.benchmarks import publish_benchmarks
from medai_assets.foundation.schemas import RAW_RECORD, WITHDRAWAL
from medai_assets.storage import Store, Stored

_PUBLISHING: dict[str, Any] = {"code_version": "1", "inputs": [], "run_id": ""}


def collect(root: Path, files: list[Path], limit: int, slices: int) -> None:
    """Raw slices of equal size, and the benchmark questions."""
    publish_benchmarks(Store(root), benchmark_files(), {"code_version": "1"})
    table = pa.Table.from_batches(batch for file in files for batch in raw_batches(file)).slice(0, limit)
    size = table.num_rows // slices
    for number in range(slices):
        publish_raw(Store(root), number, table.slice(number * size, size))


def publish_raw(store: Store, number: int, rows: pa.Table) -> None:
    """One raw slice."""
    with store.draft("raw_pubmed_bulk", f"{number:04d}") as draft:
        draft.write_table("records", rows, RAW_RECORD)
        draft.publish(code_version="1")


def change(root: Path, number: int) -> None:
    """One slice without its first citation."""
    store = Store(root)
    publish_raw(store, number, store.require("raw_pubmed_bulk", f"{number:04d}").table("records").slice(1))


def build(root: Path) -> tuple[dict[str, str], str, int, int]:
    """Process what changed and curate everything: versions of the processed slices and of the corpus, slices reused."""
    from medai_assets.corpus.curate.curation import curate
    from medai_assets.corpus.process.by_slice import SLICE_ASSET, process_source
    from medai_assets.foundation.licences import LicencePolicy

    store = Store(root)
    raw: list[Stored] = [store.require("raw_pubmed_bulk", key) for key in store.partitions("raw_pubmed_bulk")]
    source = process_source(store, "pubmed_bulk", raw, publishing=_PUBLISHING)
    with store.draft("curated_corpus") as draft:
        questions = store.require("benchmark_questions").table("questions")
        report = curate(
            [source.stored], WITHDRAWAL.empty_table(), questions, LicencePolicy.of("research"), draft,
            code_version="1",
        )  # fmt: skip
        draft.publish(data_version=report.data_version, code_version="1")
    versions = {
        str(key): store.require(SLICE_ASSET, key).data_version for key in store.partitions(SLICE_ASSET)
    }
    return versions, report.data_version, source.reused, report.reused


def check(before: dict[str, str], after: dict[str, str]) -> None:
    """End the benchmark when a slice that did not change has another data version."""
    kept = [key for key in before if before[key] == after[key]]
    if len(kept) != len(before) - 1:
        sys.exit(f"data versions: {len(kept)} of {len(before) - 1} unchanged slices kept theirs")


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 40_000
    slices = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = folder / "store"
        collect(root, [extract(name, folder) for name in (UPDATE, BASELINE)], limit, slices)
        full = measure_in_process(build, root)
        runs = []
        for number in (7, 11, 15):
            change(root, number)
            before = runs[-1].value[0] if runs else full.value[0]
            runs.append(measure_in_process(build, root))
            check(before, runs[-1].value[0])
        changed = min(runs, key=lambda run: run.cpu_seconds)
        nothing = measure_in_process(build, root)
    rows = [
        (what, run.value[2], run.value[3], run.cpu_seconds, run.seconds)
        for what, run in (
            ("everything", full),
            (f"one slice of {slices:,} changed", changed),
            ("nothing changed", nothing),
        )
    ]
    print_table(("run", "processed slices reused", "curated slices reused", "CPU s", "wall s"), rows)
    print_ratio("incremental", full.cpu_seconds / changed.cpu_seconds, 10)


if __name__ == "__main__":
    main()
