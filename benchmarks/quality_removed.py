"""What the quality thresholds remove from real text: shares by reason, beside what web-text rules would remove.

    python benchmarks/quality_removed.py

Both NLM files of the sample kit and, where it is there, the MedQuAD archive. The web rules are those of Gopher (Rae et al.
2021, table A1) that look at one text alone: 50 words at least, mean word of 3 to 10 letters, symbols, and two stop words.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from common import print_table, real_data_folder
from corpus_common import raw_batches
from pubmed_update import BASELINE, UPDATE, extract

from medai_assets.corpus.process.batches import process_slice
from medai_assets.sources.medquad.collect import Archive, pairs_in
from medai_assets.sources.records import RawRecord, record_batch
from medai_assets.transport.reply import Download

STOP_WORDS = frozenset(("the", "be", "to", "of", "and", "that", "have", "with"))


def medquad(path: Path) -> Iterator[pa.RecordBatch]:
    """All records of the archive as a collection gets them."""
    archive = Archive(path, Download("", 0, "", datetime.now(UTC)))
    found = [item for item in pairs_in(archive) if isinstance(item, RawRecord)]
    for start in range(0, len(found), 2000):
        yield record_batch(found[start : start + 2000], "medquad", "all")


def web_rules_remove(text: str) -> bool:
    """Whether rules made for web pages would remove the text."""
    words = text.split()
    lengths = sum(map(len, words)) / max(1, len(words))
    symbols = sum(text.count(sign) for sign in ("#", "...", "…"))
    letters = sum(bool(re.search("[A-Za-z]", word)) for word in words)
    return (
        not 50 <= len(words) <= 100_000
        or not 3 <= lengths <= 10
        or symbols > 0.1 * len(words)
        or letters < 0.8 * len(words)
        or len(STOP_WORDS & {word.lower() for word in words}) < 2
    )


def counted(source: str, batches: Iterator[pa.RecordBatch]) -> tuple[int, Counter[str], int]:
    """Passages made, removals by reason, and how many of the kept ones web rules would remove."""
    kept, reasons, web = 0, Counter[str](), 0
    for piece in process_slice(batches, source):
        kept += piece.passages.num_rows
        web += sum(map(web_rules_remove, piece.passages["text"].to_pylist()))
        for row in piece.removed.to_pylist():
            if row["step"] == "quality":
                reasons[row["reason"]] += 1
    return kept, reasons, web


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as name:
        given = [(file, "pubmed_bulk", raw_batches(extract(file, Path(name)))) for file in (BASELINE, UPDATE)]
        archive = real_data_folder() / "MedQuAD-master.zip"
        if archive.exists():
            given.append((archive.name, "medquad", medquad(archive)))
        for title, source, batches in given:
            kept, reasons, web = counted(source, batches)
            total = kept + sum(reasons.values())
            said = ", ".join(f"{reason} {count / total:.2%}" for reason, count in reasons.most_common())
            removed = f"{sum(reasons.values()) / total:.2%}"
            rows.append((title, f"{total:,}", removed, said or "none", f"{web / max(1, kept):.1%}"))
    print_table(("text", "passages", "removed", "by reason", "web rules would remove"), rows)


if __name__ == "__main__":
    main()
