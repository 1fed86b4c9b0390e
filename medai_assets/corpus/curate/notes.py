"""What a curation notes for the next one: by slice what became of it, and which passages others were compared with.

Where since then only passages went that no other was compared with, all else is decided as it was, and only their slices are
written anew. Such is a withdrawal, once the record's text is out of its raw slices. Whatever else changed (a passage that is
new or says something new, the policy, questions, another withdrawn record that a slice still holds) is not answered here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.corpus.curate.compact_columns import Codes, PassageIds
from medai_assets.corpus.curate.curated_slices import SLICE_ASSET, Merged, written
from medai_assets.corpus.curate.decontaminate import Hit
from medai_assets.corpus.curate.funnel import Tally, tally
from medai_assets.corpus.curate.rows import Ints, Leaf, PassageRows
from medai_assets.corpus.curate.screening import Screen
from medai_assets.corpus.curate.steps import STEPS, Compared, Decisions, decontaminated
from medai_assets.corpus.process.signatures import SIGNATURE
from medai_assets.foundation.name_hashes import hash_of
from medai_assets.sources.registry import SOURCES
from medai_assets.storage import Store, Stored, StoreError, content_hash, text_digest

ASSET = "curation_notes"
MOST_COMPARISONS_KEPT = 500_000
WITHDRAWN_BY = ("record_id", "kind", "version", "evidence")  # of WITHDRAWAL, what decides
_SOURCES = list(SOURCES)
_COUNTED = ("step", "reason", "source", "licence")
_GONE = pa.struct(
    [("row", pa.int32()), ("step", pa.int8()), ("reason", pa.string()), ("detail", pa.string())]
)
_TALLY = pa.struct([*((name, pa.string()) for name in _COUNTED), ("count", pa.int64())])
SLICES = pa.schema(
    [
        ("key", pa.string()),
        ("processed", pa.string()),  # its version, and that of the curated slice made of it
        ("curated", pa.string()),
        ("records", pa.large_binary()),  # four bytes of the hash of each row's record
        ("together", pa.large_binary()),  # a bit a row, as ``Decisions`` has it
        ("gone", pa.list_(_GONE)),
        ("heads", pa.list_(pa.int32())),  # rows that carry others' origins
        ("tally", pa.list_(_TALLY)),
    ]
)
COMPARED = pa.schema(
    [
        pa.field("member", pa.string(), nullable=False),
        pa.field("head", pa.string(), nullable=False),
        pa.field("jaccard", pa.float64(), nullable=False),
        pa.field("says_more", pa.bool_(), nullable=False),
    ]
)


class Verdict(NamedTuple):
    """What became of a slice: its curated version, whether that was there already, counts, and its row of SLICES."""

    part: Stored
    reused: bool
    tally: Tally
    noted: pa.Table


@dataclass(frozen=True)
class Verdicts:
    """What became of all slices; near pairs that were kept apart, by reason; and COMPARED."""

    slices: list[Verdict]
    apart: Counter[str]
    compared: pa.Table


class Columns(NamedTuple):
    """Of each passage of a slice: four bytes of its record's hash, the places of its source and, in ``licences``, its licence."""

    records: npt.NDArray[np.uint32]
    source: npt.NDArray[np.integer]
    licence: npt.NDArray[np.integer]
    licences: list[str]

    @classmethod
    def of(cls, rows: PassageRows, leaf: Leaf) -> Columns:
        """Those of a slice among all."""
        records = rows.record[leaf.span].astype(np.uint32)
        return cls(records, rows.source[leaf.span], rows.licence[leaf.span], rows.licences)


