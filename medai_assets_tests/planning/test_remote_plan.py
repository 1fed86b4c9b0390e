"""A plan over an object store: how many requests it costs, how long it takes where each is slow, and that it stays exact."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medai_assets.cli import app
from medai_assets.graph.graph import PartitionId
from medai_assets.planning.staleness import Status
from medai_assets.settings import get_settings
from medai_assets.sources.take_down_history import withdraw
from medai_assets.storage import Store
from medai_assets_tests.faulty_store import Proxy, in_front_of
from medai_assets_tests.world import World

SECONDS = 2.0
DELAY = 0.025


@pytest.fixture
def proxy(bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    import s3fs

    with in_front_of(os.environ["AWS_ENDPOINT_URL"]) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL", between.url)
        s3fs.S3FileSystem.clear_instance_cache()
        yield between
        s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def world(
    settled_world: Path, tmp_path: Path, proxy: Proxy, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A world where everything was made once, its store in a bucket."""
    shutil.copytree(settled_world, tmp_path, dirs_exist_ok=True)
    local = World(tmp_path / "data", config=tmp_path / "config")
    found = local.rebuilt(data=bucket)
    found.store = Store(found.settings.store_root)
    here = Path(local.store.root)
    files = {
        f"{found.store.root}/{path.relative_to(here)}": path.read_bytes()
        for path in here.rglob("*")
        if path.is_file()
    }
    found.store.filesystem.pipe(files)
    monkeypatch.chdir(tmp_path)  # what is local beside a remote data root lies in ./data
    return found


def test_a_plan_costs_two_requests_and_sees_what_changed_in_a_moment(
    world: World, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.states()
    assert {state.status for state in first.values()} <= {Status.FRESH, Status.ON_REQUEST}
    proxy.asked.clear()
    proxy.delay = DELAY
    begun = time.thread_time()  # a busy machine makes none of it
    assert world.states() == first
    assert time.thread_time() - begun + 2 * DELAY < SECONDS
    assert len(proxy.asked) <= 2, "the listing, and what lies together"
    proxy.delay = 0.0

    withdraw(world.store, tmp_path / "of another host.csv", "pubmed:1", "recalled", "me")
    reasons = {str(t): state.reasons for t, state in world.states().items() if state.reasons}
    assert list(reasons) == ["withdrawals"], "what one host withdraws holds on the next look of any other"
    _the_command_costs_no_more(world, proxy, monkeypatch)

    target = next(t for t, s in first.items() if t.asset == "raw_fda" and s.receipt)
    receipt = world.store.current_receipt(*target)
    assert receipt is not None
    world.store.remove_version(*target, receipt.data_version)
    states = world.states()
    assert states[target].reasons == ("its stored version is gone",)
    assert states[PartitionId("curated_corpus", None)].status is Status.WAITING


def _the_command_costs_no_more(world: World, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether what was withdrawn is there at all is looked up in every slice's receipt."""
    for name, value in {"DATA": world.settings.data, "PROFILE": "live", "SOURCES": "fda,nhs,cdc"}.items():
        monkeypatch.setenv(f"MEDAI_{name}", value)
    get_settings.cache_clear()
    for words in (["plan"], ["run", "--select", "+instruction_dataset", "--dry-run"]):
        proxy.asked.clear()
        told = CliRunner().invoke(app, words).output
        assert "pubmed:1 is withdrawn, but no record collected so far has this id" in " ".join(told.split())
        assert len(proxy.asked) <= 2, words
