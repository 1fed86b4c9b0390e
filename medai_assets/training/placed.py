"""A heavy job that another host does: ``python -m medai_assets.training.placed JOB``, in a pod or as a job of a Ray cluster.

What belongs here: a job that names versions in the store and no path of any host, doing it where this runs, and handing what
it made back through the store. Checkpoints of a training go to the store as they are written, so that the next host goes on.
Exit code 0: done. 1: not, with the sentence also in what is handed back.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any

import msgspec
import orjson

from medai_assets.foundation.child_processes import Ended, children_ended
from medai_assets.foundation.extras import ExtraMissing, require
from medai_assets.settings import Settings, get_settings
from medai_assets.storage import Input, Store, StoreError
from medai_assets.training.shared_checkpoints import ASSET, SharedCheckpoints

RESULT = "result.json"  # what a process of its own leaves in its folder
OUT, CURVES = "out", "tensorboard"  # folders of what is handed back
QUIET = {"TQDM_DISABLE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONWARNINGS": "ignore"}


class StageFailed(Exception):
    """A process of its own ended with an error; the message is its own sentence."""


class StoredPath(msgspec.Struct, frozen=True):
    """A stored version, or the file of that name in it."""

    version: Input
    file: str = ""

    def here(self, store: Store) -> Path:
        """Where it lies on this host; a remote store's is fetched and held against its manifest."""
        version = self.version
        folder = store.open(version.asset, version.partition, version.data_version).local_path()
        return folder / self.file if self.file else folder


class BaseModel(msgspec.Struct, frozen=True):
    """A recipe's base model, prepared where the job is done."""

    recipe: dict[str, Any]
    to_train: bool = False  # refuse what the machine cannot train before it is fetched


