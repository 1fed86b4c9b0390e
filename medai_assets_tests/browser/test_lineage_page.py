"""A hand at the mouse from Dagster's page to the lineage page: search, and walk from an adapter to the publisher and back."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from medai_assets_tests.browser.conftest import BASE_MODEL, Site
from medai_assets_tests.browser.dagster_page import CHROMIUM, appears
from medai_assets_tests.waiting import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
]


def test_the_asset_leads_to_the_lineage_page(page: Page, site: Site) -> None:
    from playwright.sync_api import TimeoutError as NotShown

    link = page.locator(f"a[href^='{site.lineage}/version/instruction_dataset/']").first

    def told() -> bool:
        """A question of the page that was lost under load is asked again only when it is opened again."""
        page.goto(f"{site.dagster}/assets/instruction_dataset")
        with suppress(NotShown):
            link.wait_for(timeout=5_000)
        return link.is_visible()

    eventually("the link from the asset's page to the lineage page", told, site.server)
    with page.context.expect_page() as opened:
        link.click()
    other = opened.value
    assert appears(other.get_by_role("heading", name="instruction_dataset"))
    assert appears(other.get_by_text("current", exact=True).first)
    other.close()


def test_search_and_walk_to_the_publisher_and_back(page: Page, site: Site) -> None:
    page.goto(site.lineage)
    page.get_by_role("link", name=re.compile(rf"lora_adapter\[{BASE_MODEL}\]")).click()
    page.get_by_role("link", name=re.compile("^training_examples")).first.click()
    page.get_by_role("link", name=re.compile("^instruction_dataset")).first.click()
    page.get_by_role("link", name="by source and kind").click()
    page.get_by_role("searchbox").fill("headaches")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="Headaches", exact=True).first.click()
    page.locator("a[href^='/example/']").first.click()
    assert appears(page.locator("mark").first), "the very sentences are marked"
    page.locator("a[href^='/passage/']").first.click()
    passage = urlsplit(page.url).path
    page.locator("a[href^='/record/']").first.click()
    assert appears(page.get_by_role("link", name="as it was received"))
    assert page.locator("a[href*='nhs.uk']").count() == 0, "a sample has no page of its publisher"
    page.get_by_role("link", name="as it was received").click()
    assert appears(page.get_by_text("written for medai-assets as sample data", exact=False).first)
    page.go_back()
    page.locator(f"a[href='{passage}']").first.click()
    page.locator("a[href^='/example/']").first.click()
    page.get_by_role("link", name=re.compile("^instruction_dataset")).first.click()
    page.get_by_role("link", name=re.compile("^training_examples")).first.click()
    page.get_by_role("link", name=re.compile(rf"lora_adapter\[{BASE_MODEL}\]")).first.click()
    page.get_by_role("heading", name=f"lora_adapter[{BASE_MODEL}]").wait_for()


def test_examples_are_narrowed_by_hand_and_taken_along(page: Page, site: Site) -> None:
    page.goto(site.lineage)
    page.get_by_role("link", name="Examples", exact=True).click()
    page.get_by_label("source").select_option("nhs")
    page.get_by_label("kind").select_option("triage_recommendation")
    page.get_by_role("button", name="Show").click()
    heading = page.get_by_role("heading", level=1).inner_text()
    count = int(heading.split()[0].replace(",", ""))
    assert count > 0
    with page.expect_download() as taken:
        page.get_by_role("link", name=re.compile("as CSV")).click()
    lines = Path(taken.value.path()).read_text(encoding="utf-8")
    assert len(list(csv.DictReader(io.StringIO(lines)))) == count
    page.get_by_role("link", name="any kind").click()
    assert int(page.get_by_role("heading", level=1).inner_text().split()[0].replace(",", "")) > count


def test_the_keyboard_is_enough(page: Page, site: Site) -> None:
    page.goto(site.lineage)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("nhs:symptoms/headaches")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Headaches").wait_for()


@pytest.mark.parametrize(
    "address",
    ["/", "/search?q=headache", "/record/nhs:symptoms/headaches", "/stale", "/versions", "/examples",
     "/set-aside", "/withdrawals", "/copy/nhs:symptoms/headaches"],
)  # fmt: skip
@pytest.mark.parametrize("width", [390, 1300])
def test_nothing_is_wider_than_the_window(page: Page, site: Site, address: str, width: int) -> None:
    size = page.viewport_size
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.lineage}{address}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    narrow = "[...document.querySelectorAll('td')].filter(c => c.offsetWidth && c.offsetWidth < 18).length"
    assert page.evaluate(narrow) == 0, "no column is squeezed to a letter a line"
    page.set_viewport_size(size or {"width": 1500, "height": 950})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(page: Page, site: Site, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{site.lineage}/stale")
    ratios = page.evaluate(CONTRAST)
    assert min(ratios.values()) >= 4.5, ratios  # WCAG 2.2, 1.4.3: the least for text
    page.emulate_media(color_scheme="light")


# Contrast ratio of the colours that text is set in against what it stands on (WCAG's relative luminance).
CONTRAST = """() => {
  const style = getComputedStyle(document.documentElement), colour = name => {
    const box = document.createElement('i'); box.style.color = style.getPropertyValue(name); document.body.append(box);
    const [r, g, b] = getComputedStyle(box).color.match(/[0-9.]+/g).map(Number); box.remove();
    const part = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    return .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
  };
  const pairs = [
    ['--ink', '--paper'], ['--ink', '--card'], ['--quiet', '--paper'], ['--quiet', '--card'], ['--link', '--paper'],
    ['--link', '--card'], ['--good', '--paper'], ['--bad', '--bad-paper'], ['--note', '--paper'], ['--note', '--card'],
    ['--ink', '--mark'], ['--card', '--link'],
  ];
  return Object.fromEntries(pairs.map(([a, b]) => {
    const [x, y] = [colour(a), colour(b)].sort((p, q) => q - p); return [a + ' on ' + b, (x + .05) / (y + .05)];
  }));
}"""
