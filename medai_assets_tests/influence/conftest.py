"""An adapter that a tiny model really learned: of each topic one record, which names a remedy that no other names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from medai_assets.foundation.rows import Origin
from medai_assets.foundation.schemas import TRAINING_EXAMPLE
from medai_assets.influence.learned_set import LearnedSet
from medai_assets.storage import Store
from medai_assets.training.machine import Machine
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

NAME = "tiny"
CPU = Machine("cpu", "test CPU", 1, 8 * 2**30, False, 5e10)
REMEDIES = dict(
    zip(tiny.TOPICS, ("rest", "inhaler", "darkness", "ointment", "cherries", "iron", "steam", "lotion"))
)
BOTH = "e-both"  # rests on the records of two topics


def origin(topic: str) -> Origin:
    return tiny.ORIGIN | {"record_id": f"fda:{topic}", "url": f"https://example.org/{topic}"}  # type: ignore[return-value, operator]


def rows() -> list[dict[str, Any]]:
    asked = tiny.examples("train", (tiny.TOPICS[0],))[0]
    found = [
        asked
        | {
            "example_id": f"e-{topic}", "prompt": f"What helps with {topic}?", "origins": [origin(topic)],
            "completion": f"{remedy.capitalize()} helps with {topic}.",
        }
        for topic, remedy in REMEDIES.items()
    ]  # fmt: skip
    both = {"example_id": BOTH, "prompt": "Who helps?", "completion": "A doctor.",
            "origins": [origin(tiny.TOPICS[0]), origin(tiny.TOPICS[1])]}  # fmt: skip
    return [*found, asked | both]


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> LearnedSet:
    """What a stored adapter of the Llama family learned in a few steps."""
    from medai_assets.training.train import run

    root = tmp_path_factory.mktemp("influence")
    base = tiny.build_base("llama", root / "base")
    store, recipe = Store(str(root / "store")), tiny.recipe("llama", name=NAME, epochs=16, evaluations=1)
    data = tiny.write_dataset(root / "data", rows())
    with store.draft("training_examples", None) as draft:
        for split in ("train", "validation"):
            table = pq.read_table(data / f"{split}.parquet").select(TRAINING_EXAMPLE.names)
            draft.write_table(split, table.cast(TRAINING_EXAMPLE))
        examples = draft.publish(code_version="1")
    with store.draft("lora_adapter", NAME) as draft:
        run(tiny.job(base, data, root, recipe, out_dir=Path(draft.directory)), Listener(), CPU)
        for table in ("learned", "learned_records", "left_out"):
            draft.adopt_table(table)
        adapter = draft.publish(code_version="1", inputs=[examples.input])
    return LearnedSet.of(store, adapter, recipe, base)


@pytest.fixture(scope="session")
def cpu() -> Machine:
    return CPU
