"""The one resource of the definitions: settings, graph and store, as plain domain objects.

Assets take what they need from it, so that transforms never see Dagster and a test swaps one piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import dagster as dg

from medai_assets.foundation.parallel import Engine
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.staleness import Staleness
from medai_assets.settings import Settings, get_settings
from medai_assets.sources.registry import sandbox_endpoints

if TYPE_CHECKING:
    from medai_assets.storage import Store

SHORT = 12  # first characters of a data version, which name it among those kept


class Medai(dg.ConfigurableResource):
    """Settings from the environment and what follows from them."""

    @property
    def settings(self) -> Settings:
        return get_settings()

    @property
    def graph(self) -> Graph:
        return Graph(self.settings)

    @property
    def store(self) -> Store:
        from medai_assets.storage import Store

        return Store(self.settings.store_root)

    @property
    def engine(self) -> Engine:
        """Where work inside a stage is done."""
        return Engine(self.settings.engine, self.settings.workers, self.settings.ray_address)

    def staleness(self) -> Staleness:
        return Staleness(self.graph, self.store)

    @contextmanager
    def upstreams(self) -> Iterator[Settings]:
        """Settings whose endpoints answer: the live services, or a sandbox that runs as long as the block."""
        if self.settings.profile == "live":
            yield self.settings
            return
        from medai_assets.sandbox.server import running_sandbox

        with running_sandbox(self.settings) as base:
            yield self.settings.with_endpoints(sandbox_endpoints(base))

    def lineage_url(self, target: PartitionId, data_version: str) -> str:
        """The lineage page of a version."""
        return f"{self.settings.lineage_address}/version/{_place(target)}/{data_version[:SHORT]}"

    def file_url(self, target: PartitionId, data_version: str, name: str) -> str:
        """A file of a version, opened by the lineage page."""
        return f"{self.settings.lineage_address}/file/{_place(target)}/{data_version[:SHORT]}/{quote(name)}"


def _place(target: PartitionId) -> str:
    return f"{target.asset}/{quote(target.partition or '_', safe='')}"
