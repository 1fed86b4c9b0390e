"""A person's folder, with what is collected from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.fingerprints import fingerprint
from medai_assets.settings import Settings
from medai_assets.sources.collection import CollectionReport, collect_slice
from medai_assets.sources.registry import find_slice
from medai_assets.storage import Store

SET = """
{name}:
  files: "{files}"
  licence: CC-BY-4.0
  attribution: Riverside Clinic
  audience: consumer
{further}
"""
PAIRS = "  columns: {id: id, question: q, answer: a}"


class Mine:
    """A folder with ``files.yaml``, settings that name it, and a store."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.settings = Settings(
            data=str(data), files=str(folder), max_rejected_share=1.0, max_shrink_share=1.0
        )
        self.store = Store(data / "store")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def sets(self, **files_and_further: tuple[str, str]) -> None:
        """Write ``files.yaml``: for each set its pattern, and further lines."""
        told = (SET.format(name=n, files=f, further=more) for n, (f, more) in files_and_further.items())
        self.write("files.yaml", "".join(told))

    def collect(self, name: str, **further: Any) -> CollectionReport:
        arguments: dict[str, Any] = {
            "settings": self.settings,
            "store": self.store,
            "code_version": "1",
        } | further
        return collect_slice(find_slice("files", name, arguments["settings"]), **arguments)

    def ids(self, name: str) -> list[str]:
        """Of the current records, without the set's name."""
        return sorted(row["record_id"].split("/", 1)[1] for row in self.rows(name, "records"))

    def rows(self, name: str, table: str) -> list[dict[str, Any]]:
        stored = self.store.current("raw_files", name)
        assert stored is not None
        return stored.table(table).to_pylist()

    def rejected(self, name: str) -> list[tuple[str, str]]:
        """Reasons with their details."""
        return [(row["reason"], row["detail"]) for row in self.rows(name, "rejected")]

    def fingerprint(self, name: str) -> str:
        found = fingerprint(Graph(self.settings), PartitionId("raw_files", name))
        assert found is not None
        return found


@pytest.fixture
def mine(tmp_path: Path) -> Mine:
    return Mine(tmp_path / "mine", tmp_path / "data")
