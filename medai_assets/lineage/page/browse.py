"""The pages that list examples and what was set aside, narrowed by choice, and both as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from medai_assets.foundation.rows import Origin
from medai_assets.lineage.browse import (
    ASIDE_FACETS,
    EXAMPLE_FACETS,
    MOST_MATCHES,
    Wanted,
    WantedAside,
    aside_counts,
    aside_rows,
    count_aside,
    count_examples,
    example_counts,
    example_numbers,
    first_aside,
    said,
)
from medai_assets.lineage.page.desk import PAGE_ROWS, Visit
from medai_assets.lineage.page.rows import Shown
from medai_assets.lineage.rows import Rows

CHUNK = 1_000  # rows of a CSV read at once
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would calculate
_EXAMPLE_COLUMNS = (
    "example_id",
    "kind",
    "rule",
    "split",
    "source",
    "subject",
    "audience",
    "prompt",
    "completion",
)
_ASIDE_COLUMNS = (
    "source",
    "step",
    "reason",
    "detail",
    "passage_id",
    "text",
)


def examples(visit: Visit) -> Shown:
    """Examples by source, kind, rule, split and licence, of one record, and by their words."""
    index, wanted = visit.index, _wanted(visit)
    numbers = example_numbers(index, wanted, PAGE_ROWS + 1, (visit.page - 1) * PAGE_ROWS)
    return "examples.html", {
        "wanted": said(wanted), "total": count_examples(index, wanted), "counts": example_counts(index, wanted),
        "facets": EXAMPLE_FACETS, "examples": index.example_lines(numbers[:PAGE_ROWS]),
        "more": len(numbers) > PAGE_ROWS, "most": MOST_MATCHES,
    }  # fmt: skip


def aside(visit: Visit) -> Shown:
    """What the building of the data set left out, by source, step and the property that refused it."""
    wanted, dataset = _wanted_aside(visit), visit.index.dataset
    start, total = (visit.page - 1) * PAGE_ROWS, count_aside(dataset, wanted)
    return "aside.html", {
        "wanted": said(wanted), "total": total, "counts": aside_counts(dataset, wanted),
        "facets": ASIDE_FACETS, "rows": first_aside(dataset, wanted, start + PAGE_ROWS)[start:],
        "more": total > start + PAGE_ROWS,
    }  # fmt: skip


def examples_csv(visit: Visit) -> Response:
    """All examples of a narrowing, with the records they are made from."""
    index, wanted = visit.index, _wanted(visit)
    numbers = example_numbers(index, wanted, -1)
    rows = Rows(index.dataset, "examples")

    def read() -> Iterator[list[Any]]:
        for start in range(0, len(numbers), CHUNK):
            for row in rows.take(numbers[start : start + CHUNK], (*_EXAMPLE_COLUMNS, "origins")):
                yield [row[name] for name in _EXAMPLE_COLUMNS] + _of_origins(row["origins"])

    return _csv("examples.csv", [*_EXAMPLE_COLUMNS, "records", "licences"], read())


def aside_csv(visit: Visit) -> Response:
    """All rows set aside of a narrowing, with the records they come from."""
    told = (
        [values[name] for name in _ASIDE_COLUMNS] + _of_origins(row["origins"])
        for row in aside_rows(visit.index.dataset, _wanted_aside(visit))
        for values in [dict(row)]
    )
    return _csv("set-aside.csv", [*_ASIDE_COLUMNS, "records", "licences"], told)


def _wanted(visit: Visit) -> Wanted:
    asked = {name: visit.query(name).strip() for name in (*EXAMPLE_FACETS, "record")}
    return Wanted(**asked, words=visit.query("q").strip())


def _wanted_aside(visit: Visit) -> WantedAside:
    return WantedAside(
        **{name: visit.query(name).strip() for name in ASIDE_FACETS}, words=visit.query("q").strip()
    )


def _of_origins(origins: list[Origin]) -> list[str]:
    """Records and licences of a row, each once."""
    records = dict.fromkeys(origin["record_id"] for origin in origins)
    licences = dict.fromkeys(origin["licence"] for origin in origins)
    return [" ".join(records), " ".join(licences)]


def _csv(name: str, header: list[str], rows: Iterable[list[Any]]) -> Response:
    def lines() -> Iterator[str]:
        line = io.StringIO()
        writer = csv.writer(line, lineterminator="\r\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow([_as_text(value) for value in row])
            if line.tell() > 1 << 16:
                yield line.getvalue()
                line.seek(0)
                line.truncate()
        yield line.getvalue()

    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


def _as_text(value: Any) -> str:
    """A cell that a spreadsheet shows and never calculates."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
