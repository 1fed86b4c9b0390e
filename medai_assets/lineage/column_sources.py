"""Which columns of an asset's table are made from which columns of its parents: lineage below the table, as data.

A column that is copied or moved is told with those that it is made from; what decides only whether a row is there is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from medai_assets.foundation import schemas
from medai_assets.storage import TableInfo

Sources = dict[str, tuple[str, ...]]  # a column, and the parents' columns
RAW, PROCESSED, CORPUS, DATASET, LEARNING = (
    "raw",  # stands for raw_fda, raw_pubmed, …
    "processed_corpus",
    "curated_corpus",
    "instruction_dataset",
    "training_examples",
)
ADAPTER = "lora_adapter"
_SAME = ("passage_id", "text", "title", "section", "heading", "subject", "audience", "quality", "origins")
# asset -> the columns of its main table by the parent that they come from
MADE_FROM: dict[str, tuple[str, Sources]] = {
    PROCESSED: (
        RAW,
        {
            "text": ("payload",),
            "passage_id": ("payload",),
            "title": ("title", "payload"),
            "section": ("payload",),
            "origins": ("record_id", "version", "url", "licence", "attribution", "sample"),
        },
    ),
    CORPUS: (PROCESSED, {name: (name,) for name in _SAME}),
    DATASET: (
        CORPUS,
        {
            "history": ("title", "section", "heading", "subject", "text"),
            "prompt": ("title", "section", "heading", "subject", "text"),
            "completion": ("text", "title", "subject"),
            "passage_ids": ("passage_id",),
            "origins": ("origins",),
            "subject": ("subject",),
            "audience": ("audience",),
        },
    ),
    LEARNING: (DATASET, {name: (name,) for name in schemas.TRAINING_EXAMPLE.names}),
    ADAPTER: (
        LEARNING,
        {"example_id": ("example_id",), "kind": ("kind",), "tokens": ("history", "prompt", "completion")},
    ),
}


def columns_from(asset: str, parents: list[str]) -> Iterator[tuple[str, str, str]]:
    """Column, parent and the parent's column, for those parents that an asset was made from."""
    parent, columns = MADE_FROM.get(asset, ("", {}))
    used = [one for one in parents if one == parent or (parent == RAW and one.startswith("raw_"))]
    for column, sources in columns.items():
        for one in used:
            yield from ((column, one, source) for source in sources)


def main_table(asset: str, tables: Mapping[str, TableInfo]) -> str | None:
    """The table with an asset's own rows: the first that has the columns which are told of it, or read from it."""
    read = {source for sources in MADE_FROM[PROCESSED][1].values() for source in sources}
    told = set(MADE_FROM[asset][1]) if asset in MADE_FROM else read if asset.startswith("raw_") else set()
    return next((name for name, table in tables.items() if told <= table.columns.keys()), None)
