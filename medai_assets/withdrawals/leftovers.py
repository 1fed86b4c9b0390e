"""What is left of withdrawn records below the data root after the rebuild: found, removed, or named with what removes it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from medai_assets.reviews.history import COMMENTS
from medai_assets.settings import Settings
from medai_assets.storage import Input, Store, Stored
from medai_assets.storage.errors import label
from medai_assets.storage.leftovers import DAY, half_put
from medai_assets.withdrawals.distinctive import distinctive_texts
from medai_assets.withdrawals.erase import slices_holding
from medai_assets.withdrawals.old_versions import in_use, kept, without_records
from medai_assets.withdrawals.scan import Found, Search
from medai_assets.withdrawals.scratch import Scratch, scratch, stored_scratch
from medai_assets.withdrawals.vectors import vectors_of

ERASES = "`medai erase --yes`"
LATER = (
    "what a stopped erasure left, or another host is putting: `medai erase --yes` a day after it was written"
)
TAKES_OUT = "`medai withdraw RECORD --reason “…”` takes it out of the slice"
MODELS = ("lora_adapter", "preference_adapter", "merged_model")
WEIGHTS = "weights, gradients or vectors"
Forget = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True)
class Remnant:
    """A file that still holds text of a withdrawn record, or a folder that comes of it, and what removes it."""

    path: str
    inside: str
    text: str
    remedy: str


@dataclass(frozen=True)
class Erased:
    """``rewritten`` maps a version to the rows it lost by table; ``searched`` counts the stretches of text looked for.

    ``shared`` are stretches that other records say too, which stay: each with one of those.
    """

    rewritten: dict[str, dict[str, int]]
    removed: list[str]
    left: list[Remnant]
    searched: int
    shared: dict[str, str]


def find_remnants(settings: Settings, store: Store, record_ids: Collection[str]) -> Erased:
    """Only say where text of the records stands."""
    looked = _Look(settings, store, record_ids)
    return Erased({}, [], looked.left(looked.found()), len(looked.texts), looked.shared)


def erase(settings: Settings, store: Store, record_ids: Collection[str], forget: Forget) -> Erased:
    """Take text of the records out of everything that is not current.

    Older passages are what the text is known by, so they go last, and only when nothing else holds it any more: what
    would be left is told first, as long as it can be found.

    Args:
        forget: removes runs whose log holds one of the texts, and names them.

    Raises:
        StoreError: a version is damaged; names it.
    """
    store.clear_drafts()  # what a kill left may hold a whole version
    looked = _Look(settings, store, record_ids)
    texts, found = looked.texts, looked.found()
    removed = _comments(store, found) + remove_interrupted(store, found)
    found = [one for one in found if one.path not in removed]
    left = looked.left(found)
    if beyond := [one for one in left if one.remedy != ERASES]:
        return Erased({}, removed, beyond, len(texts), looked.shared)
    removed += _versions_that_quote(store, found) + _work(settings, found)
    removed += _stale_indexes(settings, store) if found else []
    if any(Path(one.path).is_relative_to(settings.dagster_home) for one in found):
        removed += forget(texts)
    left = looked.left(looked.found()) if removed else left
    if beyond := [one for one in left if not one.path.startswith(f"{store.root}/")]:
        return Erased({}, removed, beyond, len(texts), looked.shared)
    rewritten = {_named(stored): lost for stored, lost in without_records(store, record_ids)}
    # Rows of other records may quote it, as a comment does: before passages go, by which it is known.
    removed += _versions_that_quote(store, looked.found(), in_rows=True) if found else []
    passages = without_records(store, record_ids, passages=True)
    rewritten |= {_named(stored): lost for stored, lost in passages}
    removed += _stale_indexes(settings, store) if rewritten else []
    left = looked.left(looked.found()) if rewritten or removed else left
    return Erased(rewritten, removed, left, len(texts), looked.shared)


class _Look:
    """What is known of the records by, and where it stands; a second look reads only what has changed since the first."""

    def __init__(self, settings: Settings, store: Store, record_ids: Collection[str]) -> None:
        self._settings, self._store, self._records = settings, store, record_ids
        said = distinctive_texts(store, record_ids)
        self.texts, self.shared = said.alone, said.too
        self._search = Search(self.texts)
        self._scratch = [
            str(one.folder) for one in scratch(settings.work_dir) if one.rests_on(store, record_ids)
        ]
        for stored in stored_scratch(store):
            if Scratch(Path(stored.directory), stored.manifest.inputs).rests_on(store, record_ids):
                self._scratch += [f"{stored.directory}/{name}" for name in stored.manifest.files]

    def found(self) -> list[Found]:
        """The sandbox's records stand for the publishers, who are not ours to clean."""
        settings = self._settings
        found = list(self._search.below(settings.profile_dir, leave_out=[settings.sandbox_records]))
        if settings.is_remote:
            found += self._search.below(settings.store_root)
        there = (path for path in self._scratch if Path(path).exists() or self._store.filesystem.exists(path))
        vectors = vectors_of(settings.profile_dir / "lineage", self._records)
        found += [Found(str(path), WEIGHTS, "") for path in (*there, *vectors)]
        known = {one.path for one in found}
        return found + [one for one in self._received() if one.path not in known]

    def _received(self) -> Iterator[Found]:
        """The records as they were received: one that its publisher withdrew is left out of all that follows, and stays there."""
        for record in self._records:
            for stored in slices_holding(self._store, record):
                yield Found(f"{stored.directory}/records.parquet", "payload", record)

    def left(self, found: Sequence[Found]) -> list[Remnant]:
        """The same, each with what removes it."""
        versions = {stored.home: stored for stored in kept(self._store)} if found else {}
        current = in_use(self._store) if found else set()
        return [
            Remnant(one.path, one.inside, one.text, self._remedy(one.path, versions, current))
            for one in found
        ]

    def _remedy(self, path: str, versions: dict[str, Stored], current: set[Input]) -> str:
        settings, store, place = self._settings, self._store, Path(path)
        if path.startswith(f"{store.root}/{COMMENTS}/"):
            return ERASES
        if path.startswith(f"{store.root}/"):
            ours = next((versions[above] for p in place.parents if (above := str(p)) in versions), None)
            own = (f"{ours.directory}/", f"{ours.home}/manifest.json") if ours is not None else ()
            if own and not path.startswith(own):
                return LATER
            if ours is not None and ours.asset.startswith("raw_") and ours.input in current:
                return f"{TAKES_OUT}, or `medai run` where its take-down is only in the file"
            if ours is None or ours.input in current:
                return "`medai run` makes it again without it; then `medai erase --yes`"
            return "`medai gc --keep 1 --yes`" if ours.asset in MODELS else ERASES
        if place.is_relative_to(settings.exports_dir):
            return "`medai run` writes it again without it"
        if any(
            place.is_relative_to(of)
            for of in (settings.work_dir, settings.profile_dir / "lineage", settings.dagster_home)
        ):
            return ERASES
        return "no part of the data root; remove the file"


