"""Recipes, adapters, their cards, and the merged model: heavy work runs in processes of their own through Dagster Pipes."""

import shutil
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import dagster as dg
import orjson

from medai_assets.assets import checks
from medai_assets.assets.lineage_upkeep import mark
from medai_assets.assets.made_once import makes
from medai_assets.assets.placement import run_placed
from medai_assets.assets.resources import Medai
from medai_assets.assets.settings_data import FILE
from medai_assets.assets.work import Work, work
from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.extras import EXTRAS, require
from medai_assets.settings import Settings
from medai_assets.training.placed import (
    QUIET,
    BaseModel,
    PlacedJob,
    StageFailed,
    StoredPath,
    checkpoints_of,
    prepare,
    read_result,
    words,
    write_job,
)
from medai_assets.trust.models import MODELS, require_key, sign_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medai_assets.storage import Draft, Store, Stored


class FileOf(NamedTuple):
    """A file of a stored version, in what a job is told."""

    stored: "Stored"
    name: str


def run_job(
    job: Work,
    draft: "Draft",
    pipes: dg.PipesSubprocessClient,
    module: str,
    spec: dict[str, Any],
    folder: Path,
    *,
    key: str = "",
    made_from: "Sequence[Stored]" = (),
    processes: int = 1,
) -> None:
    """Run ``python -m module JOB.json`` through Pipes, in a process of this host or where the settings place training; its
    messages appear in the run's log.

    Args:
        spec: of the job what is not said of every one; a stored version, a ``FileOf`` it and a ``BaseModel`` stand for their
            places on the host that does the job. With a ``Path`` in it the job is done here.
        folder: of work, below the folder of all work.
        key: names what is done, from what; none: by the module and the versions.
        made_from: versions for which a checkpoint may be gone on from; none: there are no checkpoints.
        processes: that do it together, under torchrun; the first of them speaks.

    Raises:
        StageFailed: the process said in ``result.json`` why it ended.
        DagsterPipesExecutionError: it ended without saying why; its last lines are in the run's log.
        NotTrusted: a model is made that will be signed, and the key cannot be used.
    """
    settings, store = job.medai.settings, job.medai.store
    require("train", f"the asset {job.target.asset}")
    if job.target.asset in MODELS:
        require_key(settings)
    spec = {"lineage": lineage_of(job)} | spec
    if settings.training_on != "here" and not any(isinstance(value, Path) for value in spec.values()):
        placed = _placed(job, module, spec, folder, key, made_from, processes)
        return run_placed(job, placed, draft.directory, folder)
    told = {"out_dir": draft.directory, "progress_file": job.progress.path, "work_dir": folder}
    file = write_job(folder, told | {name: _here(value, settings, store) for name, value in spec.items()})
    inputs = [stored.input for stored in made_from]
    shared = checkpoints_of(store, key, inputs, job.node.code_version, folder) if inputs else None
    try:
        with shared.kept(job.context.log.warning) if shared else nullcontext():
            pipes.run(context=job.context, command=words(module, file, processes), env=QUIET).get_results()
    except Exception as error:
        said = read_result(folder).get("error")
        if said is None:
            raise
        raise StageFailed(said) from error


def _here(value: Any, settings: Settings, store: "Store") -> Any:
    """What a value of a job stands for on this host."""
    if isinstance(value, BaseModel):
        return prepare(value, settings)
    path = _stored_path(value)
    return path.here(store) if path else value


def _stored_path(value: Any) -> StoredPath | None:
    from medai_assets.storage import Stored

    if isinstance(value, Stored):
        return StoredPath(value.input)
    return StoredPath(value.stored.input, value.name) if isinstance(value, FileOf) else None


def _placed(
    job: Work,
    module: str,
    spec: dict[str, Any],
    folder: Path,
    key: str,
    made_from: "Sequence[Stored]",
    processes: int,
) -> PlacedJob:
    stored = {name: path for name, value in spec.items() if (path := _stored_path(value))}
    models = {name: value for name, value in spec.items() if isinstance(value, BaseModel)}
    inputs = sorted({path.version for path in stored.values()} | {one.input for one in made_from})
    return PlacedJob(
        module=module,
        key=key or text_digest(module, *map(str, inputs), job.node.code_version),
        work=str(folder.relative_to(job.medai.settings.work_dir)),
        stored=stored,
        base_models=models,
        values={name: value for name, value in spec.items() if name not in stored.keys() | models.keys()},
        inputs=inputs,
        resumed_for=[one.input for one in made_from],
        code_version=job.node.code_version,
        processes=processes,
    )


