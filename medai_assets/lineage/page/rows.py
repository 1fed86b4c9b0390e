"""Pages about rows: the search, an example, a passage, a record, a slice and a source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from medai_assets.foundation.plurals import counted
from medai_assets.lineage.impact import (
    count_by_kind,
    find_set_aside,
    reach_of,
    select_examples,
)
from medai_assets.lineage.impact_targets import Target, TargetError, parse_target, slice_label
from medai_assets.lineage.index import Index
from medai_assets.lineage.lookup import Lineage, LineageError
from medai_assets.lineage.meaning import OF_EXAMPLE, NoMeaning, meaning
from medai_assets.lineage.model import Record
from medai_assets.lineage.page.page_context import PAGE_ROWS, PageContext
from medai_assets.lineage.search import examples_about, examples_with_words, records_with_words, subjects_like
from medai_assets.lineage.sentences import marked
from medai_assets.lineage.taint import TaintedRecord, read_mark, tainted
from medai_assets.lineage.trace import trace_number
from medai_assets.lineage.versions import ADAPTER, CURRENT, of_models
from medai_assets.lineage.withdrawal_times import entered_by, withdrawal_timings
from medai_assets.sources.take_down_history import history, take_downs_in_force
from medai_assets.storage import Input
from medai_assets.withdrawals.current import TAKE_DOWN

DAY = timedelta(days=1)
Shown = tuple[str, dict[str, Any]] | str
MOST_RECORDS = 6  # that a search lists above the examples
MOST_CLOSE = 8  # examples close in meaning that it lists below those that hold the words
_EXAMPLE_ID = re.compile(r"e[0-9a-f]{24}")


def home(context: PageContext) -> Shown:
    """What there is: the data set by source and kind, and the models that learned from it."""
    if not context.lineage.datasets():
        return "empty.html", {}
    index = context.index
    by_source: dict[str, dict[str, int]] = {}
    by_kind: dict[str, dict[str, int]] = {}
    for source, kind, split, examples in index.tally():
        for table, name in ((by_source, source), (by_kind, kind)):
            table.setdefault(name, {"train": 0, "validation": 0})[split] += examples
    counts = {
        "examples": sum(sum(c.values()) for c in by_kind.values()),
        "passages": len(index.corpus),
        "records": _records(index),
        "aside": index.dataset.rows("removed"),
    }
    return "home.html", {
        "index": index, "by_source": _largest_first(by_source), "by_kind": _largest_first(by_kind),
        "counts": counts, "models": models(context),
    }  # fmt: skip


def _largest_first(counts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return dict(sorted(counts.items(), key=lambda item: -sum(item[1].values())))


def models(context: PageContext) -> list[dict[str, Any]]:
    """Current models with the data set version they learned from and their mark."""
    versions, found = context.lineage.versions, []
    for asset in of_models():
        for partition in context.lineage.store.partitions(asset):
            ref = versions.current(asset, partition)
            if ref is not None and versions.manifest(ref) is not None:
                found.append(model(context, ref))
    return found


def model(context: PageContext, ref: Input) -> dict[str, Any]:
    """A model version with the data set that it learned from, how many examples of it, and whether a page lists those."""
    versions = context.lineage.versions
    learned = versions.learned_from(ref)
    adapters = context.lineage.learned.adapters_of(ref)
    return {
        "ref": ref,
        "step": versions.step(ref),
        "dataset": learned[0] if learned else None,
        "examples": context.lineage.learned.total(ref),
        # The list of examples knows the current adapters, by the data set that is looked at.
        "listed": bool(learned)
        and learned[0] == context.index.dataset.input
        and adapters == [versions.current(ADAPTER, ref.partition)],
        "tainted": read_mark(context.lineage.store, ref),
    }


def search(context: PageContext) -> Shown:
    """Examples, records and subjects that match, and examples that mean the like; an id or an address leads to its page."""
    words, index = context.query("q").strip(), context.index
    direct = _direct(context, index, words)
    if direct:
        return direct
    about = context.query("about")
    start = (context.page - 1) * PAGE_ROWS
    if about:
        numbers = examples_about(index, about, PAGE_ROWS + 1, start)
    else:
        whole = index.examples_with_text(words) if words and context.page == 1 else []
        numbers = whole[: PAGE_ROWS + 1] or examples_with_words(index, words, PAGE_ROWS + 1, start)
    return "search.html", {
        "words": words,
        "about": about,
        "subjects": [] if about else subjects_like(index, words, 8),
        "records": []
        if about
        else context.lineage.records(index, records_with_words(index.corpus, words, MOST_RECORDS)),
        "examples": index.example_lines(numbers[:PAGE_ROWS]),
        "more": len(numbers) > PAGE_ROWS,
        **_close(context, index, words, set(numbers)),
    }


def _close(context: PageContext, index: Index, words: str, listed: set[int]) -> dict[str, Any]:
    """Examples close to the words in meaning that do not hold them all; or why there is no such search."""
    if not words or context.page > 1:
        return {}
    try:
        found = meaning(index, context.settings, make=False).closest(
            OF_EXAMPLE, words, MOST_CLOSE + len(listed)
        )
    except NoMeaning as why:
        return {"words_only": str(why)}
    numbers = [number for number, _ in found if number not in listed][:MOST_CLOSE]
    return {"close": [line for number in numbers for line in index.example_lines([number])]}


def _direct(context: PageContext, index: Index, words: str) -> str | None:
    """The address of the page that an id or an address names."""
    if _EXAMPLE_ID.fullmatch(words) and index.example_number(words) is not None:
        return context.link("example", words)
    try:
        target = parse_target(words)
    except TargetError:
        return None
    if target.what in ("source", "slice"):
        names = [target.name] if target.detail is None else [target.name, target.detail]
        return context.link(target.what, *names) if reach_of(index, target, 1).origins else None
    reach = reach_of(index, target, 1)
    if not reach.origins:
        left_out = target.what == "record" and find_set_aside(context.lineage, target)
        return context.link("record", target.name) if left_out else None
    if target.what == "passage":
        return context.link("passage", words)
    return context.link("record", next(iter(reach.origins.values()))["record_id"])


def _elsewhere(context: PageContext, what: str, wanted: str, holds: Callable[[Index], bool]) -> Shown:
    """The page of a row in the newest other data set version that has it, or why nothing of a record was kept.

    Raises:
        LineageError: none has.
    """
    lineage = context.lineage
    for ref in lineage.datasets():
        with context.lock:
            found = holds(lineage.index(lineage.open(ref)))
        if found:
            return context.link(what, wanted, dataset=ref.data_version)
    aside = find_set_aside(lineage, Target("record", wanted)) if what == "record" else []
    if aside:
        left_out = [one for one in aside if one.stage != "withdrawals"]
        return "set_aside.html", {
            "record_id": wanted, "aside": left_out, "withdrawals": lineage.withdrawn.of(wanted),
            "fate": withdrawal_outcomes(context, [wanted]),
        }  # fmt: skip
    raise LineageError(f"no kept version of the data set has the {what} {wanted}")


def withdrawals(context: PageContext) -> Shown:
    """Every record that must no longer be used, the user's own take-downs first."""
    rows = context.lineage.withdrawn.rows
    start = (context.page - 1) * PAGE_ROWS
    shown, more = rows[start : start + PAGE_ROWS], len(rows) > start + PAGE_ROWS
    own = _take_downs_in_force(context.lineage)
    now, entries = datetime.now(UTC), history(context.lineage.store)[::-1]
    return "withdrawals.html", {
        "withdrawals": shown, "total": len(rows), "more": more, "entered_by": entered_by,
        "fate": withdrawal_outcomes(context, [row["record_id"] for row in shown]),
        "taken_back": sum(row["kind"] == TAKE_DOWN and row["record_id"] not in own for row in rows),
        "waits": {(one.record_id, one.kind): one.in_words(now) for one in withdrawal_timings(context.lineage.store)},
        "history": entries[:PAGE_ROWS] if context.page == 1 else [], "entries": len(entries),
    }  # fmt: skip


