"""Collecting one slice: from the collector's items to a published version, or to a clear refusal.

What belongs here: what is the same for all upstreams: journal, checks, data version, report. What an upstream is
asked for, and how its records are read, stands in its own module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.slices import Slice
from medai_assets.settings import Settings
from medai_assets.sources.one_record import PASSED_ON, words_of
from medai_assets.sources.records import Copy, Item
from medai_assets.sources.registry import SOURCES, upstream
from medai_assets.sources.tables import RawTables
from medai_assets.sources.take_downs import taken_down_before
from medai_assets.sources.taken_down import taken_down, without_taken_down
from medai_assets.storage import Finish, Manifest, Store, Stored, StoreError, content_hash, text_digest
from medai_assets.transport.errors import CollectionFailed, Misread, ReplyInvalid, UpstreamRefused
from medai_assets.transport.http import Http
from medai_assets.transport.journal import Journal
from medai_assets.transport.limits_of_hosts import hosts_of

# Of a record: what came, and what the collector reads from it; when and by which request it came is no content.
CONTENT = (
    "record_id",
    "version",
    "payload_sha256",
    "licence",
    "url",
    "flags",
    "title",
    "language",
    "attribution",
)
WITHDRAWAL_CONTENT = ("record_id", "kind", "version", "reason", "evidence")
Progress = Callable[[int, int | None, str], None]


@dataclass
class Collection:
    """What a collector works with.

    ``last`` is the version that is current now, if any. ``previous`` is the same if its records may be copied: collected with
    the same query, code and limit. Then ``validators`` holds what the collector left in ``new_validators`` at that time (ETags,
    dates), so that an unchanged upstream costs a request or two. ``limit`` is the most records wanted, None for all.
    """

    http: Http
    journal: Journal
    previous: Stored | None
    last: Stored | None
    settings: Settings
    limit: int | None
    progress: Progress
    validators: Mapping[str, str] = field(default_factory=dict)
    new_validators: dict[str, str] = field(default_factory=dict)

    def unchanged(self, name: str, version: str) -> Copy | None:
        """The version before, where it was collected from what the upstream still calls by this version ("" = by none).

        Args:
            name: of what the version is of, under which it is remembered for the next collection.
        """
        self.new_validators[name] = version
        same = version and self.previous and self.validators.get(name) == version
        return Copy(self.previous) if same and self.previous else None

    def copied(
        self, record_ids: Iterable[str], tables: Sequence[str] = ("records",)
    ) -> Iterator[pa.RecordBatch]:
        """Rows of the version before that are of these records, as they were."""
        wanted, previous = pa.array(sorted(record_ids), pa.string()), self.previous
        for table in tables if previous and len(wanted) else ():
            for batch in previous.batches(table) if previous and previous.has_table(table) else ():
                chosen = batch.filter(pc.is_in(batch["record_id"], wanted))
                if chosen.num_rows:
                    yield chosen


# All records of a slice, each once, in any order; every source has one (``Source.collector``).
Collector = Callable[[Slice, Collection], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class CollectionReport:
    """What a collection brought and cost. ``counts`` has records, rejected, withdrawals."""

    stored: Stored
    counts: Mapping[str, int]
    rejected_reasons: Mapping[str, int]
    licences: Mapping[str, int]
    flags: Mapping[str, int]
    newest: str | None
    oldest: str | None
    requests: int
    retries: int
    bytes: int
    waited_seconds: float
    replayed: int
    unchanged: bool

    @property
    def manifest(self) -> Manifest:
        return self.stored.manifest


def collect_slice(
    slice: Slice,
    *,
    settings: Settings,
    store: Store,
    code_version: str,
    run_id: str = "",
    force_shrink: bool = False,
    from_scratch: bool = False,
    progress: Progress | None = None,
    fingerprint: str | None = None,
    finish: Sequence[Finish] = (),
    collector: Collector | None = None,
) -> CollectionReport:
    """Collect a slice and publish it as ``raw_<source>[<key>]``.

    Args:
        code_version: of the collector; when it changes nothing is copied from the version before.
        force_shrink: publish although the slice lost more records than ``settings.max_shrink_share``.
        from_scratch: copy nothing from the version before and answer nothing from what earlier attempts received.
        progress: told records done, total if known, and what is being done.
        fingerprint: kept in the receipt; default: the digest of the slice's query.
        finish: as of ``Draft.publish``.
        collector: default: the one of the slice's source.

    Raises:
        UpstreamError: the upstream refused, or could not be had.
        CollectionFailed: too much was unreadable, or the slice shrank.

    In all these cases the version before stays, and what was received stays in the journal for the next attempt, unless
    it is what could not be read.
    """
    before = store.current_if_kept(slice.asset, slice.key)  # gone: all is asked for anew
    limit = SOURCES[slice.source].record_limit(settings)
    identity = {"query": slice.query_digest, "code_version": code_version, "limit": limit}
    # A journal whose slice was published, and that a kill kept from being removed, answers no later collection.
    attempt = identity | {"replaces": before.receipt.finished_at if before and before.receipt else None}
    folder = settings.work_dir / slice.asset / quote(slice.key, safe="")
    with (
        _advice_to_start_anew(slice),
        Journal(folder, attempt, from_scratch=from_scratch) as journal,
        Http(upstream(slice.source, settings), hosts=hosts_of(settings)) as http,
        store.draft(slice.asset, slice.key) as draft,
    ):
        gone = taken_down(store, settings.take_downs_file)
        known = {} if from_scratch else _reusable(before, identity, gone)
        context = Collection(
            http=http,
            journal=journal,
            previous=before if known else None,
            last=before,
            settings=settings,
            limit=limit,
            progress=progress or (lambda done, total, what: None),
            validators=known.get("validators", {}),
        )
        with RawTables(draft, slice) as tables:
            items = _collected(collector or SOURCES[slice.source].load("collector"), slice, context)
            records_hash = content_hash(tables.written(without_taken_down(items, gone)), CONTENT)
        _check_taken_down(slice, store, settings, gone)
        _check_rejected(tables, slice, settings)
        _check_shrink(tables, slice, settings, before, force_shrink)
        facts = _facts(tables, context)
        stored = draft.publish(
            data_version=_data_version(records_hash, tables),
            code_version=code_version,
            run_id=run_id,
            fingerprint=fingerprint or slice.query_digest,
            metadata=facts
            | {"collected": identity, "validators": context.new_validators}
            | {
                "taken_down": sorted(
                    tables.taken_down | (_taken_down_before(before) & gone if known else set())
                )
            },
            finish=finish,
        )
        journal.clear()
    unchanged = before is not None and before.data_version == stored.data_version
    return CollectionReport(stored=stored, unchanged=unchanged, **facts)


def _collected(collector: Collector, slice: Slice, context: Collection) -> Iterator[Item]:
    """The items; what surprises a collector is told as the upstream's, beyond the records that ``tried`` sets aside."""
    try:
        yield from collector(slice, context)
    except (*PASSED_ON, StoreError):
        raise
    except Exception as error:
        problem = (
            f"the data for {slice.key} are not in the form that its collector expects ({words_of(error)})"
        )
        raise ReplyInvalid(slice.source, "", problem) from error


