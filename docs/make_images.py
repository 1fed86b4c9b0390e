"""Take the screenshots of docs/images from a finished run: ``make images`` (needs a Chromium; nothing is run or changed).

Opens the real pages over the data root in use: Dagster's graph, asset pages, dialogs and checks, and the lineage page.
Give names to take only those: ``python docs/make_images.py graph lineage-home``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from medai_assets.settings import get_settings
from medai_assets.storage import Store
from medai_assets_tests.browser.dagster_page import CHROMIUM, TOKEN, browser_page, medai, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES = Path(__file__).parent / "images"
SETTLE = 1500  # milliseconds for layout and fonts after what is waited for is there
STATUSES = 6000  # until the graph's nodes have their colours
MOST_BYTES = 3 * 2**20  # of all pictures together
BASE_MODEL = "smollm2-135m"
GROUPS = ("collection", "corpus", "instructions", "training", "evaluation", "serving")
Shot = tuple[str, int, int, Callable[["Page", str], None]]  # name, width, height, how to get there


def settled(page: Page) -> None:
    """Wait until no spinner turns and every picture is drawn."""
    page.wait_for_timeout(SETTLE)
    page.wait_for_function(
        "!document.querySelector('[class*=\"pinner\"] svg animateTransform') && "
        "[...document.images].every(image => image.complete)"
    )


def graph(page: Page, url: str) -> None:
    """Every asset, group by group, over the whole window; the page keeps its navigation narrow from here on."""
    page.goto(f"{url}/asset-groups?expanded={','.join(f'global@global:{group}' for group in GROUPS)}")
    page.get_by_text("curated_corpus").first.wait_for()  # what lies below the window is not drawn yet
    page.get_by_text("Hide navigation").first.click()
    page.locator("button:has([aria-label='panel_show_right'])").first.click()
    page.wait_for_timeout(STATUSES)
    ends = ("raw_fda", "merged_model")  # the graph is as high as its sources are many
    while not all(page.get_by_text(name, exact=True).count() for name in ends):
        page.locator("button:has([aria-label='zoom_out'])").first.click()
        page.wait_for_timeout(SETTLE)
    page.locator(
        "button:has([aria-label='zoom_out'])"
    ).first.click()  # the window's edge may still cut what is drawn
    page.wait_for_timeout(SETTLE)
    # the graph begins at the left, whatever the width
    page.set_viewport_size({"width": 1350, "height": 1060})


def asset(name: str, text: str, partition: str | None = None) -> Callable[[Page, str], None]:
    """An asset's page, scrolled to what its latest version tells; ``text`` says that it is there."""

    def open_page(page: Page, url: str) -> None:
        chosen = f"?partition={partition}&view=partitions" if partition else ""
        page.goto(f"{url}/assets/{name}{chosen}")
        page.get_by_text(text, exact=True).first.wait_for()
        page.wait_for_timeout(SETTLE)
        if not partition:
            page.get_by_text("Metadata", exact=True).first.evaluate("e => e.scrollIntoView({block: 'start'})")

    return open_page


def dialog(page: Page, url: str) -> None:
    """Re-collection of one slice by hand."""
    page.goto(f"{url}/assets/raw_fda")
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_role("dialog").wait_for()


def automation(page: Page, url: str) -> None:
    page.goto(f"{url}/automation")
    page.get_by_text("only_what_is_stale").first.wait_for()


def checks(page: Page, url: str) -> None:
    page.goto(f"{url}/assets/instruction_dataset?view=checks&checkDetail=no_overlap")
    page.get_by_text("Latest execution").first.wait_for()


def at(path: str) -> Callable[[Page, str], None]:
    """A page of the lineage server."""

    def open_page(page: Page, url: str) -> None:
        page.goto(f"{url}{path}")

    return open_page


def dagster_shots() -> list[Shot]:
    return [
        ("graph", 1800, 1080, graph),
        ("curated-corpus", 1500, 1000, asset("curated_corpus", "funnel")),
        ("instruction-dataset", 1500, 1150, asset("instruction_dataset", "mixture")),
        ("lora-adapter", 1400, 900, asset("lora_adapter", "loss", BASE_MODEL)),
        ("evaluation-report", 1400, 1130, asset("evaluation_report", "scores", BASE_MODEL)),
        ("partition-dialog", 1400, 900, dialog),
        ("automation", 1400, 700, automation),
        ("checks", 1400, 860, checks),
    ]


def lineage_shots(store: Store) -> list[Shot]:
    """One drug's example and the record behind it stand for all."""
    rows = store.require("instruction_dataset").table("examples", ["example_id", "kind", "source", "origins"])
    chosen: dict[str, Any] = next(
        row for row in rows.to_pylist() if (row["kind"], row["source"]) == ("drug_information", "fda")
    )
    record = chosen["origins"][0]["record_id"]
    return [
        ("lineage-home", 1300, 950, at("/")),
        ("lineage-search", 1300, 950, at("/search?q=headache")),
        ("lineage-examples", 1300, 950, at("/examples?source=nhs&q=fever")),
        ("lineage-example", 1300, 1100, at(f"/example/{chosen['example_id']}")),
        ("lineage-record", 1300, 1150, at(f"/record/{record}")),
        ("lineage-adapter", 1300, 1000, at(f"/version/lora_adapter/{BASE_MODEL}/current")),
    ]


def take(shots: list[Shot], command: str, names: list[str]) -> None:
    """Serve the page and keep a picture of each shot."""
    wanted = [shot for shot in shots if not names or shot[0] in names]
    if not wanted:
        return
    line, url = medai(command)
    with served(line, url, os.environ | {"MEDAI_UI_TOKEN": TOKEN}), browser_page() as page:
        page.goto(f"{url}/?token={TOKEN}")
        for name, width, height, get_there in wanted:
            page.set_viewport_size({"width": width, "height": height})
            get_there(page, url)
            settled(page)
            page.screenshot(path=IMAGES / f"{name}.png")
            print(f"docs/images/{name}.png")


def main(names: list[str]) -> int:
    if CHROMIUM is None:
        print("no Chromium on this machine: apt-get install chromium", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    take(dagster_shots(), "ui", names)
    take(lineage_shots(Store(get_settings().store_root)), "lineage", names)
    size = sum(path.stat().st_size for path in IMAGES.glob("*.png"))
    print(f"{size / 2**20:.1f} MiB together")
    return 0 if size <= MOST_BYTES else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
