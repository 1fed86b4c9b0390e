"""Small articles in JATS for tests, and placing them in a bench's bucket."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from medai_assets.foundation.slices import Slice
from medai_assets_tests.bench import Bench

NAMESPACES = (
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML" '
    'xmlns:ali="http://www.niso.org/schemas/ali/1.0/"'
)
CC_BY = "https://creativecommons.org/licenses/by/4.0/"
SLICE = Slice("pmc", "77", {"first": "77", "last": "77"}, "")
_LATER = count()
LONG_AGO = datetime.now(UTC) - timedelta(days=30)


def jats(
    body: str = "<sec><title>Introduction</title><p>Fever is a body temperature above the usual range.</p></sec>",
    *,
    number: int = 7701,
    kind: str = "review-article",
    title: str = "On fever",
    abstract: str = "",
    licence: str = f"<license><ali:license_ref>{CC_BY}</ali:license_ref></license>",
    related: str = "",
    namespace: str = "",
) -> str:
    """An article; ``namespace`` is put on its root."""
    return (
        f'<article {NAMESPACES} {namespace} article-type="{kind}" xml:lang="en"><front><article-meta>'
        f'<article-id pub-id-type="pmcid">PMC{number}</article-id><article-id pub-id-type="doi">10.1000/{number}</article-id>'
        f"<title-group><article-title>{title}</article-title></title-group><contrib-group><contrib><name>"
        f"<surname>Moss</surname><given-names>Ada B</given-names></name></contrib></contrib-group>"
        f"<permissions>{licence}</permissions>{related}{abstract}</article-meta></front><body>{body}</body></article>"
    )


def put(bench: Bench, number: int, xml: str | bytes | None = None, *, version: int = 1, **facts: Any) -> Path:
    """An article version in the bucket, a month old; ``facts`` replace those of its metadata."""
    name = f"PMC{number}.{version}"
    content = {
        "pmcid": f"PMC{number}",
        "version": version,
        "pmid": number + 1_000_000,
        "doi": f"10.1000/{number}",
        "title": "On fever",
        "citation": "Notes. 2024;1:1.",
        "is_pmc_openaccess": True,
        "is_manuscript": False,
        "is_historical_ocr": False,
        "is_retracted": False,
        "license_code": "CC BY",
    }
    bench.write(f"pmc/{name}/{name}.json", content | facts)
    path = bench.write(f"pmc/{name}/{name}.xml", jats(number=number) if xml is None else xml)
    # no two alike: the sandbox reads a file again when its date is another
    moment = LONG_AGO.timestamp() + next(_LATER)
    for file in path.parent.iterdir():
        os.utime(file, (moment, moment))
    return path


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["record_id"] for row in rows]


def reasons(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Reason by record id of rejected rows."""
    return {row["record_id"]: row["reason"] for row in rows}


def edit(path: Path, facts: dict[str, Any]) -> None:
    """Change the metadata beside an article's XML, now."""
    file = path.with_suffix(".json")
    file.write_text(json.dumps(json.loads(file.read_text()) | facts))
