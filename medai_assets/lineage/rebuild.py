"""Everything lineage keeps for speed, made again from manifests and Parquet tables alone.

Dagster's database is never read anywhere in this room; when it is lost, nothing here changes its answers.
"""

from __future__ import annotations

from medai_assets.lineage.index import index_path, text_index_path
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.taint import Mark, mark_models
from medai_assets.storage import Stored


def refresh(lineage: Lineage, dataset: Stored | None = None) -> None:
    """Make sure that the index of a data set version (the current one) and its searchable words are there.

    Called right after a data set is published, so that the first question about it is answered at once.
    """
    index = lineage.index(dataset or lineage.dataset())
    index.text.execute("SELECT value FROM about").fetchone()


def rebuild(lineage: Lineage) -> list[Mark]:
    """Throw every index away, build those of all kept data set versions again, and write the models' marks."""
    lineage.close()
    for ref in lineage.datasets():
        for path in (index_path, text_index_path):
            path(lineage.folder, ref.data_version).unlink(missing_ok=True)
        refresh(lineage, lineage.open(ref))
    return mark_models(lineage.store, lineage.take_downs)
