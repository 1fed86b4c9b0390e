"""`medai ask`: the passages, records and learned examples closest to a question, and then the adapter's answer to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from msgspec import to_builtins
from rich.markup import escape

from medai_assets.commands import console
from medai_assets.commands.lineage import Json
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
    from collections.abc import Mapping, Sequence

    from medai_assets.instructions.language.framing import Country
    from medai_assets.lineage.model import Example, Passage, Record
    from medai_assets.serving.generate import Answer
    from medai_assets.serving.in_hand import InHand
    from medai_assets.serving.shown import Shown
    from medai_assets.storage import Stored

CANDIDATES = 20  # of each ranking, before they are made one
CHARACTERS = 300  # of an example's prompt or answer that are shown
LOOKED_AT = 3  # closest examples: the first has to ask for facts, and none may tell of a case or be refused
SUBJECTS = 5  # that the question may name


@dataclass(frozen=True)
class Found:
    """What is close to a question, the closest first: passages, and learned examples with their records; its words of five
    letters or more that no example has, and how rare each other word of it is."""

    passages: list[Passage]
    examples: list[tuple[Example, list[Record]]]
    unknown: list[str]
    weights: dict[str, float]


@dataclass(frozen=True)
class Asked:
    """What a model was asked, and its answer as it came; ``alone`` is why no passage was given to it."""

    system: str
    in_hand: InHand
    answer: Answer
    alone: str


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
    from_memory: Annotated[
        bool, typer.Option("--from-memory", help="Put the question alone to the model, without passages.")
    ] = False,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer, in tokens.")] = 220,
    as_json: Json = False,
) -> None:
    """Show the passages and learned examples closest to a question, with their records, then the trained adapter's answer.

    Closest by words, and by meaning where `make kit-search` has fetched the encoder.

    The model, which runs here, is sent the system text it was trained with and one prompt. Where the closest examples that it
    learned ask for facts, the prompt is made as those with a text in hand are: the closest passage and up to two more of
    its document, as far as the model's context holds them, and the question under them. Never sent are passages of records
    that are withdrawn, that speak to a model, or that are damaged. Complaints, emergencies and anything that might be one
    are put alone, as they were learned. --json shows what is sent.

    The answer is always of the most likely words; a dose that none of the closest passages gives is struck, and the answer
    ends where it repeats itself. It is a language model's text, not advice: check it against the sources above it.
    """
    from medai_assets.serving.shown import Source, shown
    from medai_assets.serving.whose import unbacked
    from medai_assets.training.errors import TrainingError
    from medai_assets.verification.who_asks import may_need_help, tells_of_somebody

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
    if not as_json and (may_need_help(question) or tells_of_somebody(question)):  # a model takes a while
        console.say(
            f"[bold]If somebody needs help now, do not wait for this answer:[/] call {place.emergency}; about poisoning or "
            f"too much of a medicine {place.poison_line}; with thoughts of suicide {place.crisis_line}.\n"
        )
    found = find(settings, trained.stored, question, tell=bool(sources))
    if found and not as_json:
        _show_found(found, sources)
    with console.clear_errors(TrainingError, ExtraMissing):
        alone = "as you asked" if from_memory else put_alone(question, found)
        asked = answered(
            settings, trained, question, [] if alone or not found else found.passages, base, max_tokens, alone
        )
    close = [
        Source(p.passage_id, p.subject or "", f"{p.title}\n{p.heading}\n{p.text}")
        for p in (found.passages if found else ())
    ]
    said = shown(asked.answer.text, question, close, asked.answer.complete)
    said_by = trained.recipe.hub_id if base else trained.recipe.title
    given = set(asked.in_hand.given)
    unbacked_sources = unbacked(
        said.text, {p.source for p in (found.passages if found else ()) if p.passage_id in given}
    )
    emergency = (
        f"In an emergency call {place.emergency}; about poisoning call {place.poison_line}; "
        f"in a crisis call {place.crisis_line}."
    )
    if as_json:
        facts = {
            "model": said_by,
            "adapter": None if base else trained.stored.data_version,
            "question": question,
        }
        console.print_json(
            orjson.dumps(facts | _as_data(found, asked, said, unbacked_sources, emergency)).decode()
        )
        return
    _say_answer(said_by + (" (base model, no adapter)" if base else ""), asked, said, unbacked_sources)
    console.say(f"\n[bold]{NOT_CLINICAL}[/] {emergency}")


def _say_answer(said_by: str, asked: Asked, said: Shown, unbacked_sources: Sequence[str]) -> None:
    given = asked.in_hand.given
    held = (
        f"given {counted(len(given), 'passage')}: {', '.join(given)}"
        if given
        else f"from memory: {asked.alone}"
    )
    console.say(f"\n[bold]{escape(said_by)}[/] says, a language model, {escape(held)}\n")
    console.say(escape(said.text or "(no answer)"))
    if said.circled:
        console.out.print("[dim]… cut where it began to repeat itself[/]")
    elif not asked.answer.complete:
        console.out.print("[dim]… cut at the limit; --max-tokens sets it[/]")
    if said.struck:
        console.say(
            f"\n[yellow]{counted(said.struck, 'dose was', 'doses were')} struck: no passage found for the question gives "
            f"{'it' if said.struck == 1 else 'them'}.[/]"
        )
    if said.sources:
        where = "; ".join(f"{dose}: {passage}" for dose, passage in said.sources.items())
        console.say(f"[dim]Doses as passages give them: {escape(where)}[/]")
    if unbacked_sources:
        names = escape(" and ".join(unbacked_sources))
        console.say(
            f"[yellow]It names {names}, and was given nothing of theirs: these are not their words.[/]"
        )
    for line in _left_out(asked.in_hand.left_out):
        console.say(f"[dim]{escape(line)}[/]")


def _left_out(reasons: Mapping[str, str]) -> list[str]:
    """A line for each reason why passages are not sent; what a reason quotes of its passage, after a colon, is left to --json."""
    counts = Counter(why.partition(":")[0] for why in reasons.values())
    return [
        f"Of all close passages, not given to it: {many}, because {'it' if many == 1 else 'each'} {why}"
        for why, many in counts.items()
    ]


def _as_data(
    found: Found | None, asked: Asked, said: Shown, unbacked_sources: Sequence[str], emergency: str
) -> dict[str, object]:
    """What --json prints beside whose answer it is."""
    examples = [
        {**to_builtins(example), "records": to_builtins(records)}
        for example, records in (found.examples if found else ())
    ]
    return {
        "sent": {"system": asked.system, "prompt": asked.in_hand.prompt},
        "passages_given": asked.in_hand.given,
        "passages_left_out": asked.in_hand.left_out,
        "put_alone": asked.alone or None,
        "answer": asdict(said)
        | {"complete": asked.answer.complete and not said.circled}
        | {"sources_named_without_their_text": unbacked_sources},
        "made_by": "a language model",
        "caution": f"{NOT_CLINICAL} {emergency}",
        "closest_passages": to_builtins(found.passages) if found else [],
        "closest_examples": examples,
    }


def answered(
    settings: Settings,
    trained: Trained,
    question: str,
    passages: Sequence[Passage],
    base: bool,
    max_tokens: int,
    alone: str = "",
) -> Asked:
    """One greedy answer; both models get the adapter's chat template, which holds the system text.

    Raises:
        TrainingError: the question and an answer do not fit into the model's context.
    """
    from medai_assets.serving.generate import generate
    from medai_assets.serving.in_hand import in_hand
    from medai_assets.serving.load import load_adapted, load_base, load_tokenizer, require_complete
    from medai_assets.training.architecture import context_of
    from medai_assets.training.chat import default_system, prompt_ids
    from medai_assets.training.errors import TrainingError

    directory, adapter = base_directory(settings, trained.recipe), trained.stored.local_path()
    require_complete(adapter)
    tokenizer, context = load_tokenizer(adapter), context_of(directory)

    def fits(prompt: str) -> bool:
        return context is None or len(prompt_ids(tokenizer, "", prompt)) + max_tokens <= context

    if not fits(question):  # before the weights are loaded for nothing
        raise TrainingError(
            f"The question and an answer of {max_tokens:,} tokens are longer than the model's context of {context:,} tokens",
            "Ask in fewer words, or set a smaller --max-tokens.",
        )
    withdrawn = {
        p.passage_id: "rests on a withdrawn record" for p in passages if any(r.withdrawn for r in p.records)
    }
    prompted = in_hand(question, passages, fits, withdrawn)
    model = load_base(directory) if base else load_adapted(directory, adapter)
    (answer,) = generate(model, tokenizer, [("", prompted.prompt)], max_new_tokens=max_tokens)
    if not prompted.given:
        alone = alone or "of all that the question names no one close passage tells, may be given and fits"
    return Asked(default_system(str(tokenizer.chat_template))[0], prompted, answer, alone)


def _place(settings: Settings, code: str | None) -> Country:
    from medai_assets.instructions.language.framing import country

    try:
        return country(code or settings.emergency_country)
    except ValueError as error:
        raise console.fail(str(error), console.USAGE) from None


def find(settings: Settings, model: Stored, question: str, tell: bool) -> Found | None:
    """The closest passages, and of the examples that the model learned; None where its data set is no longer kept.

    Args:
        tell: say why only words are compared.
    """
    from medai_assets.commands.lineage import answering
    from medai_assets.lineage.meaning import OF_EXAMPLE, OF_PASSAGE, NoMeaning, fused, meaning
    from medai_assets.lineage.search import (
        closest_by_words,
        examples_about,
        nearest_examples,
        subjects_like,
        unknown_words,
        weighed_words,
    )
    from medai_assets.lineage.versions import DATASET

    with answering(settings) as lineage:
        kept = lineage.store.versions(DATASET)
        learned = [d for d in lineage.versions.learned_from(model.input) if d.data_version in kept]
        if not learned:
            console.say_on_stderr(
                "The data set it learned from is no longer kept, so its sources cannot be shown. While what it was made "
                f"of is unchanged, `medai run --force --select {DATASET}` makes it again."
            )
            return None
        index = lineage.index(lineage.open(learned[0]))
        among = lineage.learned.example_ids(model.input)
        words = weighed_words(index, question)
        numbers = nearest_examples(index, words, CANDIDATES, among)
        # What the question names may be among what the model did not learn.
        named = [
            n
            for subject, _ in subjects_like(index, question, SUBJECTS)
            for n in examples_about(index, subject, CANDIDATES)
        ]
        passages = list(dict.fromkeys(p for n in [*numbers, *named] for p in index.passages_of_example(n)))
        ids = {place.passage_id: n for n, place in zip(passages, index.places(passages))}
        held = lineage.passages(index, passages)
        order = closest_by_words(words, [f"{p.title} {p.heading} {p.text}" for p in held])
        passages = [ids[held[place].passage_id] for place in order]
        try:
            by_meaning = meaning(index, settings, make=True)
            close = by_meaning.closest(OF_EXAMPLE, question, CANDIDATES, index.example_numbers(among))
            numbers = fused(numbers, [number for number, _ in close])
            passages = fused(passages, [n for n, _ in by_meaning.closest(OF_PASSAGE, question, CANDIDATES)])
        except NoMeaning as why:
            if tell:
                console.say_on_stderr(f"[dim]{escape(str(why))}[/]")
        examples = [
            (lineage.example(index, n), lineage.records(index, index.origins(index.records_of_example(n))))
            for n in numbers[:CANDIDATES]
        ]
        return Found(
            lineage.passages(index, passages[:CANDIDATES]), examples, unknown_words(words), words.weights
        )


def put_alone(question: str, found: Found | None) -> str:
    """Why a question is put without passages; "" where it may have them.

    Who tells of a complaint, or may need help at once, is answered as was learned, without a text to read first.
    """
    from medai_assets.instructions.kinds.registry import KINDS
    from medai_assets.verification.who_asks import may_need_help, tells_of_somebody

    if may_need_help(question):
        return "it may be of somebody who needs help"
    if tells_of_somebody(question):
        return "it tells of somebody, whom a general text may not fit"
    if found is None:
        return "the data set that it learned from is no longer kept, so no passage was looked for"
    if not found.examples:
        return "no example that it learned is close"
    if found.unknown:
        return f"no example here has the word {found.unknown[0]!r}"
    traits = {name: kind.traits for name, kind in KINDS.items()}
    closest = [example for example, _ in found.examples[:LOOKED_AT]]
    if "asks_for_facts" not in traits.get(closest[0].kind, ()):
        return "the closest example that it learned does not ask for facts"
    other = next(
        (
            e
            for e in closest
            if (traits.get(e.kind, frozenset()) & {"states_level", "about_signs"} or _is_refused(e))
            and _is_close(e, found.weights)
        ),
        None,
    )
    return f"the example {other.example_id} is close, and it does not ask for facts" if other else ""


def _is_close(example: Example, weights: Mapping[str, float]) -> bool:
    """Whether an example asks in half of the question's words, the rare ones counting more."""
    from medai_assets.instructions.forms.form import question_alone
    from medai_assets.lineage.search import telling_words

    asked = set(telling_words(question_alone(example.prompt, example.labels)))
    return 2 * sum(w for word, w in weights.items() if word in asked) >= sum(weights.values())


def _is_refused(example: Example) -> bool:
    return bool(orjson.loads(example.labels).get("harmful"))


def _show_found(found: Found, count: int) -> None:
    """So many of the closest passages and examples, with their records."""
    if not count:
        return
    if found.passages:
        console.out.print("[bold]Closest passages[/]")
    for place, passage in enumerate(found.passages[:count], 1):
        _show(place, passage.title, passage.passage_id, passage.text, passage.records)
    console.out.print(
        "\n[bold]Closest examples that it learned[/]"
        if found.examples
        else "\nNo example that it learned is close to the question."
    )
    for place, (example, records) in enumerate(found.examples[:count], 1):
        _show(place, example.question, example.example_id, example.completion, records)


def _show(place: int, head: str, name: str, text: str, records: Sequence[Record]) -> None:
    console.say(f"{place}. {escape(shortened(head, CHARACTERS))}  [dim]{name}[/]")
    console.say(f"   [dim]{escape(shortened(text, CHARACTERS))}[/]")
    for record in records:
        gone = f" [red]withdrawn: {escape(record.withdrawn)}[/]" if record.withdrawn else ""
        console.say(f"   [cyan]{escape(record.record_id)}[/] {record.licence} {escape(record.url)}{gone}")
