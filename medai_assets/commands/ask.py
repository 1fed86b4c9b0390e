"""`medai ask`: the passages, records and learned examples closest to a question, and then the adapter's answer to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from medai_assets.commands import console
from medai_assets.commands.stored_models import (
    NOT_CLINICAL,
    ModelName,
    Trained,
    base_directory,
    chosen_name,
    refuse_if_changed,
    require_trained,
    warn_if_tainted,
)
from medai_assets.foundation.extras import ExtraMissing, require
from medai_assets.foundation.plurals import counted, shortened
from medai_assets.settings import Settings, get_settings
from medai_assets.storage import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medai_assets.instructions.language.framing import Country
    from medai_assets.lineage.model import Record
    from medai_assets.serving.shown import Source
    from medai_assets.storage import Stored

CANDIDATES = 20  # of each ranking, before they are made one
CHARACTERS = 300  # of an example's prompt or answer that are shown


def ask(
    question: Annotated[str, typer.Argument(help="In plain words, in quotes.")],
    base: Annotated[
        bool, typer.Option("--base", help="Let the base model answer, without the adapter.")
    ] = False,
    model: ModelName = None,
    country: Annotated[
        str | None, typer.Option(help="Whose emergency numbers to show: US, CA, GB, IE, AU, NZ or neutral.")
    ] = None,
    sources: Annotated[
        int,
        typer.Option(
            min=0, help="How many of the closest passages, and of the closest examples it learned, to show."
        ),
    ] = 3,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer, in tokens.")] = 220,
) -> None:
    """Show the passages and learned examples closest to a question, with their records, then the trained adapter's answer.

    Closest by words, and by meaning where `make kit-search` has fetched the encoder. The answer is made with the system
    text the adapter was trained with, always taking the most likely words; a dose that none of the closest passages gives is
    struck, and the answer ends where it repeats itself. It is a language model's text, not advice: check it against the
    sources above it.
    """
    from medai_assets.serving.shown import shown
    from medai_assets.training.errors import TrainingError

    settings = get_settings()
    if not question.strip():
        raise console.fail('ask something: medai ask "What helps with a fever?"', console.USAGE)
    place = _place(settings, country)
    name = chosen_name(settings, model)
    store = Store(settings.store_root)
    trained = require_trained(store, "lora_adapter", name)
    if not base:
        refuse_if_changed(settings, trained.stored)
        warn_if_tainted(settings, trained.stored)
    with console.clear_errors(TrainingError, ExtraMissing):
        require("serve", "`medai ask`")
    found = _show_sources(settings, trained.stored, question, sources)
    with console.clear_errors(TrainingError, ExtraMissing):
        answer = answered(settings, trained, question, base, max_tokens)
    said = shown(answer.text, question, found)
    said_by = trained.recipe.hub_id if base else trained.recipe.title
    console.out.print(
        f"\n[bold]{escape(said_by)}[/]{' (base model, no adapter)' if base else ''} says, a language model:\n"
    )
    console.say(escape(said.text or "(no answer)"))
    if said.circled:
        console.out.print("[dim]… cut where it began to repeat itself[/]")
    elif not answer.complete:
        console.out.print("[dim]… cut at the limit; --max-tokens sets it[/]")
    if said.struck:
        console.say(
            f"\n[yellow]{counted(said.struck, 'dose was', 'doses were')} struck: no passage found for the question gives "
            f"{'it' if said.struck == 1 else 'them'}.[/]"
        )
    if said.sources:
        where = "; ".join(f"{dose}: {passage}" for dose, passage in said.sources.items())
        console.say(f"[dim]Doses as passages give them: {escape(where)}[/]")
    console.say(
        f"\n[bold]{NOT_CLINICAL}[/] In an emergency call {place.emergency}; about poisoning call {place.poison_line}."
    )


def answered(settings: Settings, trained: Trained, question: str, base: bool, max_tokens: int) -> Any:
    """One greedy answer; both models get the adapter's chat template, which holds the system text."""
    from medai_assets.serving.generate import generate
    from medai_assets.serving.load import load_adapted, load_base, load_tokenizer

    directory, adapter = base_directory(settings, trained.recipe), trained.stored.local_path()
    model = load_base(directory) if base else load_adapted(directory, adapter)
    (answer,) = generate(model, load_tokenizer(adapter), [("", question)], max_new_tokens=max_tokens)
    return answer


def _place(settings: Settings, code: str | None) -> Country:
    from medai_assets.instructions.language.framing import country

    try:
        return country(code or settings.emergency_country)
    except ValueError as error:
        raise console.fail(str(error), console.USAGE) from None


def _show_sources(settings: Settings, model: Stored, question: str, count: int) -> list[Source]:
    """The closest passages, so many of which are shown, and of the examples that the model learned, with their records."""
    from medai_assets.commands.lineage import answering
    from medai_assets.lineage.meaning import OF_EXAMPLE, OF_PASSAGE, NoMeaning, fused, meaning
    from medai_assets.lineage.search import nearest_examples
    from medai_assets.serving.shown import Source

    with answering(settings) as lineage:
        learned = lineage.versions.learned_from(model.input)
        if not learned:
            console.out.print(
                "The data set it learned from is no longer kept, so its sources cannot be shown."
            )
            return []
        index = lineage.index(lineage.open(learned[0]))
        among = lineage.learned.example_ids(model.input)
        numbers = nearest_examples(index, question, CANDIDATES, among)
        passages = list(dict.fromkeys(p for n in numbers for p in index.passages_of_example(n)))
        try:
            by_meaning = meaning(index, settings, make=True)
            close = by_meaning.closest(OF_EXAMPLE, question, CANDIDATES, index.example_numbers(among))
            numbers = fused(numbers, [number for number, _ in close])
            passages = fused(passages, [n for n, _ in by_meaning.closest(OF_PASSAGE, question, CANDIDATES)])
        except NoMeaning as why:
            if count:
                console.say_on_stderr(f"[dim]{escape(str(why))}[/]")
        found = lineage.passages(index, passages[:CANDIDATES])
        sources = [Source(p.passage_id, p.subject or "", f"{p.title}\n{p.heading}\n{p.text}") for p in found]
        if not count:
            return sources
        if passages:
            console.out.print("[bold]Closest passages[/]")
        for place, passage in enumerate(found[:count], 1):
            _show(place, passage.title, passage.passage_id, passage.text, passage.records)
        console.out.print(
            "\n[bold]Closest examples that it learned[/]"
            if numbers
            else "\nNo example that it learned is close to the question."
        )
        for place, number in enumerate(numbers[:count], 1):
            example = lineage.example(index, number)
            records = lineage.records(index, index.origins(index.records_of_example(number)))
            _show(place, example.prompt, example.example_id, example.completion, records)
        return sources


def _show(place: int, head: str, name: str, text: str, records: Sequence[Record]) -> None:
    console.say(f"{place}. {escape(shortened(head, CHARACTERS))}  [dim]{name}[/]")
    console.say(f"   [dim]{escape(shortened(text, CHARACTERS))}[/]")
    for record in records:
        gone = f" [red]withdrawn: {escape(record.withdrawn)}[/]" if record.withdrawn else ""
        console.say(f"   [cyan]{escape(record.record_id)}[/] {record.licence} {escape(record.url)}{gone}")
