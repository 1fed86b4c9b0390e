"""Five hundred damaged articles: each comes out as a record or as a rejected row, and each record as text or set aside."""

from __future__ import annotations

import random
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from medai_assets.corpus.process.by_slice import process_source
from medai_assets.sandbox.files import PACKAGED
from medai_assets_tests.bench import workbench
from medai_assets_tests.sources.pmc.articles import SLICE, edit, ids, put

DAMAGED = 500
ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 10**40, 1.5, "", "x" * 5000, "\x1b[31m", "CC BY-NC", [], ["CC BY"], {}, {"a": {"b": []}}, "s3://x/../y",
)  # fmt: skip
FIELDS = "pmcid version pmid doi title citation is_pmc_openaccess is_historical_ocr is_retracted license_code xml_url".split()
PIECES = (
    b"<", b">", b"&", b"&nbsp;", b"&#0;", b"&#x110000;", b"</p>", b"<sec>", b"</sec>", b"<table>", b"<td rowspan='-3'>", b"\x00",
    b"\xff\xfe", b"\xed\xa0\x80", b"<![CDATA[", b"<!--", b"<?x?>", b"<sup>" * 200, b"<p>" * 300, "\ue000\ue002".encode(),
    b"<xref ref-type='bibr'>", b"<mml:math>", b"xmlns='urn:x'", b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
)  # fmt: skip


def damaged(data: bytes, dice: random.Random) -> bytes:
    """An article with a few elements torn out, doubled, moved or renamed; in every third bytes are spoilt as well."""
    root = etree.fromstring(data)
    for _ in range(dice.randint(1, 4)):
        _spoil_element(root, dice)
    data = etree.tostring(root)
    return _spoil_bytes(data, dice) if dice.random() < 0.35 else data


def _spoil_element(root: etree._Element, dice: random.Random) -> None:
    elements = list(root.iter("*"))[1:]
    one, other = dice.choice(elements), dice.choice(elements)
    match dice.randrange(5):
        case 0:
            one.getparent().remove(one)
        case 1:
            one.addnext(deepcopy(one))
        case 2:
            other.append(deepcopy(one))
        case 3:
            one.tag = other.tag
        case _:
            one.text = dice.choice(
                ("", "\ue000\ue002\ue003", "&lt;p>" * 50, "9" * 5000, "\u202e", " " * 3000)
            )


def _spoil_bytes(data: bytes, dice: random.Random) -> bytes:
    at, length = dice.randrange(len(data) + 1), dice.choice((0, 1, 7, 60, 900))
    spoilt = dice.choice(
        (dice.choice(PIECES), b"", data[at : at + length] * 2, bytes(dice.randrange(256) for _ in range(3)))
    )
    return data[:at] + spoilt + data[at + length :]


def test_nothing_is_lost_of_five_hundred_damaged_articles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(2026)
    whole = [path.read_bytes() for path in sorted((PACKAGED / "pmc").glob("*/*.xml"))]
    taken = [article for article in whole if b"by-nc" not in article and b"related-article" not in article]
    numbers = [7_700_000 + n for n in range(DAMAGED)]
    with workbench(tmp_path, monkeypatch) as bench:
        for number in numbers:
            xml = re.sub(rb"PMC9\d{7}", f"PMC{number}".encode(), dice.choice(taken))
            odd = {dice.choice(FIELDS): dice.choice(ODD_VALUES)} if dice.random() < 0.2 else {}
            edit(put(bench, number, damaged(xml, dice)), odd)
        report = bench.collect(SLICE, settings=bench.settings.model_copy(update={"max_rejected_share": 1.0}))
        records, rejected = ids(bench.rows(SLICE)), ids(bench.rows(SLICE, "rejected"))
        processed = process_source(
            bench.store, "pmc", [report.stored], publishing={"code_version": "1", "inputs": [], "run_id": ""}
        ).stored
    assert sorted([*records, *rejected]) == [f"pmc:PMC{number}" for number in numbers]
    told = [
        origin["record_id"]
        for table in ("passages", "removed")
        for row in processed.table(table).to_pylist()
        for origin in row["origins"]
    ]
    assert set(told) == set(records)
    assert len(records) > DAMAGED / 10
    assert len(rejected) > DAMAGED / 10
