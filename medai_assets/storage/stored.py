"""Reading one stored version: its tables, also those it keeps by reference, and its files.

pyarrow is imported when a table is read: most commands only look at receipts.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medai_assets.foundation.file_hashes import file_digest
from medai_assets.storage.errors import StoreError, damaged_version, label
from medai_assets.storage.local_cache import copy_of, make_room
from medai_assets.storage.manifest import Input, Manifest, Receipt

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds

    from medai_assets.storage.store import Store

BATCH_ROWS = 10_000
# Bytes and rows of a file that is read at once: to scan it takes half a millisecond more, much where there are a thousand
# slices. Rows that say the same take next to no bytes, so those have a bound of their own.
SMALL_TABLE, FEW_ROWS = 1 << 20, 10 * BATCH_ROWS


class Stored:
    """One version of one asset partition."""

    def __init__(
        self, store: Store, manifest: Manifest, receipt: Receipt | None = None, maker: str | None = None
    ) -> None:
        self.store = store
        self.manifest = manifest
        self.receipt = receipt
        self.maker = maker or label(manifest.asset, manifest.partition)  # whose run makes it

    @property
    def asset(self) -> str:
        return self.manifest.asset

    @property
    def partition(self) -> str | None:
        return self.manifest.partition

    @property
    def data_version(self) -> str:
        return self.manifest.data_version

    @property
    def input(self) -> Input:
        """This version as an input of another."""
        return Input(self.asset, self.partition, self.data_version)

    @property
    def own_receipt(self) -> Receipt:
        """The receipt of a version that was just published, or that was opened as the current one."""
        assert self.receipt is not None
        return self.receipt

    @property
    def facts(self) -> dict[str, Any]:
        """What the materialization at hand tells of itself: counts, verdicts, settings.

        The rows may be an earlier one's, whose manifest keeps what that one told; so where a version was opened with its
        receipt, the receipt's word counts.
        """
        return self.receipt.metadata if self.receipt else self.manifest.metadata

    @property
    def home(self) -> str:
        """Path or key of the version's directory within the store's filesystem; its manifest lies there."""
        return self.store.version_directory(self.asset, self.partition, self.data_version)

    @property
    def directory(self) -> str:
        """Path or key of the directory that holds the version's files: its own, or that of the attempt that made it."""
        return f"{self.home}/{self.manifest.attempt}" if self.manifest.attempt else self.home

    @cached_property
    def parts(self) -> list[Stored]:
        """Versions kept by reference. Raises StoreError when one of them is gone."""
        return [
            self.store.open(p.asset, p.partition, p.data_version, maker=self.maker)
            for p in self.manifest.parts
        ]

    def has_table(self, name: str) -> bool:
        return name in self.manifest.tables or any(part.has_table(name) for part in self.parts)

    def rows(self, name: str) -> int:
        """Rows of a table, without opening it."""
        own = self.manifest.tables[name].rows if name in self.manifest.tables else 0
        return own + sum(part.rows(name) for part in self.parts)

    def table_paths(self, name: str) -> list[str]:
        """Parquet files of a table, its own first, then its parts' in order; all are as they were written.

        Raises:
            StoreError: one is not; names it and what to do.
        """
        own = []
        if name in self.manifest.tables:
            verify(self, f"{name}.parquet")
            own = [f"{self.directory}/{name}.parquet"]
        return own + [path for part in self.parts for path in part.table_paths(name)]

    def dataset(self, name: str) -> ds.Dataset:
        """The table as an Arrow dataset.

        Raises:
            KeyError: the version has no table of that name; the message lists those it has.
            StoreError: its file is damaged.
        """
        import pyarrow.dataset as ds
        from pyarrow.fs import FSSpecHandler, LocalFileSystem, PyFileSystem

        paths = self.table_paths(name)
        if not paths:
            raise KeyError(
                f"{self.asset}[{self.partition or ''}] has no table {name!r}, only {sorted(self.manifest.tables)}"
            )
        filesystem = (
            LocalFileSystem() if self.store.is_local else PyFileSystem(FSSpecHandler(self.store.filesystem))
        )
        return ds.dataset(paths, format="parquet", filesystem=filesystem)

    def table(
        self, name: str, columns: Sequence[str] | None = None, filter: ds.Expression | None = None
    ) -> pa.Table:
        """The whole table in memory; raises as ``dataset``."""
        if filter is None and (small := self._small_table(name, columns)) is not None:
            return small
        return self.dataset(name).to_table(columns=list(columns) if columns else None, filter=filter)

    def batches(
        self, name: str, columns: Sequence[str] | None = None, filter: ds.Expression | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The table in order, at most BATCH_ROWS rows a batch and few batches in memory, but for a small file, which is read
        at once; raises as ``dataset``.
        """
        if filter is None and (small := self._small_table(name, columns)) is not None:
            return iter(small.to_batches(max_chunksize=BATCH_ROWS))
        scanner = self.dataset(name).scanner(
            columns=list(columns) if columns else None,
            filter=filter,
            batch_size=BATCH_ROWS,
            batch_readahead=2,
            fragment_readahead=1,
        )
        return (batch for batch in scanner.to_batches() if batch.num_rows)

    def _small_table(self, name: str, columns: Sequence[str] | None) -> pa.Table | None:
        """A table in one small file on a local disk; None where it is none, or lacks a column."""
        info = self.manifest.tables.get(name)
        if info is None or self.manifest.parts or not self.store.is_local:
            return None
        if info.bytes > SMALL_TABLE or info.rows > FEW_ROWS:
            return None
        import pyarrow.parquet as pq

        (path,) = self.table_paths(name)
        with pq.ParquetFile(path) as file:
            wanted = list(columns) if columns else file.schema_arrow.names
            if not set(wanted) <= set(file.schema_arrow.names):
                return None
            return file.read(wanted, use_threads=False).select(wanted)

    def sample(self, name: str, rows: int = 5) -> list[dict[str, Any]]:
        """The first rows, for a person to look at."""
        found: list[dict[str, Any]] = self.dataset(name).head(rows).to_pylist()
        return found

    def read(self, name: str) -> bytes:
        """One file of the version as it was written.

        Raises:
            StoreError: it is damaged or gone; names it and what to do.
        """
        verify(self, name)
        found: bytes = self.store.filesystem.cat_file(f"{self.directory}/{name}")
        return found

    def local_path(self) -> Path:
        """The version's directory on local disk, all its files as they were written; fetched into a cache once when
        the store is remote.

        Raises:
            StoreError: a file is damaged or gone; names it and what to do.
        """
        if self.store.is_local:
            verify(self)
            return Path(self.directory)
        target = copy_of(self.asset, self.data_version)
        try:
            verify(self, copy=target)
        except StoreError:  # not fetched yet, or the copy was damaged since
            shutil.rmtree(target, ignore_errors=True)
            self._fetch_into(target)
        return target

    def _fetch_into(self, target: Path) -> None:
        make_room(self.manifest.bytes)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as beside:
            partial = Path(beside) / target.name
            partial.mkdir()
            for name in self.manifest.digests:
                (partial / name).parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileNotFoundError):  # which the comparison tells
                    self.store.filesystem.get_file(f"{self.directory}/{name}", str(partial / name))
            verify(self, copy=partial)
            partial.rename(target)


# Every file of a version is held against its manifest before it is read, so that no damaged byte is used.
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
            raise damaged_version(f"{stored.directory}/{name}", stored.home, stored.maker)
