"""Pages about rows: the search, an example, a passage, a record, a slice and a source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

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
from medai_assets.lineage.page.desk import PAGE_ROWS, Visit
from medai_assets.lineage.search import examples_about, examples_with_words, records_with_words, subjects_like
from medai_assets.lineage.sentences import marked
from medai_assets.lineage.taint import TaintedRecord, read_mark, tainted
from medai_assets.lineage.trace import trace_number
from medai_assets.lineage.versions import CURRENT, of_models
from medai_assets.lineage.withdrawal_times import entered_by, watch
from medai_assets.sources.take_down_history import history, standing
from medai_assets.storage import Input
from medai_assets.withdrawals.current import TAKE_DOWN

DAY = timedelta(days=1)
Shown = tuple[str, dict[str, Any]] | str
MOST_RECORDS = 6  # that a search lists above the examples
MOST_CLOSE = 8  # examples close in meaning that it lists below those that hold the words
_EXAMPLE_ID = re.compile(r"e[0-9a-f]{24}")


def home(visit: Visit) -> Shown:
    """What there is: the data set by source and kind, and the models that learned from it."""
    if not visit.lineage.datasets():
        return "empty.html", {}
    index = visit.index
    by_source: dict[str, dict[str, int]] = {}
    by_kind: dict[str, dict[str, int]] = {}
    for source, kind, split, examples in index.tally():
        for table, name in ((by_source, source), (by_kind, kind)):
            table.setdefault(name, {"train": 0, "validation": 0})[split] += examples
    counts = {
        "examples": sum(sum(c.values()) for c in by_kind.values()),
        "passages": len(index.corpus),
        "records": index.numbers("SELECT count(*) FROM record")[0],
        "aside": index.dataset.rows("removed"),
    }
    return "home.html", {
        "index": index, "by_source": _largest_first(by_source), "by_kind": _largest_first(by_kind),
        "counts": counts, "models": models(visit),
    }  # fmt: skip


def _largest_first(counts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    return dict(sorted(counts.items(), key=lambda item: -sum(item[1].values())))


def models(visit: Visit) -> list[dict[str, Any]]:
    """Current models with the data set version they learned from and their mark."""
    versions, found = visit.lineage.versions, []
    for asset in of_models():
        for partition in visit.lineage.store.partitions(asset):
            ref = versions.current(asset, partition)
            if ref is not None and versions.manifest(ref) is not None:
                found.append(_model(visit, ref))
    return found


def _model(visit: Visit, ref: Input) -> dict[str, Any]:
    learned = visit.lineage.versions.learned_from(ref)
    return {
        "ref": ref,
        "step": visit.lineage.versions.step(ref),
        "dataset": learned[0] if learned else None,
        "examples": visit.lineage.learned.total(ref),
        "tainted": read_mark(visit.lineage.store, ref),
    }


def search(visit: Visit) -> Shown:
    """Examples, records and subjects that match, and examples that mean the like; an id or an address leads to its page."""
    words, index = visit.query("q").strip(), visit.index
    direct = _direct(visit, index, words)
    if direct:
        return direct
    about = visit.query("about")
    start = (visit.page - 1) * PAGE_ROWS
    if about:
        numbers = examples_about(index, about, PAGE_ROWS + 1, start)
    else:
        whole = index.examples_with_text(words) if words and visit.page == 1 else []
        numbers = whole[: PAGE_ROWS + 1] or examples_with_words(index, words, PAGE_ROWS + 1, start)
    return "search.html", {
        "words": words,
        "about": about,
        "subjects": [] if about else subjects_like(index, words, 8),
        "records": []
        if about
        else visit.lineage.records(index, records_with_words(index.corpus, words, MOST_RECORDS)),
        "examples": index.example_lines(numbers[:PAGE_ROWS]),
        "more": len(numbers) > PAGE_ROWS,
        **_close(visit, index, words, set(numbers)),
    }


def _close(visit: Visit, index: Index, words: str, listed: set[int]) -> dict[str, Any]:
    """Examples close to the words in meaning that do not hold them all; or why there is no such search."""
    if not words or visit.page > 1:
        return {}
    try:
        found = meaning(index, visit.settings, make=False).closest(
            OF_EXAMPLE, words, MOST_CLOSE + len(listed)
        )
    except NoMeaning as why:
        return {"words_only": str(why)}
    numbers = [number for number, _ in found if number not in listed][:MOST_CLOSE]
    return {"close": [line for number in numbers for line in index.example_lines([number])]}


def _direct(visit: Visit, index: Index, words: str) -> str | None:
    """The address of the page that an id or an address names."""
    if _EXAMPLE_ID.fullmatch(words) and index.example_number(words) is not None:
        return visit.link("example", words)
    try:
        target = parse_target(words)
    except TargetError:
        return None
    if target.what in ("source", "slice"):
        names = [target.name] if target.detail is None else [target.name, target.detail]
        return visit.link(target.what, *names) if reach_of(index, target, 1).origins else None
    reach = reach_of(index, target, 1)
    if not reach.origins:
        left_out = target.what == "record" and find_set_aside(visit.lineage, target)
        return visit.link("record", target.name) if left_out else None
    if target.what == "passage":
        return visit.link("passage", words)
    return visit.link("record", next(iter(reach.origins.values()))["record_id"])


def _elsewhere(visit: Visit, what: str, wanted: str, holds: Callable[[Index], bool]) -> Shown:
    """The page of a row in the newest other data set version that has it, or why nothing of a record was kept.

    Raises:
        LineageError: none has.
    """
    lineage = visit.lineage
    for ref in lineage.datasets():
        with visit.lock:
            found = holds(lineage.index(lineage.open(ref)))
        if found:
            return visit.link(what, wanted, dataset=ref.data_version)
    aside = find_set_aside(lineage, Target("record", wanted)) if what == "record" else []
    if aside:
        left_out = [one for one in aside if one.stage != "withdrawals"]
        return "set_aside.html", {
            "record_id": wanted, "aside": left_out, "withdrawals": lineage.withdrawn.of(wanted),
            "fate": fates(visit, [wanted]),
        }  # fmt: skip
    raise LineageError(f"no kept version of the data set has the {what} {wanted}")


def withdrawals(visit: Visit) -> Shown:
    """Every record that must no longer be used, the user's own take-downs first."""
    rows = visit.lineage.withdrawn.rows
    start = (visit.page - 1) * PAGE_ROWS
    shown, more = rows[start : start + PAGE_ROWS], len(rows) > start + PAGE_ROWS
    own = _standing(visit.lineage)
    now, entries = datetime.now(UTC), history(visit.lineage.store)[::-1]
    return "withdrawals.html", {
        "withdrawals": shown, "total": len(rows), "more": more, "entered_by": entered_by,
        "fate": fates(visit, [row["record_id"] for row in shown]),
        "taken_back": sum(row["kind"] == TAKE_DOWN and row["record_id"] not in own for row in rows),
        "waits": {(one.record_id, one.kind): one.told(now) for one in watch(visit.lineage.store)},
        "history": entries[:PAGE_ROWS] if visit.page == 1 else [], "entries": len(entries),
    }  # fmt: skip


