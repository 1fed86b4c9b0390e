"""Files that appear whole or not at all, and what a kill leaves of those that did not."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import re
import shutil
import socket
import uuid
from pathlib import Path

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_SPACE_TEXTS = ("no space left", "disk quota exceeded", "file too large", "failed writing file")
_UNFINISHED = re.compile(r"(?:\..+\.|^)(\d+)-(?:([0-9a-f]{8})-)?[0-9a-f]{6}$")


def unfinished(path: Path) -> Path:
    """A hidden name beside ``path`` for a file or folder in the making, which tells whose it is."""
    return path.with_name(f".{path.name}.{own_mark()}")


def own_mark() -> str:
    """A new name that tells this process and its host; ``remove_abandoned`` knows it once the process is gone."""
    return f"{os.getpid()}-{_host_mark()}-{uuid.uuid4().hex[:6]}"


def _host_mark() -> str:
    """The host as ``MEDAI_HOST`` names it, read here as the settings read it."""
    name = os.environ.get("MEDAI_HOST") or socket.gethostname()
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def remove_abandoned(folder: Path, of: str | None = None) -> None:
    """Remove what is unfinished in a folder and whose process is gone, as a kill in the middle of a write leaves it.

    What another host writes in a shared folder stays: its process ids mean nothing here.

    Args:
        of: only what was to become a file or folder of this name, where the folder is the user's own.
    """
    for path in folder.glob("*" if of is None else f".{glob.escape(of)}.*"):
        mark = _UNFINISHED.match(path.name)
        if mark is None or mark[2] not in (None, _host_mark()) or _is_alive(int(mark[1])):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file beside its place and move it there, so that no reader meets half of it; its folder is made, its owner's alone.

    Args:
        durable: have the disk confirm the bytes first, for what must survive a power cut.
    """
    make_owned(path.parent)
    beside = unfinished(path)
    try:
        beside.write_bytes(data)
        if durable:
            flush_to_disk(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_hashed(path: Path, data: bytes) -> None:
    """Write what may be wanted again, with its hash, whole; ``read_hashed`` reads it."""
    write_whole(path, f"{hashlib.sha256(data).hexdigest()}\n".encode() + data)


def read_hashed(path: Path) -> bytes | None:
    """What ``write_hashed`` wrote; None where there is nothing, or where a byte has changed since."""
    try:
        seal, _, data = path.read_bytes().partition(b"\n")
    except (FileNotFoundError, IsADirectoryError):
        return None
    return data if seal == hashlib.sha256(data).hexdigest().encode() else None


def create_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place and give it its name, in one step that only one of many who try can take.

    Raises:
        FileExistsError: there is one of that name.
    """
    make_owned(path.parent)
    beside = unfinished(path)
    try:
        beside.write_bytes(data)
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def flush_to_disk(path: Path) -> None:
    """Have the disk confirm a file's bytes, so that they survive a power cut."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def is_disk_full(error: BaseException) -> bool:
    """Whether an exception, or what caused it, means that the disk, a quota or a file-size limit is exhausted.

    safetensors and torch.save report it as their own error types, with the system's words in the message.
    """
    link: BaseException | None = error
    seen: set[int] = set()  # a chain of causes may be a ring
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if isinstance(link, OSError) and link.errno in _NO_SPACE:
            return True
        if not isinstance(link, ValueError) and any(text in str(link).lower() for text in _NO_SPACE_TEXTS):
            return True
        link = link.__cause__ or link.__context__
    return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def make_owned(folder: Path) -> None:
    """Make a folder; the first of its parents that is missing is made for its owner alone, unless the settings open it.

    ``MEDAI_OPEN_TO_OTHERS`` is read here as the settings read it: the store knows no settings.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    opened = os.environ.get("MEDAI_OPEN_TO_OTHERS", "").lower() in ("1", "true", "yes", "on")
    if missing and not opened:
        missing[-1].mkdir(0o700, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
