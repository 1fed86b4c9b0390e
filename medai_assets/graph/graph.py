"""The graph as data: every asset, what it is made from, and how partitions meet.

Definitions build Dagster's assets from this table and ``staleness`` walks it, so both always agree. Nothing here
runs anything, and nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from medai_assets.graph.nodes import NODES, Edge, Node
from medai_assets.settings import Settings
from medai_assets.sources.registry import SOURCES, slices
from medai_assets.training.recipe import recipe_names

__all__ = ["Edge", "Graph", "Node", "PartitionId"]

# The adapters that a profile trains unless told otherwise; every other recipe waits to be asked for.
DEFAULT_BASE_MODELS = {"sample": ("smollm2-135m",), "live": ("mistral-7b",)}


def recipe_keys(settings: Settings) -> list[str]:
    """Names of the recipes: the packaged ones and the user's own."""
    own = sorted(path.stem for path in settings.recipes_dir.glob("*.yaml"))
    return [*recipe_names(), *(name for name in own if name not in recipe_names())]


class PartitionId(NamedTuple):
    """One asset partition; ``partition`` is None for an asset without partitions."""

    asset: str
    partition: str | None

    def __str__(self) -> str:
        return self.asset if self.partition is None else f"{self.asset}[{self.partition}]"


@dataclass(frozen=True)
class Graph:
    """The asset graph of one settings object.

    Args:
        made: where it is given, base models and preferences that are neither wanted nor made are left out; for each asset that
            may lack them, the partitions that were ever made.
    """

    settings: Settings
    made: Mapping[str, Sequence[str | None]] | None = None

    @classmethod
    def asked_for(cls, settings: Settings) -> Graph:
        """What a page shows: without base models and preferences that nobody asked for.

        Raises:
            StoreError: the store does not say what was made.
        """
        from medai_assets.storage import Store

        unasked = [node.name for node in NODES if node.on_request or node.partitioned_by == "base_models"]
        store = Store(settings.store_root)
        return cls(settings, {name: store.partitions(name) for name in unasked})

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """Assets by name, parents before children."""
        return {
            node.name: node
            for node in NODES
            if (node.source is None or node.source in self.sources)
            and (not node.needs or getattr(self.settings, node.needs))
            and not (node.on_request and self._is_unasked(node.name))
        }

    def _is_unasked(self, asset: str) -> bool:
        return self.made is not None and not self.settings.preferences and not self.made[asset]

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Upstreams in use, in the order of the node table; one whose slices nobody has named is not.

        Raises:
            ValueError: the settings name none or another, or the file that names the slices cannot be used.
        """
        known = [node.source for node in NODES if node.source]
        chosen = self.settings.sources
        unknown = set(chosen or ()) - set(known)
        if unknown:
            raise ValueError(
                f"MEDAI_SOURCES names {', '.join(sorted(unknown))}; the sources are {', '.join(known)}"
            )
        empty = {s for s in known if SOURCES[s].slices_of and not slices(s, self.settings)}
        if asked := empty & set(chosen or ()):
            raise ValueError(
                f"MEDAI_SOURCES names {', '.join(sorted(asked))}, which has no records yet; docs/your_own_files.md shows "
                "how records of your own are named in MEDAI_FILES"
            )
        return tuple(s for s in known if s not in empty and (chosen is None or s in chosen))

    @cached_property
    def _partitions(self) -> dict[str, list[str | None]]:
        return {name: self._partitions_of(node) for name, node in self.nodes.items()}

    def _partitions_of(self, node: Node) -> list[str | None]:
        by_kind: dict[str, Callable[[], list[str | None]]] = {
            "none": lambda: [None],
            "slices": lambda: [s.key for s in slices(node.source or "", self.settings)],
            "sources": lambda: [s for s in self.sources if SOURCES[s].has_texts],
            "base_models": lambda: list(self._recipes_in_graph),
        }
        return by_kind[node.partitioned_by]()

    @cached_property
    def _recipes_in_graph(self) -> list[str]:
        every = recipe_keys(self.settings)
        if self.made is None:
            return every
        asked = {*self.base_models, *(key for keys in self.made.values() for key in keys)}
        return [key for key in every if key in asked]

    def partitions(self, asset: str) -> list[str | None]:
        """Partition keys of an asset; ``[None]`` when it has none."""
        return self._partitions[asset]

    def all_partitions(self) -> Iterator[PartitionId]:
        """Every asset partition, parents before children."""
        for name in self.nodes:
            for partition in self.partitions(name):
                yield PartitionId(name, partition)

    @property
    def base_models(self) -> Sequence[str]:
        """Recipes that a plain ``medai run`` trains."""
        return self.settings.base_models or DEFAULT_BASE_MODELS[self.settings.profile]

    def is_wanted(self, target: PartitionId) -> bool:
        """Whether a plain ``medai run`` makes this partition; the others only when asked for by name."""
        node = self.nodes[target.asset]
        if node.on_request and not self.settings.preferences:
            return False
        if node.partitioned_by == "base_models":
            return target.partition in self.base_models
        source = target.partition if node.partitioned_by == "sources" else node.source
        on_request = source is not None and SOURCES[source].on_request
        return not on_request or self.settings.profile == "sample"

    def parents(self, target: PartitionId) -> list[PartitionId]:
        """The asset partitions that this one is made from."""
        found = []
        for edge in self.nodes[target.asset].parents:
            if edge.parent in self.nodes:
                found += [PartitionId(edge.parent, p) for p in self._mapped(edge, target.partition)]
        return found

    def _mapped(self, edge: Edge, partition: str | None) -> list[str | None]:
        parent = self.nodes[edge.parent]
        if edge.mapping == "same":
            return [partition]
        if edge.mapping == "of_source":
            return self.partitions(edge.parent) if parent.source == partition else []
        return self.partitions(edge.parent)

    def children(self, target: PartitionId) -> list[PartitionId]:
        """The asset partitions made directly from this one."""
        return [child for child in self.all_partitions() if target in self._parent_sets[child]]

    @cached_property
    def _parent_sets(self) -> dict[PartitionId, frozenset[PartitionId]]:
        return {target: frozenset(self.parents(target)) for target in self.all_partitions()}

    def downstream(self, roots: set[PartitionId]) -> set[PartitionId]:
        """All that is made from ``roots``, directly or not, without them."""
        reached = set(roots)
        for target in self.all_partitions():
            if self._parent_sets[target] & reached:
                reached.add(target)
        return reached - roots
