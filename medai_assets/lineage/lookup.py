"""One object that answers questions about lineage: the store, the versions in it, and an index for each data set version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from medai_assets.foundation.rows import Origin
from medai_assets.foundation.samples import SANDBOX
from medai_assets.lineage.corpus import Place
from medai_assets.lineage.index import Index
from medai_assets.lineage.index_build import Progress, no_progress
from medai_assets.lineage.learned import Learned
from medai_assets.lineage.model import Example, Passage, PassageLine, Record
from medai_assets.lineage.rows import Rows
from medai_assets.lineage.sentences import sentences_used
from medai_assets.lineage.versions import CURRENT, DATASET, Versions
from medai_assets.settings import Settings
from medai_assets.storage import Input, Store, Stored
from medai_assets.withdrawals.current import Withdrawn

_EXAMPLE = list(Example.__struct_fields__)
_PASSAGE = [name for name in Passage.__struct_fields__ if name not in ("records", "used")]
# What only the raw tables know of a record: its title, the request that brought it and when.
_OF_RAW = ("record_id", "version", "title", "request", "retrieved_at")


class LineageError(LookupError):
    """What was asked for is not in the store; the message says where was looked and what to do."""


class Lineage:
    """Answers from one store as it is now; cheap to make, one for each thread."""

    def __init__(
        self, store: Store, folder: Path, take_downs: Path | None = None, progress: Progress = no_progress
    ) -> None:
        self.store = store
        self.folder = folder
        self.take_downs = take_downs
        self.progress = progress
        self.versions = Versions(store)
        self.learned = Learned(self.versions)
        self._indexes: dict[str, Index] = {}

    @classmethod
    def of(cls, settings: Settings, progress: Progress = no_progress) -> Lineage:
        """Lineage of the store that the settings name; its indexes lie in ``<data>/<profile>/lineage``."""
        folder = settings.profile_dir / "lineage"
        return cls(Store(settings.store_root), folder, settings.take_downs_file, progress)

    @cached_property
    def withdrawn(self) -> Withdrawn:
        return Withdrawn.now(self.store, self.take_downs)

    def dataset(self, name: str = CURRENT) -> Stored:
        """A kept data set version by ``current``, ``previous`` or its data version.

        Raises:
            LineageError: there is no data set yet.
            VersionNotFound: no kept version has that name.
        """
        if self.store.current_receipt(DATASET) is None:
            raise LineageError("there is no instruction_dataset yet; `medai run` makes it")
        return self.open(self.versions.find(DATASET, None, name))

    def datasets(self) -> list[Input]:
        """Kept data set versions, the current one first."""
        current = self.versions.current(DATASET)
        newest_first = self.versions.kept(DATASET)[::-1]
        return sorted(newest_first, key=lambda ref: ref != current)

    def open(self, ref: Input) -> Stored:
        """A kept version; raises StoreError when it is gone."""
        return self.store.open(ref.asset, ref.partition, ref.data_version)

    def index(self, dataset: Stored) -> Index:
        """The index of a data set version, built when it is not there yet."""
        key = dataset.data_version
        if key not in self._indexes:
            self._indexes[key] = Index(dataset, self.folder, self.progress)
        return self._indexes[key]

    def close(self) -> None:
        for index in self._indexes.values():
            index.close()
        self._indexes.clear()

    def __enter__(self) -> Lineage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # rows in full

    def records(self, index: Index, origins: Iterable[Origin]) -> list[Record]:
        """Records with what their raw slices know of them, where those are kept, and of their withdrawal."""
        named, known = list(origins), dict[tuple[str, ...], dict[str, Any]]()
        for source, key in {(one["source"], one["slice"]) for one in named}:
            ids = [one["record_id"] for one in named if (one["source"], one["slice"]) == (source, key)]
            ref = self.versions.raw_of(index.dataset.input, source, key)
            if ref is not None and self.versions.manifest(ref) is not None:
                rows = self.open(ref).table("records", _OF_RAW, filter=pc.field("record_id").isin(ids))
                for row in rows.to_pylist():
                    when = row["retrieved_at"].isoformat(timespec="seconds")
                    facts = row | {"retrieved_at": when, "raw_version": ref.data_version}
                    known[source, key, row["record_id"], row["version"]] = facts
        return [
            self._record(one, known.get((one["source"], one["slice"], one["record_id"], one["version"]), {}))
            for one in named
        ]

    def _record(self, origin: Origin, facts: dict[str, Any]) -> Record:
        withdrawn = self.withdrawn.reason(origin["record_id"], origin["version"])
        # Versions made before samples were known as such name a publisher's page that does not exist.
        url = f"{SANDBOX}{origin['record_id']}" if origin["sample"] else origin["url"]
        return Record(**{**origin, **facts, "url": url, "withdrawn": withdrawn})

    def example(self, index: Index, number: int) -> Example:
        row = Rows(index.dataset, "examples").take([number], _EXAMPLE)[0]
        return Example(**row)

    def passages(self, index: Index, numbers: list[int], completion: str = "") -> list[Passage]:
        """Passages in full, each with its records and the sentences of ``completion`` that stand in it."""
        return self.passages_at(index, index.places(numbers), completion)

    def passages_at(self, index: Index, places: Sequence[Place], completion: str = "") -> list[Passage]:
        """The same of places in the index's corpus; those that it no longer holds are left out."""
        found = []
        for row in index.corpus.take(places, [*_PASSAGE, "origins"]):
            records = self.records(index, row.pop("origins"))
            used = sentences_used(completion, row["text"]) if completion else []
            found.append(Passage(**row, records=records, used=used))
        return found

    def passage_lines(self, index: Index, places: Sequence[Place]) -> list[PassageLine]:
        """Passages as lists show them."""
        rows = index.corpus.take(places, ["passage_id", "title", "section", "source"])
        return [PassageLine(**row, examples=index.examples_of_passage(row["passage_id"])) for row in rows]
