"""Candidates to the rows of the data set: what the set as a whole says, then the mixture, then the split, in a stable order.

Everything here is a function of the candidates and the mixture; nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from medai_assets.foundation.rows import ExampleRow, RemovedRow
from medai_assets.foundation.schemas import EXAMPLE, REMOVED
from medai_assets.instructions.choice import number
from medai_assets.instructions.dataset.candidates import Candidates
from medai_assets.instructions.dataset.checks import Forbidden, row_faults
from medai_assets.instructions.dataset.mixture import choose_examples
from medai_assets.instructions.dataset.sample import AGAIN, BEYOND, Candidate
from medai_assets.instructions.dataset.set_aside import REVIEWED, SetAsideTally
from medai_assets.instructions.dataset.split import STRADDLES, split_rows
from medai_assets.instructions.forms.form import AFTER_LABEL, NAME_LABEL, declared
from medai_assets.instructions.forms.rewritten import in_other_words
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.proof import example_of
from medai_assets.verification.whole_set import against_set

NO_FAULTS: Mapping[str, str] = MappingProxyType({})
Rewrites = Mapping[str, Mapping[str, Any]]
NO_REWRITES: Rewrites = MappingProxyType({})


@dataclass
class Built:
    """The rows of the data set (EXAMPLE), what is not in it (REMOVED: passages that made none, examples set aside), and counts.

    Attributes:
        reviewed: example id -> kind, of those that a reviewer found at fault.
        cut: kind -> reason -> examples that the mixture or the split left out.
        candidates: kind -> examples made, those set aside among them.
        unused: reason -> passages that made no example.
        not_formed: (form, reason) -> examples that stayed plain, though they were chosen for the form.
    """

    rows: list[ExampleRow]
    removed: pa.Table
    cut: dict[str, dict[str, int]] = field(default_factory=dict)
    candidates: dict[str, int] = field(default_factory=dict)
    set_aside: SetAsideTally = field(default_factory=SetAsideTally)
    not_formed: Counter[tuple[str, str]] = field(default_factory=Counter)
    reviewed: dict[str, str] = field(default_factory=dict)
    unused: Counter[str] = field(default_factory=Counter)

    @property
    def table(self) -> pa.Table:
        return pa.Table.from_pylist(self.rows, schema=EXAMPLE)


def never_shown(
    unshown: Iterable[RemovedRow], unused: Counter[str], shown: Container[str]
) -> Iterator[RemovedRow]:
    """Of the rows of passages that a prompt might show, those that none shows; ``unused`` loses the others."""
    for row in unshown:
        if row["passage_id"] in shown:
            unused[row["reason"]] -= 1
        else:
            yield row


def mixed_and_split(
    candidates: Candidates,
    faults: Mapping[str, str] = NO_FAULTS,
    banned: Forbidden | None = None,
    rewrites: Rewrites = NO_REWRITES,
) -> Built:
    """The data set of the candidates and of what people wrote; what the set as a whole speaks against is ``removed``.

    Args:
        rewrites: example id -> its question in other words (REWRITE); for training it is asked so where it has no other form.
    """
    mixture = candidates.mixture
    _add_authored(candidates)
    held = [_asked_otherwise(one, rewrites) for one in candidates.sample.held()]
    again = candidates.sample.count_again()
    made, cut = _made(candidates, again), _cut(candidates, held, again)
    held = _allowed(held, candidates, banned or Forbidden())
    held.sort(key=lambda one: one.row["example_id"])
    held, reviewed = _approved(held, candidates, faults)
    held = _once(held, candidates)
    proven = {one.row["example_id"] for one in held}
    rows, groups = [one.row for one in held], [one.group for one in held]
    chosen = choose_examples(rows, groups, mixture)
    split = split_rows([rows[p] for p in chosen.kept], [groups[p] for p in chosen.kept], mixture)
    for kind, reasons in chosen.cut.items():
        cut[kind].update(reasons)
    sides: dict[str, list[Candidate]] = {"train": [], "validation": []}
    for position, (place, side) in enumerate(zip(chosen.kept, split.splits)):
        if side is None:
            cut[rows[place]["kind"]][split.cut[position]] += 1
        else:
            sides[side].append(held[place])
    kept = []
    for row in _told(sides["train"], sides["validation"], proven, mixture.text_in_hand):
        in_hand = row["kind"] in mixture.text_in_hand and not row["authored"]
        if in_hand and NAME_LABEL not in declared(row):
            cut[row["kind"]][STRADDLES] += 1
        else:
            kept.append(row)
    kept.sort(key=lambda row: (row["split"], number(mixture.seed, "order", row["example_id"])))
    return Built(
        kept,
        pa.Table.from_pylist(candidates.set_aside.removed, schema=REMOVED),
        {kind: dict(sorted(left.items())) for kind, counts in cut.items() if (left := +counts)},
        dict(sorted(made.items())),
        candidates.set_aside,
        candidates.tally.not_formed,
        reviewed,
        candidates.tally.unused,
    )


def _asked_otherwise(one: Candidate, rewrites: Rewrites) -> Candidate:
    rewrite = rewrites.get(one.row["example_id"])
    return replace(one, formed=in_other_words(one.row, rewrite)) if rewrite and one.formed is None else one


def _add_authored(candidates: Candidates) -> None:
    """Add what people wrote for the setting."""
    for kind in KINDS.values():
        for key, row in kind.authored(candidates.setting.place) if kind.authored else ():
            candidates.tally.proven[row["kind"]] += 1
            candidates.sample.add(Candidate(row, f"authored:{key}"))


def _made(candidates: Candidates, again: Counter[str]) -> Counter[str]:
    """Kind -> examples that the rules made, each once, those set aside so far among them."""
    found = candidates.tally.proven - again
    for kind, counts in candidates.set_aside.counts.items():
        found[kind] += counts.total()
    return found


def _cut(candidates: Candidates, held: list[Candidate], again: Counter[str]) -> dict[str, Counter[str]]:
    """Kind -> reason -> examples that never came before the mixture."""
    cut = {kind: Counter[str]() for kind in KINDS}
    for (kind, why), count in sorted(candidates.tally.refused.items()):
        cut[kind][why] += count
    counted = Counter(one.row["kind"] for one in held)
    for kind in KINDS:
        cut[kind][AGAIN] += again[kind]
        cut[kind][BEYOND] += candidates.tally.proven[kind] - again[kind] - counted[kind]
    return cut


def _allowed(held: Iterable[Candidate], candidates: Candidates, banned: Forbidden) -> list[Candidate]:
    """The candidates that use nothing banned, and in another form only where that does not either."""
    left = []
    for one in held:
        if fault := next(iter(row_faults(one.row, candidates.mixture, banned)), None):
            candidates.set_aside.add(one.row, *fault)
            continue
        if one.formed and (found := row_faults(one.formed, candidates.mixture, banned)):
            candidates.tally.not_formed[declared(one.formed)[NAME_LABEL], found[0][1]] += 1
            one = replace(one, formed=None)
        left.append(one)
    return left


def _told(
    train: Sequence[Candidate],
    validation: Sequence[Candidate],
    proven: set[str],
    text_in_hand: Collection[str],
) -> list[ExampleRow]:
    """The examples of both sides with their split, in their forms where what these show too stands on one side only.

    Args:
        proven: ids of examples that may be said before another.
        text_in_hand: kinds that are held out in their form as well.
    """
    asked = _rests_on(one.row for one in validation)
    learned = [_on("train", _formed(one, proven, asked)) for one in train]
    taught = _rests_on(learned)
    return learned + [
        _on("validation", _formed(one, proven, taught) if one.row["kind"] in text_in_hand else one.row)
        for one in validation
    ]


def _on(side: str, row: ExampleRow) -> ExampleRow:
    return {**row, "split": side}


def _formed(candidate: Candidate, proven: set[str], other_side: set[str]) -> ExampleRow:
    """The example in its form, if it has one, what is said before it is proven, and nothing of it is on the other side."""
    row = candidate.row
    formed = candidate.formed or row
    is_proven = declared(formed).get(AFTER_LABEL, row["example_id"]) in proven
    return formed if is_proven and not _rests_on([formed]) & other_side else row


def _rests_on(rows: Iterable[ExampleRow]) -> set[str]:
    """Passages and records of the rows."""
    return {name for row in rows for name in (*row["passage_ids"], *(o["record_id"] for o in row["origins"]))}


def _approved(
    held: list[Candidate], candidates: Candidates, faults: Mapping[str, str]
) -> tuple[list[Candidate], dict[str, str]]:
    """The examples that no reviewer found at fault, plain or as they are told, and the kinds of those that one did."""
    reviewed: dict[str, str] = {}
    left = []
    for one in held:
        names = ((one.formed or one.row)["example_id"], one.row["example_id"])
        read = next((name for name in names if name in faults), None)
        if read is None:
            left.append(one)
        else:
            candidates.set_aside.add(one.row, REVIEWED, faults[read])
            reviewed[read] = one.row["kind"]
    return left, reviewed


def _once(held: list[Candidate], candidates: Candidates) -> list[Candidate]:
    """The examples that the set as a whole says nothing against: a planted sentence, a dose of its own, what is said twice."""
    examples = [example_of(one.row, candidates.setting.country) for one in held]
    subjects, groups = [one.row["subject"] for one in held], [one.group for one in held]
    repeated = against_set(examples, subjects, groups, candidates.mixture.near_duplicate_jaccard)
    for position, finding in repeated.items():
        candidates.set_aside.add(held[position].row, *finding)
    return [one for position, one in enumerate(held) if position not in repeated]
