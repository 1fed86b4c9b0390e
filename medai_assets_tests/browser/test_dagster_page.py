"""A hand at the mouse: the graph is read, an asset is materialized, one partition is collected again, all from the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medai_assets.graph import Graph, PartitionId
from medai_assets.settings import Settings
from medai_assets.staleness import Staleness, Status
from medai_assets.storage import Receipt, Store
from medai_assets_tests.browser.dagster_page import CHROMIUM, browser_page, medai, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
]
RUN_SECONDS = 180


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data=str(tmp_path_factory.mktemp("data")), sources=("nhs",))


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """``medai ui`` over an empty data root with one source."""
    command, url = medai("ui")
    with served(command, url, {"MEDAI_DATA": settings.data, "MEDAI_SOURCES": '["nhs"]'}) as running:
        yield running


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    with browser_page() as opened:
        yield opened


def _wait_for(condition: Callable[[], Receipt | None]) -> Receipt:
    end = time.monotonic() + RUN_SECONDS
    while time.monotonic() < end:
        receipt = condition()
        if receipt is not None:
            return receipt
        time.sleep(1)
    raise AssertionError(f"nothing was materialized within {RUN_SECONDS} s")


def test_the_graph_shows_few_groups_with_plain_names(page: Page, address: str) -> None:
    page.goto(f"{address}/asset-groups")
    for group in ("collection", "corpus", "instructions", "training", "evaluation", "serving"):
        page.get_by_text(group, exact=True).first.wait_for()


def test_an_asset_page_teaches_what_it_holds(page: Page, address: str) -> None:
    page.goto(f"{address}/assets/raw_nhs")
    page.get_by_text("one slice a section", exact=False).first.wait_for()
    page.get_by_text("licence/ogl-uk-3.0").first.wait_for()
    page.get_by_text("collect_nhs").first.wait_for()


def test_an_asset_is_materialized_from_the_page(page: Page, address: str, settings: Settings) -> None:
    store = Store(settings.store_root)
    page.goto(f"{address}/assets/curation_policy")
    page.get_by_role("button", name="Materialize").first.click()
    receipt = _wait_for(lambda: store.current_receipt("curation_policy"))
    page.goto(f"{address}/assets/curation_policy")
    page.get_by_text("licence_policy").first.wait_for()
    page.get_by_text(receipt.data_version).first.wait_for()
    states = Staleness(Graph(settings), store).states()
    assert states[PartitionId("curation_policy", None)].status is Status.FRESH


def test_one_partition_is_collected_by_hand_and_its_child_becomes_ready(
    page: Page, address: str, settings: Settings
) -> None:
    store = Store(settings.store_root)
    page.goto(f"{address}/assets/raw_nhs")
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_text("Select a partition or create one").click()
    page.get_by_text("symptoms", exact=True).locator("visible=true").last.click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Launch").last.click()
    receipt = _wait_for(lambda: store.current_receipt("raw_nhs", "symptoms"))
    assert receipt.metadata["counts"]["records"] == 8
    others = [k for k in Graph(settings).partitions("raw_nhs") if k != "symptoms"]
    assert [store.current_receipt("raw_nhs", key) for key in others] == [None] * len(others)
    page.goto(f"{address}/assets/raw_nhs?partition=symptoms&view=partitions")
    page.get_by_text("LicenseRef-medai-sample").first.wait_for()


def test_the_pages_need_nothing_from_outside(page: Page, address: str) -> None:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.goto(f"{address}/assets/raw_nhs")
    page.get_by_text("raw_nhs").first.wait_for()
    foreign = [
        u for u in seen if not u.startswith((address, address.replace("http", "ws"), "data:", "blob:"))
    ]
    assert foreign == []


def test_screenshots_are_where_the_readme_points() -> None:
    root = Path(__file__).resolve().parents[2]
    named = [
        line.split("](")[1].split(")")[0]
        for line in (root / "README.md").read_text().splitlines()
        if "](docs/images/" in line
    ]
    assert named, "the README shows pictures"
    assert [name for name in named if not (root / name).exists()] == []
