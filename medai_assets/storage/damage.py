"""Every file of a version is held against its manifest before it is read, so that no damaged byte is used.

A process hashes a file once and again only when its inode, size or time of change differ: what a disk loses later is
noticed by the next process, not by one that is running.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medai_assets.storage.errors import damaged_version

if TYPE_CHECKING:
    from medai_assets.storage.stored import Stored

_hashed: dict[str, tuple[Any, str]] = {}  # path -> its state when it was hashed, and the hash


def verify(stored: Stored, *names: str, copy: Path | None = None) -> None:
    """Hold files of a version against its manifest; all of its own where none is named.

    Args:
        copy: a local directory that holds a copy of the version, to be looked at instead.

    Raises:
        StoreError: one is gone or is not as it was written; names it and what to do.
    """
    known = stored.manifest.digests
    remote = None if copy or stored.store.is_local else stored.store.filesystem
    for name in names or known:
        if _digest(remote, f"{copy or stored.directory}/{name}") != known[name]:
            raise damaged_version(f"{stored.directory}/{name}", stored.directory, stored.maker)


def file_digest(path: Path) -> str | None:
    """SHA-256 of a local file in hexadecimal, remembered while the file stays; None when it cannot be read."""
    return _digest(None, str(path))


def _digest(filesystem: Any, path: str) -> str | None:
    try:
        state = _state(filesystem, path)
        if _hashed.get(path, (None, ""))[0] != state:
            with filesystem.open(path, "rb") if filesystem else open(path, "rb") as file:
                _hashed[path] = (state, hashlib.file_digest(file, "sha256").hexdigest())
        return _hashed[path][1]
    except OSError:  # gone, or the disk cannot read it
        return None


def _state(filesystem: Any, path: str) -> Any:
    """What differs when a file was replaced or written to."""
    if filesystem is not None:
        return filesystem.ukey(path)
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def forget() -> None:
    """Hash every file again when it is next read, as a process that starts now."""
    _hashed.clear()
