"""Two versions of the data set side by side: examples added, gone and changed, and which upstream change caused each.

An example is *changed* when the same question of the same kind, about the same source and subject, has another
answer; its id differs then, as ids are hashes of the text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import msgspec

from medai_assets.lineage.causes import Causes, Change, Origin
from medai_assets.lineage.index import Index
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.model import ExampleLine
from medai_assets.storage import Stored

SHOWN = 10  # examples listed of each sort; all are counted
_CHUNK = 500  # values bound to one query


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Examples of one group (a source, a kind, a licence, a cause)."""

    name: str
    added: int = 0
    gone: int = 0
    changed: int = 0


class ChangedExample(msgspec.Struct, frozen=True, kw_only=True):
    """The same question with another answer."""

    before: ExampleLine
    after: ExampleLine


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two versions. ``causes`` counts examples, ``upstream`` tells the changes themselves."""

    before: str
    after: str
    same: int
    added: int
    gone: int
    changed: int
    by_source: list[Counts]
    by_kind: list[Counts]
    by_licence: list[Counts]
    causes: list[Counts]
    upstream: list[Change]
    added_examples: list[ExampleLine]
    gone_examples: list[ExampleLine]
    changed_examples: list[ChangedExample]


class _Side:
    """One version: the examples that the other one lacks, and how they are grouped."""

    def __init__(self, index: Index, other: Index) -> None:
        self.index = index
        index.connection.execute(
            "ATTACH ? AS other", (f"{other.path.resolve().as_uri()}?mode=ro&immutable=1",)
        )
        try:
            self.rows = {
                row[0]: row[1:]
                for row in index.rows(
                    "SELECT main.example.n, kind.text, source.text, prompt_key, subject.text FROM main.example "
                    "JOIN main.term kind ON kind.n = kind JOIN main.term source ON source.n = source "
                    "JOIN main.term subject ON subject.n = subject "
                    "WHERE NOT EXISTS (SELECT 1 FROM other.example o WHERE o.id = main.example.id)"
                )
            }
        finally:
            index.connection.execute("DETACH other")

    @property
    def total(self) -> int:
        return self.index.numbers("SELECT count(*) FROM example")[0]

    def origins(self) -> dict[int, list[tuple[str, str, str, str, str]]]:
        """Origins of each differing example: (source, slice, record id, version, licence)."""
        found: dict[int, list[tuple[str, str, str, str, str]]] = defaultdict(list)
        for chunk in _chunks(self.rows):
            marks = ", ".join("?" * len(chunk))
            for number, *origin in self.index.rows(
                "SELECT example, source.text, slice, id, version, licence.text FROM example_record "
                "JOIN record ON record.n = record JOIN term source ON source.n = source "
                f"JOIN term licence ON licence.n = licence WHERE example IN ({marks})",
                chunk,
            ):
                found[number].append(tuple(origin))
        return found

    def passages(self) -> dict[int, list[str]]:
        """Passage ids of each differing example."""
        found: dict[int, list[str]] = defaultdict(list)
        for chunk in _chunks(self.rows):
            marks = ", ".join("?" * len(chunk))
            for number, passage in self.index.rows(
                "SELECT example, id FROM example_passage JOIN passage ON passage.n = passage "
                f"WHERE example IN ({marks})",
                chunk,
            ):
                found[number].append(passage)
        return found


def diff(lineage: Lineage, before: Stored, after: Stored) -> Diff:
    """Compare two kept versions of the data set."""
    old_index, new_index = lineage.index(before), lineage.index(after)
    old, new = _Side(old_index, new_index), _Side(new_index, old_index)
    pairs = _pairs(old, new)
    gone = [n for n in old.rows if n not in pairs]
    changed = set(pairs.values())
    added = [n for n in new.rows if n not in changed]
    causes = Causes(lineage, before.input, after.input)
    tallies = _Tallies(causes)
    tallies.count("gone", old, gone, causes.of_gone)
    tallies.count("added", new, added, causes.of_added)
    tallies.count("changed", new, changed, causes.of_added)
    return Diff(
        before=before.data_version,
        after=after.data_version,
        same=new.total - len(new.rows),
        added=len(added),
        gone=len(gone),
        changed=len(pairs),
        by_source=tallies.table("source"),
        by_kind=tallies.table("kind"),
        by_licence=tallies.table("licence"),
        causes=tallies.table("cause"),
        upstream=causes.changes,
        added_examples=new_index.example_lines(added[:SHOWN]),
        gone_examples=old_index.example_lines(gone[:SHOWN]),
        changed_examples=[
            ChangedExample(
                before=old_index.example_lines([one])[0], after=new_index.example_lines([other])[0]
            )
            for one, other in list(pairs.items())[:SHOWN]
        ],
    )


def _pairs(old: _Side, new: _Side) -> dict[int, int]:
    """Old to new rows that ask the same about the same, each used once."""
    waiting: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, row in new.rows.items():
        waiting[row].append(number)
    found = {}
    for number, row in old.rows.items():
        if waiting.get(row):
            found[number] = waiting[row].pop(0)
    return found


class _Tallies:
    """Counts by group of what was added, gone and changed."""

    def __init__(self, causes: Causes) -> None:
        self.causes = causes
        self.counts: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)

    def count(
        self,
        what: str,
        side: _Side,
        numbers: Iterable[int],
        cause_of: Callable[[list[Origin], list[str]], str],
    ) -> None:
        origins, passages = side.origins(), side.passages()
        for number in numbers:
            kind, source = side.rows[number][:2]
            own = origins.get(number, [])
            self.counts["kind"][kind, what] += 1
            self.counts["source"][source, what] += 1
            for licence in {o[4] for o in own} or {"LicenseRef-medai-authored"}:
                self.counts["licence"][licence, what] += 1
            cause = cause_of([o[:4] for o in own], passages.get(number, []))
            self.counts["cause"][cause, what] += 1

    def table(self, group: str) -> list[Counts]:
        counts = self.counts[group]
        names = sorted({name for name, _ in counts}, key=lambda n: (-sum(counts[n, w] for w in _SORTS), n))
        return [Counts(name=name, **{what: counts[name, what] for what in _SORTS}) for name in names]


_SORTS = ("added", "gone", "changed")


def _chunks(numbers: Iterable[int]) -> Iterable[list[int]]:
    listed = list(numbers)
    return (listed[at : at + _CHUNK] for at in range(0, len(listed), _CHUNK))
