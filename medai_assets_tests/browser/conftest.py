"""One data root for all browser tests: two sources carried as far as the data set by the real command, and an adapter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from medai_assets.foundation.schemas import LEFT_OUT
from medai_assets.settings import Settings
from medai_assets.storage import Store
from medai_assets.training.learned_tables import learned_tables
from medai_assets_tests.browser.dagster_page import TOKEN, browser_page, free_port, medai, served
from medai_assets_tests.waiting import PATIENCE, ended

if TYPE_CHECKING:
    from playwright.sync_api import Page

SOURCES = ("nhs", "fda")
BASE_MODEL = "smollm2-135m"


@dataclass(frozen=True)
class Site:
    """Both pages over one data root."""

    settings: Settings
    server: subprocess.Popen[bytes]
    dagster: str
    lineage: str

    @property
    def store(self) -> Store:
        return Store(self.settings.store_root)

    @property
    def record(self) -> Path:
        """A record of the sandbox that a test may edit; it belongs to raw_nhs[symptoms]."""
        return self.settings.sandbox_records / "nhs" / "symptoms" / "headaches.json"


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serves both pages by one command; Dagster's tells the address of the other in its metadata."""
    settings = Settings(data=str(tmp_path_factory.mktemp("data")), sources=SOURCES)
    command, dagster_url = medai("ui")
    lineage_url = f"http://127.0.0.1:{free_port()}"
    environment = {
        "MEDAI_DATA": settings.data,
        "MEDAI_SOURCES": '["nhs", "fda"]',
        "MEDAI_LINEAGE_ADDRESS": lineage_url,
    }
    stages = [word for group in ("collection", "corpus", "instructions") for word in ("--select", group)]
    run = subprocess.Popen(  # while the pages start
        [sys.executable, "-m", "medai_assets.cli", "run", *stages],
        env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with served(
            command, dagster_url, environment, patience=2
        ) as server:  # nobody needs this data root any more
            assert ended(run, "medai run", 2 * PATIENCE) == 0
            _adapter(Store(settings.store_root))
            yield Site(settings, server, dagster_url, lineage_url)
    finally:
        run.kill()  # where the page did not come; what it started ends with it


def _adapter(store: Store) -> None:
    """An adapter in name only: what the walk needs of it is the data set version that it learned from, and what of it."""
    dataset = store.require("instruction_dataset")
    rows = dataset.table("examples", filter=pc.field("split") == "train").to_pylist()
    learned = learned_tables([row | {"tokens": 1, "times": 1} for row in rows])
    with store.draft("lora_adapter", BASE_MODEL) as draft:
        draft.path("adapter_config.json").write_text("{}")
        for name, table in learned.items():
            draft.write_table(name, table)
        draft.write_table("left_out", pa.Table.from_pylist([], schema=LEFT_OUT))
        draft.publish(code_version="1", inputs=[store.require("training_examples").input])


@pytest.fixture(scope="package")
def page(site: Site) -> Iterator[Page]:
    with browser_page() as opened:
        opened.goto(f"{site.dagster}/?token={TOKEN}")
        yield opened
