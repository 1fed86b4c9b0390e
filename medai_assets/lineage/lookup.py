"""One object that answers questions about lineage: the store, the versions in it, and an index for each data set version."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import msgspec

from medai_assets.lineage.index import Index
from medai_assets.lineage.index_build import Progress, silent
from medai_assets.lineage.learned import Learned
from medai_assets.lineage.model import Example, Passage, Record
from medai_assets.lineage.rows import Rows
from medai_assets.lineage.sentences import sentences_used
from medai_assets.lineage.versions import CORPUS, CURRENT, DATASET, Versions
from medai_assets.settings import Settings
from medai_assets.storage import Input, Store, Stored, StoreError
from medai_assets.withdrawals.current import Withdrawn

_EXAMPLE = list(Example.__struct_fields__)
_PASSAGE = [name for name in Passage.__struct_fields__ if name not in ("records", "used")]


class LineageError(LookupError):
    """What was asked for is not in the store; the message says where was looked and what to do."""


class Lineage:
    """Answers from one store as it is now; cheap to make, one for each thread."""

    def __init__(
        self, store: Store, folder: Path, take_downs: Path | None = None, progress: Progress = silent
    ) -> None:
        self.store = store
        self.folder = folder
        self.take_downs = take_downs
        self.progress = progress
        self.versions = Versions(store)
        self.learned = Learned(self.versions)
        self._indexes: dict[str, Index] = {}

    @classmethod
    def of(cls, settings: Settings, progress: Progress = silent) -> Lineage:
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

    def records(self, index: Index, numbers: list[int]) -> list[Record]:
        """Records with what is known of their withdrawal."""
        found = []
        for record in index.records(numbers):
            reason = self.withdrawn.reason(record.record_id, record.version)
            found.append(msgspec.structs.replace(record, withdrawn=reason) if reason else record)
        return found

    def example(self, index: Index, number: int) -> Example:
        row = Rows(index.dataset, "examples").take([number], _EXAMPLE)[0]
        return Example(**row)

    def passages(self, index: Index, numbers: list[int], completion: str = "") -> list[Passage]:
        """Passages in full, each with its records and the sentences of ``completion`` that stand in it."""
        if not numbers or not index.about["corpus"]:
            return []
        try:
            corpus = self.store.open(CORPUS, None, index.about["corpus"])
        except StoreError as error:
            raise LineageError(str(error)) from error
        found = []
        for number, row in zip(numbers, Rows(corpus, "passages").take(numbers, _PASSAGE)):
            records = self.records(index, index.records_of_passage(number))
            used = sentences_used(completion, row["text"]) if completion else []
            found.append(Passage(**row, records=records, used=used))
        return found
