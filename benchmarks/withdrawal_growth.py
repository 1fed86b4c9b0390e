"""From a withdrawal to a rebuilt data set, on generated passages: every step that a run takes, without training.

    python benchmarks/withdrawal_growth.py [PASSAGES, default 400000] [FOLDER]

Raw and processed slices of 20,000 passages are generated (those of ``curation_memory.py``, one pair of question and answer in
a thousand), then curated, made a data set and indexed. One record is withdrawn, and the same steps run again in fresh
processes, as their assets run them. A FOLDER is kept, and what it holds already is not made again. The ratio is the two minutes
that are allowed over the seconds that the second run took.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import curation_memory
import dataset_growth
import pyarrow as pa
from common import Measured, measure_in_process, print_ratio, print_table

from medai_assets.foundation.schemas import BENCHMARK, PASSAGE, RAW_RECORD, REMOVED
from medai_assets.storage import Finished, Store, Stored

ALLOWED_SECONDS = 120
PAIR_EVERY = 1000
PER_SLICE = dataset_growth.PER_SLICE
_CODE: dict[str, Any] = {"code_version": "1"}


def collected(root: Path, first: int, slices: int) -> None:
    """Add raw slices and what processing made of them."""
    dataset_growth.PAIR_EVERY = PAIR_EVERY
    store = Store(root)
    for number in range(first, first + slices):
        passages = dataset_growth.slice_of(number)
        raw = _raw(store, passages, f"{number:05d}")
        sketches = curation_memory.signatures(passages, pa.array(range(PER_SLICE)).to_numpy(), number)
        with store.draft("processed_slice", f"pubmed_bulk/{number:05d}") as draft:
            draft.write_table("passages", passages, PASSAGE)
            draft.write_table("removed", REMOVED.empty_table())
            draft.write_table("signatures", sketches)
            draft.publish(**_CODE, inputs=[raw.input], metadata={"records": PER_SLICE})


def _raw(store: Store, passages: pa.Table, key: str) -> Stored:
    origin = passages["origins"].combine_chunks().flatten()
    told = {"payload_format": "xml", "payload": "<a/>", "payload_sha256": "0" * 64, "request": f"GET /{key}"}
    columns = {name: pa.repeat(value, len(passages)) for name, value in told.items()}
    columns |= {name: origin.field(name) for name in ("record_id", "source", "slice", "version", "url")}
    columns |= {name: origin.field(name) for name in ("licence", "attribution", "sample")}
    columns |= {"title": passages["title"], "flags": passages["flags"]}
    columns["retrieved_at"] = pa.repeat(pa.scalar(datetime(2026, 1, 1, tzinfo=UTC)), len(passages))
    arrays = [columns[f.name].cast(f.type) if f.name in columns else None for f in RAW_RECORD]
    with store.draft("raw_pubmed_bulk", key) as draft:
        empty = [pa.nulls(len(passages), f.type) if a is None else a for a, f in zip(arrays, RAW_RECORD)]
        draft.write_table("records", pa.table(empty, schema=RAW_RECORD))
        return draft.publish(**_CODE)


def withdrawals(root: Path) -> int:
    """The table of withdrawals, the record's text taken out of its raw slice."""
    from medai_assets.withdrawals.erase import erase_taken_down
    from medai_assets.withdrawals.table import publish_withdrawals

    store, file = Store(root), root / "none.csv"
    raw = [store.require("raw_pubmed_bulk", key) for key in store.partitions("raw_pubmed_bulk")]

    def erasing(_: Stored) -> Finished:
        erase_taken_down(store, file)
        return Finished()

    return publish_withdrawals(store, raw, file, {**_CODE, "finish": [erasing]}).rows("withdrawals")


def curated(root: Path) -> int:
    """Curate all there is; the slices that were not kept."""
    from medai_assets.corpus.curate.curation import curate, known_comparisons
    from medai_assets.foundation.licences import LicencePolicy

    store = Store(root)
    slices = [store.require("processed_slice", key) for key in store.partitions("processed_slice")]
    with store.draft("curated_corpus") as draft:
        report = curate(
            slices,
            store.require("withdrawals").table("withdrawals"),
            BENCHMARK.empty_table(),
            LicencePolicy.of("research"),
            draft,
            code_version="1",
            known=known_comparisons(store, "1"),
        )
        draft.publish(**_CODE, data_version=report.data_version, inputs=[part.input for part in slices])
    return report.slices - report.reused


def dataset(root: Path) -> int:
    """Make the data set; its examples."""
    from medai_assets.instructions.dataset.publish import publish_dataset

    store = Store(root)
    corpus, mixture = store.require("curated_corpus"), store.require("instruction_mixture")
    publishing = {**_CODE, "inputs": [corpus.input, mixture.input]}
    made = publish_dataset(
        store, corpus, mixture=mixture, exports_dir=root / "exports", publishing=publishing
    )
    return made.rows("examples")


def indexed(root: Path) -> int:
    """The lineage index of the data set, as its asset renews it; its examples."""
    from medai_assets.lineage.lookup import Lineage
    from medai_assets.lineage.rebuild import refresh

    with Lineage(Store(root), root / "lineage") as lineage:
        refresh(lineage)
        return sum(row[-1] for row in lineage.index(lineage.dataset()).tally())


STEPS: tuple[Callable[[Path], int], ...] = (withdrawals, curated, dataset, indexed)


def withdraw(root: Path) -> str:
    """Enter the withdrawal of one record that is not withdrawn yet."""
    from medai_assets.sources import take_down_history

    store, file = Store(root), root / "none.csv"
    number = 1 + len(take_down_history.take_downs_in_force(store, file))
    return take_down_history.withdraw(store, file, f"pubmed:{number}", "its author asked for it", "benchmark")


def every_step(root: Path) -> list[Measured]:
    return [measure_in_process(step, root) for step in STEPS]


def main() -> None:
    passages = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with nullcontext(str(kept)) if kept else tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        store = Store(root)
        if store.current("instruction_mixture") is None:
            dataset_growth.mixture(root)
        for number in range(len(store.partitions("processed_slice")), passages // PER_SLICE):
            measure_in_process(collected, root, number, 1)
        first = every_step(root)
        print("withdrawn:", measure_in_process(withdraw, root).value, flush=True)
        second = every_step(root)
    rows = [
        (step.__name__, a.cpu_seconds, b.cpu_seconds, b.seconds, b.peak_mib, b.value)
        for step, a, b in zip(STEPS, first, second)
    ]
    print_table(("step", "before, CPU s", "after, CPU s", "after, s", "peak MiB", "of"), rows)
    print_ratio("withdrawal-growth", ALLOWED_SECONDS / sum(run.seconds for run in second), 1)


if __name__ == "__main__":
    main()
