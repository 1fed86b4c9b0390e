"""SHA-256 of files, remembered as long as a file stays what it is: its inode, size and times, or a remote file's key.

What a disk loses without touching these is noticed by the next process, not by one that is running.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

_hashed: dict[str, tuple[Any, str]] = {}  # path -> its state when it was hashed, and the hash


def file_digest(path: str | os.PathLike[str], filesystem: Any = None) -> str | None:
    """SHA-256 of a file in hexadecimal; None when it is gone or cannot be read.

    Args:
        filesystem: the fsspec file system that holds it; None = the local one.
    """
    name = os.fspath(path)
    try:
        state = _state(name, filesystem)
        if _hashed.get(name, (None, ""))[0] != state:
            with filesystem.open(name, "rb") if filesystem else open(name, "rb") as file:
                _hashed[name] = (state, hashlib.file_digest(file, "sha256").hexdigest())
        return _hashed[name][1]
    except OSError:
        return None


def digest_path(path: Path) -> Path:
    """Where the SHA-256 of a file that can be made again lies: an index, vectors."""
    return path.with_name(f"{path.name}.sha256")


def is_as_noted(path: Path) -> bool:
    """Whether a file and the hash beside it are there and agree."""
    noted = digest_path(path)
    return noted.is_file() and noted.read_bytes() == (file_digest(path) or "").encode()


def forget() -> None:
    """Hash every file again when it is next asked for, as a process that starts now."""
    _hashed.clear()


def _state(name: str, filesystem: Any) -> Any:
    if filesystem is not None:
        return filesystem.ukey(name)
    found = os.stat(name)
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
