"""Moving ``current.json`` by compare and swap, so that no version becomes current over one that its maker did not see.

A lock beside the file makes it one step in a folder, and a condition on the put in S3. Any other object store gets the
comparison right before the put, which the lease of the partition leaves no other host to fall into.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from medai_assets.foundation.files import make_owned, write_whole
from medai_assets.storage.faults import REFUSED

if TYPE_CHECKING:
    from medai_assets.storage.manifest import Receipt
    from medai_assets.storage.store import Store


@dataclass(frozen=True)
class SeenFile:
    """A file at one moment: its bytes, None where there was none, and the tag of the store for it."""

    data: bytes | None
    tag: str | None


@dataclass(frozen=True)
class CurrentState(SeenFile):
    """What was current at one moment: the file and its receipt, None for none."""

    receipt: Receipt | None


def look(store: Store, path: str) -> SeenFile:
    """A file as it is now. Its tag is asked for before it is read: should it change in between, ``move`` is refused."""
    tag = _tag_of(store, path)
    return SeenFile(store.read_bytes(path), tag)


def _tag_of(store: Store, path: str) -> str | None:
    """The entity tag of a file in S3, which a conditional put names; None elsewhere, or when there is no file."""
    if not is_s3(store):
        return None
    store.filesystem.invalidate_cache(path)
    bucket, key, _ = store.filesystem.split_path(path)
    with suppress(FileNotFoundError):
        return str(store.filesystem.call_s3("head_object", Bucket=bucket, Key=key)["ETag"])
    return None


def move(store: Store, path: str, data: bytes, seen: SeenFile) -> bool:
    """Replace the file if it still is what was seen; whether it was."""
    if store.is_local:
        make_owned(Path(path).parent)
        with FileLock(Path(path).with_name(".current.lock")):
            if not _is(store, path, seen):
                return False
            write_whole(Path(path), data, durable=True)
            return True
    if seen.data is None:
        return store.create_file(path, data)
    if not is_s3(store):
        if not _is(store, path, seen):
            return False
        store.put_file(path, data)
        return True
    return _put_if_match(store, path, data, seen)


def _is(store: Store, path: str, seen: SeenFile) -> bool:
    try:
        return bool(store.filesystem.cat_file(path) == seen.data)
    except FileNotFoundError:
        return seen.data is None


def _put_if_match(store: Store, path: str, data: bytes, seen: SeenFile) -> bool:
    if seen.tag is None:  # written between the look at the tag and the look at the data
        return False
    try:
        store.filesystem.pipe_file(path, data, IfMatch=seen.tag)
    except FileNotFoundError:  # S3's answer where there is none to match
        return False
    except OSError as error:
        if not any(code in f"{error!r} {error.__cause__!r}" for code in REFUSED):
            raise
        return False
    return True


def is_s3(store: Store) -> bool:
    """Whether the store gives tags, and takes conditions on a put, as S3 does."""
    return "s3" in store.filesystem.protocol