def verdict(
    store: Store, leaf: Leaf, decisions: Decisions, own: Merged, columns: Columns, ids: PassageIds, code_version: str
) -> Verdict:  # fmt: skip
    """Write what is left of a slice, and note it.

    Args:
        own: the origins that its rows carry for others.
    """
    part, reused = written(store, leaf, ids, decisions, own, code_version)
    counted = tally(leaf, decisions, columns.source, columns.licence, columns.licences)
    gone = np.flatnonzero(decisions.step[leaf.span] >= 0) + leaf.first
    noted = {
        "key": leaf.key,
        "processed": leaf.stored.data_version,
        "curated": part.data_version,
        "records": columns.records.astype("<u4").tobytes(),
        "together": np.packbits(decisions.together[leaf.span]).tobytes(),
        "gone": [
            (row - leaf.first, decisions.step[row], decisions.reason_of(row), decisions.detail_of(row, ids))
            for row in gone.tolist()
        ],
        "heads": np.unique(own.heads - leaf.first).tolist(),
        "tally": [(*what, count) for what, count in sorted(counted.items())],
    }
    return Verdict(
        part, reused, counted, pa.table([pa.array([noted[f.name]], f.type) for f in SLICES], SLICES)
    )


class Notes:
    """What the last curation noted."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    @classmethod
    def current(cls, store: Store, code_version: str) -> Notes | None:
        """Those of the same code; None where there are none, or they were removed by hand."""
        stored = store.current_if_kept(ASSET, None, lambda receipt: receipt.code_version == code_version)
        return cls(stored) if stored else None

    def comparisons(self) -> Compared:
        """Comparisons of pairs of texts, which spare the next curation reading them."""
        compared = self._stored.table("compared")
        rows = zip(*(compared[name].to_pylist() for name in COMPARED.names))
        return {(member, head): (jaccard, more) for member, head, jaccard, more in rows}

    def still_true(
        self, leaves: Sequence[Leaf], withdrawals: pa.Table, screen: Screen, settings: str
    ) -> Verdicts | None:
        """The verdicts of a curation of these slices; None where only curating them tells.

        Args:
            withdrawals: WITHDRAWAL rows. screen: has looked through the slices. settings: what else decides.
        """
        if self._stored.facts["settings"] != settings:
            return None
        noted = self._stored.table("slices")
        if noted["key"].to_pylist() != [leaf.key for leaf in leaves]:
            return None
        changed = _withdrawn(self._stored.table("withdrawals")) ^ _withdrawn(withdrawals)
        moved = np.array([hash_of(record) & 0xFFFFFFFF for record, *_ in changed], np.uint32)
        versions = noted["processed"].to_pylist()
        found = []
        for number, (leaf, version) in enumerate(zip(leaves, versions)):
            one = self._of_slice(leaf, version, noted.slice(number, 1), screen)
            if one is None or np.isin(_records(one.noted), moved).any():
                return None
            found.append(one)
        return Verdicts(found, Counter(self._stored.facts["apart"]), self._stored.table("compared"))

    def _of_slice(self, leaf: Leaf, version: str, noted: pa.Table, screen: Screen) -> Verdict | None:
        store = self._stored.store
        try:
            curated = store.open(SLICE_ASSET, leaf.key, noted["curated"][0].as_py())
            if leaf.stored.data_version == version:
                told = noted["tally"][0].as_py()
                counted = Counter({tuple(one[name] for name in _COUNTED): one["count"] for one in told})
                return Verdict(curated, True, counted, noted)
            before = store.open(leaf.stored.asset, leaf.stored.partition, version)
            return _smaller(
                store,
                replace(leaf, first=0),
                before,
                curated,
                noted,
                screen,
                self._stored.manifest.code_version,
            )
        except StoreError:  # removed, or damaged: what can be made of the slices is made
            return None


def _smaller(
    store: Store, leaf: Leaf, before: Stored, curated: Stored, noted: pa.Table, screen: Screen, code_version: str
) -> Verdict | None:  # fmt: skip
    """The verdict of a slice of which rows went; None where another one changed, or one that went was compared with others.

    Args:
        before, curated: the slice as it was noted, and what was left of it.
    """
    gone, heads, records = noted["gone"][0].as_py(), noted["heads"][0].as_py(), _records(noted)
    rows = len(records)
    if curated.rows("passages") + curated.rows("removed") != rows:  # erased in its place
        return None
    now = leaf.stored.table("signatures")
    stays = _subsequence(before.table("signatures"), now)
    if stays is None or before.rows("signatures") != rows or len(stays) != leaf.rows:
        return None
    place = np.full(rows, -1)
    place[stays] = np.arange(len(stays))
    together = np.unpackbits(np.frombuffer(noted["together"][0].as_py(), np.uint8), count=rows).astype(bool)
    if (place[together] < 0).any() or not _origins(before, np.flatnonzero(together)).equals(
        _origins(leaf.stored, place[together])
    ):
        return None
    decisions = Decisions.of(leaf.rows)
    decisions.together[:] = together[stays]
    kept = np.ones(rows, bool)
    for one in gone:
        kept[one["row"]] = False
        if (row := int(place[one["row"]])) >= 0:
            decisions.set_aside(row, STEPS[one["step"]], one["reason"], one["detail"] or "")
    if not _screened_alike(decisions, screen.hits(leaf)):
        return None
    carried = _origins(curated, (np.cumsum(kept) - 1)[heads])
    own = Merged(np.repeat(place[heads], pc.list_value_length(carried).to_numpy()), carried.flatten())
    sources, licences = Codes(), Codes()
    source = sources.of(now["source"].combine_chunks())
    source = np.array([_SOURCES.index(name) for name in sources.names], np.int32)[source]
    columns = Columns(records[stays], source, licences.of(now["licence"].combine_chunks()), licences.names)
    nothing = PassageIds(
        np.zeros(0, np.uint64), np.zeros(0, np.uint32)
    )  # decisions tell ids in words already
    return verdict(store, leaf, decisions, own, columns, nothing, code_version)


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


def _screened_alike(decisions: Decisions, hits: Sequence[Hit]) -> bool:
    """Whether the passages that give a benchmark question away are those that went for it."""
    step = STEPS.index("decontamination")
    found = Decisions.of(len(decisions.step))
    decontaminated(found, [hit for hit in hits if not 0 <= decisions.step[hit.row] < step])
    went = np.flatnonzero(decisions.step == step)
    return np.array_equal(went, np.flatnonzero(found.step == step)) and all(
        (decisions.reason_of(row), decisions.detail.get(row)) == (found.reason_of(row), found.detail.get(row))
        for row in went.tolist()
    )


def _origins(stored: Stored, rows: npt.NDArray[np.integer]) -> pa.Array:
    return stored.table("passages", ["origins"])["origins"].take(pa.array(rows, pa.int64())).combine_chunks()


def _records(noted: pa.Table) -> npt.NDArray[np.uint32]:
    return np.frombuffer(noted["records"][0].as_py(), "<u4")


def _withdrawn(table: pa.Table) -> set[tuple[str, ...]]:
    return set(zip(*(table[name].to_pylist() for name in WITHDRAWN_BY)))


def compared_table(compared: Compared) -> pa.Table:
    """COMPARED, of as many as are kept."""
    rows = [(*ids, *values) for ids, values in sorted(compared.items())][:MOST_COMPARISONS_KEPT]
    columns = zip(*rows) if rows else [()] * 4
    return pa.table([pa.array(column, f.type) for column, f in zip(columns, COMPARED)], schema=COMPARED)


def note(store: Store, verdicts: Verdicts, withdrawals: pa.Table, settings: str, code_version: str) -> None:
    """Keep what the next curation may go by."""
    slices = pa.concat_tables([one.noted for one in verdicts.slices])
    deciding = withdrawals.select(list(WITHDRAWN_BY))
    made_of = zip(slices["key"].to_pylist(), slices["processed"].to_pylist())
    with store.draft(ASSET) as draft:
        draft.write_table("slices", slices, SLICES)
        draft.write_table("withdrawals", deciding)
        draft.write_table("compared", verdicts.compared, COMPARED)
        draft.publish(
            data_version=text_digest(
                settings, content_hash(deciding, WITHDRAWN_BY), *(" ".join(one) for one in made_of)
            ),
            code_version=code_version,
            metadata={"settings": settings, "apart": dict(verdicts.apart)},
        )
