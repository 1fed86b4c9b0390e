"""What is written beside stored content: a manifest inside each version, a receipt for each materialization.

The manifest describes the content and never changes. Receipts tell when, by which run, from which inputs a
version was last confirmed; together they repeat what Dagster's event log says, so lineage survives its loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from medai_assets.storage.hashing import checked, with_checksum

if TYPE_CHECKING:
    from medai_assets.storage.stored import Stored


ERASED = "erased"  # in a manifest's metadata: what was taken out of the version since it was made


class Input(msgspec.Struct, frozen=True, order=True):
    """One parent partition and the version of it that was read."""

    asset: str
    partition: str | None
    data_version: str


class Part(msgspec.Struct, frozen=True, order=True):
    """Another stored version whose tables belong to this one, kept by reference instead of copied."""

    asset: str
    partition: str | None
    data_version: str


class TableInfo(msgspec.Struct, frozen=True):
    """A Parquet table of a version: rows, size in bytes, SHA-256 of the file, columns as name to type."""

    rows: int
    bytes: int
    sha256: str
    columns: dict[str, str]


class FileInfo(msgspec.Struct, frozen=True):
    """Any other file of a version."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Description of one version's content and of how it first came to be."""

    asset: str
    partition: str | None
    data_version: str
    code_version: str
    inputs: list[Input]
    tables: dict[str, TableInfo]
    files: dict[str, FileInfo]
    parts: list[Part]
    created_at: str
    run_id: str
    metadata: dict[str, Any]
    # in an object store: the folder of the version that holds its files; none: the version's own
    attempt: str = ""

    @property
    def bytes(self) -> int:
        """Size of the version's own files, without its parts."""
        return sum(t.bytes for t in self.tables.values()) + sum(f.bytes for f in self.files.values())

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of every file of the version but this one, by name."""
        tables = {f"{name}.parquet": info.sha256 for name, info in self.tables.items()}
        return tables | {name: info.sha256 for name, info in self.files.items()}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One materialization: which version, from which inputs, by which code and run, and what it cost."""

    asset: str
    partition: str | None
    data_version: str
    code_version: str
    inputs: list[Input]
    fingerprint: str | None  # of what lies outside the graph: a slice's query, a recipe file
    run_id: str
    started_at: str
    finished_at: str
    unchanged: bool  # the version before had the same content
    metadata: dict[str, Any]
    outputs: dict[
        str, str
    ] = {}  # what it promises outside the store: path below the profile's folder -> SHA-256


class Finished(msgspec.Struct, frozen=True):
    """What a stage did between storing a version and making it the current one; goes into the receipt."""

    metadata: Mapping[str, Any] = {}
    outputs: Mapping[str, str] = {}


Finish = Callable[["Stored"], Finished]


def encode(document: Manifest | Receipt) -> bytes:
    """Readable JSON, keys sorted, with its own checksum."""
    return with_checksum(msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1))


def decode_manifest(data: bytes) -> Manifest:
    """Raises ChecksumWrong when a byte changed, and msgspec.ValidationError naming the field when it is not a manifest."""
    return msgspec.json.decode(checked(data), type=Manifest)


def decode_receipt(data: bytes) -> Receipt:
    """Raises ChecksumWrong when a byte changed, and msgspec.ValidationError naming the field when it is not a receipt."""
    return msgspec.json.decode(checked(data), type=Receipt)