def tracking_of(settings: Settings) -> dict[str, Any] | None:
    """Which trackers a training tells of itself, as its job file has it.

    Raises:
        ExtraMissing: one is not installed.
        StageFailed: the same, of one that no extra brings.
    """
    for name in settings.trackers:
        if name in EXTRAS:
            require(name, f"MEDAI_TRACKERS={name}")
        elif find_spec(name) is None:
            raise StageFailed(
                f"MEDAI_TRACKERS names {name}, which is not installed here. `pip install {name}` adds it; no extra does, since "
                "it asks for an older Pillow than is pinned."
            )
    folder = str(settings.trackers_dir)
    return {"names": list(settings.trackers), "folder": folder} if settings.trackers else None


def recipe_of(stored: "Stored") -> dict[str, Any]:
    """The values of a stored recipe."""
    found: dict[str, Any] = orjson.loads(stored.read(FILE))
    return found


def recipe_behind(adapter: "Stored", medai: Medai) -> "Stored":
    """The recipe version that an adapter was trained by."""
    (used,) = [i for i in adapter.manifest.inputs if i.asset == "training_recipe"]
    return medai.store.open(used.asset, used.partition, used.data_version)


def lineage_of(job: Work) -> dict[str, Any]:
    """What a model directory tells of itself: the versions it was made from. No run id or time: same inputs, same bytes."""
    inputs = [
        {"asset": i.asset, "partition": i.partition, "data_version": i.data_version}
        for i in (stored.input for stored in job.inputs.values())
    ]
    return {
        "asset": job.target.asset,
        "partition": job.target.partition,
        "code_version": job.node.code_version,
        "inputs": inputs,
    }


@makes("lora_adapter")
def lora_adapter(
    context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
) -> dg.MaterializeResult:
    from medai_assets.instructions.training_examples import noted_in

    with work(context, medai) as job, medai.store.draft(*job.target) as draft:
        examples, recipe = job.input("training_examples"), job.input("training_recipe")
        dataset, before = noted_in(examples), job.inputs_of("pretrained_adapter")
        spec = {
            "dataset_dir": examples,
            "notes_file": FileOf(dataset, "examples.parquet"),
            "begin_with": before[0] if before else None,
            "lineage": lineage_of(job) | {"noted_in": dataset.data_version},
        }
        return _trained(job, draft, pipes, [examples, recipe, *before], spec, checks.of_adapter, dataset)


