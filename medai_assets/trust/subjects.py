"""Stored files as in-toto subjects: named by their place below the store's root, with their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import IO, Any

from medai_assets.storage import Store, Stored

Subject = dict[str, Any]
CHUNK = 1 << 20


def of_version(stored: Stored, *files: str) -> list[Subject]:
    """Files of a version with its manifest; all of them where none is named."""
    names = files or tuple(sorted(stored.manifest.digests))
    paths = [*(f"{stored.directory}/{name}" for name in names), f"{stored.home}/manifest.json"]
    return [of_file(stored.store, path) for path in paths]


def of_file(store: Store, path: str) -> Subject:
    """One file, by its bytes as they are now."""
    return {"name": path.removeprefix(f"{store.root}/"), "digest": {"sha256": digest(store, path)}}


def digest(store: Store, path: str) -> str:
    """SHA-256 of a file in hexadecimal. Raises FileNotFoundError."""
    with store.filesystem.open(path, "rb") as stream:
        return stream_digest(stream)


def stream_digest(stream: IO[bytes]) -> str:
    """SHA-256 of what is left of a stream in hexadecimal, read in pieces."""
    found = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        found.update(chunk)
    return found.hexdigest()


def changed(store: Store, subjects: Iterable[Subject]) -> Iterator[str]:
    """What is not as it was signed, in words."""
    for subject in subjects:
        name = subject["name"]
        if name.startswith("/") or ".." in name.split("/"):
            yield f"{name} lies outside the store"
            continue
        try:
            same = digest(store, f"{store.root}/{name}") == subject["digest"]["sha256"]
        except FileNotFoundError:
            yield f"{name} is gone"
            continue
        if not same:
            yield f"{name} is not as it was signed"
