"""NLM's file tree in the sandbox."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from medai_assets.sandbox.pubmed_index import BASELINE, UPDATE
from medai_assets.sandbox.server import create_app


@pytest.mark.parametrize(("folder", "name"), [("baseline", BASELINE), ("updatefiles", UPDATE)])
def test_a_listing_links_the_file_and_its_md5(client: TestClient, folder: str, name: str) -> None:
    page = client.get(f"/ncbi-ftp/pubmed/{folder}/").text
    linked = re.findall(r'href="(pubmed[^"]+)"', page)
    assert {name, f"{name}.md5"} <= set(linked)


def test_the_md5_file_has_nlms_form_and_fits(client: TestClient) -> None:
    body = client.get(f"/ncbi-ftp/pubmed/baseline/{BASELINE}").content
    text = client.get(f"/ncbi-ftp/pubmed/baseline/{BASELINE}.md5").text
    assert text == f"MD5({BASELINE})= {hashlib.md5(body).hexdigest()}\n"


def test_a_known_file_is_not_sent_again(client: TestClient) -> None:
    address = f"/ncbi-ftp/pubmed/updatefiles/{UPDATE}"
    first = client.get(address)
    for condition in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        again = client.get(address, headers=condition)
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path", ["other/", f"baseline/{UPDATE}", "baseline/pubmed20n9999.xml.gz", f"other/{BASELINE}"]
)
def test_what_is_not_there_is_404(client: TestClient, path: str) -> None:
    assert client.get(f"/ncbi-ftp/pubmed/{path}").status_code == 404


@pytest.mark.kit
def test_the_real_files_are_nlms(pubmed_kit: Path, tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, pubmed_kit)) as client:
        text = client.get(f"/ncbi-ftp/pubmed/baseline/{BASELINE}.md5").text
    assert text == f"MD5({BASELINE})= 95b699a910c2a5e949fc899886616500\n"
