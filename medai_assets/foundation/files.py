"""Files that appear whole or not at all, and what a kill leaves of those that did not."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from pathlib import Path

_UNFINISHED = re.compile(r"(?:\..+\.|^)(\d+)-[0-9a-f]{6}$")


def unfinished(path: Path) -> Path:
    """A hidden name beside ``path`` for a file or folder in the making, which tells whose it is."""
    return path.with_name(f".{path.name}.{own_mark()}")


def own_mark() -> str:
    """A new name that begins with this process's id; ``remove_abandoned`` knows it once the process is gone."""
    return f"{os.getpid()}-{uuid.uuid4().hex[:6]}"


def remove_abandoned(folder: Path) -> None:
    """Remove what is unfinished in a folder and whose process is gone, as a kill in the middle of a write leaves it."""
    for path in folder.iterdir() if folder.is_dir() else ():
        mark = _UNFINISHED.match(path.name)
        if mark is None or _is_alive(int(mark[1])):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file beside its place and move it there, so that no reader meets half of it; its folder is made.

    Args:
        durable: have the disk confirm the bytes first, for what must survive a power cut.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = unfinished(path)
    try:
        beside.write_bytes(data)
        if durable:
            flush_to_disk(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def flush_to_disk(path: Path) -> None:
    """Have the disk confirm a file's bytes, so that they survive a power cut."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
