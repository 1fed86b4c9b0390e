"""The pages that list examples and what was set aside, narrowed by choice, and both as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from starlette.responses import Response, StreamingResponse

from medai_assets.foundation.schemas import EXAMPLE
from medai_assets.lineage.browse import (
    ASIDE_FACETS,
    EXAMPLE_FACETS,
    MOST_MATCHES,
    ExampleFilter,
    SetAsideFilter,
    chosen_filters,
    count_examples,
    count_set_aside,
    example_counts,
    example_numbers,
    first_set_aside,
    set_aside_counts,
    set_aside_rows,
)
from medai_assets.lineage.csv_tables import EXAMPLE_COLUMNS, ORIGIN_COLUMNS, cells, csv_lines
from medai_assets.lineage.index import Index
from medai_assets.lineage.meaning import OF_EXAMPLE, NoMeaning, meaning
from medai_assets.lineage.page.page_context import PAGE_ROWS, PageContext
from medai_assets.lineage.page.rows import Shown
from medai_assets.lineage.rows import Rows
from medai_assets.lineage.versions import ADAPTER

MOST_CLOSE = 100  # examples that a question is close to
CHUNK = 1_000  # rows of a CSV read at once
_ASIDE_COLUMNS = (
    "source",
    "step",
    "reason",
    "detail",
    "passage_id",
    "text",
)


def examples(context: PageContext) -> Shown:
    """Examples narrowed by all their facets, among them the adapter that learned them, by record, words and meaning."""
    index = context.index
    wanted, words_only = _by_meaning(context, index, _example_filter(context))
    learned = _learned(context, index)
    numbers = example_numbers(index, wanted, learned, PAGE_ROWS + 1, (context.page - 1) * PAGE_ROWS)
    return "examples.html", {
        "wanted": chosen_filters(wanted), "total": count_examples(index, wanted, learned),
        "counts": example_counts(index, wanted, learned),
        "facets": EXAMPLE_FACETS, "examples": [line for n in numbers[:PAGE_ROWS] for line in index.example_lines([n])],
        "more": len(numbers) > PAGE_ROWS, "most": MOST_MATCHES, "words_only": words_only,
    }  # fmt: skip


def aside(context: PageContext) -> Shown:
    """What the building of the data set left out, by source, step and the property that refused it."""
    wanted, dataset = _set_aside_filter(context), context.index.dataset
    start, total = (context.page - 1) * PAGE_ROWS, count_set_aside(dataset, wanted)
    return "aside.html", {
        "wanted": chosen_filters(wanted), "total": total, "counts": set_aside_counts(dataset, wanted),
        "facets": ASIDE_FACETS, "rows": first_set_aside(dataset, wanted, start + PAGE_ROWS)[start:],
        "more": total > start + PAGE_ROWS,
    }  # fmt: skip


def examples_csv(context: PageContext) -> Response:
    """All examples of a narrowing, with the records they are made from."""
    index = context.index
    wanted, _ = _by_meaning(context, index, _example_filter(context))
    numbers = example_numbers(index, wanted, _learned(context, index), -1)
    rows = Rows(index.dataset, "examples")

    def read() -> Iterator[list[Any]]:
        for start in range(0, len(numbers), CHUNK):
            for row in rows.take(numbers[start : start + CHUNK], (*EXAMPLE_COLUMNS, "origins")):
                yield cells(row, EXAMPLE_COLUMNS)

    return _csv("examples.csv", EXAMPLE_COLUMNS, read())


def examples_parquet(context: PageContext) -> Response:
    """The same for programs, with all columns as they are stored."""
    index = context.index
    wanted, _ = _by_meaning(context, index, _example_filter(context))
    numbers = example_numbers(index, wanted, _learned(context, index), -1)
    rows = pa.Table.from_pylist(Rows(index.dataset, "examples").take(numbers), schema=EXAMPLE)
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink)
    headers = {"Content-Disposition": 'attachment; filename="examples.parquet"'}
    data = sink.getvalue().to_pybytes()
    return Response(data, media_type="application/vnd.apache.parquet", headers=headers)


def aside_csv(context: PageContext) -> Response:
    """All rows set aside of a narrowing, with the records they come from."""
    rows = set_aside_rows(context.index.dataset, _set_aside_filter(context))
    return _csv("set-aside.csv", _ASIDE_COLUMNS, (cells(row, _ASIDE_COLUMNS) for row in rows))


def _learned(context: PageContext, index: Index) -> dict[str, list[int]]:
    """The current adapters, each with the examples of this data set that it learned."""
    versions, learned = context.lineage.versions, context.lineage.learned
    current = [versions.current(ADAPTER, name) for name in context.lineage.store.partitions(ADAPTER)]
    kept = [ref for ref in current if ref is not None and versions.manifest(ref) is not None]
    return {str(ref.partition): index.example_numbers(learned.example_ids(ref)) for ref in kept}


def _example_filter(context: PageContext) -> ExampleFilter:
    asked: dict[str, Any] = {
        name: context.query(name).strip() for name in (*EXAMPLE_FACETS, "record", "meaning")
    }
    return ExampleFilter(**asked, words=context.query("q").strip())


def _by_meaning(context: PageContext, index: Index, wanted: ExampleFilter) -> tuple[ExampleFilter, str]:
    """The narrowing with what is closest in meaning looked up; where that cannot be, by words, and why."""
    if not wanted.meaning:
        return wanted, ""
    try:
        found = meaning(index, context.settings, make=False)
    except NoMeaning as why:
        return replace(wanted, words=wanted.words or wanted.meaning, meaning=""), str(why)
    return replace(
        wanted, close=tuple(n for n, _ in found.closest(OF_EXAMPLE, wanted.meaning, MOST_CLOSE))
    ), ""


def _set_aside_filter(context: PageContext) -> SetAsideFilter:
    return SetAsideFilter(
        **{name: context.query(name).strip() for name in ASIDE_FACETS}, words=context.query("q").strip()
    )


def _csv(name: str, columns: Sequence[str], rows: Iterable[list[Any]]) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    lines = csv_lines([*columns, *ORIGIN_COLUMNS], rows)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)