def _standing(lineage: Lineage) -> set[str]:
    """Records whose take-down was not taken back."""
    return {row["record_id"] for row in standing(lineage.store, lineage.take_downs)}


def fates(visit: Visit, record_ids: Iterable[str]) -> dict[str, str]:
    """What has become of withdrawn records' texts, in words that follow what has run since."""
    lineage, asked = visit.lineage, set(record_ids)
    if not asked:
        return {}
    own, waiting = _standing(lineage), {one.record_id for one in watch(lineage.store) if one.out_at is None}
    with visit.lock:
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


def _fates(visit: Visit, records: list[Record]) -> dict[str, str]:
    return fates(visit, [record.record_id for record in records if record.withdrawn])


def example(visit: Visit) -> Shown:
    """An example with its passages, the sentences used, its records and the versions on the way."""
    index, wanted = visit.index, visit.path["example_id"]
    number = index.example_number(wanted)
    if number is None:
        return _elsewhere(visit, "example", wanted, lambda other: other.example_number(wanted) is not None)
    found = trace_number(visit.lineage, index, number)
    texts = {p.passage_id: marked(p.text, p.used) for p in found.passages}
    return "example.html", {"trace": found, "texts": texts, "fate": _fates(visit, found.records)}


def passage(visit: Visit) -> Shown:
    """A passage with its records, and the examples made from it."""
    index, wanted = visit.index, visit.path["passage_id"]
    found = next(
        iter(visit.lineage.passages_at(index, reach_of(index, Target("passage", wanted), 1).places)), None
    )
    if found is None:
        return _elsewhere(visit, "passage", wanted, lambda other: bool(other.corpus.places([wanted])))
    examples, more = visit.paged(index, *select_examples(index, Target("passage", wanted)))
    return "passage.html", {
        "passage": found, "examples": index.example_lines(examples), "more": more,
        "fate": _fates(visit, found.records),
    }  # fmt: skip


def record(visit: Visit) -> Shown:
    """A record in each of its versions, its passages and examples, and the models that learned it."""
    index, wanted = visit.index, visit.path["record_id"]
    target = Target("record", wanted)
    reach = reach_of(index, target, PAGE_ROWS)
    records = visit.lineage.records(index, reach.origins.values())
    if not records:
        return _elsewhere(visit, "record", wanted, lambda other: bool(reach_of(other, target, 1).origins))
    examples, more = visit.paged(index, *select_examples(index, target))
    learned = [m | {"examples": visit.lineage.learned.count(m["ref"], target)} for m in models(visit)]
    return "record.html", {
        "records": records, "passages": visit.lineage.passage_lines(index, reach.places), "examples": index.example_lines(examples),
        "more": more, "by_kind": count_by_kind(index, *select_examples(index, target)),
        "models": [m for m in learned if m["examples"]], "fate": _fates(visit, records),
    }  # fmt: skip


def source(visit: Visit) -> Shown:
    """The slices of a source, with what came of each."""
    index, name = visit.index, visit.path["source"]
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


def slice_page(visit: Visit) -> Shown:
    """The records of one slice that the corpus holds something of."""
    index, name, key = visit.index, visit.path["source"], visit.path["key"]
    end = visit.page * PAGE_ROWS
    reach = reach_of(index, Target("slice", name, key), end + 1)
    if not reach.origins:
        raise LineageError(f"no record of {slice_label(name, key)} is in the corpus")
    total, more = reach.records, len(reach.origins) > end
    records = visit.lineage.records(index, list(reach.origins.values())[end - PAGE_ROWS : end])
    version = next((r.raw_version for r in records if r.raw_version), None)
    raw = Input(f"raw_{name}", key, version) if version else None
    return "slice.html", {
        "source": name, "key": key, "total": total, "records": records, "more": more, "raw": raw,
        "step": visit.lineage.versions.step(raw) if raw else None,
    }  # fmt: skip


def taint_of(visit: Visit, ref: Input) -> list[TaintedRecord]:
    """Withdrawn records that a model version learned, as of now."""
    return tainted(visit.lineage.store, ref, visit.lineage.take_downs)
