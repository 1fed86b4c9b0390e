"""A card tells the origins as the data set notes them now, and what it no longer holds as it was when it was learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import EXAMPLE
from medai_assets.storage import Store, Stored
from medai_assets.training.current_card import publish_card
from medai_assets.training.learned_tables import TABLES
from medai_assets.training.machine import Machine
from medai_assets.training.train import run
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

PUBLISHING = {"code_version": "1"}
ROWS = tiny.examples("train")


@pytest.fixture(scope="module")
def adapter(
    bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path_factory: pytest.TempPathFactory
) -> Stored:
    root = tmp_path_factory.mktemp("adapter")
    job = tiny.job(bases["llama"], dataset, root, tiny.recipe("llama", epochs=1, evaluations=1))
    with Store(root / "store").draft("lora_adapter", "tiny") as draft:
        version = run(
            tiny.job(bases["llama"], dataset, root, job.recipe, out_dir=draft.directory), Listener(), cpu
        )
        for table in TABLES:
            draft.adopt_table(table)
        return draft.publish(data_version=version["data_version"], **PUBLISHING)


def card(adapter: Stored, rows: list[dict[str, Any]]) -> Stored:
    with adapter.store.draft("instruction_dataset") as draft:
        draft.write_table("examples", pa.Table.from_pylist(rows, schema=EXAMPLE))
        dataset = draft.publish(**PUBLISHING)
    return publish_card(adapter.store, adapter, dataset, PUBLISHING)


def noted(**changes: Any) -> list[dict[str, Any]]:
    return [row | {"origins": [tiny.ORIGIN | changes]} for row in ROWS]


def text(stored: Stored) -> str:
    return (stored.local_path() / "README.md").read_text()


def test_with_the_notes_of_its_training_it_is_the_adapters_own_card(adapter: Stored) -> None:
    assert text(card(adapter, ROWS)) == text(adapter)


def test_new_licences_and_attributions_are_told_and_give_a_new_version(adapter: Stored) -> None:
    before = card(adapter, ROWS)
    after = card(adapter, noted(licence="OGL-UK-3.0", attribution="Another publisher"))
    assert after.data_version != before.data_version
    assert f"| OGL-UK-3.0 | {len(ROWS)} |" in text(after)
    assert "- Another publisher" in text(after)
    assert "CC0-1.0" not in text(after)


def test_a_new_day_or_address_of_a_page_changes_no_card(adapter: Stored) -> None:
    moved = card(adapter, noted(version="2026-05-01", url="https://example.org/moved"))
    assert moved.data_version == card(adapter, ROWS).data_version


def test_what_the_data_set_no_longer_holds_is_told_as_it_was_learned(adapter: Stored) -> None:
    stored = card(adapter, noted(licence="OGL-UK-3.0")[:4])
    assert stored.manifest.metadata["noted_before"] == len(ROWS) - 4
    assert f"| CC0-1.0 | {len(ROWS) - 4} |" in text(stored)
    assert "| OGL-UK-3.0 | 4 |" in text(stored)
