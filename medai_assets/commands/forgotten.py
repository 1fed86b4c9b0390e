"""`medai forgotten`: what a model still knows of a record that was taken out, beside what another seed alone changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins
from rich.markup import escape
from rich.table import Table

from medai_assets.commands import console
from medai_assets.commands.influence import LOADING
from medai_assets.commands.lineage import RECORD_FORMS, Json, answering
from medai_assets.commands.stored_models import (
    ModelName,
    base_directory,
    chosen_name,
    recipe_of,
    require_trained,
)
from medai_assets.foundation.extras import ExtraMissing, require
from medai_assets.foundation.plurals import counted
from medai_assets.settings import Settings, get_settings

if TYPE_CHECKING:
    from medai_assets.influence.forgetting import Forgetting
    from medai_assets.influence.learned_set import LearnedSet
    from medai_assets.lineage.lookup import Lineage
    from medai_assets.storage import Stored


def forgotten(
    record: Annotated[str, typer.Argument(help=f"Its id, e.g. {RECORD_FORMS}, or its url.")],
    model: ModelName = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many more seeds to train with, for comparison.")] = 4,
    as_json: Json = False,
) -> None:
    """Ask the adapter trained since a record was withdrawn what the record had taught the one before.

    The answers' likelihood is compared with that of adapters trained alike with other seeds, which is what chance alone
    changes. A record that is not withdrawn is left out in a scratch folder, as a rehearsal; nothing stored is changed.
    """
    from medai_assets.training.errors import TrainingError

    settings = get_settings()
    name = chosen_name(settings, model)
    with console.clear_errors(TrainingError, ExtraMissing):
        require("train", "`medai forgotten`")
        with answering(settings) as lineage, console.progress(LOADING, told_at_once=True) as tell:
            from medai_assets.influence.forgetting import forgetting
            from medai_assets.influence.retrain import Retraining, in_own_process
            from medai_assets.lineage.impact_targets import record_named
            from medai_assets.withdrawals.scratch import influence_folder

            record = record_named(lineage.store, record)
            before, after = _adapters(settings, lineage, name, record)

            def retrain(learned: LearnedSet) -> Retraining:
                folder = influence_folder(settings.work_dir, learned.adapter.input)
                return Retraining(learned, folder / "retrained", in_own_process)

            found = forgetting(record, before, after, retrain, seeds, lambda what: tell(0, None, what))
    if as_json:
        console.print_json(json.dumps({**to_builtins(found), "verdict": found.verdict}))
    else:
        _print(found)


def _adapters(
    settings: Settings, lineage: Lineage, name: str, record: str
) -> tuple[LearnedSet, LearnedSet | None]:
    """The newest adapter that learned the record, and the current one where that did not."""
    current = require_trained(lineage.store, "lora_adapter", name).stored
    for ref in reversed(lineage.versions.kept("lora_adapter", name)):
        if next(lineage.learned.records(ref, [record]), None) is not None:
            before = lineage.open(ref)
            break
    else:
        raise console.fail(
            escape(f"no kept version of lora_adapter[{name}] learned {record}, so there is nothing to forget")
        )
    is_current = before.data_version == current.data_version
    return _learned(settings, before), None if is_current else _learned(settings, current)


def _learned(settings: Settings, adapter: Stored) -> LearnedSet:
    from medai_assets.influence.learned_set import LearnedSet

    recipe = recipe_of(adapter.store, adapter)
    return LearnedSet.of(adapter.store, adapter, recipe, base_directory(settings, recipe))


def _print(found: Forgetting) -> None:
    from medai_assets.influence.prove import interval_text

    how = "" if found.withdrawn else " (not withdrawn: left out in a scratch folder)"
    console.say(
        f"[bold]{escape(found.record)}[/]{how}: {counted(found.examples, 'example')} that rest on it alone\n"
    )
    table = Table(
        "log-likelihood, nats a token", "its answers", "others' answers", box=None, header_style="bold"
    )
    table.add_row("base model", f"{found.base:.3f}", "")
    table.add_row("adapter before", f"{found.before:.3f}", f"{found.others_before:.3f}")
    table.add_row("adapter after", f"{found.after:.3f}", f"{found.others_after:.3f}")
    for value in found.seeds:
        table.add_row("as after, another seed", f"{value:.3f}", "")
    console.out.print(table)
    console.say(
        f"\nExpected of an adapter that never met it (95 %): {interval_text(found.interval)}. {found.verdict}"
    )
