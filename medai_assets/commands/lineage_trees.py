"""How lineage looks on a terminal: traces, impacts, diffs and removals as trees. Nothing is looked up here."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from medai_assets.commands import console
from medai_assets.foundation.plurals import counted, few
from medai_assets.lineage.diff import Counts, Diff
from medai_assets.lineage.gc import GcPlan
from medai_assets.lineage.impact import DatasetImpact, Impact, ModelImpact, SetAside
from medai_assets.lineage.impact_targets import AUTHORED
from medai_assets.lineage.model import Passage, Record
from medai_assets.lineage.trace import Trace

WITHDRAWN = "[bold red]withdrawn[/]"
CORPUS_GONE = "the curated corpus that this data set was made from is no longer there"


def trace_tree(found: Trace) -> Tree:
    """An example, its passages with the sentences used, its records, and the versions on the way."""
    e = found.example
    age = "current" if found.is_current else "an older version"
    tree = Tree(
        f"[bold]{e.example_id}[/]  {e.kind}, {e.split}, data set {console.short(found.dataset)} ({age})"
    )
    for turn in e.history:
        tree.add(f"[dim]before[/]    {escape(turn['role'])}: {escape(turn['content'])}")
    if e.question != e.prompt:
        tree.add("[dim]before[/]    a text in hand, which --json shows whole")
    tree.add(f"[dim]question[/]  {escape(e.question)}")
    tree.add(f"[dim]answer[/]    {escape(e.completion)}")
    tree.add(f"[dim]rule[/]      {escape(e.rule)}" + ("  (a person wrote the answer)" if e.authored else ""))
    for passage in found.passages:
        _add_passage(tree, passage)
    if not found.corpus_is_kept and found.records:
        tree.add(f"[red]passages[/]  not known: {CORPUS_GONE}")
    listed = {r.record_id for p in found.passages for r in p.records}
    for record in found.records:
        if record.record_id not in listed:
            add_record(tree, record)
    if not found.records:
        tree.add("[dim]made from no record[/]")
    if not found.learned_by:
        tree.add("[dim]no stored adapter learned it[/]")
    for model in found.learned_by:
        age = "current" if model.is_current else "older"
        version = f"{escape(model.label)} {console.short(model.adapter.data_version)}"
        tree.add(f"[bold]learned by[/] {version} ({age}), {counted(model.times, 'time')}")
    for pair in found.pairs:
        side = "preferred" if pair.is_preferred else "rejected"
        branch = tree.add(f"[bold]{side} in pair[/] {pair.pair_id}  {pair.reason}, {pair.split}")
        branch.add(f"[dim]preferred rests on[/] {escape(', '.join(pair.chosen_records))}")
        branch.add(f"[dim]rejected rests on[/]  {escape(', '.join(pair.rejected_records))}")
    way = tree.add("[bold]made by[/]")
    for step in found.steps:
        run = f", run {escape(step.run_id)}" if step.run_id else ""
        when = step.finished_at[:16].replace("T", " ")
        way.add(
            f"{escape(step.label)} {console.short(step.data_version)}  [dim]code {step.code_version}, {when}{run}[/]"
        )
    return tree


def _add_passage(tree: Tree, passage: Passage) -> None:
    heading = f" · {passage.heading}" if passage.heading else ""
    title = f"{escape(passage.title)} · {passage.section}{escape(heading)}"
    branch = tree.add(f"[bold]passage[/] {passage.passage_id}  {title}")
    for sentence in passage.used:
        branch.add(f"[green]“{escape(sentence)}”[/]")
    if not passage.used:
        branch.add("[dim]no sentence of the answer appears in it word for word[/]")
    for record in passage.records:
        add_record(branch, record)


def add_record(branch: Tree, record: Record) -> None:
    """A record with version, licence, address, time and request."""
    mark = f"  {WITHDRAWN} {escape(record.withdrawn)}" if record.withdrawn else ""
    version = f" version {escape(record.version)}" if record.version else ""
    leaf = branch.add(f"[bold]record[/] {escape(record.record_id)}{version}{mark}")
    if record.title:
        leaf.add(escape(record.title))
    sample = "  (a sample written for this project)" if record.sample else ""
    leaf.add(f"{escape(record.licence)}, {escape(record.attribution)}{sample}")
    if not record.sample:  # no publisher has a page of it
        leaf.add(escape(record.url))
    if record.request:
        when = (record.retrieved_at or "")[:19].replace("T", " ")
        leaf.add(f"[dim]collected {when} UTC by {escape(record.request)}[/]")
    elif record.source == AUTHORED:
        leaf.add("[dim]written by a person for this project; kept with its code[/]")
    else:
        leaf.add("[dim]its raw version is no longer kept[/]")


def impact_tree(found: Impact) -> Tree:
    """What a target has reached, forward."""
    tree = Tree(f"[bold]{escape(found.target)}[/]  ({found.what})")
    for record in found.records[:5]:
        add_record(tree, record)
    if found.newest and found.newest.records > 5:
        tree.add(f"[dim]… {counted(found.newest.records - 5, 'more record')}[/]")
    for one in found.set_aside:
        tree.add(_set_aside(one))
    for counts in found.datasets:
        _add_dataset(tree, counts, [m for m in found.models if m.dataset == counts.data_version])
    if found.also_from:
        others = [f"{one} ({counted(count, 'passage')})" for one, count in found.also_from.items()]
        tree.add(f"[yellow]the same text also comes from[/] {escape(few(others, 5))}")
    if found.pairs:
        tree.add(f"[bold]preferences[/]: {counted(found.pairs, 'pair')} of answers")
    known = {counts.data_version for counts in found.datasets}
    for model in found.models:
        if model.dataset not in known:  # it learned the target, which its data set no longer holds
            tree.add(_model_line(model))
    return tree


def _set_aside(one: SetAside) -> str:
    if one.stage == "withdrawals":
        return f"{WITHDRAWN} {one.step.replace('_', '-')}: {escape(one.reason)} ({escape(one.detail or '')})"
    where = f"in {one.stage}, {escape(one.step)}"
    return f"[yellow]set aside[/] {where}: {escape(one.reason)} ({counted(one.passages, 'passage')})"


def _add_dataset(tree: Tree, counts: DatasetImpact, models: Sequence[ModelImpact]) -> None:
    age = "current" if counts.is_current else "older"
    passages = counted(counts.passages, "passage") if counts.corpus_is_kept else "passages not known"
    branch = tree.add(
        f"[bold]data set {console.short(counts.data_version)}[/] ({age}): {passages}, "
        f"{counted(counts.examples, 'example')}"
    )
    if not counts.corpus_is_kept:
        branch.add(f"[red]{CORPUS_GONE}[/]")
    for kind in counts.by_kind:
        branch.add(f"{kind.kind}: {kind.train:,} train, {kind.validation:,} validation")
    for model in models:
        branch.add(_model_line(model))


def _model_line(model: ModelImpact) -> str:
    age = "current" if model.is_current else "older"
    learned = f"learned {counted(model.learned_examples, 'example')}"
    verb = f"judges a model that {learned}" if model.asset == "evaluation_report" else learned
    return f"[magenta]{escape(model.label)}[/] {console.short(model.data_version)} ({age}): {verb}"


def diff_view(found: Diff) -> list[RenderableType]:
    """The counts of a diff, its causes, and a few examples of each sort."""
    head = (
        f"[bold]{console.short(found.before)} → {console.short(found.after)}[/]: {found.added:,} added, {found.gone:,} gone, "
        f"{found.changed:,} changed, {found.same:,} the same"
    )
    upstream = Tree("[bold]what changed upstream[/]")
    for change in found.upstream:
        upstream.add(escape(change.what))
    if not found.upstream:
        upstream.add("[dim]nothing[/]")
    tables = [
        _counts_table(title, rows)
        for title, rows in (
            ("why", found.causes), ("source", found.by_source), ("kind", found.by_kind), ("licence", found.by_licence),
        )
        if rows
    ]  # fmt: skip
    return [head, upstream, *tables, _examples(found)]


def _counts_table(title: str, rows: Sequence[Counts]) -> Table:
    table = Table(title, "added", "gone", "changed", box=None, header_style="bold", pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(escape(row.name), f"{row.added:,}", f"{row.gone:,}", f"{row.changed:,}")
    return table


def _examples(found: Diff) -> Tree:
    tree = Tree("[bold]examples[/]")
    for mark, colour, lines in (("+", "green", found.added_examples), ("-", "red", found.gone_examples)):
        for line in lines:
            tree.add(f"[{colour}]{mark} {line.example_id}[/] {escape(line.prompt)}")
    for pair in found.changed_examples:
        tree.add(
            f"[yellow]~ {pair.before.example_id} → {pair.after.example_id}[/] {escape(pair.after.prompt)}"
        )
    return tree


def removal_tree(plan: GcPlan) -> Tree:
    """What nothing refers to, by asset."""
    tree = Tree(
        f"[bold]{counted(len(plan.remove), 'version')} that nothing refers to[/], {console.size(plan.bytes)}; "
        f"{plan.kept} stay, {console.size(plan.kept_bytes)}"
    )
    branches: dict[str, Tree] = {}
    for one in plan.remove:
        if one.asset not in branches:
            branches[one.asset] = tree.add(one.asset)
        when = one.created_at[:16].replace("T", " ")
        branches[one.asset].add(
            f"{escape(one.label)} {console.short(one.data_version)}  [dim]{when}, {console.size(one.bytes)}[/]"
        )
    for title, names in (
        ("lineage indexes", plan.indexes),
        ("scratch work of models that are not kept", plan.scratch),
        ("left behind in the store and on this machine", plan.leftovers),
    ):
        if names:
            branch = tree.add(title)
            for name in names:
                branch.add(escape(name))
    return tree
