"""MedQuAD: the whole archive into records in one pass, beside BeautifulSoup on the same files.

    python benchmarks/medquad.py

The archive is MedQuAD-master.zip in the folder of publishers' files; where that is absent, the sandbox's files are packed into one,
each many times. Both ways look up question, answer, question type, focus, UMLS ids and synonyms; the pairs are compared.
"""

from __future__ import annotations

import importlib.util
import tempfile
import warnings
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from common import best_of_each, print_ratio, print_table, real_data_folder, stop
from lxml import etree

from medai_assets.sandbox.files import PACKAGED
from medai_assets.sources.medquad.collect import Archive, pairs_in
from medai_assets.sources.records import RawRecord
from medai_assets.transport.reply import Download

TIMES = 5
TARGET = 5.0
COPIES = 50  # of the sandbox's files, where the real archive is absent


def ours(path: Path) -> list[RawRecord]:
    """All records as a collection gets them."""
    archive = Archive(path, Download("", 0, "", datetime.now(UTC)))
    return [item for item in pairs_in(archive) if isinstance(item, RawRecord)]


def with_soup(path: Path, parser: str) -> list[tuple[str, str]]:
    """The usual script: each file into a soup, each element looked up by its name."""
    from bs4 import BeautifulSoup

    warnings.simplefilter("ignore")  # it advises another parser for XML, which is measured too
    rows = []
    with zipfile.ZipFile(path) as files:
        for name in files.namelist():
            if not name.endswith(".xml"):
                continue
            soup = BeautifulSoup(files.read(name), parser)
            focus = soup.find(["focus", "Focus", "doctitle-focus"])
            annotations = [e.text for e in soup.find_all(["cui", "CUI", "synonym", "Synonym"])]
            for pair in soup.find_all(["qapair", "QAPair", "pair"]):
                question, answer = pair.find(["question", "Question"]), pair.find(["answer", "Answer"])
                row = (focus.text, annotations, question.get("qtype"), question.text.strip(), answer.text)
                if row[-1].strip():
                    rows.append(row[-2:])
    return rows


def count_ours(path: Path) -> int:
    return len(ours(path))


def count_html_parser(path: Path) -> int:
    return len(with_soup(path, "html.parser"))


def count_lxml_xml(path: Path) -> int:
    return len(with_soup(path, "lxml-xml"))


def sample_archive(path: Path) -> Path:
    """The sandbox's files, each many times."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted((PACKAGED / "medquad").rglob("*.xml")):
            for n in range(COPIES):
                packed.write(file, f"MedQuAD-master/{file.parent.name}/{file.stem}-{n}.xml")
    return path


def is_same(path: Path) -> bool:
    """Whether both ways find the same questions and answers."""
    documents = (etree.fromstring(record.payload) for record in ours(path))
    found = {(d.findtext(".//Question"), d.findtext(".//Answer")) for d in documents}
    return found == set(with_soup(path, "lxml-xml"))


def main() -> None:
    if importlib.util.find_spec("bs4") is None:
        stop("the measure is BeautifulSoup: pip install beautifulsoup4")
    with tempfile.TemporaryDirectory() as folder:
        path = real_data_folder() / "MedQuAD-master.zip"
        path = path if path.exists() else sample_archive(Path(folder) / "sample.zip")
        if not is_same(path):
            stop("the two ways do not find the same pairs")
        ways = (count_html_parser, count_lxml_xml, count_ours)
        measured = best_of_each(TIMES, ways, path)
    names = ("BeautifulSoup, html.parser", "BeautifulSoup, lxml-xml", "medai_assets")
    rows = [
        (name, m.cpu_seconds, int(m.value / m.cpu_seconds), int(m.peak_mib))
        for name, m in zip(names, measured)
    ]
    print_table(("way", "CPU s", "pairs/s", "peak MiB"), rows)
    print_ratio("medquad", min(m.cpu_seconds for m in measured[:2]) / measured[2].cpu_seconds, TARGET)


if __name__ == "__main__":
    main()
