"""openFDA's bulk export: the manifest, and the zipped parts that all slices of this machine share.

What belongs here: finding, fetching and keeping the parts. They are kept for a day without use, in the work folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from medai_assets.sources.collection import Collection
from medai_assets.sources.fda.labels import Labels, LabelsInvalid, LabelSource, zipped_pieces
from medai_assets.sources.fda.source import DOWNLOAD
from medai_assets.transport.errors import ReplyInvalid
from medai_assets.transport.journal import Journal
from medai_assets.transport.reply import Reply
from medai_assets.transport.transfer import zip_problem

_WAIT = 6 * 3600.0  # seconds for another slice that uses the parts
_LARGEST_PART = 2 << 30  # bytes; they have about 130 MB
_MOST_PARTS = 1_000  # there are some 13


class Part(msgspec.Struct):
    """One zip of the export."""

    file: str
    records: int


class Export(msgspec.Struct):
    """``results.drug.label`` of ``download.json``."""

    export_date: str
    total_records: int
    partitions: list[Part]


class _Drug(msgspec.Struct):
    label: Export


class _Results(msgspec.Struct):
    drug: _Drug


class _Manifest(msgspec.Struct):
    results: _Results


def export_of(reply: Reply) -> Export:
    """Raises ReplyInvalid naming the field when the manifest is not as promised."""
    try:
        found = msgspec.json.decode(reply.body, type=_Manifest).results.drug.label
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ReplyInvalid(
            "fda", reply.url, f"the bulk manifest is not in the documented form: {error}"
        ) from error
    names = {part.file.rsplit("/", 1)[-1] for part in found.partitions}
    if not names:
        problem = "it lists no partitions"
    elif len(names) < len(found.partitions):
        problem = "it lists a partition twice"
    elif len(names) > _MOST_PARTS:
        problem = f"it lists more than {_MOST_PARTS:,} partitions"
    else:
        return found
    raise ReplyInvalid("fda", reply.url, f"the bulk manifest is not in the documented form: {problem}")


def current_export(context: Collection) -> Export:
    """The export there is now."""
    url = DOWNLOAD.of(context.settings)
    return export_of(context.journal.reply("download.json", lambda: context.http.get(url, expect=export_of)))


def has_nothing_new(context: Collection, export: Export) -> bool:
    """Whether the export is the one the version before came from (its date is a date only, see walk.py)."""
    known = context.validators
    collected_later = known.get("export_date", "9") < known.get("collected_on", "")
    same = known.get("export_date") == export.export_date and known.get("total") == str(export.total_records)
    return collected_later and same


@contextmanager
def parts(context: Collection, export: Export) -> Iterator[list[LabelSource]]:
    """The parts on disk; fetched where they are not. Meanwhile no other process replaces them.

    Raises:
        CollectionFailed: another process keeps them for hours.
    """
    identity = {
        "export_date": export.export_date,
        "parts": [p.file.rsplit("/", 1)[-1] for p in export.partitions],
    }
    folder = context.settings.work_dir / "fda_bulk"
    with context.journal.shared(folder, identity, _WAIT) as shared:
        sources = []
        for number, part in enumerate(export.partitions, 1):
            context.progress(number - 1, len(export.partitions), "parts of the bulk export")
            sources.append(_source(context, shared, part))
        yield sources


def _source(context: Collection, shared: Journal, part: Part) -> LabelSource:
    name = part.file.rsplit("/", 1)[-1]
    path = shared.file(
        name, lambda to: context.http.download(part.file, to, max_bytes=_LARGEST_PART, check=zip_problem)
    )
    fetched = shared.download(name)
    return LabelSource(lambda: _labels(path, shared, name), fetched.url, fetched.retrieved_at, part.records)


def _labels(path: Path, shared: Journal, name: str) -> Labels:
    try:
        return Labels(_checked(path, shared, name))
    except LabelsInvalid:
        shared.forget(name)
        raise


def _checked(path: Path, shared: Journal, name: str) -> Iterator[bytes]:
    """The part's bytes; a damaged part is forgotten, so that the next run fetches it again."""
    try:
        yield from zipped_pieces(path)
    except LabelsInvalid:
        shared.forget(name)
        raise
