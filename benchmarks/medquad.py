"""MedQuAD: the whole archive into records, beside BeautifulSoup on the same files.

    python benchmarks/medquad.py [archive, default ../shared/data/MedQuAD-master.zip or MEDAI_REAL_DATA]

Without that archive the sandbox's files are packed into one, several times over. The ways take turns; time is CPU time, medians. Both
give one row a pair with question, answer, question type, focus, UMLS ids and synonyms, and the rows are compared.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from medai_assets.sandbox.fingerprint import PACKAGED
from medai_assets.sources.medquad import Archive, pairs_in
from medai_assets.sources.records import RawRecord
from medai_assets.sources.reply import Download

ROUNDS = 5
TARGET = 5.0
Row = tuple[str, str]


def collections_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as files:
        return sorted({n.split("/")[1] for n in files.namelist() if n.endswith(".xml")})


def ours(path: Path) -> list[RawRecord]:
    """All records as a collection yields them."""
    archive = Archive(path, Download("", 0, "", None, None, datetime.now(UTC)))
    items = (item for name in collections_in(path) for item in pairs_in(archive, name))
    return [item for item in items if isinstance(item, RawRecord)]


def with_soup(path: Path, parser: str) -> list[Row]:
    """The usual script: each file into a soup, each element looked up by its name."""
    from bs4 import BeautifulSoup

    rows = []
    with zipfile.ZipFile(path) as files:
        for name in files.namelist():
            if not name.endswith(".xml"):
                continue
            soup = BeautifulSoup(files.read(name), parser)
            focus = soup.find(["focus", "Focus", "doctitle-focus"])
            [e.text for e in soup.find_all(["cui", "CUI", "synonym", "Synonym"])]
            for pair in soup.find_all(["qapair", "QAPair", "pair"]):
                question, answer = pair.find(["question", "Question"]), pair.find(["answer", "Answer"])
                if answer is not None and answer.text.strip() and focus is not None:
                    question.get("qtype")
                    rows.append((question.text.strip(), answer.text))
    return rows


def sample_archive(path: Path, times: int) -> Path:
    """The sandbox's files, each several times."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted((PACKAGED / "medquad").rglob("*.xml")):
            for n in range(times):
                packed.write(file, f"MedQuAD-master/{file.parent.name}/{file.stem}-{n}.xml")
    return path


def find_archive(folder: Path) -> Path:
    real = Path(os.environ.get("MEDAI_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    named = Path(sys.argv[1]) if len(sys.argv) > 1 else real / "MedQuAD-master.zip"
    return named if named.exists() else sample_archive(folder / "sample.zip", 50)


def seconds(way: Callable[[], object]) -> float:
    begun = time.process_time()
    way()
    return time.process_time() - begun


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = find_archive(Path(folder))
        ways: dict[str, Callable[[], list]] = {
            "BeautifulSoup, html.parser": lambda: with_soup(path, "html.parser"),
            "BeautifulSoup, lxml-xml": lambda: with_soup(path, "lxml-xml"),
            "medai": lambda: ours(path),
        }
        records = ours(path)
        wanted = {row for row in ways["BeautifulSoup, lxml-xml"]()}
        documents = (etree.fromstring(record.payload) for record in records)
        assert {(d.findtext(".//Question"), d.findtext(".//Answer")) for d in documents} == wanted
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                times[name].append(seconds(way))
        print(f"{path.name}: {len(records):,} pairs with an answer")
        print(f"{'way':28} {'s':>7} {'pairs/s':>9}")
        for name, taken in times.items():
            middle = statistics.median(taken)
            print(f"{name:28} {middle:7.3f} {len(records) / middle:9,.0f}")
        fastest = [min(a, b) for a, b in zip(*(times[name] for name in list(ways)[:2]))]
        ratio = statistics.median(a / b for a, b in zip(fastest, times["medai"]))
        print(f"ratio medquad {ratio:.2f} target {TARGET}")


if __name__ == "__main__":
    main()
