"""How a version becomes visible: its directory first, then what the stage promises, then its receipt, each by one step.

What belongs here: the order of these steps, and what happens where another run was quicker. What does not: where things
lie and how they are read (``store``), and the swap of ``current.json`` itself (``current``).
"""

from __future__ import annotations

import errno
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from medai_assets.foundation.files import flush_to_disk, own_mark
from medai_assets.storage.current import CurrentState, SeenFile, look, move
from medai_assets.storage.errors import StoreError, changed_meanwhile, damaged_current, label, overtaken
from medai_assets.storage.hashing import ChecksumWrong
from medai_assets.storage.manifest import (
    ERASED,
    Finish,
    Input,
    Manifest,
    Receipt,
    decode_receipt,
    encode,
)
from medai_assets.storage.snapshot import note
from medai_assets.storage.stored import Stored

if TYPE_CHECKING:
    from medai_assets.storage.draft import Draft
    from medai_assets.storage.store import Store

DRAFTS = ".drafts"
CLOCKS_DIFFER = timedelta(hours=1)  # at most, between hosts
_TICK = timedelta(microseconds=1)
ATTEMPT = "attempt-"  # how the folder of an attempt begins, in a version of an object store
UNREADABLE = (ChecksumWrong, msgspec.DecodeError, UnicodeDecodeError)


def publish(
    draft: Draft, manifest: Manifest, fingerprint: str | None, finish: Sequence[Finish] = ()
) -> Stored:
    """Put the version in place if it is new, finish it, then write the receipt."""
    store, of = draft.store, label(manifest.asset, manifest.partition)
    seen = _seen_again(store, draft.seen, manifest, manifest.inputs, fingerprint)
    before = seen.receipt
    ahead = _ahead(store, before)
    target = store.version_directory(manifest.asset, manifest.partition, manifest.data_version)
    if not _is_whole(store, target, of):
        _put_version(store, draft.directory, target, manifest)
    receipt = Receipt(
        asset=manifest.asset,
        partition=manifest.partition,
        data_version=manifest.data_version,
        code_version=manifest.code_version,
        inputs=manifest.inputs,
        fingerprint=fingerprint,
        run_id=manifest.run_id,
        started_at=_later(draft.started_at, ahead),
        finished_at=_later(store.now(), ahead),
        unchanged=before is not None and before.data_version == manifest.data_version,
        metadata=manifest.metadata,
    )
    stored = Stored(store, store.read_manifest(target, of), receipt)
    for step in finish:
        done = step(stored)
        metadata, outputs = receipt.metadata | dict(done.metadata), receipt.outputs | dict(done.outputs)
        stored.receipt = receipt = replace(receipt, metadata=metadata, outputs=outputs)
    stored.receipt = receipt = replace(receipt, finished_at=_later(store.now(), ahead))
    write_receipt(store, receipt, seen)
    return stored


def _ahead(store: Store, before: Receipt | None) -> timedelta:
    """How far the clock of whoever made what is current is ahead of this host's: receipts keep the order in which they were
    made. One further in the future comes of a clock that was wrong, and draws none after it."""
    ahead = _instant(before.finished_at) - _instant(store.now()) if before else timedelta()
    return ahead + _TICK if timedelta() <= ahead <= CLOCKS_DIFFER else timedelta()


def _later(at: str, by: timedelta) -> str:
    return (_instant(at) + by).isoformat(timespec="microseconds") if by else at


def _instant(at: str) -> datetime:
    return datetime.fromisoformat(at)


def replace_version(draft: Draft, manifest: Manifest, opened: Manifest) -> None:
    """Put a version that lacks something in the place of the one that was opened; raises as ``Draft.replace``."""
    store = draft.store
    target = store.version_directory(manifest.asset, manifest.partition, manifest.data_version)
    _put_version(store, draft.directory, target, manifest, opened)


def write_receipt(store: Store, receipt: Receipt, seen: CurrentState | None = None) -> None:
    """Record a materialization and make its version the current one.

    Args:
        seen: what was current when it began; without it, what is current now.

    Raises:
        StoreError: a version that was made of something else became current since; that one stays.
    """
    seen = seen or read_current(store, receipt.asset, receipt.partition)
    home = store.home(receipt.asset, receipt.partition)
    name = f"{receipt.finished_at.replace(':', '').replace('+0000', 'Z')}-{uuid.uuid4().hex[:6]}.json"
    store.put_file(f"{home}/receipts/{name}", encode(receipt))
    try:
        while not move(store, f"{home}/current.json", encode(receipt), seen):
            seen = _seen_again(store, seen, receipt, receipt.inputs, receipt.fingerprint)
    except StoreError:
        store.filesystem.rm_file(f"{home}/receipts/{name}")
        raise
    note(store, f"{home}/current.json", encode(receipt))


def read_current(store: Store, asset: str, partition: str | None) -> CurrentState:
    """What is current, with what is needed to tell later whether it still is; raises as ``Store.current_receipt``."""
    path = f"{store.home(asset, partition)}/current.json"
    file = look(store, path)
    try:
        return CurrentState(file.data, file.tag, decode_receipt(file.data) if file.data is not None else None)
    except UNREADABLE as error:
        raise damaged_current(path, label(asset, partition)) from error


