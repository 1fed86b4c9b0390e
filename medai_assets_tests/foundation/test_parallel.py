"""Jobs in processes and in Ray: results in their order, a killed worker's job again, what a job raises as it is."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from medai_assets.corpus.curate.rows import leaves_of
from medai_assets.corpus.curate.screening import Screen
from medai_assets.corpus.process import by_slice
from medai_assets.corpus.process.by_slice import process_source
from medai_assets.foundation.parallel import ATTEMPTS, ClusterFailed, Engine, WorkerKilled, run
from medai_assets.storage import Receipt, Store
from medai_assets_tests.browser.dagster_page import free_port
from medai_assets_tests.corpus.builders import answer, processed_slice, prose, questions
from medai_assets_tests.corpus.process.test_by_slice import PUBLISHING, raw
from medai_assets_tests.waiting import eventually

WAITING = 40  # jobs of 0.2 s each


def doubled(number: int) -> int:
    return 2 * number


def killed_once(note: str) -> str:
    """The worker dies at the first attempt."""
    path = Path(note)
    if path.exists():
        return path.read_text()
    path.write_text("again")
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def killed_always(note: str) -> None:
    with Path(note).open("a") as stream:
        stream.write(".")
    os.kill(os.getpid(), signal.SIGKILL)


def refuses(number: int) -> int:
    raise ValueError(f"{number} is refused")


def refuses_or_notes(job: tuple[int, str]) -> None:
    """The first refuses; each of the others takes a while and leaves a mark."""
    number, note = job
    if number == 0:
        raise ValueError("refused")
    time.sleep(0.2)
    with Path(note).open("a") as stream:
        stream.write(".")


def processed_after_the_kill(job: by_slice.Job) -> Receipt:
    """Notes on which node of a Ray cluster it is, and waits until one of them was killed."""
    import ray

    folder = Path(job.root).parent
    (folder / f"{job.raw.partition} on {ray.get_runtime_context().get_node_id()}").touch()
    eventually("the kill", (folder / "killed").exists)
    return by_slice.process_one(job)


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[Any]:
    """Two raylets of this machine, as two hosts are."""
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed: pip install 'medai-assets[ray]'")
    from ray.cluster_utils import Cluster

    cluster: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    yield cluster
    import ray

    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="module")
def ray_address(ray_cluster: Any) -> str:
    address: str = ray_cluster.address
    return address


@pytest.fixture(params=["local", "ray"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "local":
        return Engine(workers=2)
    return Engine("ray", address=request.getfixturevalue("ray_address"))


def test_results_come_in_the_order_of_the_jobs(engine: Engine) -> None:
    assert list(run(doubled, range(20), engine)) == [2 * n for n in range(20)]


def test_a_job_whose_worker_is_killed_is_done_again(engine: Engine, tmp_path: Path) -> None:
    notes = [str(tmp_path / name) for name in ("a", "b")]
    assert list(run(killed_once, notes, engine)) == ["again", "again"]


def test_a_job_whose_worker_is_killed_each_time_is_named(engine: Engine, tmp_path: Path) -> None:
    notes = [str(tmp_path / name) for name in ("a", "b")]
    with pytest.raises(WorkerKilled, match=f"{tmp_path}.*killed {ATTEMPTS} times"):
        list(run(killed_always, notes, engine))


def test_what_a_job_raises_is_raised(engine: Engine) -> None:
    with pytest.raises(ValueError, match="is refused"):
        list(run(refuses, [1, 2], engine))


def test_after_a_job_that_raises_those_that_wait_are_not_begun(engine: Engine, tmp_path: Path) -> None:
    note = tmp_path / "note"
    note.touch()
    with pytest.raises(ValueError, match="refused"):
        list(run(refuses_or_notes, [(number, str(note)) for number in range(WAITING)], engine))
    assert len(note.read_text()) < WAITING - 1


def test_a_caller_that_stops_waits_for_none_that_has_not_begun(tmp_path: Path) -> None:
    note = tmp_path / "note"
    note.touch()
    results = run(refuses_or_notes, [(number, str(note)) for number in range(1, WAITING)], Engine(workers=2))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(note.read_text()) < WAITING - 1


def test_a_source_has_the_same_version_wherever_its_slices_are_processed(
    engine: Engine, tmp_path: Path
) -> None:
    versions = []
    for place, where in enumerate((Engine(), engine)):
        store = Store(tmp_path / str(place))
        slices = [raw(store, key, *range(10 * n, 10 * n + 3)) for n, key in enumerate("abc")]
        report = process_source(store, "huggingface", slices, publishing=PUBLISHING, engine=where)
        versions.append([report.stored.data_version, *(part.data_version for part in report.stored.parts)])
    assert versions[0] == versions[1]


def test_slices_are_screened_alike_wherever_it_is_done(engine: Engine, tmp_path: Path) -> None:
    asked, screened = questions([{"question": "What is gout?", "item_id": "7"}]), []
    for place, where in enumerate((Engine(), engine)):
        store = Store(tmp_path / str(place))
        rows = [answer(f"hf:{n}", prose(n), question="What is gout?") for n in range(3)]
        leaves = leaves_of([processed_slice(store, [row], key=str(n)) for n, row in enumerate(rows)])
        screen = Screen(asked, code_version="1", store=store, engine=where)
        screen.search(leaves)
        stored = [store.require("screened_slice", leaf.key) for leaf in leaves]
        screened.append([(one.data_version, one.table("hits").to_pylist()) for one in stored])
        assert [len(screen.hits(leaf)) for leaf in leaves] == [1, 1, 1]
    assert screened[0] == screened[1]


def test_a_node_that_is_killed_in_the_middle_changes_no_version(
    ray_cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    def versions(name: str, engine: Engine) -> list[str]:
        store = Store(tmp_path / name)
        slices = [raw(store, key, *range(10 * n, 10 * n + 3)) for n, key in enumerate("abcd")]
        report = process_source(store, "huggingface", slices, publishing=PUBLISHING, engine=engine)
        return [report.stored.data_version, *(part.data_version for part in report.stored.parts)]

    without = versions("here", Engine())
    ray.init(address=ray_cluster.address, log_to_driver=False, ignore_reinit_error=True)
    before = {node["NodeID"] for node in ray.nodes()}
    doomed = ray_cluster.add_node(num_cpus=1)
    ray_cluster.wait_for_nodes()
    (name,) = {node["NodeID"] for node in ray.nodes()} - before

    def kill() -> None:
        eventually("a slice on the new node", lambda: list(tmp_path.glob(f"* on {name}")))
        ray_cluster.remove_node(doomed, allow_graceful=False)
        (tmp_path / "killed").touch()

    monkeypatch.setattr(by_slice, "process_one", processed_after_the_kill)
    with ThreadPoolExecutor(1) as thread:
        killed = thread.submit(kill)
        assert versions("ray", Engine("ray", address=ray_cluster.address)) == without
        killed.result()
    (lost,) = [note.name.partition(" on ")[0] for note in tmp_path.glob(f"* on {name}")]
    assert len(list(tmp_path.glob(f"{lost} on *"))) == 2, "it was done again elsewhere"


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_a_cluster_that_is_not_there_is_one_sentence(scheme: str) -> None:
    ray = pytest.importorskip("ray", reason="needs the extra ray")
    ray.shutdown()
    address = f"{scheme}127.0.0.1:{free_port()}"
    with pytest.raises(
        ClusterFailed, match=rf"^the Ray cluster of MEDAI_RAY_ADDRESS={address} failed \(Conn"
    ):
        list(run(doubled, [1, 2], Engine("ray", address=address)))


def test_one_worker_is_this_process() -> None:
    assert list(run(_process, [0, 1], Engine())) == [os.getpid()] * 2


def _process(_: int) -> int:
    return os.getpid()
