"""Training an adapter once more from what its version names, to see whether the same bytes come out."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson

from medai_assets.foundation.extras import require
from medai_assets.storage import Stored, file_sha256
from medai_assets.training.job import Job
from medai_assets.training.machine import find_machine
from medai_assets.training.recipe import Recipe

QUIET = {"TQDM_DISABLE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONWARNINGS": "ignore"}


class ReplayFailed(Exception):
    """The second training gave other bytes, or none; the message says which and what may be the reason."""


def replay(adapter: Stored, recipe: Recipe, base: Path) -> dict[str, Any]:
    """Train again in a folder of its own, and compare every file.

    Args:
        recipe: the version that the adapter was trained by.
        base: the prepared base model.

    Returns:
        the data version that came out, the number of files that are the same, and the kind of machine.

    Raises:
        ReplayFailed: a file differs, or the training ended with an error.
        StoreError: what it was trained on is no longer kept.
    """
    require("train", "training again")
    lineage = orjson.loads(adapter.read("training_manifest.json"))["lineage"]
    store = adapter.store
    (examples,) = [ref for ref in adapter.manifest.inputs if ref.asset == "training_examples"]
    dataset = store.open("instruction_dataset", None, lineage["noted_in"])
    with tempfile.TemporaryDirectory(prefix="medai-replay-") as folder:
        out = Path(folder, "adapter")
        out.mkdir()
        job = Job(
            recipe=recipe,
            base_model_dir=base,
            dataset_dir=store.open(examples.asset, None, examples.data_version).local_path(),
            work_dir=Path(folder, "work"),
            out_dir=out,
            lineage=lineage,
            notes_file=dataset.local_path() / "examples.parquet",
        )
        _train(job, Path(folder, "job.json"))
        other = [name for name, sha256 in adapter.manifest.digests.items() if _digest(out / name) != sha256]
        other += sorted(_names(out) - set(adapter.manifest.digests))
    if other:
        raise ReplayFailed(
            f"training again gave other bytes: {', '.join(other[:5])}. That is so on another kind of machine "
            f"({find_machine().hardware} here), with other versions of the libraries, or where rows were erased from what it "
            "was trained on"
        )
    return {
        "data_version": adapter.data_version,
        "files_the_same": len(adapter.manifest.digests),
        "machine": find_machine().hardware,
    }


def _train(job: Job, file: Path) -> None:
    job.write(file)
    command = [sys.executable, "-m", "medai_assets.training.train", str(file)]
    done = subprocess.run(command, env=os.environ | QUIET, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise ReplayFailed(f"the second training ended with an error: {said[0]}")


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _digest(path: Path) -> str | None:
    return file_sha256(path) if path.is_file() else None
