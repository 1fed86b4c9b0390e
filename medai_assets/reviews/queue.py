"""What is to be read next of a data set version, and what may be concluded of it from the verdicts that stand now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.rows import ReviewRow
from medai_assets.reviews.history import latest_verdicts
from medai_assets.reviews.sampling import Bound, bounds, in_random_order, to_read
from medai_assets.storage import Stored
from medai_assets.storage.store import Store

SHARE = 0.05  # of faulty ones, which a full sample without a fault excludes


def to_be_read(
    store: Store, dataset: Stored, kind: str | None = None, share: float = SHARE
) -> list[dict[str, Any]]:
    """Examples (EXAMPLE) that a sample still lacks, kind by kind, in the order of drawing."""
    wanted = list(unreviewed(dataset, latest_verdicts(store), kind, share))
    table = dataset.table("examples", filter=pc.field("example_id").isin(pa.array(wanted, pa.string())))
    rows = {row["example_id"]: row for row in table.to_pylist()}
    return [rows[one] for one in wanted]


def unreviewed(
    dataset: Stored, reviews: list[ReviewRow], kind: str | None = None, share: float = SHARE
) -> Iterator[str]:
    """Ids of the examples that a sample still lacks."""
    read = {review["example_id"] for review in reviews}
    for name, ids in _by_kind(dataset).items():
        if kind in (None, name):
            order = in_random_order(ids)
            yield from (one for one in order[: to_read(len(order), share)] if one not in read)


def current_bounds(store: Store, dataset: Stored) -> list[Bound]:
    """Bounds of a data set version by the verdicts that stand; those made known since are counted too."""
    reviews = latest_verdicts(store)
    kinds = _kinds(dataset)
    return bounds(kinds, [one for one in reviews if one["example_id"] in kinds])


def unknown(dataset: Stored, example_ids: Iterable[str]) -> list[str]:
    """Ids that no example of a data set version has or had before readers found it faulty."""
    known = _kinds(dataset)
    return [one for one in example_ids if one not in known]


def _kinds(dataset: Stored) -> dict[str, str]:
    """Example id to kind, of those in the data set and those that readers took out of it."""
    found = {one: kind for kind, ids in _by_kind(dataset).items() for one in ids}
    found |= dataset.facts.get("reviewed", {})
    return found


def progress(dataset: Stored, reviews: list[ReviewRow], share: float = SHARE) -> dict[str, tuple[int, int]]:
    """Kind to how many of its sample were read, and how many there are to read."""
    read = Counter[str]()
    wanted = {}
    known = {review["example_id"] for review in reviews}
    for kind, ids in _by_kind(dataset).items():
        order = in_random_order(ids)
        chosen = order[: to_read(len(order), share)]
        read[kind], wanted[kind] = sum(one in known for one in chosen), len(chosen)
    return {kind: (read[kind], wanted[kind]) for kind in wanted}


def _by_kind(dataset: Stored) -> dict[str, list[str]]:
    table = dataset.table("examples", ["example_id", "kind"])
    found: dict[str, list[str]] = {}
    for example_id, kind in zip(table["example_id"].to_pylist(), table["kind"].to_pylist()):
        found.setdefault(kind, []).append(example_id)
    return dict(sorted(found.items()))
