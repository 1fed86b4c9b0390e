"""Training an adapter once more from what its version names, to see whether the same bytes come out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson

from medai_assets.foundation.code_versions import code_version
from medai_assets.foundation.extras import require
from medai_assets.lineage.versions import PREFERENCE
from medai_assets.storage import Stored, file_sha256
from medai_assets.storage.errors import label
from medai_assets.training.machine import find_machine
from medai_assets.training.recipe import Recipe, for_pretraining
from medai_assets.trust.certificate import PRETRAINED

QUIET = {"TQDM_DISABLE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONWARNINGS": "ignore"}


class ReplayFailed(Exception):
    """The second training gave other bytes, or none; the message says which and what may be the reason."""


def replay(adapter: Stored, recipe: Recipe, base: Path, folder: Path) -> dict[str, Any]:
    """Train again in a folder of its own, and compare every file.

    Args:
        adapter: a version of any asset of adapters.
        recipe: the version that it was trained by.
        base: the prepared base model.
        folder: for scratch; what lies there is removed before and after.

    Returns:
        the data version that came out, the number of files that are the same, and the kind of machine.

    Raises:
        ReplayFailed: a file differs, or the training ended with an error.
        StoreError: what it was trained on is no longer kept.
    """
    require("train", "training again")
    shutil.rmtree(folder, ignore_errors=True)  # what a killed one left
    out = folder / "adapter"
    out.mkdir(parents=True)
    try:
        module, job = _job(adapter, recipe.model_dump(mode="json"))
        job |= {"base_model_dir": base, "work_dir": folder / "work", "out_dir": out}
        _train(module, job, folder / "job.json")
        other = [name for name, sha256 in adapter.manifest.digests.items() if _digest(out / name) != sha256]
        other += sorted(_names(out) - set(adapter.manifest.digests))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if other:
        raise ReplayFailed(
            f"training {label(adapter.asset, adapter.partition)} again gave other bytes: {', '.join(other[:5])}. {_reason(adapter)}"
        )
    return {
        "data_version": adapter.data_version,
        "files_the_same": len(adapter.manifest.digests),
        "machine": find_machine().hardware,
    }


def _job(adapter: Stored, recipe: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Which module trains such an adapter, and its job as the asset of that name writes it, but for the folders."""
    store = adapter.store
    made_from = {
        ref.asset: store.open(ref.asset, ref.partition, ref.data_version) for ref in adapter.manifest.inputs
    }
    if adapter.asset == PREFERENCE:
        return "medai_assets.training.preferences.train", {
            "recipe": recipe,
            "preference": orjson.loads(made_from["preference_recipe"].read("values.json")),
            "adapter_dir": made_from["lora_adapter"].local_path(),
            "pairs_file": made_from["preference_dataset"].local_path() / "pairs.parquet",
            "lineage": orjson.loads(adapter.read("metrics.json"))["lineage"],
        }
    lineage = orjson.loads(adapter.read("training_manifest.json"))["lineage"]
    job = {"recipe": recipe, "lineage": lineage}
    if adapter.asset == PRETRAINED:
        texts = made_from["pretraining_texts"].local_path()
        job |= {
            "recipe": for_pretraining(recipe),
            "dataset_dir": texts,
            "notes_file": texts / "notes.parquet",
        }
    else:
        noted = store.open("instruction_dataset", None, lineage["noted_in"]).local_path()
        before = made_from.get(PRETRAINED)
        job |= {
            "dataset_dir": made_from["training_examples"].local_path(),
            "notes_file": noted / "examples.parquet",
            "begin_with": before.local_path() if before else None,
        }
    return "medai_assets.training.train", job


def _train(module: str, job: dict[str, Any], file: Path) -> None:
    file.write_bytes(orjson.dumps(job, default=str))
    command = [sys.executable, "-m", module, str(file)]
    done = subprocess.run(command, env=os.environ | QUIET, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise ReplayFailed(f"the second training ended with an error: {said[0]}")


def _reason(adapter: Stored) -> str:
    """Why other bytes may have come out."""
    now, then = code_version(adapter.asset), adapter.manifest.code_version
    if now != then:
        return f"It was trained by version {then} of the code, and this is version {now}"
    timing = adapter.facts.get("timing", {})
    if timing.get("processes", 1) > 1:
        return f"It was trained by {timing['processes']} processes, and the second training is one: sums in another order"
    machine = timing.get("machine", "a machine it does not name")
    return (
        f"It was trained on {machine}, and this is {find_machine().hardware}: another kind of machine gives other bytes, and so "
        "do other versions of the libraries, and rows that were erased from what it was trained on"
    )


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _digest(path: Path) -> str | None:
    return file_sha256(path) if path.is_file() else None
