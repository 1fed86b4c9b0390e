"""What this machine keeps of a remote store for a while: drafts until they are put, and copies of versions that are read.

``MEDAI_CACHE`` and ``MEDAI_CACHE_GIB`` are read here as the settings read them: the store knows no settings.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from medai_assets.foundation.files import make_owned, own_mark, remove_abandoned
from medai_assets.storage.errors import StoreError

GIB = 1 << 30
MOST_GIB = 50.0
IN_USE_SECONDS = 24 * 3600.0  # whoever reads a copy for longer had better have it fetched again than lose it


def cache_folder() -> Path:
    """The folder, this user's alone."""
    named = os.environ.get("MEDAI_CACHE")
    folder = Path(named) if named else Path(tempfile.gettempdir()) / f"medai-{os.getuid()}"
    make_owned(folder)
    if not named and folder.stat().st_uid != os.getuid():
        raise StoreError(f"{folder} is another user's; set MEDAI_CACHE to a folder of your own")
    return folder


def new_draft() -> Path:
    """An empty folder of this process; those of processes that are gone are removed."""
    drafts = cache_folder() / "drafts"
    remove_abandoned(drafts)
    folder = drafts / own_mark()
    folder.mkdir(parents=True)
    return folder


def copy_of(asset: str, data_version: str) -> Path:
    """Where the copy of a version lies or is to lie; it counts as used now."""
    folder = cache_folder() / "versions" / asset / data_version
    if folder.exists():
        os.utime(folder)
    return folder


def make_room(bytes_needed: int) -> None:
    """Remove copies that were not used for a day, oldest first, until the bound holds with that much more."""
    bound = float(os.environ.get("MEDAI_CACHE_GIB") or MOST_GIB) * GIB
    held = sum(size for _, size in idle_copies(0.0)) + bytes_needed
    for folder, size in idle_copies():
        if held <= bound:
            return
        shutil.rmtree(folder, ignore_errors=True)
        held -= size


def idle_copies(seconds: float = IN_USE_SECONDS) -> Iterator[tuple[Path, int]]:
    """Copies that were not used for so long, and their bytes; the longest unused first."""
    folders = sorted((cache_folder() / "versions").glob("*/*"), key=lambda place: place.stat().st_mtime)
    for folder in folders:
        if time.time() - folder.stat().st_mtime >= seconds:
            yield folder, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
