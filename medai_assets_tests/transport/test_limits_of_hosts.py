"""The allowance of an upstream among hosts: the sum of their requests stays under the rate, and nobody takes what another has."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.settings import Settings
from medai_assets.storage import Store
from medai_assets.storage.current import move
from medai_assets.transport import limits_of_hosts
from medai_assets.transport.http import Http
from medai_assets.transport.limits import AllowanceUsed, Rate
from medai_assets.transport.limits_of_hosts import MARGIN, HostsBucket, hosts_of
from medai_assets.transport.upstreams import Upstream
from medai_assets_tests.tries import tries
from medai_assets_tests.waiting import PATIENCE

RATES = st.lists(
    st.sampled_from([Rate(1, 1.0), Rate(3, 1.1), Rate(10, 7.0), Rate(70, 60.0), Rate(100, 86_400.0)]),
    min_size=1,
    max_size=3,
    unique=True,
)
TURNS = st.lists(st.tuples(st.sampled_from(["here", "there"]), st.floats(0, 20)), min_size=2, max_size=110)


@tries(25)
@given(rates=RATES, turns=TURNS, apart=st.floats(-0.99 * MARGIN, 0.99 * MARGIN))
def test_no_window_holds_more_than_the_rate_whatever_hosts_think_the_time_is(
    rates: list[Rate],
    turns: list[tuple[str, float]],
    apart: float,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    store, now = Store(f"memory://{tmp_path_factory.mktemp('rates').name}"), 1_000_000.0
    ahead = {"here": 0.0, "there": apart}
    buckets = {
        host: HostsBucket(store, host, "x", rates, lambda host=host: now + ahead[host]) for host in ahead
    }
    asked = []  # true instants
    for host, pause in turns:
        now += pause
        asked.append(now + buckets[host].reserve(longest_wait=1e9))
    asked.sort()
    for rate in rates:
        assert all(
            last - first >= rate.seconds - 1e-3 for first, last in zip(asked, asked[rate.requests :])
        ), rate


# Prints the instants that it reserved, by the store's clock.
CALLER = """
import json
from medai_assets.settings import Settings
from medai_assets.transport import limits_of_hosts
from medai_assets.transport.limits import Rate
bucket = limits_of_hosts.HostsBucket(*limits_of_hosts.hosts_of(Settings()), "shared", [Rate(4, 1.0)])
bucket.reserve(60)
print("ready", flush=True)
input()
move = limits_of_hosts.move
def told(store, path, data, seen):
    moved = move(store, path, data, seen)
    if moved:
        print(json.loads(data)["listed"][-1][0])
    return moved
limits_of_hosts.move = told
for _ in range(4):
    bucket.reserve(60)
"""


@pytest.fixture(params=["a shared folder", "an object store"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (
        str(tmp_path / "data")
        if request.param == "a shared folder"
        else str(request.getfixturevalue("bucket"))
    )


def test_two_hosts_stay_under_the_rate_together(data: str, tmp_path: Path) -> None:
    callers = []
    for host in ("here", "there"):
        own = tmp_path / host  # a temporary folder of its own is what makes another machine here
        own.mkdir()
        callers.append(
            subprocess.Popen(
                [sys.executable, "-c", CALLER],
                env=os.environ | {"MEDAI_DATA": data, "MEDAI_HOST": host, "TMPDIR": str(own)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
    for caller in callers:
        assert caller.stdout is not None
        assert caller.stdout.readline() == "ready\n"
    for caller in callers:
        assert caller.stdin is not None
        caller.stdin.write("\n")
        caller.stdin.flush()
    turns = [float(line) for caller in callers for line in caller.communicate(timeout=PATIENCE)[0].split()]
    together = sorted(turns)
    assert len(together) == 8
    assert all(last - first > 1 - 1e-6 for first, last in zip(together, together[4:]))


def test_what_another_host_took_meanwhile_is_not_taken_again(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race in the middle: another host moves the object between this one's look and its own move."""
    store = Store(Settings(data=data).store_root)
    slow, quick = (HostsBucket(store, host, "x", [Rate(1, 100.0)], lambda: 1000.0) for host in ("s", "q"))
    first = iter([True])

    def overtaken(*args: object) -> bool:
        if next(first, False):
            assert quick.reserve(0) == 0
        return move(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(limits_of_hosts, "move", overtaken)
    assert slow.reserve(1000) == 100.0 + MARGIN
    with pytest.raises(AllowanceUsed):
        quick.reserve(50)


def test_a_pause_holds_on_every_host(tmp_path: Path) -> None:
    store = Store(tmp_path)
    HostsBucket(store, "here", "x", [Rate(9, 1.0)], lambda: 0.0).pause(30)
    assert HostsBucket(store, "there", "x", [Rate(9, 1.0)], lambda: 0.0).reserve(60) == 30 + MARGIN


def test_one_host_alone_keeps_to_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert hosts_of(Settings(data=str(tmp_path))) is None
    assert hosts_of(Settings(data=str(tmp_path), host="one of two")) is not None


@pytest.mark.parametrize(
    ("address", "shared"), [("https://example.org", True), ("http://127.0.0.1:1", False)]
)
def test_the_client_asks_the_store_for_real_upstreams_alone(
    tmp_path: Path, address: str, shared: bool
) -> None:
    rates = (Rate(1, 1.0),)
    http = Http(Upstream("x", address, rates), tmp_path / "rates", hosts=(Store(tmp_path / "store"), "here"))
    http._bucket.reserve(1)
    assert (tmp_path / "store" / ".rates" / "x.json").exists() == shared


def test_the_stores_time_is_taken_anew_after_a_boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The monotonic clock begins again with each boot, so what was taken by it before says nothing."""
    monkeypatch.setattr(limits_of_hosts, "rates_folder", lambda: tmp_path)
    store = Store(tmp_path / "store")
    taken = limits_of_hosts._host_clock(store)
    (file,) = tmp_path.glob("clock-*[0-9a-f]")
    at, ahead = map(float, file.read_text().split())
    file.write_text(f"{at!r} {ahead - 900!r}")  # fifteen minutes passed before the boot
    assert limits_of_hosts._host_clock(store) < taken - 800
    monkeypatch.setattr(limits_of_hosts, "boot_id", lambda: "another boot")
    assert abs(limits_of_hosts._host_clock(store) - taken) < 60
