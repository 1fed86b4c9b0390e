"""One host makes a partition at a time, where several share one store; two processes with two names are two hosts here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from medai_assets.graph.graph import PartitionId
from medai_assets.planning.claims import Claimed, claim, claimed_elsewhere
from medai_assets.settings import Settings
from medai_assets.storage import Store, lease
from medai_assets_tests.waiting import ended, eventually

TARGET = PartitionId("curation_policy", None)
HOLDER = """
import sys
from medai_assets.graph.graph import PartitionId
from medai_assets.planning.claims import claim
from medai_assets.settings import get_settings
from medai_assets.storage import lease
lease.RENEW_SECONDS = float(sys.argv[1])
with claim(get_settings(), PartitionId("curation_policy", None), "`medai run`"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(params=["a shared folder", "an object store"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "a shared folder":
        return str(tmp_path / "data")
    return str(request.getfixturevalue("bucket"))


@pytest.fixture
def here(data: str) -> Settings:
    return Settings(data=data, host="here")


# Where no step is another in an object store.
a_folder_alone = pytest.mark.parametrize("data", ["a shared folder"], indirect=True)


@contextmanager
def held_by(host: str, data: str, renew: float = lease.RENEW_SECONDS) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HOLDER, str(renew)],
        env=os.environ | {"MEDAI_DATA": data, "MEDAI_HOST": host},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()


def test_what_one_host_makes_another_leaves_alone_and_says_who_has_it(data: str, here: Settings) -> None:
    with held_by("there", data) as process:
        assert claimed_elsewhere(here, TARGET)
        with pytest.raises(Claimed, match=rf"`medai run` \(process {process.pid}\) .* on the host there"):
            claim(here, TARGET).__enter__()
        process.communicate("\n")
        assert ended(process, "the holder") == 0
    with claim(here, TARGET):
        assert not claimed_elsewhere(here, TARGET)


@a_folder_alone
def test_who_may_wait_is_told_once_and_goes_on_when_the_other_host_is_done(data: str, here: Settings) -> None:
    told = []

    def wait(says: str) -> None:
        told.append(says)
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()

    with held_by("there", data) as process, claim(here, TARGET, wait=wait):
        assert ended(process, "the holder") == 0
    assert len(told) == 1


def test_the_lease_of_a_dead_host_is_taken_over_once_it_has_expired(
    data: str, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held_by("there", data) as process:
        process.kill()
        process.wait()
    with pytest.raises(Claimed, match="on the host there"):
        claim(here, TARGET).__enter__()
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)  # the time is over, by the store's clock
    with claim(here, TARGET):
        pass
    assert Store(here.store_root).names_in(f"{Store(here.store_root).root}/.leases/curation_policy") == []


@a_folder_alone
def test_a_host_that_was_killed_goes_on_at_once_when_it_comes_back(data: str, here: Settings) -> None:
    with held_by("here", data) as process:
        process.kill()
        process.wait()
    with claim(here, TARGET):
        assert not claimed_elsewhere(here, TARGET)


def test_a_lease_is_renewed_while_it_is_held(data: str, here: Settings) -> None:
    store = Store(here.store_root)
    with held_by("there", data, renew=0.05) as process:
        (number,) = store.names_in(f"{store.root}/.leases/curation_policy")
        path = f"{store.root}/.leases/curation_policy/{number}"

        def written() -> object:
            store.filesystem.invalidate_cache()
            return store.filesystem.modified(path)

        first = written()
        eventually("the next writing of the lease", lambda: written() != first, process)
        assert store.names_in(f"{store.root}/.leases/curation_policy") == [number]


def test_a_lease_that_is_taken_over_while_it_is_looked_at_is_no_free_one(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was listed before, and is gone when it is read."""
    store = Store(Settings(data=data).store_root)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)
    lease._take(store, "x", lease.Lease("dead", "was making x"))
    names_in = store.names_in

    def taken_over_then(folder: str) -> list[str]:
        found = names_in(folder)
        monkeypatch.setattr(store, "names_in", names_in)
        lease._take(store, "x", lease.Lease("first", "is making x"))
        monkeypatch.setattr(lease, "LEASE_SECONDS", 60.0)
        return found

    monkeypatch.setattr(store, "names_in", taken_over_then)
    with pytest.raises(lease.LeasedElsewhere, match="is making x"):
        lease._take(store, "x", lease.Lease("second", "is making x"))


def test_of_many_who_take_over_one_succeeds(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race in the middle: all have seen the same expired lease."""
    store = Store(Settings(data=data).store_root)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)
    lease._take(store, "x", lease.Lease("dead", "was making x"))
    seen = lease._newest(store, "x")
    monkeypatch.setattr(lease, "_newest", lambda *_: seen)
    lease._take(store, "x", lease.Lease("first", "is making x"))
    with pytest.raises(lease.LeasedElsewhere, match="another host has just begun it"):
        lease._take(store, "x", lease.Lease("second", "is making x"))
