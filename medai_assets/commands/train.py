"""`medai train`: what a training run will need on this machine, and the run itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from medai_assets.commands import console
from medai_assets.commands.stored_models import chosen_name
from medai_assets.foundation.extras import ExtraMissing, require
from medai_assets.foundation.plurals import counted
from medai_assets.settings import Settings, get_settings
from medai_assets.storage import Store

if TYPE_CHECKING:
    from medai_assets.training.estimate import Estimate
    from medai_assets.training.machine import Machine
    from medai_assets.training.recipe import Recipe


def train(
    recipe: Annotated[
        str, typer.Argument(help="Name of a recipe; with --dry-run also the path of a YAML file.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Estimate what the run will need on this machine, and stop.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="Folder with your own recipes/NAME.yaml, in place of or beside the packaged ones.",
        ),
    ] = None,
    qlora: Annotated[
        bool, typer.Option("--qlora", help="Train over the base model's weights in 4 bits (method: qlora).")
    ] = False,
    epochs: Annotated[float | None, typer.Option(help="Passes over the training examples.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Packed rows per device and pass.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Train again even if the adapter is fresh.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --dry-run: print the estimate as JSON.")
    ] = False,
) -> None:
    """Train the adapter of one recipe, making any missing inputs first.

    --qlora, --epochs, --batch-size and --learning-rate make a recipe of your own from it, whose name says so, and train
    that one. With --dry-run no weight is loaded and nothing is kept: it prints trainable parameters, tokens an epoch,
    steps, memory and time on the machine found, and whether it fits. Exit code 1 when it does not.
    """
    from medai_assets.training.errors import TrainingError

    if config is not None:
        if not config.is_dir():
            raise console.fail(f"there is no folder {escape(str(config))}", console.USAGE)
        os.environ["MEDAI_CONFIG"] = str(config.resolve())
        get_settings.cache_clear()
    settings = get_settings()
    with console.clear_errors(ExtraMissing):
        require("train", "`medai train`")
    from medai_assets.training.recipe import with_overrides, write_recipe

    options = {"method": "qlora" if qlora else None, "epochs": epochs, "batch_size": batch_size,
               "learning_rate": learning_rate}  # fmt: skip
    changes = {field: value for field, value in options.items() if value is not None}
    if dry_run:
        with console.clear_errors(TrainingError):
            _dry_run(settings, with_overrides(_recipe(settings, recipe), changes), as_json)
        return
    from medai_assets.commands.run import run

    name = chosen_name(settings, recipe)
    with console.clear_errors(TrainingError):
        own = with_overrides(_recipe(settings, name), changes) if changes else None
        if own and own.name != name:
            name = own.name
            console.say(f"recipe {escape(name)}: {escape(str(write_recipe(own, settings.recipes_dir)))}")
    run([f"lora_adapter[{name}]"], dry_run=False, force=force, refresh=False, workers=None)


def _recipe(settings: Settings, name: str) -> Recipe:
    """A recipe by the path of a file, or by name: the user's own before the packaged one."""
    from medai_assets.planning import fingerprints
    from medai_assets.training.recipe import load_recipe, recipe_from

    if name.endswith((".yaml", ".yml")):
        return load_recipe(name)
    return recipe_from(fingerprints.recipe(settings, name))


def _dry_run(settings: Settings, recipe: Recipe, as_json: bool) -> None:
    from medai_assets.training.base_model import folder_name
    from medai_assets.training.estimate import architecture_of, count_tokens, estimate
    from medai_assets.training.machine import find_machine
    from medai_assets.training.past_runs import past_runs

    shapes, machine = architecture_of(recipe, settings.models_dir / folder_name(recipe)), find_machine()
    store = Store(settings.store_root)
    dataset = store.current("training_examples")
    examples, tokens = count_tokens(dataset.local_path() / "train.parquet") if dataset else (0, 0)
    found = estimate(recipe, shapes, machine, examples, tokens, past=past_runs(store, recipe, machine))
    if as_json:
        shown = found.as_dict() if found.fits else {"fits": False, "advice": found.advice}
        console.print_json(json.dumps({"recipe": recipe.name, "machine": machine.says(), **shown}))
    elif found.fits:
        _print(recipe, machine, found, dataset is not None)
    else:
        console.say_on_stderr(f"[red]It cannot be trained here.[/] {escape(found.advice)}")
    if not found.fits:
        raise typer.Exit(console.FAILED)


def _print(recipe: Recipe, machine: Machine, found: Estimate, has_data: bool) -> None:
    share = found.trainable_parameters / found.parameters
    needed = sum(found.memory.values())
    rows: list[tuple[str, Any]] = [
        ("base model", f"{recipe.hub_id}, {found.parameters / 1e6:,.0f} million parameters"),
        ("method", recipe.method if recipe.method == "full" else f"{recipe.method}, rank {recipe.rank}"),
        ("trainable parameters", f"{found.trainable_parameters:,} ({share:.2%})"),
        ("machine", machine.says()),
        ("memory", f"about {console.size(needed)} of {console.size(found.memory_available)}: "
         + ", ".join(f"{k.replace('_', ' ')} {console.size(v)}" for k, v in found.memory.items())),
        ("recomputation", found.checkpointing),
        ("effective batch", f"{found.tokens_per_step:,} tokens a step"),
    ]  # fmt: skip
    if has_data:
        rows += [
            ("tokens an epoch", f"about {found.tokens_per_epoch:,} in {counted(found.examples, 'example')}"),
            ("steps", f"about {counted(found.steps, 'step')} in {recipe.epochs:g} {'epoch' if recipe.epochs == 1 else 'epochs'}"),
            ("time", f"about {console.duration(found.seconds)} at {_rate(found.tokens_per_second)} tokens/s, "
             + _measured(found.past_runs)),
        ]  # fmt: skip
    else:
        rows.append(("tokens, steps, time", "not known until `medai run` has made the instruction data set"))
    table = Table(
        box=None, show_header=False, padding=(0, 1), title=escape(recipe.title), title_justify="left"
    )
    for name, value in rows:
        table.add_row(f"[dim]{name}[/]", escape(str(value)))
    console.out.print(table)
    console.out.print(
        "[green]It fits.[/] The same command without --dry-run trains it; nothing was loaded or changed."
    )


def _rate(tokens_per_second: float) -> str:
    """As exact as an estimate is: whole numbers, or two digits where there is no whole one."""
    return f"{tokens_per_second:,.0f}" if tokens_per_second >= 10 else f"{tokens_per_second:.2g}"


def _measured(runs: int) -> str:
    if not runs:
        return "from the machine's arithmetic rate: no run on it is kept yet"
    return (
        "as in the run before on this machine" if runs == 1 else f"the median of {runs} runs on this machine"
    )
