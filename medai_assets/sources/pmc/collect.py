"""PMC's open-access articles: a slice is all whose PMCIDs begin with certain digits.

A refresh lists the slice, and asks only for articles that were modified since the list before: the others are copied. Of
an article's versions the newest counts. What is refused (its licence, scanned text, a notice) is listed with the reason.
The payload is the article's JATS XML as it came.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import Collection
from medai_assets.sources.one_record import read_or_reject
from medai_assets.sources.pmc.fetch import ASKED_AGAIN, article
from medai_assets.sources.pmc.listing import Entry, ObjectList
from medai_assets.sources.records import Item, RawRecord, Rejected

OLDER = "older version of the article"


def collect(slice: Slice, context: Collection) -> Iterator[Item]:
    """All articles of the slice whose licence is open; retractions, also those that a notice names.

    Raises:
        ReplyInvalid: the list of objects is not what Amazon documents.
    """
    objects, held = ObjectList(context, slice.query), _Held.of(context)
    kept: set[str] = set()
    records = 0
    for versions in objects.articles():
        if context.limit is not None and records >= context.limit:
            break
        newest = max(versions, key=lambda entry: entry.version)
        yield from (_older(entry, newest) for entry in versions if entry is not newest)
        if held.is_unchanged(newest):
            yield from held.rejected.get(newest.record_id, ())
            kept.add(newest.record_id)
            records += newest.record_id in held.records
            continue
        context.progress(records, context.limit, newest.name)
        read = read_or_reject(
            partial(lambda one: list(article(one, context)), newest), record_id=newest.record_id
        )
        for item in [read] if isinstance(read, Rejected) else read:
            records += isinstance(item, RawRecord)
            yield item
    yield from context.copied(kept, ("records", "aliases"))
    for key in objects.strange:
        yield Rejected(reason="not an article's metadata", detail=key, expected=True)
    if objects.as_of is not None:
        context.new_validators["as_of"] = objects.as_of.isoformat()


class _Held:
    """What the version before holds, if it may be copied from."""

    def __init__(self, context: Collection, as_of: datetime | None) -> None:
        self._as_of = as_of
        self.records: dict[str, str] = {}
        self.rejected: dict[str, list[Rejected]] = {}
        previous = context.previous
        if previous is None or as_of is None:
            return
        rows = previous.table("records", columns=["record_id", "version"]).to_pylist()
        self.records = {row["record_id"]: row["version"] for row in rows}
        for row in previous.table("rejected").drop(["source", "slice"]).to_pylist():
            if row["record_id"] and row["reason"] != OLDER:
                self.rejected.setdefault(row["record_id"], []).append(Rejected(**row, expected=True))

    @classmethod
    def of(cls, context: Collection) -> _Held:
        stated = context.validators.get("as_of")
        return cls(context, datetime.fromisoformat(stated) if stated else None)

    def is_unchanged(self, entry: Entry) -> bool:
        """Whether the article is there or set aside as it still is."""
        if self._as_of is None or entry.modified > self._as_of:
            return False
        aside = self.rejected.get(entry.record_id, [])
        if any(row.reason in ASKED_AGAIN for row in aside):
            return False
        return bool(aside) or self.records.get(entry.record_id) == str(entry.version)


def _older(entry: Entry, newest: Entry) -> Rejected:
    detail = f"version {entry.version}; the newest is {newest.version}"
    return Rejected(reason=OLDER, record_id=entry.record_id, detail=detail, expected=True)