def _take_downs_in_force(lineage: Lineage) -> set[str]:
    """Records whose take-down was not taken back."""
    return {row["record_id"] for row in take_downs_in_force(lineage.store, lineage.take_downs)}


def withdrawal_outcomes(context: PageContext, record_ids: Iterable[str]) -> dict[str, str]:
    """What has become of withdrawn records' texts, in words that follow what has run since."""
    lineage, asked = context.lineage, set(record_ids)
    if not asked:
        return {}
    own, waiting = (
        _take_downs_in_force(lineage),
        {one.record_id for one in withdrawal_timings(lineage.store) if one.out_at is None},
    )
    with context.lock:
        current = lineage.index(lineage.dataset(CURRENT)) if lineage.datasets() else None
    held = (
        current.corpus.holding(asked) | {one for one in asked if current.holds_record(one)}
        if current
        else set()
    )
    found = {}
    for one in asked:
        is_taken_back = one not in own and all(row["kind"] == TAKE_DOWN for row in lineage.withdrawn.of(one))
        if one in held:
            found[one] = "Taken back; it stays." if is_taken_back else "The next run takes its text out."
        elif is_taken_back:
            found[one] = "Taken back; the next run lets it in again."
        elif one in waiting:
            found[one] = "Nothing in the current data set comes of it; the next run notes it as withdrawn."
        else:
            found[one] = "The current data set is made without it."
    return found


def _outcomes(context: PageContext, records: list[Record]) -> dict[str, str]:
    return withdrawal_outcomes(context, [record.record_id for record in records if record.withdrawn])


