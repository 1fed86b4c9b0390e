"""Memory and time of every stage at 1, 4 and 16 million passages, and of a withdrawal from them, as one table.

    python benchmarks/walls.py [--sizes N ...] [--at 60000000] [--folder FOLDER] [--keep] [--so-far]

Raw and processed slices of 20,000 passages are generated. Then each stage runs in a fresh process, as its asset runs it: once
over everything, and again after one record was withdrawn. Each measurement is kept in FOLDER/measured.jsonl as soon as it is
taken, and is not taken again: whoever stops the command goes on where it was. A size's store (230 bytes a passage) is
removed when its last stage is measured, unless --keep is said. All three sizes take about an hour of processor time.

Of the slices (``walls_common.py``) only the one that the record is withdrawn from is made by processing itself; what processing
all others would have cost is extrapolated from it, in the line "together".
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from common import REPOSITORY, measure_in_process, peak_mib, print_ratio
from walls_common import CODE, RAW, SOURCE, WITHDRAWN_RECORD, prepared, slices

from medai_assets.corpus.curate.curation import curate
from medai_assets.corpus.process.by_slice import process_source
from medai_assets.foundation.licences import LicencePolicy
from medai_assets.foundation.schemas import BENCHMARK
from medai_assets.instructions.dataset.publish import publish_dataset
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.rebuild import refresh
from medai_assets.sources import take_down_history
from medai_assets.storage import Finished, Store, Stored
from medai_assets.withdrawals.erase import erase_taken_down
from medai_assets.withdrawals.table import publish_withdrawals

SIZES, AT = (1_000_000, 4_000_000, 16_000_000), 60_000_000
DATASET_GIB, CURATION_GIB, BYTES_A_PASSAGE, SECONDS, SHARE = 6, 12, 150, 120, 0.05  # what is allowed
EVERYTHING, WITHDRAWN = "everything", "withdrawn"
MEMORY = ("peak_mib", "above_imports_mib")


def withdrawals(root: Path) -> int:
    """The table of withdrawals, the record's text taken out of its raw slice; its rows."""
    store, file = Store(root), root / "none.csv"

    def erasing(_: Stored) -> Finished:
        erase_taken_down(store, file)
        return Finished()

    return publish_withdrawals(store, _raws(store), file, {**CODE, "finish": [erasing]}).rows("withdrawals")


def _raws(store: Store) -> list[Stored]:
    return [store.require(RAW, key) for key in store.partitions(RAW)]


def processed(root: Path) -> int:
    """Process the slices that changed; how many."""
    store = Store(root)
    report = process_source(store, SOURCE, _raws(store), publishing={**CODE, "run_id": ""})
    return report.slices - report.reused


def curated(root: Path) -> int:
    """Curate all there is; the slices that were not kept."""
    store = Store(root)
    source = store.require("processed_corpus", SOURCE)
    with store.draft("curated_corpus") as draft:
        report = curate(
            [source], store.require("withdrawals").table("withdrawals"), BENCHMARK.empty_table(), LicencePolicy.of("research"),
            draft, code_version="1",
        )  # fmt: skip
        draft.publish(**CODE, data_version=report.data_version, inputs=[source.input])
    return report.slices - report.reused


def dataset(root: Path) -> int:
    """Make the data set; its examples."""
    store = Store(root)
    corpus, mixture = store.require("curated_corpus"), store.require("instruction_mixture")
    publishing = {**CODE, "inputs": [corpus.input, mixture.input]}
    made = publish_dataset(
        store, corpus, mixture=mixture, exports_dir=root / "exports", publishing=publishing
    )
    return made.rows("examples")


def indexed(root: Path) -> int:
    """The lineage index of the data set, as its asset renews it; its examples."""
    with Lineage(Store(root), root / "lineage") as lineage:
        refresh(lineage)
        return sum(row[-1] for row in lineage.index(lineage.dataset()).tally())


STAGES: tuple[Callable[[Path], int], ...] = (withdrawals, processed, curated, dataset, indexed)


def withdraw(root: Path) -> int:
    """Enter the withdrawal of one record; the entries in force."""
    store, file = Store(root), root / "none.csv"
    take_down_history.withdraw(
        store, file, f"pubmed:{WITHDRAWN_RECORD}", "its author asked for it", "benchmark"
    )
    return len(take_down_history.take_downs_in_force(store, file))


def above_imports(stage: Callable[..., int], *arguments: Any) -> tuple[int, float]:
    """What a stage returns, and the MiB that were there before it began."""
    base = peak_mib()
    return stage(*arguments), base


class Results:
    """Measurements by size, phase and stage, in a file of JSON lines."""

    def __init__(self, file: Path) -> None:
        self.file = file
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        self.found = {(one["passages"], one["phase"], one["stage"]): one for one in map(json.loads, lines)}

    def take(self, passages: int, phase: str, stage: Callable[..., int], *arguments: Any) -> None:
        """Measure a stage, unless that was done before."""
        if (passages, phase, stage.__name__) in self.found:
            return
        run = measure_in_process(above_imports, stage, *arguments)
        value, base = run.value
        told = {
            "passages": passages, "phase": phase, "stage": stage.__name__, "cpu_s": round(run.cpu_seconds, 2),
            "wall_s": round(run.seconds, 1), "load": round(os.getloadavg()[0], 1), "peak_mib": round(run.peak_mib),
            "above_imports_mib": round(run.peak_mib - base), "value": value,
        }  # fmt: skip
        self.found[passages, phase, stage.__name__] = told
        print(json.dumps(told), flush=True)
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")

    def of(self, passages: int, phase: str, stage: Callable[..., int]) -> dict[str, Any]:
        """A measurement; empty where it was not taken."""
        return self.found.get((passages, phase, stage.__name__), {})

    def measured_at(self, sizes: Sequence[int], phase: str, stage: Callable[..., int]) -> list[int]:
        """Which of the sizes, ascending."""
        return sorted(size for size in set(sizes) if self.of(size, phase, stage))


