"""The store: where versions live, which one is current, and what can be read of them.

Layout, below the store's root (a local folder or any fsspec URL)::

    <asset>/<partition or _>/versions/<data version>/   manifest.json, *.parquet, other files
    <asset>/<partition or _>/receipts/<time>-<n>.json   one a materialization
    <asset>/<partition or _>/current.json               the latest receipt

Locally a version appears by one rename, and ``current.json`` is replaced by one rename. On an object store files
are put first, below a name of the attempt, and ``manifest.json`` last, which names it: without it a version does not exist.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import fsspec
from fsspec.implementations.local import LocalFileSystem

from medai_assets.foundation.extras import require
from medai_assets.foundation.files import (
    create_whole,
    is_disk_full,
    make_owned,
    own_mark,
    remove_abandoned,
    write_whole,
)
from medai_assets.storage.draft import Draft
from medai_assets.storage.errors import (
    StoreError,
    damaged_current,
    damaged_receipt,
    damaged_version,
    disk_full,
    gone_version,
    label,
)
from medai_assets.storage.faults import RemoteFiles
from medai_assets.storage.local_cache import new_draft
from medai_assets.storage.manifest import (
    Manifest,
    Receipt,
    decode_manifest,
    decode_receipt,
)
from medai_assets.storage.publishing import DRAFTS, UNREADABLE, read_current
from medai_assets.storage.snapshot import snapshot_of
from medai_assets.storage.stored import Stored


class Store:
    """Versions of asset partitions below one root."""

    def __init__(self, root: str | Path) -> None:
        self.url = str(root)
        if self.url.startswith("s3://"):
            require("s3", f"the data root {self.url}")
        try:
            filesystem, path = fsspec.core.url_to_fs(str(root))
        except (
            ImportError,
            ValueError,
        ) as error:  # no client for it is installed, or there is no such kind of store
            raise StoreError(f"the data root {self.url} cannot be opened: {error}") from error
        self.root = path.rstrip("/")
        self.is_local = isinstance(filesystem, LocalFileSystem)
        self.filesystem: Any = filesystem if self.is_local else RemoteFiles(filesystem, self.url)

    @staticmethod
    def now() -> str:
        """The present instant, ISO 8601 in UTC with microseconds."""
        return datetime.now(UTC).isoformat(timespec="microseconds")

    # places

    def home(self, asset: str, partition: str | None) -> str:
        return f"{self.root}/{_escaped(asset)}/{_encode_partition(partition)}"

    def version_directory(self, asset: str, partition: str | None, data_version: str) -> str:
        return f"{self.home(asset, partition)}/versions/{_escaped(data_version)}"

    # writing

    def _make_root(self) -> None:
        if not Path(self.root).exists():
            make_owned(Path(self.root))

    @contextmanager
    def draft(self, asset: str, partition: str | None = None) -> Iterator[Draft]:
        """A new version in the making; removed when the block ends without ``publish`` or by an exception."""
        if self.is_local:
            self._make_root()
            home = Path(self.home(asset, partition))
            for folder in (home, home / "receipts", home / DRAFTS):
                remove_abandoned(folder)
            directory = home / DRAFTS / own_mark()
            directory.mkdir(parents=True)
        else:
            directory = new_draft()
        try:
            yield Draft(self, asset, partition, directory, self.now(), read_current(self, asset, partition))
        except Exception as error:
            if is_disk_full(error):
                raise disk_full(self.home(asset, partition), label(asset, partition)) from error
            raise
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def clear_drafts(self) -> None:
        """Remove what kills left unfinished in any partition, also a version on its way out."""
        for asset in self.assets() if self.is_local else ():
            for partition in self.partitions(asset):
                remove_abandoned(Path(self.home(asset, partition)) / DRAFTS)

    def put_file(self, path: str, data: bytes) -> None:
        """Replace a small file beside the versions; a reader meets the old content or the new."""
        if not self.is_local:
            self.filesystem.pipe_file(path, data)
            return
        write_whole(Path(path), data, durable=True)

    def create_file(self, path: str, data: bytes) -> bool:
        """Write a small file whole where none is, and say whether it did: of all who try, on any host, one succeeds."""
        try:
            if self.is_local:
                self._make_root()
                create_whole(Path(path), data)
            else:
                self.filesystem.pipe_file(path, data, mode="create")
        except FileExistsError:
            return False
        return True

    # reading

    def current_receipt(self, asset: str, partition: str | None = None) -> Receipt | None:
        """The latest receipt, or None when the partition was never materialized.

        Raises:
            StoreError: its file is damaged.
        """
        path = f"{self.home(asset, partition)}/current.json"
        return self._read_receipt(path, damaged_current(path, label(asset, partition)))

    def current_if_kept(
        self,
        asset: str,
        partition: str | None = None,
        wanted: Callable[[Receipt], bool] = lambda receipt: True,
    ) -> Stored | None:
        """The current version; None when there is none, it is not wanted, or its folder was removed by hand.

        Raises:
            StoreError: it is there, and damaged.
        """
        receipt = self.current_receipt(asset, partition)
        if receipt is None or not wanted(receipt):
            return None
        return self.of_receipt(receipt) if self.holds(asset, partition, receipt.data_version) else None

    def current(self, asset: str, partition: str | None = None) -> Stored | None:
        """The current version, or None when there is none.

        Raises:
            StoreError: the receipt names a version that is no longer there, or a file is damaged.
        """
        receipt = self.current_receipt(asset, partition)
        return None if receipt is None else self.of_receipt(receipt)

    def require(self, asset: str, partition: str | None = None) -> Stored:
        """The current version; raises StoreError naming the asset when there is none."""
        stored = self.current(asset, partition)
        if stored is None:
            raise StoreError(
                f"{label(asset, partition)} has not been materialized; run `medai run` or materialize it first"
            )
        return stored

    def open(
        self,
        asset: str,
        partition: str | None,
        data_version: str,
        receipt: Receipt | None = None,
        maker: str | None = None,
    ) -> Stored:
        """A kept version.

        Args:
            maker: the asset partition whose run makes it, where that is another, as for what is kept by reference.

        Raises:
            StoreError: it is gone, or its manifest is damaged.
        """
        directory, maker = (
            self.version_directory(asset, partition, data_version),
            maker or label(asset, partition),
        )
        return Stored(self, self.read_manifest(directory, maker), receipt, maker)

    def of_receipt(self, receipt: Receipt) -> Stored:
        """The version that a receipt tells of; raises as ``open``."""
        return self.open(receipt.asset, receipt.partition, receipt.data_version, receipt)

    def holds(self, asset: str, partition: str | None, data_version: str) -> bool:
        """Whether a version is there."""
        path = f"{self.version_directory(asset, partition, data_version)}/manifest.json"
        if snapshot := snapshot_of(self):
            return snapshot.holds(path)
        found: bool = self.filesystem.exists(path)
        return found

    def assets(self) -> list[str]:
        """Names of all assets with at least one partition."""
        return sorted(unquote(name) for name in self._children(self.root))

    def partitions(self, asset: str) -> list[str | None]:
        """Partitions that were ever materialized."""
        names = self._children(f"{self.root}/{_escaped(asset)}")
        return sorted((_decode_partition(name) for name in names), key=lambda p: p or "")

    def versions(self, asset: str, partition: str | None = None) -> list[str]:
        """Data versions kept, oldest first; a folder without a manifest is none."""
        home, of = f"{self.home(asset, partition)}/versions", label(asset, partition)
        names = [n for n in self._children(home) if self.filesystem.exists(f"{home}/{n}/manifest.json")]
        manifests = [self.read_manifest(f"{home}/{name}", of) for name in names]
        return [m.data_version for m in sorted(manifests, key=lambda m: m.created_at)]

    def receipts(self, asset: str, partition: str | None = None) -> list[Receipt]:
        """All receipts, oldest first."""
        home = f"{self.home(asset, partition)}/receipts"
        paths = (f"{home}/{name}" for name in self._children(home) if name.endswith(".json"))
        found = (self._read_receipt(path, damaged_receipt(path)) for path in paths)
        return sorted((receipt for receipt in found if receipt is not None), key=lambda r: r.finished_at)

    def files_beside(self, folder: str) -> list[str]:
        """Files of a hidden folder beside the assets, by name; those in the making are left out."""
        place = f"{self.root}/{folder}"
        return [f"{place}/{name}" for name in self._children(place)]

    def names_in(self, folder: str) -> list[str]:
        """Names in a folder of the store as they are now, also where another host wrote them; hidden ones are left out."""
        if snapshot_of(self) is None:
            self.filesystem.invalidate_cache(folder)
        return self._children(folder)

    def remove_version(self, asset: str, partition: str | None, data_version: str) -> None:
        """Delete a kept version; the caller has made sure that nothing refers to it."""
        self.filesystem.rm(self.version_directory(asset, partition, data_version), recursive=True)

    def read_bytes(self, path: str) -> bytes | None:
        """A small file; None where there is none."""
        if snapshot := snapshot_of(self):
            return snapshot.read(path)
        try:
            if self.is_local:
                with open(path, "rb") as file:
                    return file.read()
            found: bytes = self.filesystem.cat_small(path)
        except FileNotFoundError:
            return None
        return found

    def _read_receipt(self, path: str, when_damaged: StoreError) -> Receipt | None:
        data = self.read_bytes(path)
        try:
            return decode_receipt(data) if data is not None else None
        except UNREADABLE as error:
            raise when_damaged from error

    def read_manifest(self, directory: str, maker: str) -> Manifest:
        data = self.read_bytes(f"{directory}/manifest.json")
        if data is None:
            raise gone_version(directory, maker)
        return self.manifest_of(data, directory, maker)

    def manifest_of(self, data: bytes, directory: str, maker: str) -> Manifest:
        """What the bytes of a manifest say; raises StoreError where they are damaged."""
        try:
            return decode_manifest(data)
        except UNREADABLE as error:
            raise damaged_version(f"{directory}/manifest.json", directory, maker) from error

    def _children(self, path: str) -> list[str]:
        if snapshot := snapshot_of(self):
            return snapshot.names_in(path)
        try:
            listing: list[Any] = self.filesystem.ls(path, detail=False)
        except FileNotFoundError:
            return []
        return sorted(
            name
            for entry in listing
            if not (name := str(entry).rstrip("/").rsplit("/", 1)[-1]).startswith(".")
        )


@lru_cache(maxsize=1 << 14)  # the same names come again for each file that is looked at
def _escaped(name: str) -> str:
    return quote(name, safe="")


@lru_cache(maxsize=1 << 14)
def _encode_partition(partition: str | None) -> str:
    """A name that is no other key's, no hidden file and no way out: dots and underscores are escaped too."""
    return "_" if partition is None else _escaped(partition).replace("_", "%5F").replace(".", "%2E")


def _decode_partition(name: str) -> str | None:
    return None if name == "_" else unquote(name)
