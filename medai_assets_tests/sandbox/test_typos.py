"""A typo in a sandbox file that a person edits is told with file and line, by the sandbox and by the plan."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.staleness import Staleness
from medai_assets.sandbox.server import PACKAGED, create_app
from medai_assets.settings import Settings
from medai_assets.storage import Store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=str(tmp_path), sources=("fda",))
    shutil.copytree(PACKAGED, made.sandbox_records)
    return made


def break_third_line(file: Path) -> str:
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:2], "oops", *lines[2:]]))
    return f"{file} line 3 is not valid JSON"


def test_the_sandbox_names_file_and_line(settings: Settings) -> None:
    told = break_third_line(sorted((settings.sandbox_records / "fda").rglob("*.json"))[0])
    client = TestClient(create_app(settings.sandbox_records, None), raise_server_exceptions=False)
    reply = client.get("/fda/drug/label.json", params={"limit": "1"})
    assert (reply.status_code, reply.json()["error"].startswith(told)) == (422, True), reply.text


def test_a_data_card_names_its_line_too(settings: Settings) -> None:
    readme = next((settings.sandbox_records / "huggingface").rglob("README.md"))
    readme.write_text("---\nlicense: cc0-1.0\nlicense: mit\n---\n")
    client = TestClient(create_app(settings.sandbox_records, None), raise_server_exceptions=False)
    reply = client.get(f"/hf/api/datasets/{readme.parent.name.replace('__', '/')}")
    assert reply.status_code == 422
    assert f"{readme} line 2: license is set twice" in reply.json()["error"]


def test_the_plan_names_file_and_line(settings: Settings) -> None:
    store, graph = Store(settings.store_root), Graph(settings)
    for key in graph.partitions("raw_fda"):
        with store.draft("raw_fda", key) as draft:
            draft.publish(code_version=graph.nodes["raw_fda"].code_version, fingerprint="before")
    told = break_third_line(sorted((settings.sandbox_records / "fda").rglob("*.json"))[0])
    states = Staleness(graph, store).states()
    reasons = {str(t): s.reasons for t, s in states.items() if t.asset == "raw_fda"}
    assert any(told in reason for found in reasons.values() for reason in found), reasons
    assert PartitionId("raw_fda", "2024") in states