def _seen_again(
    store: Store,
    seen: CurrentState,
    made: Manifest | Receipt,
    inputs: Sequence[Input],
    fingerprint: str | None,
) -> CurrentState:
    """What is current now; raises StoreError when that became so since, and was made of something else."""
    now = read_current(store, made.asset, made.partition)
    if now.data != seen.data:
        of = (now.receipt.inputs, now.receipt.fingerprint) if now.receipt else None
        if of != (inputs, fingerprint):
            raise overtaken(label(made.asset, made.partition), now.receipt.run_id if now.receipt else "")
    return now


def _is_whole(store: Store, target: str, maker: str) -> bool:
    """Whether a version is there, and nothing was taken out of it since it was made."""
    there = store.filesystem.exists(f"{target}/manifest.json")
    return there and _is_complete(store.read_manifest(target, maker))


def _put_version(
    store: Store, draft: Path, target: str, manifest: Manifest, opened: Manifest | None = None
) -> None:
    """Put a version in place.

    Args:
        opened: what it takes the place of, and nothing else; None where it is only to be there.
    """
    if store.is_local:
        (draft / "manifest.json").write_bytes(encode(replace(manifest, attempt="")))
        _rename(store, draft, Path(target), manifest, opened)
    else:
        _put_attempt(store, draft, target, manifest, opened)


def _put_attempt(store: Store, draft: Path, target: str, manifest: Manifest, opened: Manifest | None) -> None:
    """Put the files under a name of their own, then the manifest that names it, by which they become the version's.

    Two hosts may make one version at a time, where one was stopped until its lease expired: the bytes of their files differ
    where dates are noted in them, and the files of one must not come under the manifest of the other. The manifest takes the
    place of what was looked at alone, so that of two who take rows out of a version neither brings back those of the other.
    """
    manifest = replace(manifest, attempt=f"{ATTEMPT}{uuid.uuid4().hex[:12]}")
    seen, there = _manifest_seen(store, target)
    if _gives_way(there, opened):
        for path in sorted(p for p in draft.rglob("*") if p.is_file()):
            place = f"{target}/{manifest.attempt}/{path.relative_to(draft)}"
            store.filesystem.put_file(str(path), place)
        while _gives_way(there, opened):
            before = there
            is_moved = move(store, f"{target}/manifest.json", encode(manifest), seen)
            seen, there = _manifest_seen(store, target)
            # Or only the answer to the put was lost.
            if is_moved or (there and there.attempt == manifest.attempt):
                if before is not None:
                    _remove_files(store, Stored(store, before))
                return
        _remove_files(store, Stored(store, manifest))
    if opened is not None:
        raise changed_meanwhile(label(manifest.asset, manifest.partition))


def _gives_way(there: Manifest | None, opened: Manifest | None) -> bool:
    """Whether another version is put in the place of the one that is there: what was opened, or what is none or not whole."""
    return there == opened if opened is not None else not _is_complete(there)


def _manifest_seen(store: Store, target: str) -> tuple[SeenFile, Manifest | None]:
    """What tells later whether the manifest of a version is still the same, and the manifest; None where there is none."""
    file = look(store, f"{target}/manifest.json")
    return file, None if file.data is None else store.manifest_of(file.data, target, target)


def _is_complete(manifest: Manifest | None) -> bool:
    return manifest is not None and ERASED not in manifest.metadata


def _remove_files(store: Store, of: Stored) -> None:
    for name in of.manifest.digests:
        with suppress(FileNotFoundError):
            store.filesystem.rm_file(f"{of.directory}/{name}")


def _rename(store: Store, draft: Path, final: Path, manifest: Manifest, opened: Manifest | None) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    for path in draft.rglob("*"):
        if path.is_file():
            flush_to_disk(path)
    of = label(manifest.asset, manifest.partition)
    replaces = opened is not None or (final.exists() and not _is_whole(store, str(final), of))
    try:
        with _out_of_the_way(final) if replaces else nullcontext() as aside:
            if opened is not None and store.read_manifest(str(aside), of) != opened:
                raise changed_meanwhile(of)
            draft.rename(final)
    except OSError as error:
        taken = error.errno in (errno.EEXIST, errno.ENOTEMPTY)  # another run has put one there first
        if opened is not None and (taken or isinstance(error, FileNotFoundError)):
            raise changed_meanwhile(of) from error
        if opened is not None or not (taken and _is_whole(store, str(final), of)):
            raise


@contextmanager
def _out_of_the_way(version: Path) -> Iterator[Path]:
    """A version beside its place while another is put there: removed once one is, else put back.

    A kill in between leaves it to ``remove_abandoned``.
    """
    aside = version.parents[1] / DRAFTS / own_mark()
    aside.parent.mkdir(exist_ok=True)
    version.rename(aside)
    try:
        yield aside
    finally:
        if version.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(version)