@contextmanager
def _advice_to_start_anew(slice: Slice) -> Iterator[None]:
    """An upstream's answer that could not be used names the way to ask for everything again."""
    try:
        yield
    except (ReplyInvalid, UpstreamRefused) as error:
        again = f"medai collect {slice.source} {slice.key} --from-scratch"
        raise error.advised(f"`{again}` asks for everything again") from error.__cause__


def _taken_down_before(before: Stored | None) -> frozenset[str]:
    return taken_down_before(before.receipt) if before and before.receipt else frozenset()


def _reusable(before: Stored | None, identity: Mapping[str, Any], gone: frozenset[str]) -> dict[str, Any]:
    """Metadata of the version before if it was collected alike and lacks no record that may be used again, else nothing."""
    known = before.receipt.metadata if before and before.receipt else {}
    return known if known.get("collected") == identity and not _taken_down_before(before) - gone else {}


def _facts(tables: RawTables, context: Collection) -> dict[str, Any]:
    """What a collection brought and cost, as ``CollectionReport`` has it."""
    return {
        "counts": tables.counts,
        "rejected_reasons": dict(tables.reasons.most_common()),
        "licences": dict(tables.licences),
        "flags": dict(tables.flags.most_common()),
        "newest": tables.newest,
        "oldest": tables.oldest,
        **context.http.tally.as_metadata(),
        "replayed": context.journal.replayed,
    }


def _data_version(records_hash: str, tables: RawTables) -> str:
    """Of records, withdrawals and what is set aside: when it was fetched and by which request is no content."""
    parts = [records_hash]
    if tables.withdrawals.num_rows:
        parts.append(content_hash(tables.withdrawals, WITHDRAWAL_CONTENT))
    if tables.rejected_content.rows:
        parts.append(tables.rejected_content.hexdigest())
    return text_digest(*parts) if len(parts) > 1 else records_hash


def _check_taken_down(slice: Slice, store: Store, settings: Settings, known: frozenset[str]) -> None:
    """What was taken down while the slice was collected must not come back with it."""
    if new := sorted(taken_down(store, settings.take_downs_file) - known):
        raise CollectionFailed(
            f"{slice.source} {slice.key}: {', '.join(new[:5])} was taken down while the slice was collected, so nothing is "
            "published. Run it again: nothing that was received is asked for again"
        )


def _check_rejected(tables: RawTables, slice: Slice, settings: Settings) -> None:
    read = tables.counts["records"] + tables.unexpected
    if tables.unexpected > settings.max_rejected_share * read:
        reasons = ", ".join(
            f"{reason} ({n:,}{_first(tables.first_details.get(reason))})"
            for reason, n in tables.reasons.most_common(5)
        )
        if SOURCES[slice.source].rates:
            then = "asks for everything again. If the upstream's format has changed, its parser needs an update; "
        else:  # a person's own files
            then = "reads everything again. Mend the rows, or say in files.yaml how they are written; "
        raise Misread(
            f"{slice.source} {slice.key}: {tables.unexpected:,} of {read:,} records could not be read, more than the "
            f"share of {settings.max_rejected_share:.0%} that is allowed: {reasons}. The previous version stays, and the "
            f"next attempt {then}MEDAI_MAX_REJECTED_SHARE raises the allowed share"
        )


def _first(detail: str | None) -> str:
    """The first record of a reason, as far as a message may hold it."""
    return f"; the first: {' '.join(detail.split())[:300]}" if detail else ""


def _check_shrink(
    tables: RawTables, slice: Slice, settings: Settings, before: Stored | None, force: bool
) -> None:
    had = before.rows("records") if before else 0
    has = tables.counts["records"]
    if not force and has < had * (1 - settings.max_shrink_share):
        raise CollectionFailed(
            f"{slice.source} {slice.key}: only {has:,} records where there were {had:,}, a loss of more than "
            f"{settings.max_shrink_share:.0%}. The previous version stays. If the loss is real, run "
            f"`medai collect {slice.source} {slice.key} --accept-shrinkage`, or raise MEDAI_MAX_SHRINK_SHARE; if "
            "not, run it with `--from-scratch`, which asks for everything again"
        )
