"""Checkpoints of an unfinished run: which are whole, and whether they belong to the job at hand."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

from medai_assets.foundation.code_versions import code_version
from medai_assets.training.job import Job

STATE = "trainer_state.json"  # the last file that the trainer writes into a checkpoint
FINGERPRINT = "job_fingerprint"
STAGE = "lora_adapter"  # whose code version is part of a job
_STEP = re.compile(r"^checkpoint-(\d+)$")


def fingerprint(job: Job) -> str:
    """SHA-256 over everything that decides a run's result: recipe, seed, base model, examples, code version."""
    digest = hashlib.sha256(f"{code_version(STAGE)}:{job.recipe.digest()}:{job.run_seed}".encode())
    files = [job.dataset_dir / f"{split}.parquet" for split in ("train", "validation")]
    files += [job.base_model_dir / name for name in ("base_model.json", "config.json")]
    for path in files:
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def claim(work_dir: Path, mark: str) -> bool:
    """Make a work directory this job's own; checkpoints and curves of another job are removed.

    Returns:
        Whether the directory already held this job's work.
    """
    path = work_dir / FINGERPRINT
    same = path.is_file() and path.read_text() == mark
    if not same:
        for name in ("checkpoints", "tensorboard"):
            shutil.rmtree(work_dir / name, ignore_errors=True)
        work_dir.mkdir(parents=True, exist_ok=True)
        path.write_text(mark)
    return same


def last_whole(checkpoints_dir: Path) -> Path | None:
    """The newest checkpoint that was written to its end; newer ones, cut off by a kill, are removed."""
    found = sorted(
        (int(match.group(1)), path)
        for path in checkpoints_dir.glob("checkpoint-*")
        if (match := _STEP.match(path.name)) and path.is_dir()
    )
    for _, path in reversed(found):
        if _is_whole(path):
            return path
        shutil.rmtree(path)
    return None


def _is_whole(checkpoint: Path) -> bool:
    try:
        json.loads((checkpoint / STATE).read_text())
    except (OSError, json.JSONDecodeError):
        return False
    return True
