"""What lineage keeps for speed, renewed before a stage's version becomes current: the first question is answered at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medai_assets.settings import Settings

if TYPE_CHECKING:
    from medai_assets.storage import Store, Stored


def index(settings: Settings, dataset: Stored) -> None:
    """Build the search index of a data set version."""
    from medai_assets.lineage.lookup import Lineage
    from medai_assets.lineage.rebuild import refresh

    with Lineage.of(settings) as lineage:
        refresh(lineage, dataset)


def mark(settings: Settings, store: Store, withdrawals: Stored | None = None) -> None:
    """Mark every model that learned a record which is withdrawn by now, or by a table that is about to be current."""
    from medai_assets.lineage.taint import mark_models

    mark_models(store, settings.take_downs_file, withdrawals)
