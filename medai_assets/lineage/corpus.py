"""The curated corpus as lineage asks for it: where its passages lie, and what of it comes of a record, an address, a source.

No index of it is kept. Its slices' tables are read, the few columns that a question needs, a row group at a time; so a new
version of a slice costs nothing here, and no host has anything to build. Examples, which are few, have an index (index.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from medai_assets.foundation.name_hashes import Hashes, hashed
from medai_assets.foundation.rows import Origin
from medai_assets.lineage.impact_targets import Target
from medai_assets.lineage.learned import COLUMNS, meant
from medai_assets.lineage.rows import opened
from medai_assets.lineage.versions import CORPUS, Versions
from medai_assets.storage import Stored

TABLE = "passages"
_Key = Literal["record_id", "version", "source", "slice"]
_KEY: tuple[_Key, ...] = get_args(_Key)  # what makes an origin a record of its own


class Place(NamedTuple):
    """A passage, and the part of the corpus that held it when this was noted ("" for the corpus itself)."""

    passage_id: str
    part: str


@dataclass
class Reach:
    """What of a corpus comes of one target: how much, and the first of it.

    Attributes:
        record_keys: a hash for each record that was met, with repeats.
    """

    passages: int = 0
    places: list[Place] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    record_keys: list[Hashes] = field(default_factory=list)

    def note(self, origins: Iterable[Any], most: int) -> None:
        """List records, origins of a table or as they are, as long as there are fewer than ``most``."""
        for one in origins:
            if len(self.origins) >= most:
                return
            origin: Origin = one.as_py() if isinstance(one, pa.Scalar) else one
            self.origins.setdefault(key_of(origin), origin)

    @property
    def records(self) -> int:
        return len(np.unique(np.concatenate(self.record_keys))) if self.record_keys else 0


def key_of(origin: Origin) -> str:
    """What a record is known by."""
    return "\x1f".join(origin[name] for name in _KEY)


class Corpus:
    """One version of the curated corpus, or none where it is no longer kept."""

    def __init__(self, stored: Stored | None) -> None:
        self.stored = stored

    @classmethod
    def behind(cls, dataset: Stored) -> Corpus:
        """What a data set version was made from."""
        versions = Versions(dataset.store)
        ref = versions.input_of(dataset.input, CORPUS)
        if ref is None or versions.manifest(ref) is None:
            return cls(None)
        return cls(dataset.store.open(ref.asset, ref.partition, ref.data_version))

    @property
    def is_kept(self) -> bool:
        """Whether its passages can be read; where it was removed, nothing is known of them."""
        return self.stored is not None

    @cached_property
    def parts(self) -> dict[str, Stored]:
        """The versions that hold its rows, in their order."""
        if self.stored is None:
            return {}
        return {part.partition or "": part for part in self.stored.parts or [self.stored]}

    def __len__(self) -> int:
        return self.stored.rows(TABLE) if self.stored else 0

    def places(self, passage_ids: Iterable[str]) -> dict[str, Place]:
        """Where passages lie; those that it does not hold are left out."""
        wanted, found = pa.array(sorted(passage_ids), pa.string()), dict[str, Place]()
        for name, group in self._groups(self.parts) if len(wanted) else ():
            ids = group.read("passage_id")
            for one in ids.filter(pc.is_in(ids, wanted)).to_pylist():
                found[one] = Place(one, name)
        return found

    def listed(self, start: int, most: int) -> list[Place]:
        """Some places in the order in which the passages lie."""
        found: list[Place] = []
        for name, group in self._groups(self.parts):
            if start < len(group):
                ids = group.read("passage_id").slice(start, most - len(found))
                found += [Place(one, name) for one in ids.to_pylist()]
            if len(found) == most:
                break
            start = max(0, start - len(group))
        return found

    def take(self, places: Sequence[Place], columns: Sequence[str]) -> list[dict[str, Any]]:
        """Rows in the order of their places; those that are not there are left out. A passage that has moved is looked for."""
        found: dict[str, dict[str, Any]] = {}
        for name in dict.fromkeys(place.part for place in places):
            if name in self.parts:
                ids = [place.passage_id for place in places if place.part == name]
                found |= self._rows([name], ids, columns)
        if moved := [place.passage_id for place in places if place.passage_id not in found]:
            found |= self._rows(self.parts, moved, columns)
        return [found[place.passage_id] for place in places if place.passage_id in found]

    def _rows(
        self, parts: Iterable[str], passage_ids: list[str], columns: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        wanted, found = pa.array(passage_ids, pa.string()), dict[str, dict[str, Any]]()
        for _, group in self._groups(parts):
            hits = pc.indices_nonzero(pc.is_in(group.read("passage_id"), wanted))
            if len(hits):
                rows = group.table([*columns, "passage_id"]).take(hits).to_pylist()
                found |= {row["passage_id"]: row for row in rows}
        return found

    def holding(self, record_ids: Iterable[str]) -> set[str]:
        """Those of the records that a passage comes from."""
        wanted, found = pa.array(sorted(record_ids), pa.string()), set[str]()
        for _, group in self._groups(self.parts) if len(wanted) else ():
            ids = group.origins(["record_id"])[1]["record_id"]
            found |= set(ids.filter(pc.is_in(ids, wanted)).to_pylist())
        return found

    def reach(self, target: Target, most: int) -> Reach:
        """What comes of a target: all is counted, the first ``most`` are listed."""
        reach = Reach()
        for name, group in self._groups(self.parts):
            rows, mask = group.meant(target)
            if not len(rows):
                continue
            reach.passages += len(rows)
            if len(reach.places) < most:
                ids = group.read("passage_id").take(rows[: most - len(reach.places)])
                reach.places += [Place(one, name) for one in ids.to_pylist()]
            _, keys = group.origins(_KEY)
            joined = pc.binary_join_element_wise(*(keys[name].filter(mask) for name in _KEY), "\x1f")
            reach.record_keys.append(hashed(joined.unique()))
            if len(reach.origins) < most:
                reach.note(group.all_origins().filter(mask), most)
        return reach

    def also_from(self, record_id: str) -> dict[str, int]:
        """Other records that passages of a record come from too, each with how many: most first."""
        found, target = Counter[str](), Target("record", record_id)
        for _, group in self._groups(self.parts):
            rows, _ = group.meant(target)
            if len(rows):
                parents, keys = group.origins(["record_id"])
                near = pa.table({"row": parents, "record_id": keys["record_id"]})
                near = near.filter(pc.is_in(parents, rows)).group_by(["row", "record_id"]).aggregate([])
                found.update(near["record_id"].to_pylist())
        del found[record_id]
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def slices(self, source: str) -> dict[str, int]:
        """The slices of a source with the number of records of theirs that passages come from."""
        found: dict[str, list[Hashes]] = {}
        for _, group in self._groups(self.parts):
            _, keys = group.origins(_KEY)
            own = pc.equal(keys["source"], source)
            joined = pc.binary_join_element_wise(*(keys[name].filter(own) for name in _KEY), "\x1f")
            of_slice = keys["slice"].filter(own)
            for key in of_slice.unique().to_pylist():
                records = joined.filter(pc.equal(of_slice, key)).unique()
                found.setdefault(key, []).append(hashed(records))
        return {key: len(np.unique(np.concatenate(found[key]))) for key in sorted(found)}

    def named(self, part_of_name: str, is_meant: Callable[[str], bool], most: int) -> list[Origin]:
        """Records by a name of theirs, their id before the title of a passage: the first ``most`` that are meant.

        Args:
            part_of_name: what each such name holds, case aside; of those with letters beyond ASCII all are asked.
        """
        reach = Reach()
        for _, group in self._groups(self.parts):
            parents, found = group.origins(["record_id"])
            names = pc.binary_join_element_wise(found["record_id"], group.read("title").take(parents), " ")
            near = pc.or_(
                pc.match_substring(names, part_of_name, ignore_case=True),
                pc.invert(pc.string_is_ascii(names)),
            )
            hits = [
                n
                for n, name in zip(pc.indices_nonzero(near).to_pylist(), names.filter(near).to_pylist())
                if is_meant(name)
            ]
            if hits:
                reach.note(group.all_origins().take(pa.array(hits)), most)
            if len(reach.origins) == most:
                break
        return list(reach.origins.values())

    def _groups(self, parts: Iterable[str]) -> Iterator[tuple[str, _Group]]:
        for name in parts:
            for path in self.parts[name].table_paths(TABLE):
                with opened(self.parts[name].store, path) as file:
                    for number in range(file.num_row_groups):
                        yield name, _Group(file, number)


class _Group:
    """A row group, of which columns are read when they are asked for."""

    def __init__(self, file: pq.ParquetFile, number: int) -> None:
        self.file = file
        self.number = number

    def __len__(self) -> int:
        return int(self.file.metadata.row_group(self.number).num_rows)

    def table(self, columns: Sequence[str]) -> pa.Table:
        return self.file.read_row_group(self.number, columns=list(columns))

    def read(self, column: str) -> pa.Array:
        return self.table([column])[column].combine_chunks()

    def all_origins(self) -> pa.StructArray:
        return pc.list_flatten(self.read("origins"))

    def origins(self, fields: Sequence[str]) -> tuple[pa.Array, Mapping[str, pa.Array]]:
        """The row of each origin, and some of its fields; the others are not read."""
        lists = self.table([f"origins.list.element.{name}" for name in fields])["origins"].combine_chunks()
        flat = pc.list_flatten(lists)
        return pc.list_parent_indices(lists), {name: flat.field(name) for name in fields}

    def meant(self, target: Target) -> tuple[pa.Array, pa.Array]:
        """The rows that come of a target, ascending, and which of all origins are meant."""
        if target.what == "passage":
            parents, _ = self.origins(["record_id"])
            mask = pc.equal(self.read("passage_id"), target.name).take(parents)
            return parents.filter(mask).unique(), mask
        parents, found = self.origins(COLUMNS[target.what])
        mask = meant(pa.table(dict(found)), target)
        return parents.filter(mask).unique(), mask
