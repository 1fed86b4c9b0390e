"""MedQuAD: question-answer pairs out of the repository's archive.

What belongs here: the archive, its three XML dialects, and one record a pair. Answers are cleaned in the corpus room.

A record's payload is one pair in the collection's main dialect, whichever its file had: ``Document`` with its attributes,
``Focus``, ``FocusAnnotations`` (category, UMLS ids, synonyms) and one ``QAPair``; the texts are as they came.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import Collection
from medai_assets.sources.medquad.dialects import Pair, pairs_of
from medai_assets.sources.one_record import read_or_reject
from medai_assets.sources.records import Item, RawRecord, Rejected, licence_of
from medai_assets.transport.errors import Misread, ReplyInvalid
from medai_assets.transport.reply import Download
from medai_assets.transport.transfer import unpacked, zip_problem

ARCHIVE = "abachaa/MedQuAD/archive/refs/heads/master.zip"
_LARGEST_ARCHIVE = 64 << 20  # bytes; it has about 11 MB
_LARGEST_FILE = 16 << 20  # bytes, unpacked; the largest has under one
_LICENCE_HEAD = 2000  # bytes in which a licence says its name
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError)
_WAIT = 600.0  # seconds for another slice that reads the archive
_ATTRIBUTION = (
    "MedQuAD (Ben Abacha and Demner-Fushman, A Question-Entailment Approach to Question Answering, BMC Bioinformatics 2019, "
    "20:511), CC BY 4.0; answer from the page named in the record"
)


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive on disk, and what brought it."""

    path: Path
    fetched: Download


def collect(slice: Slice, context: Collection) -> Iterator[Item]:
    """Every pair of the collection that has an answer; empty answers are listed as rejected.

    Raises:
        Misread: the archive has no such collection; the message lists those it has.
        ReplyInvalid: it is no zip archive.
    """
    newest = context.http.head(ARCHIVE).headers
    version = newest.get("ETag") or newest.get("Last-Modified") or ""
    if copy := context.unchanged("archive", version):
        yield copy
        return
    with ExitStack() as stack:
        archive = _archive(context, version, stack)
        yield from pairs_in(archive, slice.query["collection"], context.limit)


def pairs_in(archive: Archive, collection: str | None = None, limit: int | None = None) -> Iterator[Item]:
    """Records and rejections of one folder of the archive, or of all. Nothing is unpacked to disk, so no path leads out.

    Raises:
        Misread: the archive has no such collection; the message lists those it has.
        ReplyInvalid: it is no zip archive.
    """
    try:
        opened = zipfile.ZipFile(archive.path)
    except zipfile.BadZipFile as error:
        raise ReplyInvalid("medquad", archive.fetched.url, f"this is not a zip archive ({error})") from error
    with opened as files:
        try:
            licence = licence_in(files)
        except _DAMAGED as error:
            raise ReplyInvalid(
                "medquad", archive.fetched.url, f"its licence cannot be read ({error})"
            ) from error
        by_collection = members_of(files)
        if collection is not None and collection not in by_collection:
            known = ", ".join(by_collection) or "none"
            raise Misread(f"the MedQuAD archive has no collection {collection!r}; it has {known}")
        count = 0
        for name in by_collection if collection is None else [collection]:
            for member in by_collection[name]:
                for item in _items(files, member, name, archive, licence):
                    count += isinstance(item, RawRecord)
                    if limit is not None and count > limit:
                        return
                    yield item


def members_of(files: zipfile.ZipFile) -> dict[str, list[zipfile.ZipInfo]]:
    """The XML files of each collection, in order: ``<top>/<collection>/<file>.xml``."""
    found: dict[str, list[zipfile.ZipInfo]] = {}
    for member in sorted(files.infolist(), key=lambda member: member.filename):
        parts = member.filename.split("/")
        if len(parts) == 3 and parts[2].endswith(".xml"):
            found.setdefault(parts[1], []).append(member)
    return found


def licence_in(files: zipfile.ZipFile) -> tuple[str, bool]:
    """Licence id, and whether these are samples, from the archive's own licence file."""
    names = [name for name in files.namelist() if name.count("/") == 1 and "license" in name.lower()]
    stated = ""
    if names:
        with files.open(names[0]) as file:
            stated = file.read(_LICENCE_HEAD).decode("utf-8", "replace")
    is_cc_by = "Attribution 4.0 International" in stated
    return licence_of(stated, "CC-BY-4.0" if is_cc_by else "LicenseRef-None-Stated")


def _items(
    files: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    collection: str,
    archive: Archive,
    licence: tuple[str, bool],
) -> Iterator[Item]:
    request = f"{archive.fetched.url}#{member.filename}"
    stem = member.filename.rsplit("/", 1)[-1].removesuffix(".xml")
    if ".." in member.filename.split("/") or "\\" in member.filename:
        yield Rejected(reason="unsafe path", detail=member.filename, request=request)
        return
    if member.file_size > _LARGEST_FILE:
        yield Rejected(reason="file too large", detail=f"{member.file_size:,} bytes", request=request)
        return
    pairs = read_or_reject(
        lambda: pairs_of(_content(files, member)), record_id=f"medquad:{collection}/{stem}", request=request
    )
    if isinstance(pairs, Rejected):
        yield pairs
        return
    if not pairs:
        yield Rejected(
            reason="no question in the file",
            record_id=f"medquad:{collection}/{stem}",
            request=request,
            expected=True,
        )
    for pair in pairs:
        record_id = f"medquad:{collection}/{stem}#{pair.pid}"
        if not pair.has_answer:
            yield Rejected(
                reason="empty answer" if pair.has_place_of_answer else "no answer",
                record_id=record_id,
                detail=pair.question,
                request=request,
                expected=pair.has_place_of_answer,
            )
        elif not pair.question.strip():
            yield Rejected(
                reason="empty question", record_id=record_id, payload=pair.payload, request=request
            )
        else:
            yield read_or_reject(
                partial(_record, record_id, pair, request, archive, licence),
                record_id=record_id,
                payload=pair.payload,
                request=request,
            )


def _content(files: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Raises ValueError where the member is damaged: an archive's place that is none shows as an OSError, which is none of ours."""
    try:
        with files.open(member) as packed:
            return unpacked(packed, _LARGEST_FILE)
    except _DAMAGED as error:
        raise ValueError(f"damaged in the archive ({error})") from error


def _record(
    record_id: str, pair: Pair, request: str, archive: Archive, licence: tuple[str, bool]
) -> RawRecord:
    identifier, is_sample = licence
    return RawRecord(
        record_id=record_id,
        payload=pair.payload,
        payload_format="xml",
        url=pair.url,
        request=request,
        retrieved_at=archive.fetched.retrieved_at,
        licence=identifier,
        attribution="medai sample in the format of MedQuAD" if is_sample else _ATTRIBUTION,
        title=pair.focus or None,
        language="en",
        sample=is_sample,
    )


def _archive(context: Collection, version: str, stack: ExitStack) -> Archive:
    """The archive, fetched once for all slices of this machine while it does not change."""
    journal = context.journal
    if version:
        folder = context.settings.work_dir / "medquad_archive"
        journal = stack.enter_context(journal.shared(folder, {"version": version}, _WAIT))
    path = journal.file(
        "master.zip",
        lambda to: context.http.download(ARCHIVE, to, max_bytes=_LARGEST_ARCHIVE, check=zip_problem),
    )
    return Archive(path, journal.download("master.zip"))
