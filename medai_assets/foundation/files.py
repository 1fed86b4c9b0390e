"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def write_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file beside its place and move it there, so that no reader meets half of it; its folder is made.

    Args:
        durable: have the disk confirm the bytes first, for what must survive a power cut.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:6]}")
    try:
        with beside.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def flush_to_disk(path: Path) -> None:
    """Have the disk confirm a file's bytes, so that they survive a power cut."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
