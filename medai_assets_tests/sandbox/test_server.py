"""The sandbox as a server, and the user's copy of the records."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import requests

from medai_assets.sandbox import server
from medai_assets.sandbox.faults import Faults
from medai_assets.sandbox.server import prepare_records, running_sandbox
from medai_assets.settings import Settings
from medai_assets_tests.waiting import PATIENCE


@pytest.fixture
def packaged(tmp_path: Path) -> Path:
    folder = tmp_path / "packaged"
    (folder / "fda").mkdir(parents=True)
    (folder / "fda" / "a.json").write_text("[1]")
    (folder / "fda" / "b.json").write_text("[2]")
    return folder


def test_records_are_copied_once(packaged: Path, tmp_path: Path) -> None:
    target = prepare_records(tmp_path / "mine", packaged)
    assert (target / "fda" / "a.json").read_text() == "[1]"
    stamp = (target / "fda" / "a.json").stat().st_mtime_ns
    prepare_records(target, packaged)
    assert (target / "fda" / "a.json").stat().st_mtime_ns == stamp


def test_the_folder_appears_whole_and_who_comes_second_finds_it(
    packaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "mine"
    write, seen = server.write_whole, []

    def watched(path: Path, data: bytes) -> None:
        seen.append(target.exists())
        write(path, data)

    monkeypatch.setattr(server, "write_whole", watched)
    prepare_records(target, packaged)
    assert seen
    assert not any(seen)
    whole = sorted(p.relative_to(target) for p in target.rglob("*"))
    monkeypatch.setattr(server, "write_whole", write)

    def first(draft: Path, place: Path) -> None:
        shutil.copytree(target, place)
        raise OSError("there is one already")

    monkeypatch.setattr(Path, "rename", first)
    second = prepare_records(tmp_path / "second", packaged)
    assert sorted(p.relative_to(second) for p in second.rglob("*")) == whole
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_an_edit_and_a_deletion_of_the_user_stay(packaged: Path, tmp_path: Path) -> None:
    target = prepare_records(tmp_path / "mine", packaged)
    (target / "fda" / "a.json").write_text("[10]")
    (target / "fda" / "b.json").unlink()
    (packaged / "fda" / "a.json").write_text("[11]")
    (packaged / "fda" / "b.json").write_text("[12]")
    prepare_records(target, packaged)
    assert (target / "fda" / "a.json").read_text() == "[10]"
    assert not (target / "fda" / "b.json").exists()


def test_what_the_user_did_not_touch_follows_the_package(packaged: Path, tmp_path: Path) -> None:
    target = prepare_records(tmp_path / "mine", packaged)
    (packaged / "fda" / "a.json").write_text("[11]")
    (packaged / "fda" / "new.json").write_text("[3]")
    prepare_records(target, packaged)
    assert (target / "fda" / "a.json").read_text() == "[11]"
    assert (target / "fda" / "new.json").read_text() == "[3]"


def test_a_file_of_the_users_own_is_never_overwritten(packaged: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine" / "fda" / "a.json"
    own.parent.mkdir(parents=True)
    own.write_text("[99]")
    prepare_records(tmp_path / "mine", packaged)
    assert own.read_text() == "[99]"


def test_it_runs_for_the_length_of_the_block(settings: Settings) -> None:
    with running_sandbox(settings) as base:
        assert base.startswith("http://127.0.0.1:")
        assert requests.get(f"{base}/fda/drug/label.json", timeout=PATIENCE).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{base}/_faults", timeout=PATIENCE)


def test_two_can_run_at_once(settings: Settings) -> None:
    with running_sandbox(settings) as one, running_sandbox(settings) as other:
        assert one != other


def test_one_that_already_runs_is_used(settings: Settings) -> None:
    known = settings.model_copy(update={"sandbox_url": "http://127.0.0.1:8765/"})
    with running_sandbox(known) as base:
        assert base == "http://127.0.0.1:8765"


def test_faults_can_be_added_while_it_runs(settings: Settings) -> None:
    with running_sandbox(settings, Faults()) as base:
        refused = requests.post(f"{base}/_faults", data="nonsense:/fda/*", timeout=PATIENCE)
        assert refused.status_code == 400
        assert "the faults are" in refused.json()["error"]
        requests.post(f"{base}/_faults", data="server_error:/fda/*:1", timeout=PATIENCE)
        statuses = [
            requests.get(f"{base}/fda/drug/label.json", timeout=PATIENCE).status_code for _ in range(2)
        ]
    assert statuses == [500, 200]


def test_an_edited_page_is_dated_by_its_edit(settings: Settings) -> None:
    prepare_records(settings.sandbox_records)
    path = settings.sandbox_records / "nhs" / "conditions" / "asthma.json"
    with running_sandbox(settings) as base:
        before = requests.get(f"{base}/nhs/conditions/asthma/", timeout=PATIENCE).json()["dateModified"]
        path.write_text(path.read_text().replace("Asthma", "Asthma (edited)"))
        after = requests.get(f"{base}/nhs/conditions/asthma/", timeout=PATIENCE).json()["dateModified"]
    assert after > before


def test_an_edited_media_is_dated_by_its_edit(settings: Settings) -> None:
    prepare_records(settings.sandbox_records)
    path = settings.sandbox_records / "cdc" / "300101.json"
    with running_sandbox(settings) as base:

        def dated() -> str:
            media = requests.get(f"{base}/cdc/resources/media?max=0", timeout=PATIENCE).json()["results"]
            return next(one["dateContentUpdated"] for one in media if one["id"] == 300101)

        before = dated()
        path.write_text(path.read_text().replace("diabetes", "diabetes (edited)"))
        assert dated() > before
