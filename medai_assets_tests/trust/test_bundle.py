"""An auditor's bundle: whole, openable without a network, and nothing in it that a page could run or fetch."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from medai_assets.lineage.lookup import Lineage
from medai_assets.sources.take_down_history import withdraw
from medai_assets.trust.bundle.bundle import NoPlace, from_markdown, write_bundle
from medai_assets.trust.certificate import keep
from medai_assets.trust.envelope import generate, load_signer, sign
from medai_assets_tests.lineage.library import BASE_MODEL, REPORT, Library

WITHDRAWN = "fda:aaa"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = Library.at(tmp_path_factory.mktemp("bundle"))
    library.withdrawn = {WITHDRAWN: None}
    library.texts["fda:bbb"] = "<script>alert(1)</script> may cause stomach upset."
    library.materialize()
    key = tmp_path_factory.mktemp("key") / "steward.pem"
    generate(key)
    dataset = library.store.require("instruction_dataset").data_version
    envelope = sign({"predicate": {"record": WITHDRAWN}}, load_signer(key))
    keep(library.store, WITHDRAWN, dataset, envelope)
    return library


@pytest.fixture(scope="module")
def folder(made: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "bundle"
    with Lineage.of(made.settings) as lineage:
        write_bundle(lineage, lineage.dataset(), out)
    return out


def test_it_holds_cards_bills_summary_withdrawals_and_examples(folder: Path) -> None:
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    (certificate,) = (folder / "certificates").iterdir()
    assert names == {
        "index.html", "data_card.html", "licences.html", "withdrawals.html", "public_summary.html", "public_summary.md",
        "bom.cdx.json", "bom.spdx3.json", "examples.csv", "SHA256SUMS", f"certificates/{certificate.name}",
    }  # fmt: skip
    assert f"certificates/{certificate.name}" in (folder / "withdrawals.html").read_text()


def test_every_head_of_a_table_says_what_it_heads(folder: Path) -> None:
    heads = [
        head
        for path in folder.rglob("*.html")
        for head in re.findall(r"<th\b[^>]*>", path.read_text("utf-8"))
    ]
    assert heads
    assert [head for head in heads if "scope=" not in head] == []


def test_every_link_leads_to_a_file_within_or_to_a_licence(folder: Path) -> None:
    for html in folder.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"]+)"', html.read_text()):
            known = link.startswith(("https://", "http://", "#"))
            assert known or (html.parent / link).is_file(), f"{html.name}: {link}"


def test_text_of_the_rows_runs_nowhere(folder: Path) -> None:
    for html in folder.rglob("*.html"):
        assert "<script" not in html.read_text()
        assert "default-src 'none'" in html.read_text()
    assert "<script" not in from_markdown("Card", "A <script>alert(1)</script> [link](javascript:alert(1))")


def test_the_examples_name_their_records(folder: Path, made: Library) -> None:
    rows = list(csv.DictReader(io.StringIO((folder / "examples.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == made.store.require("instruction_dataset").rows("examples")
    assert {row["records"] for row in rows if row["source"] == "fda"} == {"fda:bbb", "fda:ccc"}
    assert WITHDRAWN not in {record for row in rows for record in row["records"].split()}


def test_words_of_a_record_withdrawn_since_are_not_handed_out_again(tmp_path: Path) -> None:
    library = Library.at(tmp_path)
    library.materialize()
    adapter = library.store.require("lora_adapter", BASE_MODEL)
    with library.store.draft("evaluation_report", BASE_MODEL) as draft:
        draft.path("report.json").write_text(json.dumps(REPORT))
        draft.path("report.html").write_text("<p>The source's answer: Take metformin with meals.")
        draft.publish(code_version="1", inputs=[adapter.input], run_id="")
    withdraw(library.store, library.settings.take_downs_file, WITHDRAWN, "asked by its author", "A. Person")
    with Lineage.of(library.settings) as lineage:
        write_bundle(lineage, lineage.dataset(), tmp_path / "bundle")
    written = (tmp_path / "bundle" / "examples.csv").read_text(encoding="utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(written)) if row["records"] == WITHDRAWN]
    assert {row["prompt"] for row in rows} == {"(its record was withdrawn since)"}
    assert "withheld: it quotes examples" in (tmp_path / "bundle" / "index.html").read_text()
    for page in (tmp_path / "bundle").rglob("*"):
        assert page.is_dir() or "metformin" not in page.read_text(encoding="utf-8").lower(), page


def test_licences_are_a_table_of_counts_and_conditions(folder: Path) -> None:
    page = (folder / "licences.html").read_text()
    assert "refresh cached NHS pages every 7 days" in page
    assert "LicenseRef-medai-authored" in page
    assert "{&#39;" not in page  # no Python value as text


def test_its_sums_are_those_of_its_files(folder: Path) -> None:
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_as_a_zip_it_is_the_same_bytes_each_time_and_replaces_nothing(made: Library, tmp_path: Path) -> None:
    with Lineage.of(made.settings) as lineage:
        for name in ("one", "two"):
            write_bundle(lineage, lineage.dataset(), tmp_path / name / "bundle.zip")
        with pytest.raises(NoPlace):
            write_bundle(lineage, lineage.dataset(), tmp_path / "one" / "bundle.zip")
    one, two = (tmp_path / name / "bundle.zip" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert "bundle/index.html" in zipfile.ZipFile(one).namelist()
    assert sorted(path.name for path in one.parent.iterdir()) == ["bundle.zip"]


def test_models_come_with_the_card_and_the_report_that_they_have(made: Library, tmp_path: Path) -> None:
    adapter = made.store.require("lora_adapter", BASE_MODEL)
    with made.store.draft("model_card", BASE_MODEL) as draft:
        draft.path("README.md").write_text(
            "---\nlicense: mit\n---\n\n# A card\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
        )
        draft.publish(code_version="1", inputs=[adapter.input], run_id="")
    with Lineage.of(made.settings) as lineage:
        names = write_bundle(lineage, lineage.dataset(), tmp_path / "out")
    assert f"{BASE_MODEL}/model_card.html" in names
    page = (tmp_path / "out" / BASE_MODEL / "model_card.html").read_text()
    assert "<td>1</td>" in page
    assert "license: mit" not in page
    assert 'href="../index.html"' in page
