"""Scratch work that comes of a record though no word of it need stand there: gradients, weights of trials, checkpoints,
and what a model answered for a judge or a teacher said anew.

What belongs here: what each such folder was made from. Who removes it asks what of that has to go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.digests import text_digest
from medai_assets.storage import Input, Store, Stored
from medai_assets.training.shared_checkpoints import ASSET as CHECKPOINT
from medai_assets.withdrawals.erase import KEPT
from medai_assets.withdrawals.old_versions import names_records, rests_on

_SET_ASIDE = ("removed", "rejected", "left_out")  # named there, and not gone in


@dataclass(frozen=True)
class Scratch:
    """A folder below `work` and the stored versions that it comes of; none where that is no longer known."""

    folder: Path
    made_from: list[Input]

    def rests_on(self, store: Store, record_ids: Collection[str]) -> bool:
        """Whether one of the records went in, or can no longer be ruled out."""
        records = pa.array(sorted(record_ids), pa.string())
        return not self.made_from or any(_rests_on(store, ref, records) for ref in self.made_from)


def influence_folder(work_dir: Path, adapter: Input) -> Path:
    """Where gradients and trials of an adapter lie."""
    return work_dir / "influence" / f"{quote(adapter.partition or '', safe='')}@{adapter.data_version}"


def judged_folder(work_dir: Path, judge: str, adapter: Input) -> Path:
    """Where an adapter's answers and what a judge said of them lie until the report stands."""
    return work_dir / "judged" / text_digest(judge, adapter.data_version)


def teacher_folder(work_dir: Path) -> Path:
    """Where a teacher's replies lie until the rewrites stand; which records they are of is not noted."""
    return work_dir / "teacher"


def scratch(work_dir: Path) -> Iterator[Scratch]:
    """What `medai influence` and `medai forgotten` keep for the next question, checkpoints of unfinished trainings, answers
    of unfinished judgings, and a teacher's replies."""
    for folder in sorted(work_dir.glob("influence/*")):
        partition, _, version = folder.name.rpartition("@")
        yield Scratch(folder, [Input("lora_adapter", unquote(partition), version)])
    unfinished = {checkpoints.parent for checkpoints in work_dir.glob("*/*/checkpoints")}
    for folder in sorted(unfinished.union(work_dir.glob("judged/*"))):
        yield Scratch(folder, _inputs_of(folder / "job.json"))
    if (replies := teacher_folder(work_dir)).exists():
        yield Scratch(replies, [])


def stored_scratch(store: Store) -> Iterator[Stored]:
    """Checkpoints of unfinished trainings that hosts share through the store."""
    for partition in store.partitions(CHECKPOINT):
        for version in store.versions(CHECKPOINT, partition):
            yield store.open(CHECKPOINT, partition, version)


def _inputs_of(job_file: Path) -> list[Input]:
    try:
        lineage = msgspec.json.decode(job_file.read_bytes())["lineage"]
        noted = [Input("instruction_dataset", None, lineage["noted_in"])] if "noted_in" in lineage else []
        return [
            Input(one["asset"], one["partition"], one["data_version"]) for one in lineage["inputs"]
        ] + noted
    except (OSError, msgspec.DecodeError, LookupError, TypeError):
        return []


def _rests_on(store: Store, ref: Input, records: pa.Array) -> bool:
    if not store.holds(ref.asset, ref.partition, ref.data_version):
        return True
    stored = store.open(ref.asset, ref.partition, ref.data_version)
    return any(
        pc.any(rests_on(batch, records)).as_py()
        for table in stored.manifest.tables
        if table not in (*KEPT, *_SET_ASIDE)
        for batch in stored.batches(
            table, [name for name in stored.dataset(table).schema.names if names_records(name)]
        )
    )
