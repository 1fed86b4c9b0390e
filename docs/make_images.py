"""Take the screenshots of docs/images from a finished sample run: ``make images`` (needs a Chromium).

Opens the real pages over the data root in use: Dagster's graph and asset pages, and the lineage page.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from medai_assets.settings import get_settings
from medai_assets.storage import Store
from medai_assets_tests.browser.dagster_page import CHROMIUM, browser_page, medai, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES = Path(__file__).parent / "images"
SETTLE = 4000  # milliseconds for pictures and layout after the text is there


def shoot(page: Page, address: str, name: str, wait_for: str, before: str | None = None) -> None:
    """Open an address, wait until a text is there, and keep a picture."""
    page.goto(address)
    page.get_by_text(wait_for, exact=False).first.wait_for()
    page.wait_for_timeout(SETTLE)
    if before:
        page.get_by_text(before, exact=True).first.scroll_into_view_if_needed()
        page.wait_for_timeout(SETTLE // 2)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


def dagster_pages() -> None:
    """The graph as a newcomer meets it."""
    command, url = medai("ui")
    with served(command, url, {}), browser_page(1600, 1000) as page:
        shoot(page, f"{url}/asset-groups", "graph", "collection")


def lineage_pages() -> None:
    """The lineage page: its front, and one example with the sentences used."""
    store = Store(get_settings().store_root)
    examples = store.require("instruction_dataset").dataset("examples")
    chosen = next(
        row["example_id"]
        for row in examples.to_table(columns=["example_id", "kind", "source"]).to_pylist()
        if row["kind"] == "drug_information" and row["source"] == "fda"
    )
    command, url = medai("lineage")
    with served(command, url, {}), browser_page(1300, 950) as page:
        shoot(page, url, "lineage-home", "lineage")
        shoot(page, f"{url}/example/{chosen}", "lineage-example", chosen)


def main() -> int:
    if CHROMIUM is None:
        print("no Chromium on this machine: apt-get install chromium", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    for take in (dagster_pages, lineage_pages):
        take()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