def _named(stored: Stored) -> str:
    return f"{label(stored.asset, stored.partition)} {stored.data_version[:12]}"


def _stale_indexes(settings: Settings, store: Store) -> list[str]:
    """Search indexes but the current one's: they repeat the text, number rows that moved, and are built again when asked."""
    current = store.current_receipt("instruction_dataset")
    folder = settings.profile_dir / "lineage"
    stale = [
        p for p in sorted(folder.glob("*")) if current is None or not p.name.startswith(current.data_version)
    ]
    for path in stale:
        path.unlink(missing_ok=True)
    return [str(path) for path in stale]


def remove_interrupted(store: Store, found: Sequence[Found], older_than: float = DAY) -> list[str]:
    """Remove what an interrupted erasure left beside the version that took its version's place; names what was found in it.

    What is younger may be what another host is just putting.
    """
    paths = {one.path for one in found if one.path.startswith(f"{store.root}/")}
    removed = []
    for left in half_put(store, older_than) if paths else ():
        if within := [path for path in paths if path == left.place or path.startswith(f"{left.place}/")]:
            left.remove()
            removed += within
    return sorted(removed)


def _comments(store: Store, found: Sequence[Found]) -> list[str]:
    """Remove comments of reviewers that quote the text: the verdicts stay, and what repeats the comment turns stale."""
    quoting = sorted({one.path for one in found if one.path.startswith(f"{store.root}/{COMMENTS}/")})
    for path in quoting:
        store.filesystem.rm(path)
    return quoting


def _versions_that_quote(store: Store, found: Sequence[Found], in_rows: bool = False) -> list[str]:
    """Remove older versions that quote the text in other files than tables, as reports do; models stay.

    Args:
        in_rows: also those that do in rows that are left of a table, but for versions of passages.
    """
    held = {one.path for one in found}
    current = in_use(store)
    removed = []
    for stored in list(kept(store)):
        everything = in_rows and "passages" not in stored.manifest.tables
        named = stored.manifest.digests if everything else stored.manifest.files
        files = {f"{stored.directory}/{name}" for name in named}
        if stored.input not in current and stored.asset not in MODELS and held & files:
            store.remove_version(*_place(stored))
            removed.append(_named(stored))
    return removed


def _place(stored: Stored) -> tuple[str, str | None, str]:
    return stored.asset, stored.partition, stored.data_version


def _work(settings: Settings, found: Sequence[Found]) -> list[str]:
    """Remove journals, archives, checkpoints and trials whole: each is asked for or made again when it is needed."""
    entries = {
        settings.work_dir.joinpath(*Path(one.path).relative_to(settings.work_dir).parts[:2])
        for one in found
        if Path(one.path).is_relative_to(settings.work_dir)
    }
    for entry in entries:
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)
    return sorted(map(str, entries))
