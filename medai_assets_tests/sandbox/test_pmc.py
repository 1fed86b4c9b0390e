"""NLM's bucket of PMC articles in the sandbox: the list as Amazon writes it, and objects as NLM names them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from lxml import etree
from starlette.testclient import TestClient

from medai_assets.sandbox.files import PACKAGED
from medai_assets.sandbox.server import create_app

LIST = {"list-type": "2", "prefix": "metadata/PMC"}


@pytest.fixture
def bucket(records: Path) -> TestClient:
    for number in (9, 10, 11):
        folder = records / f"pmc/PMC{number}.1"
        folder.mkdir(parents=True)
        (folder / f"PMC{number}.1.json").write_text(json.dumps({"pmcid": f"PMC{number}", "version": 1}))
        (folder / f"PMC{number}.1.xml").write_text("<article/>")
    return TestClient(create_app(records, None))


def listed(bucket: TestClient, **further: str) -> tuple[list[str], str]:
    root = etree.fromstring(bucket.get("/pmc/", params=LIST | further).content)
    return [e.text or "" for e in root.iterfind("{*}Contents/{*}Key")], root.findtext("{*}IsTruncated") or ""


def test_keys_come_in_the_order_of_their_bytes_page_by_page(bucket: TestClient) -> None:
    assert listed(bucket) == ([f"metadata/PMC{n}.1.json" for n in (10, 11, 9)], "false")
    assert listed(bucket, **{"max-keys": "2"}) == (["metadata/PMC10.1.json", "metadata/PMC11.1.json"], "true")
    assert listed(bucket, **{"start-after": "metadata/PMC11.1.json"}) == (["metadata/PMC9.1.json"], "false")
    assert bucket.get("/pmc/", params={"list-type": "1"}).status_code == 400


def test_metadata_lead_to_the_xml_with_its_md5(bucket: TestClient) -> None:
    facts = bucket.get("/pmc/metadata/PMC9.1.json").json()
    digest = hashlib.md5(b"<article/>").hexdigest()
    assert facts["xml_url"] == f"s3://pmc-oa-opendata/PMC9.1/PMC9.1.xml?md5={digest}"
    assert bucket.get("/pmc/PMC9.1/PMC9.1.xml").content == b"<article/>"
    assert bucket.get("/pmc/PMC9.1/PMC9.1.json").json() == facts


def test_an_edit_of_the_xml_changes_date_and_etag_of_the_metadata(bucket: TestClient, records: Path) -> None:
    address = "/pmc/metadata/PMC9.1.json"
    before = bucket.get(address).headers
    article = records / "pmc/PMC9.1/PMC9.1.xml"
    article.write_text("<article>other</article>")
    os.utime(article, (4_000_000_000, 4_000_000_000))
    after = bucket.get(address).headers
    assert before["ETag"] != after["ETag"]
    assert before["Last-Modified"] != after["Last-Modified"]


@pytest.mark.parametrize(
    "key", ["PMC9.1/", "metadata/PMC8.1.json", "PMC9.1/PMC10.1.xml", "metadata/%2e%2e/x.json"]
)
def test_what_is_not_there_is_no_such_key(bucket: TestClient, key: str) -> None:
    answer = bucket.get(f"/pmc/{key}")
    assert answer.status_code == 404
    assert b"NoSuchKey" in answer.content


def test_the_packaged_articles_are_marked_as_samples_and_their_metadata_are_whole() -> None:
    folders = sorted((PACKAGED / "pmc").iterdir())
    assert 6 <= len(folders) <= 10
    for folder in folders:
        facts = json.loads((folder / f"{folder.name}.json").read_text())
        assert f"{facts['pmcid']}.{facts['version']}" == folder.name
        assert b"medai-sample" in (folder / f"{folder.name}.xml").read_bytes()