class PlacedJob(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, from which versions.

    Attributes:
        module: whose ``main`` takes a job file. key: what is done, from what; hosts that do the same have the same.
        stored, base_models, values: what the job file says, by name. work: the folder for it, below that of all work.
        inputs: versions that it comes of. resumed_for: those for which a checkpoint may be gone on from; none: there is none.
        processes: that do it together, under torchrun.
    """

    module: str
    key: str
    work: str
    stored: dict[str, StoredPath]
    base_models: dict[str, BaseModel]
    values: dict[str, Any]
    inputs: list[Input]
    resumed_for: list[Input]
    code_version: str
    processes: int = 1

    @property
    def handed_back(self) -> str:
        """The partition of the scratch versions under which the result lies in the store."""
        return f"{self.key}-made"

    def encoded(self) -> str:
        return msgspec.json.encode(self, order="sorted").decode()


def words(module: str, file: str | Path, processes: int) -> list[str]:
    """The command of a job file; several processes find each other on this host's loopback."""
    together = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    return [sys.executable, *(together if processes > 1 else ()), "-m", module, str(file)]


def prepare(model: BaseModel, settings: Settings) -> Path:
    """Directory of a base model, prepared first where it is missing (in a process that may load torch).

    Raises:
        StageFailed: it cannot be had; says why and what to do.
    """
    require("train", "preparing a base model")
    options = ["--to-train"] if model.to_train else []
    recipe = orjson.dumps(model.recipe).decode()
    folders = [str(settings.models_dir), str(settings.kit_dir)]
    done = subprocess.run(
        [sys.executable, "-m", "medai_assets.training.base_model", recipe, *folders, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        name = model.recipe["name"]
        raise StageFailed(done.stderr.strip() or f"preparing {name} ended with exit code {done.returncode}")
    return Path(done.stdout.strip().splitlines()[-1])


def write_job(folder: Path, values: Mapping[str, Any]) -> Path:
    """Write the job file of a process of its own, in a folder without what an earlier one left of its result."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULT).unlink(missing_ok=True)
    file = folder / "job.json"
    file.write_bytes(orjson.dumps(values, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS, default=str))
    return file


def read_result(folder: Path) -> dict[str, Any]:
    """What the process left; nothing where it left none."""
    path = folder / RESULT
    return orjson.loads(path.read_bytes()) if path.exists() else {}


def checkpoints_of(
    store: Store, key: str, inputs: Sequence[Input], code_version: str, folder: Path
) -> SharedCheckpoints | None:
    """Checkpoints go to a remote store as they are written; in a folder that hosts share they lie already."""
    return None if store.is_local else SharedCheckpoints(store, key, inputs, code_version, folder)


def do(job: PlacedJob, settings: Settings) -> None:
    """Do a job here and hand back what it made.

    Raises:
        StageFailed: it cannot be done; the sentence was handed back too.
        StoreError: the store takes nothing back.
    """
    store = Store(settings.store_root)
    folder = settings.work_dir / job.work
    out = folder / OUT
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    try:
        _do(job, settings, store, folder, out)
    except (StageFailed, ExtraMissing, StoreError) as error:
        _hand_back(job, store, {RESULT: orjson.dumps({"error": str(error)})}, {})
        raise StageFailed(str(error)) from error
    result = folder / RESULT
    files = {RESULT: result.read_bytes()} if result.exists() else {}
    _hand_back(job, store, files, {OUT: out, CURVES: folder / CURVES})
    shutil.rmtree(out)


def _do(job: PlacedJob, settings: Settings, store: Store, folder: Path, out: Path) -> None:
    tracking = job.values.get("tracking")
    values = {
        **job.values,
        **({"tracking": tracking | {"folder": str(settings.trackers_dir)}} if tracking else {}),
        **{name: path.here(store) for name, path in job.stored.items()},
        **{name: prepare(model, settings) for name, model in job.base_models.items()},
        "work_dir": folder,
        "out_dir": out,
    }
    file = write_job(folder, values)
    shared = None
    if job.resumed_for:
        shared = checkpoints_of(store, job.key, job.resumed_for, job.code_version, folder)
    kept: AbstractContextManager[None] = shared.kept(_say) if shared else nullcontext()
    with kept:
        done = subprocess.run(words(job.module, file, job.processes), env=os.environ | QUIET, check=False)
    if done.returncode:
        said = read_result(folder).get("error")
        raise StageFailed(
            said or f"{job.module} ended with exit code {done.returncode}; its last lines say why"
        )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _hand_back(job: PlacedJob, store: Store, files: Mapping[str, bytes], folders: Mapping[str, Path]) -> None:
    with store.draft(ASSET, job.handed_back) as draft:
        for name, data in files.items():
            draft.path(name).write_bytes(data)
        for name, folder in folders.items():
            if folder.is_dir():
                shutil.copytree(folder, draft.path(name))
        draft.publish(code_version=job.code_version, inputs=job.inputs)


def forget(job: PlacedJob, store: Store) -> None:
    """Remove what was handed back: before the job is given away, and when it was taken."""
    with suppress(FileNotFoundError):
        store.filesystem.rm(store.home(ASSET, job.handed_back), recursive=True)


def was_handed_back(job: PlacedJob, store: Store) -> bool:
    """Whether the host that did the job, or could not, left what it has to say."""
    return store.current_if_kept(ASSET, job.handed_back) is not None


def take(job: PlacedJob, store: Store, out: Path, folder: Path) -> None:
    """Bring what another host handed back: its results to ``out``, its curves and what it said to ``folder``.

    Raises:
        StageFailed: it said why it could not do the job, or it left nothing.
    """
    made = store.current_if_kept(ASSET, job.handed_back)
    if made is None:
        raise StageFailed(
            f"the job ended and left nothing in {store.url}; do MEDAI_DATA and MEDAI_PROFILE there name this store?"
        )
    found = made.local_path()
    if said := read_result(found).get("error"):
        forget(job, store)
        raise StageFailed(said)
    shutil.copytree(found / OUT, out, dirs_exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    if (found / CURVES).is_dir():
        shutil.copytree(found / CURVES, folder / CURVES, dirs_exist_ok=True)
    if (found / RESULT).exists():
        shutil.copyfile(found / RESULT, folder / RESULT)
    forget(job, store)


def main(arguments: list[str]) -> int:
    """Do one job, given as JSON; see the module's docstring for the exit codes."""
    if len(arguments) != 1:
        print("usage: python -m medai_assets.training.placed JOB", file=sys.stderr)
        return 2
    job = msgspec.json.decode(arguments[0], type=PlacedJob)
    try:
        with children_ended():
            do(job, get_settings())
    except Ended as ended:
        return ended.exit_code
    except (StageFailed, StoreError) as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
