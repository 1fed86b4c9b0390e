"""Training again without some examples, or with another seed, in a folder of scratch: what really changes.

What belongs here: adapters that nothing else uses, kept only so that an interrupted proof goes on where it stopped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from medai_assets.foundation.code_versions import code_version
from medai_assets.foundation.digests import text_digest
from medai_assets.influence.learned_set import LearnedSet
from medai_assets.training.errors import TrainingError
from medai_assets.training.job import Job

Train = Callable[[Job], None]
TRAINED = "trained"  # the last file of a finished training


@dataclass(frozen=True)
class Retraining:
    """Where and how a learned set is trained again; ``train`` runs one job, by default in a process of its own."""

    learned: LearnedSet
    folder: Path
    train: Train

    def adapter(self, without: Collection[str], seed: int) -> Path:
        """The directory of the adapter trained with a seed on what was learned, less some examples.

        With nothing left out and the recipe's own seed it is the stored adapter again. No other example takes the place
        of one that is left out, and none is cut by a budget of tokens.

        Raises:
            TrainingError: nothing would be left to learn, or the training cannot be done; says why.
        """
        key = text_digest(
            code_version("lora_adapter"), self.learned.adapter.data_version, str(seed), *sorted(without)
        )
        place = self.folder / key
        if not (place / TRAINED).is_file():
            shutil.rmtree(place, ignore_errors=True)
            self.train(self._job(place, without, seed))
            for name in ("data", "work"):
                shutil.rmtree(place / name)
            (place / TRAINED).touch()
        return place / "adapter"

    def _job(self, place: Path, without: Collection[str], seed: int) -> Job:
        left_out = pa.array(sorted(without), pa.string())
        texts = self.learned.texts
        kept = texts.filter(pc.invert(pc.is_in(texts["example_id"], value_set=left_out)))
        if not kept.num_rows:
            raise TrainingError(
                "Nothing would be left to learn without these records", "Leave out fewer with --records."
            )
        data = place / "data"
        data.mkdir(parents=True)
        pq.write_table(kept, data / "train.parquet")
        pq.write_table(self.learned.validation, data / "validation.parquet")
        pq.write_table(self._noted(kept["example_id"].to_pylist()), data / "notes.parquet")
        recipe = self.learned.recipe.model_copy(update={"max_train_tokens": None})
        work, out, notes = place / "work", place / "adapter", data / "notes.parquet"
        return Job(recipe, self.learned.base_dir, data, work, out, seed=seed, notes_file=notes)

    def _noted(self, example_ids: list[str]) -> pa.Table:
        notes = self.learned.notes
        columns = ("example_id", "passage_ids", "origins", "authored")
        return pa.Table.from_pylist([{name: notes[key][name] for name in columns} for key in example_ids])


def in_own_process(job: Job) -> None:
    """Run one training as `lora_adapter` does, in a process whose memory goes with it.

    Raises:
        TrainingError: it cannot be done; in the process's own words where it gave a reason.
    """
    file = job.write(job.work_dir / "job.json")
    command = [sys.executable, "-m", "medai_assets.training.train", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    result = job.work_dir / "result.json"
    said = json.loads(result.read_text()).get("error") if result.is_file() else None
    last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    raise TrainingError(said or f"Retraining failed without a message of its own: {last}")
