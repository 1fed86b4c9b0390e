"""The page of what is stale: reasons in words, and rows behind each number."""

from __future__ import annotations

import html
import re
from pathlib import Path

from starlette.testclient import TestClient

from medai_assets.lineage.page.app import create_app
from medai_assets_tests.lineage.library import Library
from medai_assets_tests.world import World

OWN = "http://127.0.0.1:3070"


def test_what_is_stale_is_told_with_its_reason(library: Library) -> None:
    library.materialize()
    text = html.unescape(TestClient(create_app(library.settings), base_url=OWN).get("/stale").text)
    assert "What is stale, and why" in text
    assert "curation_policy" in text
    assert "was never made" in text
    assert re.search(r"<dt>stale</dt><dd>\d+", text)
    library.texts["fda:aaa"] = "Take metformin with food. Do not crush the tablets."
    library._raw("fda", "2023")
    text = html.unescape(TestClient(create_app(library.settings), base_url=OWN).get("/stale").text)
    assert "raw_fda[2023] has new content: 0 records added, 1 changed, 0 gone" in text


def test_the_number_of_what_is_fresh_leads_to_its_versions(tmp_path: Path) -> None:
    world = World(tmp_path / "data")
    world.settle()
    page = TestClient(create_app(world.settings), base_url=OWN)
    counted, _, listed = page.get("/stale").text.partition('id="fresh"')
    figure = re.search(r'<dt>fresh</dt><dd><a href="#fresh">(\d+)', counted)
    assert figure is not None
    assert len(versions := re.findall(r'<li><a href="([^"]+)"', listed)) == int(figure[1])
    assert page.get(html.unescape(versions[0])).status_code == 200
