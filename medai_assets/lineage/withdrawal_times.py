"""How long withdrawals take: from the stated day, to the day they became known here, to the first data set without the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import UTC, datetime, timedelta

import msgspec

from medai_assets.foundation.plurals import counted
from medai_assets.lineage.versions import CORPUS, DATASET
from medai_assets.sources.take_down_history import Entry, history
from medai_assets.storage import Receipt, Store, Stored
from medai_assets.withdrawals.current import ASSET, TAKE_DOWN, Withdrawn

IN_TIME = timedelta(days=7)  # from when a withdrawal is known to a data set without it
WHOLE = "whole"  # in place of a kind: a withdrawal of every version of a record
Key = tuple[str, str]


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """One withdrawal; times are ISO 8601, and ``out_at`` is None as long as no data set was made without the record.

    ``out_at`` is ``known_at`` where the data set of that time was already made without it: the record had been withdrawn before.
    """

    record_id: str
    kind: str
    stated_at: str | None  # the day that the publisher or the person states
    known_at: str
    out_at: str | None

    def waited(self, now: datetime) -> timedelta:
        """From when it was known to the first data set without it, or until now."""
        return (_instant(self.out_at) if self.out_at else now) - _instant(self.known_at)

    def since_stated(self, now: datetime) -> timedelta | None:
        """From the stated day to the first data set without it, or until now; None where no day is stated."""
        stated = _instant(self.stated_at) if self.stated_at else None
        return (_instant(self.out_at) if self.out_at else now) - stated if stated else None

    def in_words(self, now: datetime) -> str:
        """How long it took or has taken, in words; the stated day is named where it lies before the day it was known."""
        if self.out_at == self.known_at:
            return "already without it"
        wait = f"{'after' if self.out_at else 'waiting for'} {_span(self.waited(now))}"
        stated = self.since_stated(now)
        if stated is None or (self.stated_at or "") >= self.known_at[:10]:
            return wait
        return f"{wait}, {counted(stated.days, 'day')} after the day stated"


def withdrawal_timings(
    store: Store, withdrawals: Stored | None = None, made_of: str | None = None
) -> list[Timing]:
    """Every withdrawal, of the current table or entered since, those that wait longest first.

    Args:
        withdrawals: a version to take in place of the current one, which it is about to become.
        made_of: version of the corpus of a data set that is about to become the current one.

    Raises:
        StoreError: a version is damaged.
    """
    rows = Withdrawn.now(store, None, withdrawals).rows
    known = _known(store) if rows else {}
    made = list(_made_under(store, made_of)) if rows else []
    found = []
    for row in rows:
        key = (row["record_id"], row["kind"])
        known_at = known.get(key) or store.now()
        out_at = _out_at(made, {key, (row["record_id"], WHOLE)}, known_at)
        found.append(
            Timing(
                record_id=row["record_id"],
                kind=row["kind"],
                stated_at=_day(row["reported_at"]),
                known_at=known_at,
                out_at=out_at,
            )
        )
    return sorted(found, key=lambda one: (one.out_at is not None, one.known_at, one.record_id))


def _out_at(made: Sequence[tuple[str, frozenset[Key]]], either: Set[Key], known_at: str) -> str | None:
    """When the record was first out, from when its withdrawal was known: at once where it had been left out already."""
    before = [keys for at, keys in made if at < known_at]
    if before and either & before[-1]:
        return known_at
    return next((at for at, keys in made if at >= known_at and either & keys), None)


def late(found: Sequence[Timing], now: datetime | None = None) -> list[Timing]:
    """Withdrawals that still wait, and have been known for longer than ``IN_TIME``."""
    now = now or datetime.now(UTC)
    return [one for one in found if one.out_at is None and one.waited(now) > IN_TIME]


def entered_by(entry: Entry) -> str:
    """Who entered something, on which host, and for whom."""
    said = "" if entry.reported_by in ("", entry.actor) else f" for {entry.reported_by}"
    return f"{entry.actor} on {entry.host}{said}"


def _span(time: timedelta) -> str:
    """A time to its largest unit: minutes below two hours, hours below two days."""
    minutes = round(time / timedelta(minutes=1))
    if minutes < 2 * 60:
        return counted(max(minutes, 1), "minute")
    return counted(minutes // 60, "hour") if minutes < 2 * 24 * 60 else counted(minutes // (24 * 60), "day")


def _known(store: Store) -> dict[Key, str]:
    """When each withdrawal was first known: entered here, or told by a source when the table was made."""
    found: dict[Key, str] = {}
    for receipt in store.receipts(ASSET):
        for key in _named(store, receipt.data_version):
            found.setdefault(key, receipt.finished_at)
    for entry in history(store):
        if entry.action == "withdrawn":  # the last one counts: what was taken back between is not waited for
            found[entry.record_id, TAKE_DOWN] = entry.at
    return found


def _made_under(store: Store, made_of: str | None) -> Iterator[tuple[str, frozenset[Key]]]:
    """When each data set was made, oldest first, and the withdrawals that its corpus obeyed."""
    corpora = store.receipts(CORPUS)
    made: list[tuple[str, Set[str | None]]] = [
        (receipt.finished_at, {i.data_version for i in receipt.inputs if i.asset == CORPUS})
        for receipt in store.receipts(DATASET)
    ]
    for at, used in [*made, (store.now(), {made_of})]:
        fitting = [c for c in corpora if c.data_version in used]
        # None is before where the clock of the host that made the corpus is ahead.
        before = [c for c in fitting if c.finished_at <= at] or fitting[:1]
        if before and (version := _withdrawals_of(before[-1])):
            yield at, _named(store, version)


def _withdrawals_of(corpus: Receipt) -> str | None:
    return next((i.data_version for i in corpus.inputs if i.asset == ASSET), None)


def _named(store: Store, data_version: str) -> frozenset[Key]:
    """Withdrawals of one version of the table, and which records they take out whole; none where it is no longer kept."""
    if not store.holds(ASSET, None, data_version):
        return frozenset()
    rows = (
        store.open(ASSET, None, data_version)
        .table("withdrawals", ["record_id", "kind", "version"])
        .to_pylist()
    )
    whole = {(row["record_id"], WHOLE) for row in rows if not row["version"]}
    return frozenset({(row["record_id"], row["kind"]) for row in rows} | whole)


def _day(stated: str | None) -> str | None:
    """The stated day in full; sources state some as a year or a month alone, which give no time."""
    try:
        return datetime.fromisoformat(stated or "").date().isoformat()
    except ValueError:
        return None


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
