"""What a kill in the middle of a put leaves: files that no version's manifest names, begun uploads, copies nobody reads.

Only what is a day old counts, by the store's clock: what is younger may be under way on another host.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from medai_assets.foundation.plurals import counted
from medai_assets.storage.lease import store_clock
from medai_assets.storage.local_cache import idle_copies
from medai_assets.storage.publishing import ATTEMPT

if TYPE_CHECKING:
    from medai_assets.storage.store import Store

DAY = 24 * 3600.0


class Leftover(NamedTuple):
    """One thing that no version needs, in words, what removes it, and its folder or file in the store, where it is one."""

    what: str
    remove: Callable[[], object]
    place: str = ""


def leftovers(store: Store, older_than: float = DAY) -> list[Leftover]:
    """What may be removed of a store, and of what this machine keeps of it.

    Args:
        older_than: seconds since it was last written.
    """
    if store.is_local:
        return []  # the next writer removes what a kill left there
    before = _before(store, older_than)
    found = [*_half_put(store, before), *_begun_uploads(store, before)]
    for folder, size in idle_copies(older_than):
        found.append(Leftover(f"the copy {folder} ({size} bytes)", partial(shutil.rmtree, folder)))
    return found


def half_put(store: Store, older_than: float = DAY) -> Iterator[Leftover]:
    """Files of an object store that no version's manifest names: of a put, or of what it took the place of."""
    if not store.is_local:
        yield from _half_put(store, _before(store, older_than))


def _before(store: Store, older_than: float) -> Callable[[], float]:
    """So many seconds ago by the store's clock, which is asked once and on first need: to ask it is to write to the store."""
    return cache(lambda: store_clock(store) - older_than)


def _half_put(store: Store, before: Callable[[], float]) -> Iterator[Leftover]:
    store.filesystem.invalidate_cache()
    versions: dict[str, dict[str, Any]] = defaultdict(dict)
    for path, entry in store.filesystem.find(store.root, detail=True).items():
        home, between, rest = path.partition("/versions/")
        if between:
            version, _, name = rest.partition("/")
            versions[f"{home}/versions/{version}"][name] = entry
    for version, there in sorted(versions.items()):
        for folder, files in _beside_the_whole(store, version, there):
            if max(map(_written, files)) < before():
                yield Leftover(
                    f"{folder}, which no version names ({counted(len(files), 'file')})",
                    partial(store.filesystem.rm, folder, recursive=True),
                    folder,
                )


def _beside_the_whole(
    store: Store, version: str, there: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What of a version its manifest does not name, by folder or loose file; all of it where there is no manifest."""
    if "manifest.json" not in there:
        yield version, list(there.values())
        return
    places = defaultdict(list)  # an attempt's folder, or a file of a version from before there were any
    for name, entry in there.items():
        places[name.partition("/")[0] if name.startswith(ATTEMPT) else name].append(entry)
    del places["manifest.json"]
    if len(places) > 1 and any(place.startswith(ATTEMPT) for place in places):  # else all is the manifest's
        manifest = store.read_manifest(version, version)
        for place in [manifest.attempt] if manifest.attempt else manifest.digests:
            places.pop(place, None)
        yield from ((f"{version}/{place}", files) for place, files in places.items())


def _begun_uploads(store: Store, before: Callable[[], float]) -> Iterator[Leftover]:
    """Uploads in parts that nobody ended: S3 keeps, and bills, their parts."""
    if "s3" not in store.filesystem.protocol:
        return
    bucket, _, prefix = store.root.partition("/")
    for one in store.filesystem.list_multipart_uploads(bucket):
        if one["Key"].startswith(f"{prefix}/") and one["Initiated"].timestamp() < before():
            named = {"Bucket": bucket, "Key": one["Key"], "UploadId": one["UploadId"]}
            yield Leftover(
                f"an upload of {one['Key']} begun on {one['Initiated']:%Y-%m-%d}",
                partial(store.filesystem.call_s3, "abort_multipart_upload", **named),
            )


def _written(entry: dict[str, Any]) -> float:
    for name in ("LastModified", "mtime", "created", "last_modified", "updated"):
        with suppress(KeyError, TypeError, ValueError):
            found = entry[name]
            at = datetime.fromisoformat(found) if isinstance(found, str) else found
            return at.timestamp() if isinstance(at, datetime) else float(at)
    return float("inf")  # of unknown age, so it stays
