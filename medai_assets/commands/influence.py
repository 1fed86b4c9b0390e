"""`medai influence`: which learned records raised an answer's likelihood, and what leaving them out really changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins
from rich.markup import escape
from rich.table import Table

from medai_assets.commands import console
from medai_assets.commands.lineage import Json
from medai_assets.commands.stored_models import (
    ModelName,
    base_directory,
    chosen_name,
    require_trained,
    warn_if_tainted,
)
from medai_assets.foundation.extras import ExtraMissing, require
from medai_assets.foundation.plurals import counted, shortened
from medai_assets.settings import get_settings
from medai_assets.storage import Store

if TYPE_CHECKING:
    from medai_assets.influence.attribution import Attribution, RaisedBy
    from medai_assets.influence.gradients import Progress
    from medai_assets.influence.learned_set import LearnedSet
    from medai_assets.influence.prove import Proof

LOADING = "loading the adapter"
HOW_FAR = "How far such a list can be believed was measured: docs/influence.md."
CHARACTERS = 90  # of a question that are shown in a row


def influence(
    question: Annotated[str, typer.Argument(help="In plain words, in quotes.")],
    answer: Annotated[
        str | None,
        typer.Option("--answer", help="The answer to explain; default: what the adapter answers itself."),
    ] = None,
    adapter: ModelName = None,
    most: Annotated[int, typer.Option("--show", min=1, help="How many examples and records to show.")] = 5,
    prove: Annotated[
        bool,
        typer.Option("--prove", help="Train again without the top records, and without as many random ones."),
    ] = False,
    records: Annotated[int, typer.Option(min=1, help="With --prove: how many records to leave out.")] = 5,
    seeds: Annotated[int, typer.Option(min=1, help="With --prove: with how many seeds to train.")] = 3,
    max_tokens: Annotated[
        int, typer.Option(min=1, help="Longest answer of the adapter's own, in tokens.")
    ] = 120,
    as_json: Json = False,
) -> None:
    """List the learned examples, records, licences and publishers that raised an answer's likelihood.

    It reads the gradients of what the adapter really learned, which are kept, so that a second question is quick. With
    --prove it trains three adapters for each seed in a scratch folder, changes nothing that is stored, and says how far
    the answer's likelihood fell; if stopped, it resumes where it left off.
    """
    from medai_assets.training.errors import TrainingError

    if not question.strip() or (answer is not None and not answer.strip()):
        raise console.fail("put the question in quotes, and the answer after --answer too", console.USAGE)
    settings = get_settings()
    name = chosen_name(settings, adapter)
    trained = require_trained(Store(settings.store_root), "lora_adapter", name)
    warn_if_tainted(settings, trained.stored)
    with (
        console.clear_errors(TrainingError, ExtraMissing),
        console.progress(LOADING, told_at_once=True) as tell,
    ):
        require("train", "`medai influence`")
        from medai_assets.influence.ask import rank_influences
        from medai_assets.influence.learned_set import LearnedSet
        from medai_assets.withdrawals.scratch import influence_folder

        base_dir = base_directory(settings, trained.recipe)
        learned = LearnedSet.of(trained.stored.store, trained.stored, trained.recipe, base_dir)
        folder = influence_folder(settings.work_dir, learned.adapter.input)
        found = rank_influences(learned, question, answer, folder, tell, max_tokens=max_tokens)
        proof = _proved(learned, found, folder, records, seeds, tell) if prove else None
    if as_json:
        proved = {**to_builtins(proof), "verdict": proof.verdict} if proof else None
        console.print_json(json.dumps({**to_builtins(found), "proof": proved}))
        return
    _print(found, most)
    if proof:
        _print_proof(proof)


def _proved(
    learned: LearnedSet, found: Attribution, folder: Path, records: int, seeds: int, tell: Progress
) -> Proof:
    from medai_assets.influence.likelihood import tokenise_answer
    from medai_assets.influence.prove import prove
    from medai_assets.influence.retrain import Retraining, in_own_process
    from medai_assets.serving.load import load_tokenizer

    tokenizer = load_tokenizer(learned.adapter.local_path())
    one = tokenise_answer(tokenizer, "", found.question, found.answer, learned.recipe.max_length)
    retraining = Retraining(learned, folder / "retrained", in_own_process)
    seconds = float(learned.adapter.facts.get("timing", {}).get("total_seconds", 0.0))
    trainings = 3 * seeds
    took = f", {console.duration(seconds)} each the last time" if seconds else ""
    console.err.print(f"{counted(trainings, 'training')}{took}; Ctrl-C stops, the same command goes on.")
    return prove(learned, found, one, retraining, records, seeds, lambda what: tell(0, None, what))


def _print(found: Attribution, most: int) -> None:
    whose = "answered by the adapter itself" if found.own_answer else "as given"
    console.say(f"[bold]{escape(found.question)}[/]\n{escape(found.answer)}")
    console.say(
        f"[dim]{whose}; log-likelihood {found.log_likelihood:.3f} nats a token; adapter "
        f"{console.short(found.adapter)}, which learned {counted(len(found.examples), 'example')}[/]\n"
    )
    table = Table("share", "learned example", "kind", "records", box=None, header_style="bold")
    for one in found.examples[:most]:
        records = ", ".join(one.record_ids) or "none: written for this project"
        asked = f"{shortened(one.prompt, CHARACTERS)} ({one.example_id})"
        table.add_row(f"{one.share:.1%}", escape(asked), one.kind, escape(records))
    console.out.print(table)
    for title, rows in (
        ("record", found.records), ("licence", found.licences), ("publisher", found.publishers),
    ):  # fmt: skip
        console.out.print()
        console.out.print(_table(title, rows[:most]))
    console.say(
        f"\n[dim]share: of all that raised the answer's likelihood, by a local reading of gradients; negative where it "
        f"lowered it. {HOW_FAR}[/]"
    )


def _table(title: str, rows: list[RaisedBy]) -> Table:
    table = Table("share", title, "examples", box=None, header_style="bold")
    facts = [" · ".join(part for part in (row.licence, row.publisher, row.url) if part) for row in rows]
    if any(facts):
        table.add_column("licence, publisher, address")
    for row, fact in zip(rows, facts):
        cells = (f"{row.share:.1%}", escape(row.name), str(row.examples), escape(fact))
        table.add_row(*cells[: len(table.columns)])
    return table


def _print_proof(proof: Proof) -> None:
    from medai_assets.influence.prove import interval_text

    console.say(
        f"\n[bold]Left out and trained again[/]: {escape(', '.join(proof.records))} "
        f"({counted(proof.examples, 'example')})"
    )
    table = Table(
        "seed", "all", "without the top", "without random ones", "fell more by", box=None, header_style="bold"
    )
    for trial in proof.trials:
        numbers = (trial.all_learned, trial.without_top, trial.without_random, trial.fell_more)
        table.add_row(str(trial.seed), *(f"{number:.3f}" for number in numbers))
    console.out.print(table)
    console.say(
        f"Without the top records the likelihood fell further by {proof.fell_more:.3f} nats a token "
        f"(95 % interval {interval_text(proof.interval)}, {counted(len(proof.trials), 'seed')}). {proof.verdict}"
    )