@makes(
    "pretraining_texts",
    checks={"splits_filled": ("There are texts to train on and held-out texts to evaluate with.", True)},
)
def pretraining_texts(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.instructions.pretraining_texts import publish_texts

    def filled(made: "Stored") -> list[dg.AssetCheckResult]:
        counts = made.facts["texts"]
        return [dg.AssetCheckResult(check_name="splits_filled", passed=all(counts.values()), metadata=counts)]

    with work(context, medai) as job:
        curated, dataset = job.input("curated_corpus"), job.input("instruction_dataset")
        stored = publish_texts(medai.store, curated, dataset, job.publishing(filled))
        return job.result(stored, "train", {"texts": stored.facts["texts"]})


@makes(
    "pretrained_adapter",
    checks={"validation_loss_fell": ("The loss on held-out texts is lower than the base model's.", False)},
)
def pretrained_adapter(
    context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
) -> dg.MaterializeResult:
    from medai_assets.training.recipe import for_pretraining

    def judge(made: "Stored", base: float, tuned: float) -> list[dg.AssetCheckResult]:
        fell = dg.AssetCheckResult(
            check_name="validation_loss_fell",
            passed=tuned < base,
            metadata={"base": base, "tuned": tuned},
            severity=dg.AssetCheckSeverity.WARN,
        )
        return [fell]

    with work(context, medai) as job, medai.store.draft(*job.target) as draft:
        texts, recipe = job.input("pretraining_texts"), job.input("training_recipe")
        spec = {
            "recipe": for_pretraining(recipe_of(recipe)),
            "dataset_dir": texts,
            "notes_file": FileOf(texts, "notes.parquet"),
        }
        return _trained(job, draft, pipes, [texts, recipe], spec, judge)


def _trained(
    job: Work,
    draft: "Draft",
    pipes: dg.PipesSubprocessClient,
    made_from: "list[Stored]",
    spec: dict[str, Any],
    judge: "Callable[[Stored, float, float], list[dg.AssetCheckResult]]",
    *noted: "Stored",
) -> dg.MaterializeResult:
    """Train in a process of its own and publish the adapter.

    Args:
        made_from: what decides the result; a checkpoint is only ever resumed for the same.
        spec: of the job what is not the same for every training.
        judge: its checks, from the held-out losses before and after.
        noted: further versions that the weights come of.
    """
    from medai_assets.assets import page_metadata
    from medai_assets.training.learned_tables import TABLES

    medai, recipe = job.medai, recipe_of(job.input("training_recipe"))
    processes = medai.settings.training_processes
    together = [str(processes)] if processes > 1 else []  # as many go on from a checkpoint as wrote it
    key = text_digest(*(one.data_version for one in made_from), job.node.code_version, *together)
    folder = medai.settings.work_dir / "training" / key
    spec = {
        "recipe": recipe,
        "base_model_dir": BaseModel(recipe, to_train=True),
        "tracking": tracking_of(medai.settings),
    } | spec
    parents = [*made_from, *noted]
    module = "medai_assets.training.train"
    run_job(job, draft, pipes, module, spec, folder, key=key, made_from=parents, processes=processes)
    result = read_result(folder)
    for table in TABLES:
        draft.adopt_table(table)
    facts = {name: result[name] for name in ("metrics", "facts", "timing", "resumed")}
    losses = [result["metrics"][which]["all"]["loss"] for which in ("base", "tuned")]
    publishing = job.publishing(
        lambda made: judge(made, *losses),
        lambda made: mark(medai.settings, medai.store),
        lambda made: sign_model(medai.settings, made),
    )
    stored = draft.publish(data_version=result["data_version"], **publishing, metadata=facts)
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    inputs = [one.input for one in parents]
    if shared := checkpoints_of(medai.store, key, inputs, job.node.code_version, folder):
        shared.forget()
    metadata = page_metadata.of_adapter(stored) | page_metadata.of_curves(
        medai.settings.lineage_address, stored, job.place(folder / "tensorboard")
    )
    return job.result(stored, None, metadata)


@makes("preference_adapter")
def preference_adapter(
    context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.training.learned_tables import TABLES

    with work(context, medai) as job, medai.store.draft(*job.target) as draft:
        before, recipe = job.input("lora_adapter"), recipe_of(job.input("training_recipe"))
        pairs, preference = job.input("preference_dataset"), job.input("preference_recipe")
        key = text_digest(before.data_version, pairs.data_version, preference.data_version)
        folder = medai.settings.work_dir / "preferences" / key
        spec = {
            "recipe": recipe,
            "preference": recipe_of(preference),
            "base_model_dir": BaseModel(recipe, to_train=True),
            "adapter_dir": before,
            "pairs_file": FileOf(pairs, "pairs.parquet"),
            "tracking": tracking_of(medai.settings),
        }
        run_job(job, draft, pipes, "medai_assets.training.preferences.train", spec, folder)
        result = read_result(folder)
        for table in TABLES:
            draft.adopt_table(table)
        publishing = job.publishing(
            lambda made: checks.of_preference_adapter(made, result["metrics"]),
            lambda made: mark(medai.settings, medai.store),
            lambda made: sign_model(medai.settings, made),
        )
        facts = {name: result[name] for name in ("metrics", "facts", "timing")}
        stored = draft.publish(data_version=result["data_version"], **publishing, metadata=facts)
        curves = page_metadata.of_curves(
            medai.settings.lineage_address, stored, job.place(folder / "tensorboard")
        )
        return job.result(stored, None, page_metadata.of_preference_adapter(stored) | curves)


@makes("model_card")
def model_card(context: dg.AssetExecutionContext, medai: Medai) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.training.current_card import publish_card

    with work(context, medai) as job:
        adapter, dataset = job.input("lora_adapter"), job.input("instruction_dataset")
        stored = publish_card(medai.store, adapter, dataset, job.publishing(checks.of_card))
        return job.result(stored, None, page_metadata.of_card(stored))


@makes("merged_model")
def merged_model(
    context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.evaluation.gate import require_passed

    with work(context, medai) as job, medai.store.draft(*job.target) as draft:
        require_passed(job.input("evaluation_report"))
        adapter = job.input("lora_adapter")
        folder = medai.settings.work_dir / "merging" / adapter.data_version
        spec = {
            "adapter_dir": adapter,
            "report_dir": job.input("evaluation_report"),
            "rights_file": FileOf(job.input("model_card"), "rights.json"),
            "base_model_dir": BaseModel(recipe_of(recipe_behind(adapter, medai))),
        }
        run_job(job, draft, pipes, "medai_assets.serving.merge", spec, folder)
        stored = draft.publish(
            **job.publishing(checks.of_model, lambda made: sign_model(medai.settings, made)),
            metadata={"adapter": adapter.data_version},
        )
        return job.result(stored, None, page_metadata.of_model(stored))
