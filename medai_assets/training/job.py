"""A training job: the JSON file that tells the training process everything."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medai_assets.training.errors import TrainingError
from medai_assets.training.recipe import Recipe, recipe_from
from medai_assets.training.trackers import Tracking


@dataclass(frozen=True)
class Job:
    """What to train, from what, and where results go.

    `dataset_dir` holds `train.parquet` and `validation.parquet` in EXAMPLE schema. `work_dir` keeps checkpoints,
    TensorBoard files and `result.json`; `out_dir` receives only what is the same for the same inputs.
    """

    recipe: Recipe
    base_model_dir: Path
    dataset_dir: Path
    work_dir: Path
    out_dir: Path
    lineage: dict[str, Any] = field(default_factory=dict)  # copied into model card and adapter manifest
    seed: int | None = None  # none = the recipe's
    # where passages and origins of the examples stand; none = train.parquet itself
    notes_file: Path | None = None
    # where progress is told for other processes (medai_assets.foundation.progress)
    progress_file: Path | None = None
    begin_with: Path | None = None  # the adapter to go on from; none = a fresh one
    tracking: Tracking = field(default_factory=Tracking)

    @property
    def run_seed(self) -> int:
        return self.recipe.seed if self.seed is None else self.seed

    @classmethod
    def read(cls, path: Path) -> Job:
        """Read a job file.

        Raises:
            TrainingError: the file is missing, a field is unknown or missing, or the recipe is not valid.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise TrainingError(
                f"The job file {path} cannot be read ({error})", "Write it with Job.write."
            ) from error
        needed = {"recipe", "base_model_dir", "dataset_dir", "work_dir", "out_dir"}
        known = needed | {"lineage", "seed", "notes_file", "progress_file", "begin_with", "tracking"}
        if wrong := sorted((needed - set(values)) | (set(values) - known)):
            raise TrainingError(
                f"The job file {path} lacks fields or has unknown ones: {', '.join(wrong)}",
                "See training/job.py.",
            )
        paths = {
            k: Path(values[k])
            for k in (*sorted(needed - {"recipe"}), "notes_file", "progress_file", "begin_with")
            if values.get(k)
        }
        return cls(
            recipe=recipe_from(values["recipe"], str(path)),
            lineage=values.get("lineage") or {},
            seed=values.get("seed"),
            tracking=Tracking.of(values.get("tracking")),
            **paths,
        )

    def write(self, path: Path) -> Path:
        """Write the job file and return its path."""
        values: dict[str, Any] = {
            "recipe": self.recipe.model_dump(mode="json"),
            "lineage": self.lineage,
            "seed": self.seed,
            "tracking": self.tracking.as_values(),
            "notes_file": str(self.notes_file) if self.notes_file else None,
            "progress_file": str(self.progress_file) if self.progress_file else None,
            "begin_with": str(self.begin_with) if self.begin_with else None,
        }
        values |= {n: str(getattr(self, n)) for n in ("base_model_dir", "dataset_dir", "work_dir", "out_dir")}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return path
