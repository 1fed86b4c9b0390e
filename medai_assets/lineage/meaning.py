"""Finding examples and passages by meaning: a vector of each, kept beside the word index of a data set version.

A cache like that index: Arrow, read through the memory map, written whole; what an older version's file has already is
taken from there by the hash of its text. Passages are those that examples rest on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import pyarrow as pa
import xxhash

from medai_assets.foundation.extras import ExtraMissing
from medai_assets.foundation.file_hashes import digest_path, is_as_noted
from medai_assets.foundation.files import make_owned, remove_abandoned, unfinished, write_whole
from medai_assets.foundation.kit import KitMissing
from medai_assets.instructions.forms.form import question_alone
from medai_assets.lineage.index import Index
from medai_assets.settings import Settings
from medai_assets.storage import file_sha256
from medai_assets.withdrawals.vectors import RECORDS, SUFFIX

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from medai_assets.serving.sentence_encoder import Encoder

T = TypeVar("T")
FORMAT = "3"  # raised when the columns or what is said of a text change
OF_EXAMPLE, OF_PASSAGE = "example", "passage"
AT_ONCE = 512  # texts that are read, told and written together


class NoMeaning(Exception):
    """Search by meaning cannot be had here; the message says why, and what brings it."""


class Text(NamedTuple):
    """What is put into words for one row."""

    what: str
    number: int
    text: str
    records: list[str]


class Meaning:
    """The vectors of one data set version; raises OSError or ArrowException where the file is damaged."""

    def __init__(self, path: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        self.table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()

    def closest(
        self, what: str, text: str, limit: int, among: Collection[int] | None = None
    ) -> list[tuple[int, float]]:
        """Numbers of the closest rows with their cosine similarity, the closest first.

        Args:
            what: OF_EXAMPLE or OF_PASSAGE. among: numbers that are looked at; None is all.
        """
        import numpy as np

        asked = self.encoder.encode([text])[0]
        allowed = None if among is None else np.fromiter(among, np.int64)
        numbers, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        for batch in self.table.to_batches():
            of = batch["number"].to_numpy()
            meant = np.array(batch["what"].to_pylist()) == what
            if allowed is not None:
                meant &= np.isin(of, allowed)
            numbers.append(of[meant])
            scores.append(vectors_in(batch)[meant].astype(np.float32) @ asked)
        every, score = np.concatenate(numbers), np.concatenate(scores)
        best = np.lexsort((every, -score))[:limit]
        return [(int(every[place]), float(score[place])) for place in best]


def vectors_in(batch: pa.RecordBatch) -> NDArray[np.float16]:
    """The vectors of a batch, one row each, without a copy."""
    column = batch["vector"]
    found: NDArray[np.float16] = column.flatten().to_numpy(zero_copy_only=True).reshape(len(column), -1)
    return found


def meaning(index: Index, settings: Settings, *, make: bool) -> Meaning:
    """The vectors of an index's data set version.

    Args:
        make: make them first where they are missing, which takes minutes.

    Raises:
        NoMeaning: the encoder is not there, the setting says no, or the data set is larger than it allows.
    """
    from medai_assets.serving.sentence_encoder import Encoder

    total = index.numbers(
        "SELECT (SELECT count(*) FROM example) + (SELECT count(DISTINCT passage) FROM example_passage)"
    )[0]
    if total > settings.meaning_most:
        raise NoMeaning(
            f"search by meaning covers at most {settings.meaning_most:,} texts, and there are {total:,}; "
            "raise MEDAI_MEANING_MOST to allow more"
            if settings.meaning_most
            else "search by meaning is off (MEDAI_MEANING_MOST is 0)"
        )
    try:
        encoder = Encoder.prepared(settings.models_dir, settings.kit_dir)
    except (KitMissing, ExtraMissing) as missing:
        raise NoMeaning(f"only words are compared: {missing}") from None
    path = index.folder / f"{index.dataset.data_version}{SUFFIX}"
    if not is_usable(path, encoder):
        if not make:
            raise NoMeaning("only words are compared: `medai ask` has not made this data set's vectors yet")
        build(
            path, texts_of(index), encoder, lambda done: index.progress(done, total, "texts told by meaning")
        )
    return Meaning(path, encoder)


def is_usable(path: Path, encoder: Encoder) -> bool:
    """Whether vectors are there as they were written, of this format and of this encoder."""
    if not is_as_noted(path):
        return False
    with pa.memory_map(str(path)) as source:
        return bool(pa.ipc.open_file(source).schema.metadata == _about(encoder))


def _about(encoder: Encoder) -> dict[bytes, bytes]:
    return {b"format": FORMAT.encode(), b"encoder": encoder.name.encode()}


def texts_of(index: Index) -> Iterator[Text]:
    """Questions of the examples, and titles with texts of the passages that they rest on."""
    number = 0
    for batch in index.dataset.batches("examples", ["prompt", "labels", "origins"]):
        for row in batch.to_pylist():
            records = sorted({one["record_id"] for one in row["origins"]})
            yield Text(OF_EXAMPLE, number, question_alone(row["prompt"], row["labels"]), records)
            number += 1
    for some in _in_lots(index.numbers("SELECT DISTINCT passage FROM example_passage ORDER BY passage")):
        numbers = {place.passage_id: n for n, place in zip(some, index.places(some))}
        for row in index.corpus.take(index.places(some), ["passage_id", "title", "text", "origins"]):
            records = sorted({one["record_id"] for one in row["origins"]})
            yield Text(OF_PASSAGE, numbers[row["passage_id"]], f"{row['title']}. {row['text']}", records)


def build(
    path: Path, texts: Iterator[Text], encoder: Encoder, progress: Callable[[int], None] = lambda done: None
) -> int:
    """Write the vectors of texts to ``path``, few at a time in memory; returns how many were not known before."""
    make_owned(path.parent)
    remove_abandoned(path.parent)
    schema = pa.schema(
        {"what": pa.string(), "number": pa.int64(), "key": pa.string(), RECORDS: pa.list_(pa.string()),
         "vector": pa.list_(pa.float16(), encoder.width)},
        metadata=_about(encoder),
    )  # fmt: skip
    known, beside, made, done = _Known(path, encoder), unfinished(path), 0, 0
    try:
        with pa.OSFile(str(beside), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for some in _in_lots(texts):
                keys = [xxhash.xxh3_128_hexdigest(one.text.encode()) for one in some]
                vectors = {key: vector for key in keys if (vector := known.of(key)) is not None}
                new = {key: one.text for key, one in zip(keys, some) if key not in vectors}
                vectors |= zip(new, encoder.encode(list(new.values())).astype("float16")) if new else ()
                columns = [
                    [one.what for one in some], [one.number for one in some], keys, [one.records for one in some],
                    [vectors[key] for key in keys],
                ]  # fmt: skip
                writer.write(pa.record_batch(columns, schema=schema))
                made, done = made + len(new), done + len(some)
                progress(done)
        write_whole(digest_path(path), file_sha256(beside).encode())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return made


def _in_lots(items: Iterable[T]) -> Iterator[list[T]]:
    waiting = iter(items)
    while some := list(islice(waiting, AT_ONCE)):
        yield some


class _Known:
    """Vectors of the newest other file in the folder, by the hash of their text."""

    def __init__(self, path: Path, encoder: Encoder) -> None:
        others = sorted(path.parent.glob(f"*{SUFFIX}"), key=lambda other: -other.stat().st_mtime)
        newest = next((other for other in others if other != path and is_usable(other, encoder)), None)
        self._batches = Meaning(newest, encoder).table.to_batches() if newest else []
        self._places = {
            key: (number, place)
            for number, batch in enumerate(self._batches)
            for place, key in enumerate(batch["key"].to_pylist())
        }

    def of(self, key: str) -> Any:
        """The vector of a text, None where it is new."""
        if key not in self._places:
            return None
        number, place = self._places[key]
        return vectors_in(self._batches[number])[place]


def fused(*rankings: list[int]) -> list[int]:
    """Several rankings as one, by the sum of 1 / (60 + place) (reciprocal rank fusion; Cormack, Clarke and Büttcher 2009)."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, number in enumerate(ranking, 1):
            scores[number] = scores.get(number, 0.0) + 1 / (60 + place)
    return sorted(scores, key=lambda number: (-scores[number], number))
