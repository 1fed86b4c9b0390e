"""Where a run's curves go beside TensorBoard: MLflow, Weights & Biases or Trackio, through transformers' own callbacks.

What belongs here: what a tracker is told of a run beside its curves, and that all of it stays on this machine unless
the tracker's own variables (`MLFLOW_TRACKING_URI`, `WANDB_MODE`, `TRACKIO_SPACE_ID`) say otherwise. Nothing a tracker is told
changes what is trained.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = "medai"
_LONGEST_TAG = 64  # characters that Weights & Biases takes


@dataclass(frozen=True)
class Tracking:
    """Which trackers, and the folder that they keep their files in."""

    names: tuple[str, ...] = ()
    folder: Path | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any] | None) -> Tracking:
        """From a job file's values: `names` and `folder`."""
        return cls(tuple(values["names"]), Path(values["folder"])) if values else cls()

    def as_values(self) -> dict[str, Any] | None:
        return {"names": list(self.names), "folder": str(self.folder)} if self.names else None

    def connect(self, tags: Mapping[str, str]) -> list[str]:
        """Set what the trackers read from the environment; returns the trainer's `report_to`."""
        for name in self.names:
            assert self.folder is not None
            self.folder.mkdir(parents=True, exist_ok=True)
            for variable, value in _VARIABLES[name](self.folder, tags).items():
                os.environ.setdefault(variable, value)
        return ["tensorboard", *self.names]


def tags(lineage: Mapping[str, Any], recipe: str, seed: int, licences: Iterable[str]) -> dict[str, str]:
    """What a run is found by later: the versions it was made from, its recipe and seed, and its data's licences."""
    versions = {
        f"medai.{i['asset']}" + (f"[{i['partition']}]" if i.get("partition") else ""): i["data_version"]
        for i in lineage.get("inputs", ())
    }
    others = {"medai.recipe": recipe, "medai.seed": str(seed), "medai.licences": ", ".join(sorted(licences))}
    return versions | others


def _of_mlflow(folder: Path, tags: Mapping[str, str]) -> dict[str, str]:
    # A key of MLflow's may hold letters, digits and _-./: but no brackets.
    known = {name.replace("[", "/").replace("]", ""): value for name, value in tags.items()}
    return {
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
        "MLFLOW_EXPERIMENT_NAME": PROJECT,
        "MLFLOW_TAGS": json.dumps(known),
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def _of_wandb(folder: Path, tags: Mapping[str, str]) -> dict[str, str]:
    words = [
        f"{name.removeprefix('medai.')}:{value}" for name, value in tags.items() if name != "medai.licences"
    ]
    words += [f"licence:{name}" for name in tags["medai.licences"].split(", ") if name]
    return {
        "WANDB_MODE": "offline",
        "WANDB_DIR": str(folder),
        "WANDB_PROJECT": PROJECT,
        "WANDB_TAGS": ",".join(word[:_LONGEST_TAG] for word in words),
        "WANDB_SILENT": "true",
        "WANDB_ERROR_REPORTING": "false",
    }


def _of_trackio(folder: Path, tags: Mapping[str, str]) -> dict[str, str]:
    return {"TRACKIO_DIR": str(folder / "trackio")}


_VARIABLES = {"mlflow": _of_mlflow, "wandb": _of_wandb, "trackio": _of_trackio}