def measure(results: Results, folder: Path, passages: int, *, keep: bool) -> None:
    """All stages at one size, those that are not measured yet."""
    root = folder / str(passages)
    if (passages, WITHDRAWN, indexed.__name__) in results.found:
        return
    root.mkdir(parents=True, exist_ok=True)
    results.take(passages, "", prepared, root, passages)
    for stage in STAGES:
        results.take(passages, EVERYTHING, stage, root)
    results.take(passages, "", withdraw, root)
    for stage in STAGES:
        results.take(passages, WITHDRAWN, stage, root)
    if not keep:
        shutil.rmtree(root)


def table(results: Results, sizes: Sequence[int]) -> list[str]:
    """Lines of Markdown, one a size and stage; what is not measured is left empty."""
    lines = [
        "| passages | stage | CPU s | peak MiB | above imports | after the withdrawal, CPU s | wall s (load) | peak MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for size in sizes:
        for stage in STAGES:
            first, again = (results.of(size, phase, stage) for phase in (EVERYTHING, WITHDRAWN))
            cells = [f"{size:,}", stage.__name__]
            cells += [f"{first['cpu_s']:,.1f}", *(f"{first[n]:,}" for n in MEMORY)] if first else [""] * 3
            wall = f"{again['wall_s']:,.0f} ({again['load']:.0f})" if again else ""
            cells += [f"{again['cpu_s']:,.1f}", wall, f"{again[MEMORY[0]]:,}"] if again else [""] * 3
            lines.append(f"| {' | '.join(cells)} |")
        if results.of(size, WITHDRAWN, indexed):
            first, again = (f"{together(results, size, phase):,.1f}" for phase in (EVERYTHING, WITHDRAWN))
            lines.append(f"| {size:,} | together | {first} | | | {again} | | |")
    return lines


def together(results: Results, size: int, phase: str) -> float:
    """CPU seconds of all stages; of everything with processing of all slices, extrapolated from the one that was processed."""
    spent = sum(results.of(size, phase, stage)["cpu_s"] for stage in STAGES)
    others = slices(size) - 1 if phase == EVERYTHING else 0
    return float(spent + others * results.of(size, phase, processed)["cpu_s"])


def goals(results: Results, sizes: Sequence[int], at: int) -> None:
    """Print what is allowed over what was measured, and what is extrapolated from the two largest sizes of a stage."""
    if found := memory(results, sizes, dataset):
        (small, a), (large, b) = found
        power = math.log(b / a) / math.log(large / small)
        peak = results.of(large, EVERYTHING, dataset)["peak_mib"]
        print(f"memory of the data set, {small:,} to {large:,} passages: the {power:.2f}th power of them")
        print_ratio("walls-dataset", DATASET_GIB * 1024 / peak, 1)
    if found := memory(results, sizes, curated):
        (small, a), (large, b) = found
        each = max((b - a) * 2**20 / (large - small), 1)  # at tiny sizes it does not grow
        expected = results.of(large, EVERYTHING, curated)["peak_mib"] + each * (at - large) / 2**20
        print(f"memory of curation, {small:,} to {large:,} passages: {each:.0f} bytes each")
        print(f"at {at:,} passages, extrapolated: {expected:,.0f} MiB")
        print_ratio("walls-curation-bytes", BYTES_A_PASSAGE / each, 1)
        print_ratio("walls-curation", CURATION_GIB * 1024 / expected, 1)
    for large in results.measured_at(sizes, WITHDRAWN, indexed)[-1:]:
        first, again = (together(results, large, phase) for phase in (EVERYTHING, WITHDRAWN))
        more = again - results.of(large, WITHDRAWN, processed)["cpu_s"]
        print(f"one changed slice of {slices(large):,}: {again:.1f} CPU s, {more:.1f} not its own processing")
        print_ratio("walls-changed-slice", SHARE * first / more, 1)
        print_ratio("walls-withdrawal", SECONDS / again, 1)


def memory(results: Results, sizes: Sequence[int], stage: Callable[..., int]) -> list[tuple[int, int]]:
    """The two largest sizes that a stage was measured at, with the MiB above the imports; nothing where it is but one."""
    found = results.measured_at(sizes, EVERYTHING, stage)[-2:]
    if len(found) < 2:
        print(f"{stage.__name__} is not measured at two sizes yet")
        return []
    return [(size, results.of(size, EVERYTHING, stage)[MEMORY[1]]) for size in found]


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="passages")
    parser.add_argument(
        "--at", type=int, default=AT, help="passages for which curation's memory is extrapolated"
    )
    parser.add_argument(
        "--folder", type=Path, default=REPOSITORY / "data" / "walls", help="default: data/walls"
    )
    parser.add_argument("--keep", action="store_true", help="leave the stores there")
    parser.add_argument("--so-far", action="store_true", help="measure nothing, print what is there")
    asked = parser.parse_args(words)
    asked.folder.mkdir(parents=True, exist_ok=True)
    results = Results(asked.folder / "measured.jsonl")
    for size in () if asked.so_far else asked.sizes:
        measure(results, asked.folder, size, keep=asked.keep)
    print(*table(results, asked.sizes), sep="\n")
    goals(results, asked.sizes, asked.at)


if __name__ == "__main__":
    main()
