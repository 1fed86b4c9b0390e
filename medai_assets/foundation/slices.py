"""Slices: what is collected; each source lists its own.

A slice is what is collected, retried and refreshed on its own. Its key fixes its query for good: a new query is a
new slice. Fewer than 100 slices a source, since Dagster does not check staleness across wider edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from medai_assets.foundation.digests import text_digest

BOTH = ("sample", "live")
LIVE = ("live",)
SAMPLE = ("sample",)


@dataclass(frozen=True, slots=True)
class Slice:
    """One unit of collection: ``query`` is what the source's collector asks its upstream for."""

    source: str
    key: str
    query: Mapping[str, str]
    title: str
    profiles: tuple[str, ...] = BOTH

    @property
    def asset(self) -> str:
        """Name of the asset that holds the slice."""
        return f"raw_{self.source}"

    @property
    def query_digest(self) -> str:
        """Changes exactly when the query does."""
        return text_digest(orjson.dumps(dict(self.query), option=orjson.OPT_SORT_KEYS))
