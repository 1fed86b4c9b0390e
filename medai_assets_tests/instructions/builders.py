"""Passages for tests: hand-made rows of PASSAGE, and those of the packaged sample records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson
import pyarrow as pa
from lxml import etree

from medai_assets.corpus.process.batches import process_slice
from medai_assets.foundation.schemas import PASSAGE, RAW_RECORD
from medai_assets.instructions.language.framing import country
from medai_assets.instructions.passages import Passage, SourceDocument, documents
from medai_assets.instructions.rules import REGISTRY, Made, Setting

RECORDS = Path(__file__).resolve().parents[2] / "medai_assets" / "sandbox" / "records"
US = Setting(country("US"), "US")
GB = Setting(country("GB"), "GB")


def origin(record_id: str, version: str = "1", url: str = "https://example.org/x") -> dict[str, Any]:
    """One ORIGIN."""
    return {
        "record_id": record_id,
        "source": record_id.split(":", 1)[0],
        "slice": "s",
        "version": version,
        "url": url,
        "licence": "LicenseRef-medai-sample",
        "attribution": "sample",
        "sample": True,
    }


def row(
    text: str,
    section: str,
    *,
    heading: str = "",
    document: str = "nhs:conditions/wheeze",
    position: int = 0,
    title: str = "Wheeze",
    subject: str | None = "Wheeze",
    audience: str = "consumer",
    attributes: dict[str, Any] | None = None,
    **other: Any,
) -> dict[str, Any]:
    """One PASSAGE row; its id follows from its text."""
    source = document.split(":", 1)[0]
    return {
        "passage_id": "p" + hashlib.sha256(text.encode()).hexdigest()[:24],
        "text": text,
        "title": title,
        "section": section,
        "heading": heading,
        "document_id": document,
        "position": position,
        "source": {"pubmed": "pubmed_bulk", "hf": "huggingface"}.get(source, source),
        "subject": subject,
        "aliases": [],
        "audience": audience,
        "evidence": "consumer",
        "language": "en",
        "words": len(text.split()),
        "attributes": orjson.dumps(attributes or {}).decode(),
        "quality": "{}",
        "masked": "{}",
        "flags": [],
        "origins": [origin(document)],
    } | other


def document(*rows: dict[str, Any]) -> SourceDocument:
    """The rows as one document, in the order given."""
    placed = [{**values, "position": place} for place, values in enumerate(rows)]
    return SourceDocument(placed[0]["document_id"], tuple(Passage.from_row(values) for values in placed))


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=PASSAGE)


def made_by(rule: str, made_from: SourceDocument, setting: Setting = US) -> list[Made]:
    """What one rule makes from a document."""
    import medai_assets.instructions.kinds.registry  # noqa: F401  (registers the rules)

    found = list(REGISTRY[rule].make(made_from, setting))
    for made in found:
        assert made.answer.misquotes() == [], f"{rule} says what its passages do not"
    return found


def sample_passages() -> pa.Table:
    """Passages of the packaged sample records of NHS, CDC, openFDA, MedQuAD and the two data sets."""
    batches: list[pa.RecordBatch] = []
    for source, read in (
        ("nhs", _nhs),
        ("cdc", _cdc),
        ("fda", _fda),
        ("medquad", _medquad),
        ("huggingface", _hub),
    ):
        raw = pa.RecordBatch.from_pylist(list(read()), schema=RAW_RECORD)
        batches += [piece.passages for piece in process_slice([raw], source)]
    seen: set[str] = set()
    rows = [
        r
        for r in pa.Table.from_batches(batches).to_pylist()
        if not (r["passage_id"] in seen or seen.add(r["passage_id"]))
    ]
    return table(rows)


def sample_documents() -> list[SourceDocument]:
    return list(documents(sample_passages().to_batches()))


def raw_record(record_id: str, payload: str, **other: Any) -> dict[str, Any]:
    """One RAW_RECORD row."""
    return {
        **origin(record_id),
        "title": None, "language": None, "updated_at": None, "payload_format": "json", "payload": payload,
        "payload_sha256": hashlib.sha256(payload.encode()).hexdigest(), "request": "", "flags": [],
        "retrieved_at": datetime(2025, 1, 1, tzinfo=UTC),
    } | other  # fmt: skip


def _nhs() -> Iterator[dict[str, Any]]:
    for path in sorted((RECORDS / "nhs").rglob("*.json")):
        name = path.relative_to(RECORDS / "nhs").with_suffix("")
        yield raw_record(f"nhs:{name}", path.read_text("utf-8"), url=f"https://www.nhs.uk/{name}/")


def _cdc() -> Iterator[dict[str, Any]]:
    for path in sorted((RECORDS / "cdc").glob("*.json")):
        yield raw_record(f"cdc:{path.stem}", path.read_text("utf-8"))


def _fda() -> Iterator[dict[str, Any]]:
    for path in sorted((RECORDS / "fda").glob("*.json")):
        loaded = orjson.loads(path.read_bytes())
        for record in loaded["results"] if isinstance(loaded, dict) else loaded:
            text = orjson.dumps(record).decode()
            flags = [
                f
                for f, sign in (("homeopathic", "homeopathic"), ("unapproved", "not been found by FDA"))
                if sign in text
            ]
            yield raw_record(f"fda:{record['set_id']}", text, flags=flags)


def _medquad() -> Iterator[dict[str, Any]]:
    for path in sorted((RECORDS / "medquad").rglob("*.xml")):
        root = etree.fromstring(path.read_bytes())
        focus = root.findtext(".//Focus") or root.findtext(".//doctitle-focus") or ""
        for pair in root.iter("QAPair", "pair"):
            inner = etree.tostring(pair, encoding="unicode", with_tail=False)
            payload = f"<Document><Focus>{escape(focus)}</Focus>{inner}</Document>"
            record = f"medquad:{path.parent.name}/{path.name}#{pair.get('pid')}"
            yield raw_record(record, payload, payload_format="xml", title=focus)


def _hub() -> Iterator[dict[str, Any]]:
    for path in sorted((RECORDS / "huggingface").glob("*/data/*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines()):
            flags = ["dialogue"] if "dialogue" in str(path) else []
            yield raw_record(f"hf:{path.parts[-3]}/{number}", line, flags=flags)
