"""Publishers' own documents through the live code path, for the benchmarks of verification: files to examples and evidence.

A third of the documents, chosen by the hash of their names, is left unread: it is the text that the project is judged on.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pyarrow as pa

import medai_assets
import medai_assets.instructions.kinds.registry  # the kinds register their rules
from medai_assets.corpus.process.batches import process_slice
from medai_assets.foundation.schemas import RAW_RECORD
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.language.framing import country
from medai_assets.instructions.passages import SourceDocument, documents
from medai_assets.instructions.rules import REGISTRY, Setting
from medai_assets.sources.fda.collect import _title
from medai_assets.sources.fda.flags import flags_of
from medai_assets.sources.fda.labels import head_of
from medai_assets.sources.medquad.collect import Archive, pairs_in
from medai_assets.sources.nhs.collect import problem_of
from medai_assets.sources.records import RawRecord, record_batch
from medai_assets.transport.reply import Download

US = Setting(country("US"), "US")
MIXTURE = Mixture.load(Path(medai_assets.__file__).parent / "config" / "mixture.yaml")


def is_held_out(name: str) -> bool:
    """Whether a document is of the third that nobody may read while rules and properties are written."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 3 == 0


def real_documents(folder: Path) -> Iterator[SourceDocument]:
    """Documents of MedQuAD, openFDA and the NHS in a folder of publishers' files, the held-out third left out."""
    medquad = [r for path in sorted(folder.rglob("MedQuAD-master.zip")) for r in _medquad(path)]
    yield from _documents(medquad, "medquad")
    yield from _documents(list(_labels(folder)), "fda")
    yield from _documents(list(_pages(folder)), "nhs")


def rows_of(document: SourceDocument, setting: Setting = US) -> Iterator[dict[str, Any]]:
    """What the rules make of a document, as EXAMPLE rows, before anything is proved or cut."""
    for rule in REGISTRY.values():
        if rule.reads(document):
            for made in rule.make(document, setting):
                most = MIXTURE.longest_answer(rule.kind)
                if setting.least_words <= made.answer.words <= most and made.answer.passages:
                    yield made.row()


def _documents(records: list[RawRecord], source: str) -> Iterator[SourceDocument]:
    seen: set[str] = set()
    kept = [r for r in records if not (r.record_id in seen or seen.add(r.record_id))]  # type: ignore[func-returns-value]
    batches = (record_batch(kept[n : n + 500], source, "real") for n in range(0, len(kept), 500))
    yield from documents(piece.passages for piece in process_slice(batches, source))


def _medquad(path: Path) -> Iterator[RawRecord]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        with zipfile.ZipFile(path) as read, zipfile.ZipFile(copy, "w") as written:
            for name in read.namelist():
                if not (name.endswith(".xml") and is_held_out(name.rsplit("/", 1)[-1])):
                    written.writestr(name, read.read(name))
        archive = Archive(copy, Download("", 0, "", datetime.now(UTC)))
        yield from (item for item in pairs_in(archive) if isinstance(item, RawRecord))


def _labels(folder: Path) -> Iterator[RawRecord]:
    for path in sorted(folder.rglob("openfda/*.json")):
        if not is_held_out(path.name):
            loaded = json.loads(path.read_text("utf-8"))
            for number, label in enumerate(loaded.get("results", [loaded])):
                yield _label(label, str(label.get("set_id") or f"{path.stem}-{number}"))
    for path in sorted(folder.rglob("openfda-labels.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                label = json.loads(line)
                name = str(label.get("set_id") or label.get("id"))
                if not is_held_out(name):
                    yield _label(label, name)


def _label(label: dict[str, Any], name: str) -> RawRecord:
    payload = orjson.dumps(label)
    try:
        head = head_of(payload)
        flags, title = flags_of(head, payload), _title(head)
    except msgspec.DecodeError:
        flags, title = [], None
    return _record(f"fda:{name}", payload, title, flags)


def _pages(folder: Path) -> Iterator[RawRecord]:
    for path in sorted(folder.rglob("nhs/*.json")):
        if not is_held_out(path.name):
            page = json.loads(path.read_text("utf-8"))
            if not problem_of(page):
                place = re.sub(
                    r"^https?://[^/]+/(?:nhs-website-content/)?", "", str(page.get("url") or path.stem)
                ).strip("/")
                yield _record(f"nhs:{place}", orjson.dumps(page), str(page["name"]), [])


def _record(record_id: str, payload: bytes, title: str | None, flags: Iterable[str]) -> RawRecord:
    return RawRecord(
        record_id=record_id, payload=payload, payload_format="json", url="", request="", retrieved_at=datetime.now(UTC),
        licence="CC0-1.0", attribution="", title=title, language="en", flags=list(flags),
    )  # fmt: skip


__all__ = ["RAW_RECORD", "is_held_out", "pa", "real_documents", "rows_of"]
