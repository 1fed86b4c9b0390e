"""Checkpoints of an unfinished run: which are whole and as they were written, and whether they belong to the job at hand."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from medai_assets.foundation.code_versions import code_version
from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.files import read_hashed, write_hashed, write_whole
from medai_assets.storage import file_sha256
from medai_assets.training.job import Job

STATE = "trainer_state.json"  # the last file that the trainer writes into a checkpoint
SEAL = "files.sha256.json"  # written after that: the hash of each other file
FINGERPRINT = "job_fingerprint"
STAGE = "lora_adapter"  # whose code version is part of a job
_STEP = re.compile(r"^checkpoint-(\d+)$")


def fingerprint(job: Job) -> str:
    """SHA-256 over everything that decides a run's result: recipe, seed, base model, adapter to go on from, examples, code, and
    the number of processes, whose sums and shares of the rows differ."""
    parts = f"{code_version(STAGE)}:{job.recipe.digest()}:{job.run_seed}"
    digest = hashlib.sha256((parts if world() == 1 else f"{parts}:{world()}").encode())
    files = [job.dataset_dir / f"{split}.parquet" for split in ("train", "validation")]
    files += [job.base_model_dir / name for name in ("base_model.json", "config.json")]
    files += [job.begin_with / "adapter_model.safetensors"] if job.begin_with else []
    for path in files:
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def rank() -> int:
    """The number of this process among those that train together, as torchrun tells it; 0 decides and writes."""
    return int(os.environ.get("RANK", "0"))


def world() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def wait_for_others() -> None:
    """Until each of the processes that train together has come to this point."""
    if world() > 1:
        import torch

        torch.distributed.barrier()


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
    """The newest checkpoint that training can go on from; newer ones, cut off by a kill or damaged since, are removed.

    A checkpoint names the folder of the best one before it, as it was when it was written. Where the data root was moved since,
    or another host wrote it, that is corrected: the trainer would otherwise keep the last weights instead of the best, and go on.
    """
    for path in reversed(written(checkpoints_dir)):
        if _is_at_home(path):
            return path
        shutil.rmtree(path)
    return None


def written(checkpoints_dir: Path) -> list[Path]:
    """Folders of checkpoints, the oldest first; the newest may have been cut off."""
    found = sorted(
        (int(match.group(1)), path)
        for path in checkpoints_dir.glob("checkpoint-*")
        if (match := _STEP.match(path.name)) and path.is_dir()
    )
    return [path for _, path in found]


def seal(checkpoint: Path) -> None:
    """Note the hashes of a checkpoint that was just written; only then is it whole."""
    write_hashed(checkpoint / SEAL, json.dumps(_hashes(checkpoint)).encode())


def is_whole(checkpoint: Path) -> bool:
    """Whether it was written to its end."""
    return _state(checkpoint) is not None and (checkpoint / SEAL).is_file()


def _is_as_written(checkpoint: Path) -> bool:
    """Whether it is whole and no byte of what the run goes on from has changed since."""
    noted = read_hashed(checkpoint / SEAL)
    return noted is not None and json.loads(noted) == _hashes(checkpoint)


def _hashes(checkpoint: Path) -> dict[str, str]:
    """Of each file by its path; of the trainer's state whatever data root it names."""
    files = (path for path in sorted(checkpoint.rglob("*")) if path.is_file())
    found = {str(path.relative_to(checkpoint)): file_sha256(path) for path in files if path.name != SEAL}
    state = _state(checkpoint) or {}
    best = Path(state.get("best_model_checkpoint") or "").name
    text = json.dumps(state | {"best_model_checkpoint": best}, sort_keys=True)
    return found | {STATE: text_digest(text)}


def _is_at_home(checkpoint: Path) -> bool:
    """Whether it is as it was written, and so is the best one that it names, which lies beside it or is itself."""
    state = _state(checkpoint)
    if state is None or not _is_as_written(checkpoint):
        return False
    named = state.get("best_model_checkpoint")
    if named is None:
        return True
    best = checkpoint.parent / Path(named).name
    if best != checkpoint and not _is_as_written(best):
        return False
    if str(best) != named:
        text = json.dumps(state | {"best_model_checkpoint": str(best)}, indent=2, sort_keys=True) + "\n"
        write_whole(checkpoint / STATE, text.encode())
    return True


def _state(checkpoint: Path) -> dict[str, Any] | None:
    try:
        state = json.loads((checkpoint / STATE).read_text())
    except (OSError, ValueError):
        return None
    return state if isinstance(state, dict) else None
