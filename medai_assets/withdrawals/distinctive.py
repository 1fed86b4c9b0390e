"""What only a withdrawn record says: stretches of its text by which it is known wherever it stands.

A stretch is letters, digits and blanks alone, so that it reads the same in JSON, XML, HTML and plain text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.storage import Store, Stored
from medai_assets.withdrawals.old_versions import kept, rests_on
from medai_assets.withdrawals.scan import Wanted

BY_THEM = {"passages": ["text", "title"]}
BY_OTHERS = BY_THEM | {"removed": ["text", "detail"], "examples": ["prompt", "completion"]}
LEAST, MOST = 24, (60, 100)  # letters of a stretch; a cell of Dagster's page shows some more
AT_ONCE = 1_000  # texts that are searched together
AUTHORED = "a text of this project"
_STRETCH = re.compile(r"[A-Za-z0-9]+(?:[ ,;]+[A-Za-z0-9]+)*")


def stretches(text: str) -> Iterator[str]:
    """Stretches of a text that are long enough to tell it from others; of a long one two beginnings, since a log or a list
    may show as much of it."""
    for found in _STRETCH.finditer(text):
        for most in MOST:
            words = found[0][: most + 1]
            if len(words) > most:
                words = words[: words.rindex(" ")] if " " in words else words[:most]
            if len(words) >= LEAST and " " in words:
                yield words
            if len(found[0]) <= most:
                break


@dataclass(frozen=True)
class DistinctiveTexts:
    """What records say: ``alone`` nothing else says, ``too`` others say as well, each with the first that was met."""

    alone: list[str]
    too: dict[str, str]


def distinctive_texts(store: Store, record_ids: Collection[str]) -> DistinctiveTexts:
    """Stretches of the records' passages and titles, as any kept version has them.

    Raises:
        StoreError: a version is damaged; names it.
    """
    records = pa.array(sorted(record_ids), pa.string())
    said: set[str] = set()
    for stored in kept(store):
        for _, text in _texts(stored, records, by_them=True):
            said |= set(stretches(text))
    left, too = Wanted(said), dict[str, str]()
    for stored in _current(store) if said else ():
        others = _texts(stored, records, by_them=False)
        while some := list(islice(others, AT_ONCE)):
            for one in (held := left.all_in(b"\0".join(text.encode() for _, text in some))):
                alone = Wanted([one])
                too[one] = next(who for who, text in some if alone.first_in(text.encode())) or AUTHORED
            left = left.without(held) if held else left
    return DistinctiveTexts(sorted(left), too)


def _current(store: Store) -> Iterator[Stored]:
    """What the sources say now, and the data set: an example is worded by its rule too."""
    for partition in store.partitions("processed_corpus"):
        processed = store.current_if_kept("processed_corpus", partition)
        yield from processed.parts if processed else ()
    if (dataset := store.current_if_kept("instruction_dataset")) is not None:
        yield dataset


def _texts(stored: Stored, records: pa.Array, by_them: bool) -> Iterator[tuple[str | None, str]]:
    """Texts, each behind the first record that it comes of; None where it comes of none."""
    for table, columns in (BY_THEM if by_them else BY_OTHERS).items():
        if table not in stored.manifest.tables:
            continue
        for batch in stored.batches(table, [*columns, "origins"]):
            hit = rests_on(batch, records)
            rows = pa.Table.from_batches([batch]).filter(hit if by_them else pc.invert(hit))
            first = pc.list_slice(rows["origins"], 0, 1, return_fixed_size_list=True)
            who = pc.struct_field(pc.list_element(first, 0), "record_id").to_pylist()
            for name in columns:
                yield from ((one, text) for one, text in zip(who, rows[name].to_pylist()) if text)
