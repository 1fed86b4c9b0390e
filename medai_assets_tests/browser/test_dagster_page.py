"""A hand at the mouse in Dagster's page: read the graph, materialize, re-collect one partition, see what became stale and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medai_assets.automation.everything_stale import WORDS
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.staleness import Staleness, Status
from medai_assets.storage import Receipt
from medai_assets_tests.browser.conftest import Site
from medai_assets_tests.browser.dagster_page import CHROMIUM, appears, comes_to_show
from medai_assets_tests.waiting import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
]


def newer(site: Site, asset: str, partition: str | None, before: Receipt | None) -> Receipt:
    """Wait for a receipt later than one that was there before."""

    def later() -> Receipt | None:
        receipt = site.store.current_receipt(asset, partition)
        is_later = receipt is not None and (before is None or receipt.finished_at > before.finished_at)
        return receipt if is_later else None

    receipt = eventually("a receipt of what was materialized on the page", later, site.server)
    assert receipt is not None
    return receipt


def test_the_graph_shows_few_groups_with_plain_names(page: Page, site: Site) -> None:
    page.goto(f"{site.dagster}/asset-groups")
    for group in ("collection", "corpus", "instructions", "training", "evaluation", "serving"):
        assert appears(page.get_by_text(group, exact=True).first)


def test_the_graph_leads_to_the_job_that_makes_what_is_stale(page: Page, site: Site) -> None:
    page.goto(f"{site.dagster}/asset-groups")
    page.get_by_text("Materialize all").first.wait_for()
    page.get_by_role("link", name=WORDS).click()
    assert appears(page.get_by_role("button", name="Launch Run").first)
    assert "/jobs/everything_stale/" in page.url


def test_an_asset_page_teaches_what_it_holds_and_needs_nothing_from_outside(page: Page, site: Site) -> None:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.goto(f"{site.dagster}/assets/raw_nhs")
    assert appears(page.get_by_text("one slice a section", exact=False).first)
    assert appears(page.get_by_text("licence/ogl-uk-3.0").first)
    assert appears(page.get_by_text("collect_nhs").first)
    assert appears(page.get_by_text("The record word for word as it was received").first)
    own = (site.dagster, site.dagster.replace("http", "ws"), "data:", "blob:")
    assert [url for url in seen if not url.startswith(own)] == []


def test_an_asset_is_materialized_from_the_page(page: Page, site: Site) -> None:
    before = site.store.current_receipt("curation_policy")
    page.goto(f"{site.dagster}/assets/curation_policy")
    page.get_by_role("button", name="Materialize").first.click()
    receipt = newer(site, "curation_policy", None, before)
    assert receipt.unchanged

    comes_to_show(page, f"{site.dagster}/assets/curation_policy", "Nothing: the content is what it was")
    states = Staleness(Graph(site.settings), site.store).states()
    assert states[PartitionId("curation_policy", None)].status is Status.FRESH


def test_one_partition_is_collected_by_hand_and_what_follows_is_stale_with_the_reason(
    page: Page, site: Site
) -> None:
    keys = Graph(site.settings).partitions("raw_nhs")
    before = {key: site.store.current_receipt("raw_nhs", key) for key in keys}
    text = site.record.read_text(encoding="utf-8")
    site.record.write_text(
        text.replace("drink plenty of water", "drink plenty of water all day"), encoding="utf-8"
    )
    page.goto(f"{site.dagster}/assets/raw_nhs")
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_role("dialog").wait_for()
    _only_the_partition(page, "symptoms")
    page.get_by_role("button", name="Launch").last.click()
    receipt = newer(site, "raw_nhs", "symptoms", before["symptoms"])
    assert not receipt.unchanged
    assert all(site.store.current_receipt("raw_nhs", key) == before[key] for key in keys if key != "symptoms")

    symptoms = f"{site.dagster}/assets/raw_nhs?partition=symptoms&view=partitions"
    comes_to_show(page, symptoms, "0 records added, 1 changed, 0 gone.")
    page.get_by_text("nhs:symptoms/headaches").first.wait_for()
    # Dagster's own word for stale, with its cause, on the partition's page.
    comes_to_show(page, f"{site.dagster}/assets/processed_corpus?partition=nhs&view=partitions", "Unsynced")
    # The same in plain words, with what waits for it.
    of_symptoms = "raw_nhs[symptoms] has new content: 0 records added, 1 changed, 0 gone"
    comes_to_show(page, f"{site.lineage}/stale", of_symptoms)
    page.get_by_text("Waits for processed_corpus[nhs].").first.wait_for()


def _only_the_partition(page: Page, key: str) -> None:
    """Choose one partition in the dialog, whatever it offers at first."""
    page.get_by_text("Select a partition or create one").click()
    page.get_by_text(key, exact=True).locator("visible=true").last.click()
    page.keyboard.press("Escape")


@pytest.mark.parametrize(
    ("asset", "title"),
    [("curated_corpus", "what each step left"), ("instruction_dataset", "examples by kind")],
)
def test_an_asset_shows_its_picture_at_once_and_no_path_of_this_machine(
    page: Page, site: Site, asset: str, title: str
) -> None:
    comes_to_show(page, f"{site.dagster}/assets/{asset}", "stored at")
    assert _width_drawn(page, title) > 300
    assert site.settings.data not in page.content()


def _width_drawn(page: Page, title: str) -> int:
    """The own width, in pixels, of the picture of that title once the page has drawn it."""
    picture = page.get_by_role("img", name=title, exact=True)
    picture.wait_for()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
    return int(picture.evaluate("image => image.naturalWidth"))


def test_screenshots_are_where_the_readme_points() -> None:
    root = Path(__file__).resolve().parents[2]
    named = [
        line.split("](")[1].split(")")[0]
        for line in (root / "README.md").read_text().splitlines()
        if "](docs/images/" in line
    ]
    assert named, "the README shows pictures"
    assert [name for name in named if not (root / name).exists()] == []
