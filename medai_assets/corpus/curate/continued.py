"""What the notes of the last curation spare this one.

Where since then passages only went, or records were withdrawn, all that hangs together with them is decided again, and all
else is as it was: the others were never compared with any of them. Whatever else changed (a passage that is new or says
something new, the policy, questions, a withdrawal that was taken back, an older version that is the newest now) is not answered
here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.corpus.curate.curated_slices import SLICE_ASSET, Merged, merged_origins
from medai_assets.corpus.curate.deciding import ELSEWHERE, Decided, Deciding
from medai_assets.corpus.curate.decontaminate import Hit
from medai_assets.corpus.curate.notes import (
    COMPARED,
    COUNTED,
    WITHDRAWN_BY,
    Notes,
    Verdict,
    Verdicts,
    compared_table,
    verdict,
)
from medai_assets.corpus.curate.rows import Ints, Leaf, PassageRows
from medai_assets.corpus.curate.screening import Screen
from medai_assets.corpus.curate.steps import STEPS, Compared, Decisions
from medai_assets.corpus.process.signatures import SIGNATURE
from medai_assets.foundation.name_hashes import hash_of
from medai_assets.storage import Stored, StoreError

# Share of all passages in the slices that are looked at again; where it is more, all of it costs about as much.
MOST_DECIDED_AGAIN, FEW_ROWS = 0.2, 100_000


def continued(
    notes: Notes, leaves: Sequence[Leaf], withdrawals: pa.Table, deciding: Deciding, settings: str
) -> Verdicts | None:
    """The verdicts of a curation of these slices; None where only curating all of them tells.

    Args:
        withdrawals: WITHDRAWAL rows. settings: what else decides, as noted.
    """
    noted = notes.stored.table("slices")
    if notes.stored.facts["settings"] != settings or noted["key"].to_pylist() != [one.key for one in leaves]:
        return None
    was_withdrawn = notes.stored.table("withdrawals")
    before, now = _withdrawn(was_withdrawn), _withdrawn(withdrawals)
    try:
        slices = [_Slice.of(leaf, noted.slice(n, 1), _hashes(now - before)) for n, leaf in enumerate(leaves)]
        if any(one is None or np.isin(one.records, _hashes(before - now)).any() for one in slices):
            return None
        return _decided(notes.stored, [one for one in slices if one], withdrawals, deciding)
    except StoreError:  # what was noted was removed, or is damaged: what can be made of the slices is made
        return None


def _decided(
    noted: Stored, slices: list[_Slice], withdrawals: pa.Table, deciding: Deciding
) -> Verdicts | None:
    groups = np.unique(np.concatenate([one.groups[one.moved] for one in slices]))
    for one in slices:
        one.moved |= np.isin(one.groups, groups[groups >= 0])
    touched = [one for one in slices if one.is_another or one.moved.any()]
    rows = sum(len(one.moved) for one in slices)
    if sum(len(one.moved) for one in touched) > max(rows * MOST_DECIDED_AGAIN, FEW_ROWS):
        return None
    apart, compared = Counter(noted.facts["apart"]), noted.table("compared")
    redone: dict[str, Verdict] = {}
    if touched:
        if not all(one.says_the_same(deciding.screen) for one in touched):
            return None
        was = deciding.of(
            _in_a_row([one.before for one in touched]),
            noted.table("withdrawals"),
            np.concatenate([one.moved for one in touched]),
        )
        again = deciding.of(
            _in_a_row([one.leaf for one in touched]),
            withdrawals,
            np.concatenate([one.moved[one.stays] for one in touched]),
        )
        were = np.concatenate([leaf.first + one.stays for leaf, one in zip(was.rows.leaves, touched)])
        if not _is_as_noted(was, touched) or not _newcomers_are_known(was, again, were):
            return None
        apart = apart - was.apart + again.apart
        compared = _exchanged(compared, was.compared, again.compared)
        redone = _written(noted, touched, again)
    told = [redone.get(one.leaf.key) or one.kept() for one in slices]
    return Verdicts(told, +apart, compared)


def _is_as_noted(was: Decided, touched: list[_Slice]) -> bool:
    """Whether what is decided again of the slices as they were is what was noted."""
    steps = np.full(len(was.rows), -1, np.int8)
    for leaf, one in zip(was.rows.leaves, touched):
        steps[[leaf.first + gone["row"] for gone in one.gone]] = [gone["step"] for gone in one.gone]
    concerned = was.decisions.step != ELSEWHERE
    return np.array_equal(steps[concerned], was.decisions.step[concerned])


def _newcomers_are_known(was: Decided, again: Decided, were: Ints) -> bool:
    """Whether each passage that comes as far as a comparison now, and did not before, says what another one said that did.

    Else it was never looked for with what else it may hang together with: an older version, or one beyond a template's few.

    Args:
        were: of each row that there is the row that it was.
    """
    exact, template, near = (STEPS.index(name) for name in ("exact_duplicate", "template", "near_duplicate"))
    before, now = (np.where(one.decisions.step < 0, near, one.decisions.step) for one in (was, again))
    concerned = before != ELSEWHERE
    if (concerned[were] & (before[were] < exact) & (now >= exact)).any():
        return False
    for step, of in ((template, _text_and_template), (near, _text)):
        came = np.flatnonzero(concerned[were] & (before[were] < step) & (now >= step))
        known = set(of(was.rows, np.flatnonzero(concerned & (before >= step))))
        if not known.issuperset(of(again.rows, came)):
            return False
    return True


def _text(rows: PassageRows, wanted: Ints) -> Iterator[tuple[int, ...]]:
    ids = rows.passage_ids
    return zip(ids.high[wanted].tolist(), ids.low[wanted].tolist())


def _text_and_template(rows: PassageRows, wanted: Ints) -> Iterator[tuple[int, ...]]:
    """Of those that a template could hold."""
    wanted = wanted[(rows.template[wanted] != 0) & (rows.subject[wanted] >= 0)]
    return ((*text, code) for text, code in zip(_text(rows, wanted), rows.template[wanted].tolist()))


def _written(noted: Stored, touched: list[_Slice], again: Decided) -> dict[str, Verdict]:
    store, code_version = noted.store, noted.manifest.code_version
    rows, decisions, found = again.rows, again.decisions, {}
    merged = merged_origins(rows, decisions)
    for one, leaf in zip(touched, rows.leaves):
        one.decide(decisions, leaf.first)
    for one, leaf in zip(touched, rows.leaves):
        own = one.carried(leaf.first).beside(merged.of(leaf, decisions))
        groups = one.groups[one.stays]
        found[leaf.key] = verdict(store, leaf, rows, decisions, own, groups, code_version)
    return found


@dataclass
class _Slice:
    """A slice as it was noted and as it is.

    Attributes:
        leaf, before: as it is, and as it was.
        noted: its row of SLICES. records, groups: of each row that there was, as in SLICES.
        stays: the row that each row was.
        moved: rows of those that there were which went, are withdrawn now, or (later) hang together with such.
    """

    leaf: Leaf
    before: Leaf
    noted: pa.Table
    records: npt.NDArray[np.uint32]
    groups: npt.NDArray[np.int32]
    stays: Ints
    moved: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, leaf: Leaf, noted: pa.Table, withdrawn: npt.NDArray[np.uint32]) -> _Slice | None:
        """None where not every row was there before.

        Raises:
            StoreError: the slice as it was is gone.
        """
        version, before = noted["processed"][0].as_py(), leaf
        records = np.frombuffer(noted["records"][0].as_py(), "<u4")
        groups = np.frombuffer(noted["groups"][0].as_py(), "<i4")
        stays: Ints | None = np.arange(len(records))
        if version != leaf.stored.data_version:
            was = leaf.stored.store.open(leaf.stored.asset, leaf.stored.partition, version)
            before = Leaf(leaf.key, was, 0, was.rows("passages"))
            stays = _subsequence(was.table("signatures"), leaf.stored.table("signatures"))
        if (
            stays is None or before.rows != len(records) or len(stays) != leaf.rows
        ):  # the former: erased in its place
            return None
        moved = np.isin(records, withdrawn)
        moved |= ~np.isin(np.arange(len(records)), stays) if len(stays) < len(records) else False
        return cls(leaf, before, noted, records, groups, stays, moved)

    @property
    def is_another(self) -> bool:
        """Whether it was processed anew."""
        return self.before is not self.leaf

    @cached_property
    def curated(self) -> Stored:
        """What was left of it."""
        return self.leaf.stored.store.open(SLICE_ASSET, self.leaf.key, self.noted["curated"][0].as_py())

    @cached_property
    def gone(self) -> list[dict[str, Any]]:
        """Rows that were taken out, as noted."""
        found: list[dict[str, Any]] = self.noted["gone"][0].as_py()
        return found

    def kept(self) -> Verdict:
        """The verdict that was noted."""
        told = self.noted["tally"][0].as_py()
        counted = Counter({tuple(one[name] for name in COUNTED): one["count"] for one in told})
        return Verdict(self.curated, True, counted, self.noted)

    @cached_property
    def _still(self) -> npt.NDArray[np.bool_]:
        """Rows of those that there are for which what was decided holds."""
        still: npt.NDArray[np.bool_] = ~self.moved[self.stays]
        return still

    def says_the_same(self, screen: Screen) -> bool:
        """Whether the rows for which what was decided holds have the same hits, and bring others the same origins."""
        if self.curated.rows("passages") + self.curated.rows("removed") != len(self.records):
            return False  # erased in its place
        if not self.is_another:
            return True
        linked = np.flatnonzero(self._still & (self.groups[self.stays] >= 0))
        hits = [
            {hit.row: hit for hit in screen.hits(replace(leaf, first=0))} for leaf in (self.before, self.leaf)
        ]
        found = [[told.get(row) for row in rows.tolist()] for told, rows in zip(hits, self._both())]
        return [_without_row(hit) for hit in found[0]] == [
            _without_row(hit) for hit in found[1]
        ] and _origins(self.before.stored, self.stays[linked]).equals(_origins(self.leaf.stored, linked))

    def _both(self) -> tuple[Ints, Ints]:
        """The rows for which what was decided holds: as they were, as they are."""
        are = np.flatnonzero(self._still)
        return self.stays[are], are

    def _place(self) -> Ints:
        """Of each row that there was its row now; -1 where it is decided again."""
        place = np.full(len(self.records), -1)
        was, are = self._both()
        place[was] = are
        return place

    def decide(self, decisions: Decisions, first: int) -> None:
        """Enter what was decided and holds; ``first`` is the row of the first passage among all."""
        place = self._place()
        decisions.step[first : first + len(self.stays)][self._still] = -1
        for one in self.gone:
            if (row := int(place[one["row"]])) >= 0:
                decisions.set_aside(first + row, STEPS[one["step"]], one["reason"], one["detail"] or "")

    def carried(self, first: int) -> Merged:
        """The origins that rows carry for others as they did."""
        kept = np.ones(len(self.records), bool)
        kept[[one["row"] for one in self.gone]] = False
        place, heads = self._place(), np.array(self.noted["heads"][0].as_py(), np.int64)
        heads = heads[place[heads] >= 0]
        origins = _origins(self.curated, (np.cumsum(kept) - 1)[heads])
        return Merged(
            np.repeat(first + place[heads], pc.list_value_length(origins).to_numpy()), origins.flatten()
        )


def _in_a_row(leaves: Sequence[Leaf]) -> list[Leaf]:
    """The slices as if there were no others."""
    found, first = [], 0
    for leaf in leaves:
        found.append(replace(leaf, first=first))
        first += leaf.rows
    return found


def _subsequence(before: pa.Table, now: pa.Table) -> Ints | None:
    """The row that each row was; None where one of them was not there, or not in this order."""
    if before.schema.names != SIGNATURE.names or now.schema.names != SIGNATURE.names:
        return None
    was, is_now = (zip(*(table[name].to_pylist() for name in SIGNATURE.names)) for table in (before, now))
    numbered, stays = enumerate(was), []
    for row in is_now:
        found = next((number for number, one in numbered if one == row), None)
        if found is None:
            return None
        stays.append(found)
    return np.array(stays, np.int64)


def _without_row(hit: Hit | None) -> Hit | None:
    return hit and replace(hit, row=0)


def _origins(stored: Stored, rows: Ints) -> pa.Array:
    return stored.table("passages", ["origins"])["origins"].take(pa.array(rows, pa.int64())).combine_chunks()


def _withdrawn(table: pa.Table) -> set[tuple[str, ...]]:
    return set(zip(*(table[name].to_pylist() for name in WITHDRAWN_BY)))


def _hashes(withdrawn: set[tuple[str, ...]]) -> npt.NDArray[np.uint32]:
    return np.array([hash_of(record) & 0xFFFFFFFF for record, *_ in withdrawn], np.uint32)


def _exchanged(compared: pa.Table, was: Compared, are: Compared) -> pa.Table:
    """COMPARED with some comparisons in the place of others."""
    if was == are:
        return compared
    rows = zip(*(compared[name].to_pylist() for name in COMPARED.names))
    kept: Compared = {
        (member, head): (jaccard, more) for member, head, jaccard, more in rows if (member, head) not in was
    }
    return compared_table(kept | are)
