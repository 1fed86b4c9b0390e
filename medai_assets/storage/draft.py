"""Writing one version: into a directory of its own beside the final place, then published whole or not at all.

pyarrow is imported when a table is written: most commands never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from medai_assets.storage import publishing
from medai_assets.storage.hashing import digest_of_files, file_sha256
from medai_assets.storage.manifest import ERASED, FileInfo, Finish, Input, Manifest, Part, TableInfo
from medai_assets.storage.stored import Stored

if TYPE_CHECKING:
    import pyarrow as pa

    from medai_assets.storage.current import CurrentState
    from medai_assets.storage.store import Store
    from medai_assets.storage.table_writer import TableWriter, WrittenTable


class Draft:
    """A version in the making. Leaving the ``with`` block without ``publish`` removes it."""

    def __init__(
        self,
        store: Store,
        asset: str,
        partition: str | None,
        directory: Path,
        started_at: str,
        seen: CurrentState,
    ) -> None:
        self.store = store
        self.asset = asset
        self.partition = partition
        self.directory = directory
        self.started_at = started_at
        self.seen = seen  # what was current when it began
        self.parts: list[Part] = []
        self._tables: dict[str, TableWriter | WrittenTable] = {}

    def table(self, name: str, schema: pa.Schema) -> TableWriter:
        """A new table of this version; use as a context manager."""
        from medai_assets.storage.table_writer import TableWriter

        if name in self._tables:
            raise ValueError(f"{self.asset}: the table {name!r} is written twice")
        writer = self._tables[name] = TableWriter(self.directory / f"{name}.parquet", schema)
        return writer

    def write_table(
        self, name: str, rows: pa.Table | Iterable[pa.RecordBatch], schema: pa.Schema | None = None
    ) -> int:
        """Write a whole table at once and return its row count."""
        import pyarrow as pa

        if isinstance(rows, pa.Table):
            schema, rows = schema or rows.schema, rows.to_batches()
        if schema is None:
            raise ValueError("a stream of batches needs its schema")
        with self.table(name, schema) as writer:
            for batch in rows:
                writer.write(batch)
        return writer.rows

    def adopt_table(self, name: str) -> None:
        """Count a Parquet file that another process wrote into the directory as a table of this version."""
        from medai_assets.storage.table_writer import WrittenTable

        self._tables[name] = WrittenTable.of(self.directory / f"{name}.parquet")

    def path(self, name: str) -> Path:
        """Where to write any other file or sub-directory; its parent exists."""
        path = (self.directory / name).resolve()
        if not path.is_relative_to(self.directory.resolve()):
            raise ValueError(f"{name!r} would lie outside the version's directory")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def reference(self, stored: Stored) -> None:
        """Include the tables of another stored version without copying them."""
        self.parts.append(Part(stored.asset, stored.partition, stored.data_version))

    def publish(
        self,
        *,
        data_version: str | None = None,
        code_version: str,
        inputs: Iterable[Input] = (),
        run_id: str = "",
        started_at: str | None = None,
        fingerprint: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        finish: Sequence[Finish] = (),
    ) -> Stored:
        """Make the version visible: directory first, receipt last, each by one atomic step.

        Args:
            data_version: hash of the content; None = hash over the files' hashes.
            started_at: when the work began, ISO 8601 in UTC; None = when the draft was opened.
            metadata: JSON values about this materialization (counts, requests, durations).
            finish: called with the version when it is in place and not yet current: what else the stage promises, and
                what its checks found. What one of them raises leaves the partition as it was.
        """
        self.started_at = started_at or self.started_at
        tables, files = self._describe()
        digests = {f"{n}.parquet": t.sha256 for n, t in tables.items()} | {
            n: f.sha256 for n, f in files.items()
        }
        manifest = Manifest(
            asset=self.asset,
            partition=self.partition,
            data_version=data_version or digest_of_files(digests),
            code_version=code_version,
            inputs=sorted(inputs, key=lambda i: (i.asset, i.partition or "", i.data_version)),
            tables=tables,
            files=files,
            parts=self.parts,
            created_at=self.store.now(),
            run_id=run_id,
            metadata=dict(metadata or {}),
        )
        return publishing.publish(self, manifest, fingerprint, finish)

    def replace(self, stored: Stored, erased: Mapping[str, Any]) -> None:
        """Put the draft in the place of a stored version, which keeps its name although rows of it are gone.

        Args:
            erased: what was taken out; added to the manifest's metadata.

        Raises:
            StoreError: the version is no longer as it was opened; what another has put there stays.
        """
        tables, files = self._describe()
        before = stored.manifest.metadata.get(ERASED, [])
        metadata = stored.manifest.metadata | {ERASED: [*before, dict(erased)]}
        without = msgspec.structs.replace(stored.manifest, tables=tables, files=files, metadata=metadata)
        publishing.replace_version(self, without, stored.manifest)

    def _describe(self) -> tuple[dict[str, TableInfo], dict[str, FileInfo]]:
        tables = {}
        for name, writer in sorted(self._tables.items()):
            columns = {field.name: str(field.type) for field in writer.schema}
            tables[name] = TableInfo(
                writer.rows, writer.path.stat().st_size, file_sha256(writer.path), columns
            )
        own = {writer.path for writer in self._tables.values()}
        others = sorted(p for p in self.directory.rglob("*") if p.is_file() and p not in own)
        files = {
            str(p.relative_to(self.directory)): FileInfo(p.stat().st_size, file_sha256(p)) for p in others
        }
        return tables, files