def example(context: PageContext) -> Shown:
    """An example with its passages, the sentences used, its records and the versions on the way."""
    index, wanted = context.index, context.path["example_id"]
    number = index.example_number(wanted)
    if number is None:
        return _elsewhere(context, "example", wanted, lambda other: other.example_number(wanted) is not None)
    found = trace_number(context.lineage, index, number)
    texts = {p.passage_id: marked(p.text, p.used) for p in found.passages}
    return "example.html", {"trace": found, "texts": texts, "fate": _outcomes(context, found.records)}


def passage(context: PageContext) -> Shown:
    """A passage with its records, and the examples made from it."""
    index, wanted = context.index, context.path["passage_id"]
    found = next(
        iter(context.lineage.passages_at(index, reach_of(index, Target("passage", wanted), 1).places)), None
    )
    if found is None:
        return _elsewhere(context, "passage", wanted, lambda other: bool(other.corpus.places([wanted])))
    examples, more = context.paged(index, *select_examples(index, Target("passage", wanted)))
    return "passage.html", {
        "passage": found, "examples": index.example_lines(examples), "more": more,
        "fate": _outcomes(context, found.records),
    }  # fmt: skip


def record(context: PageContext) -> Shown:
    """A record in each of its versions, its passages and examples, and the models that learned it."""
    index, wanted = context.index, context.path["record_id"]
    target = Target("record", wanted)
    reach = reach_of(index, target, PAGE_ROWS)
    records = context.lineage.records(index, reach.origins.values())
    if not records:
        return _elsewhere(context, "record", wanted, lambda other: bool(reach_of(other, target, 1).origins))
    examples, more = context.paged(index, *select_examples(index, target))
    learned = [m | {"examples": context.lineage.learned.count(m["ref"], target)} for m in models(context)]
    return "record.html", {
        "records": records, "passages": context.lineage.passage_lines(index, reach.places),
        "examples": index.example_lines(examples),
        "more": more, "by_kind": count_by_kind(index, *select_examples(index, target)),
        "models": [m for m in learned if m["examples"]], "fate": _outcomes(context, records),
    }  # fmt: skip


def records(context: PageContext) -> Shown:
    """The records that examples of the data set are made from."""
    index = context.index
    numbers, more = context.paged(index, "SELECT n FROM record ORDER BY n", ())
    return "corpus.html", {
        "heading": f"{counted(_records(index), 'record')} behind the examples",
        "records": context.lineage.records(index, index.origins(numbers)), "more": more,
    }  # fmt: skip


def _records(index: Index) -> int:
    return index.numbers("SELECT count(*) FROM record")[0]


def passages(context: PageContext) -> Shown:
    """The passages of the corpus that the data set is made from."""
    index, end = context.index, context.page * PAGE_ROWS
    places = index.corpus.listed(end - PAGE_ROWS, PAGE_ROWS)
    return "corpus.html", {
        "heading": f"{counted(len(index.corpus), 'passage')} in the corpus",
        "passages": context.lineage.passage_lines(index, places), "more": len(index.corpus) > end,
    }  # fmt: skip


def source(context: PageContext) -> Shown:
    """The slices of a source, with what came of each."""
    index, name = context.index, context.path["source"]
    rows = index.rows(
        "SELECT slice, count(*) FROM record WHERE source IN (SELECT n FROM term WHERE text = ?) GROUP BY slice",
        (name,),
    )
    slices = dict(rows) | index.corpus.slices(name)  # authored examples rest on no passage of the corpus
    if not slices:
        raise LineageError(f"no record of the source {name} is in the corpus")
    kinds: dict[str, dict[str, int]] = {}
    for of, kind, split, examples in index.tally():
        if of == name:
            kinds.setdefault(kind, {"train": 0, "validation": 0})[split] += examples
    return "source.html", {"source": name, "slices": sorted(slices.items()), "by_kind": _largest_first(kinds)}


def slice_page(context: PageContext) -> Shown:
    """The records of one slice that the corpus holds something of."""
    index, name, key = context.index, context.path["source"], context.path["key"]
    end = context.page * PAGE_ROWS
    reach = reach_of(index, Target("slice", name, key), end + 1)
    if not reach.origins:
        raise LineageError(f"no record of {slice_label(name, key)} is in the corpus")
    total, more = reach.records, len(reach.origins) > end
    records = context.lineage.records(index, list(reach.origins.values())[end - PAGE_ROWS : end])
    version = next((r.raw_version for r in records if r.raw_version), None)
    raw = Input(f"raw_{name}", key, version) if version else None
    return "slice.html", {
        "source": name, "key": key, "total": total, "records": records, "more": more, "raw": raw,
        "step": context.lineage.versions.step(raw) if raw else None,
    }  # fmt: skip


def taint_of(context: PageContext, ref: Input) -> list[TaintedRecord]:
    """Withdrawn records that a model version learned, as of now."""
    return tainted(context.lineage.store, ref, context.lineage.take_downs)
