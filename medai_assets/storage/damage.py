"""Every file of a version is held against its manifest before it is read, so that no damaged byte is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medai_assets.foundation.file_hashes import file_digest
from medai_assets.storage.errors import damaged_version

if TYPE_CHECKING:
    from medai_assets.storage.stored import Stored


def verify(stored: Stored, *names: str, copy: Path | None = None) -> None:
    """Hold files of a version against its manifest; all of its own where none is named.

    Args:
        copy: a local directory that holds a copy of the version, to be looked at instead.

    Raises:
        StoreError: one is gone or has changed since it was written; names it and what to do.
    """
    known = stored.manifest.digests
    remote = None if copy or stored.store.is_local else stored.store.filesystem
    for name in names or known:
        if file_digest(f"{copy or stored.directory}/{name}", remote) != known[name]:
            raise damaged_version(f"{stored.directory}/{name}", stored.directory, stored.maker)
