"""What a curation notes for the next one: by slice what became of it, and which passages hang together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medai_assets.corpus.curate.curated_slices import Merged, written
from medai_assets.corpus.curate.funnel import Tally, tally
from medai_assets.corpus.curate.rows import Leaf, PassageRows
from medai_assets.corpus.curate.steps import Compared, Decisions
from medai_assets.storage import Store, Stored, content_hash, text_digest

ASSET = "curation_notes"
MOST_COMPARISONS_KEPT = 500_000
WITHDRAWN_BY = ("record_id", "kind", "version", "evidence")  # of WITHDRAWAL, what decides
COUNTED = ("step", "reason", "source", "licence")
_GONE = pa.struct(
    [("row", pa.int32()), ("step", pa.int8()), ("reason", pa.string()), ("detail", pa.string())]
)
_TALLY = pa.struct([*((name, pa.string()) for name in COUNTED), ("count", pa.int64())])
SLICES = pa.schema(
    [
        ("key", pa.string()),
        ("processed", pa.string()),  # its version, and that of the curated slice made of it
        ("curated", pa.string()),
        ("records", pa.large_binary()),  # four bytes of the hash of each row's record
        (
            "groups",
            pa.large_binary(),
        ),  # four bytes of each row: a number that it shares with those it hangs together with
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


def verdict(
    store: Store,
    leaf: Leaf,
    rows: PassageRows,
    decisions: Decisions,
    own: Merged,
    groups: npt.NDArray[np.int32],
    code_version: str,
) -> Verdict:
    """Write what is left of a slice, and note it.

    Args:
        own: the origins that its rows carry for others.
        groups: of each of its rows a number that it shares with those it hangs together with; -1 = with none.
    """
    ids = rows.passage_ids
    part, reused = written(store, leaf, ids, decisions, own, code_version)
    counted = tally(leaf, decisions, rows.source[leaf.span], rows.licence[leaf.span], rows.licences)
    gone = np.flatnonzero(decisions.step[leaf.span] >= 0) + leaf.first
    noted = {
        "key": leaf.key,
        "processed": leaf.stored.data_version,
        "curated": part.data_version,
        "records": rows.record[leaf.span].astype("<u4").tobytes(),
        "groups": groups.astype("<i4").tobytes(),
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
        self.stored = stored

    @classmethod
    def current(cls, store: Store, code_version: str) -> Notes | None:
        """Those of the same code; None where there are none, or they were removed by hand."""
        stored = store.current_if_kept(ASSET, None, lambda receipt: receipt.code_version == code_version)
        return cls(stored) if stored else None

    def comparisons(self) -> Compared:
        """Comparisons of pairs of texts, which spare the next curation reading them."""
        compared = self.stored.table("compared")
        rows = zip(*(compared[name].to_pylist() for name in COMPARED.names))
        return {(member, head): (jaccard, more) for member, head, jaccard, more in rows}


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
