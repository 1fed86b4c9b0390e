"""What the Pipes clients of Ray and Kubernetes are told, and what comes back: of a real Ray cluster, and of a Kubernetes of which
the test plays the server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from medai_assets.assets import placement
from medai_assets.assets.placement import pod_template, run_placed
from medai_assets.settings import Settings
from medai_assets.storage import Store
from medai_assets.training.placed import PlacedJob, StageFailed, StoredPath
from medai_assets_tests.conftest import REPOSITORY

MADE = "examples notes step 1 step 2 step 3"
POD = REPOSITORY / "deploy" / "training-pod.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


def placed_job(root: Path) -> PlacedJob:
    store = Store(Settings(data=str(root)).store_root)
    with store.draft("training_examples") as draft:
        draft.path("examples.txt").write_text("examples")
        draft.path("notes.txt").write_text(" notes")
        examples = draft.publish(code_version="1").input
    return PlacedJob(
        module="medai_assets_tests.training.pretend_training",
        key="key",
        work="training/key",
        stored={"dataset_dir": StoredPath(examples), "notes_file": StoredPath(examples, "notes.txt")},
        base_models={},
        values={},
        inputs=[examples],
        resumed_for=[examples],
        code_version="1",
    )


def done_elsewhere(root: Path, out: Path, **settings: Any) -> tuple[str, str]:
    """What a job leaves that an asset has done elsewhere, and what its run's log says where it cannot."""
    chosen = Settings(data=str(root), **settings)
    medai = SimpleNamespace(settings=chosen, store=Store(chosen.store_root))

    @dg.asset
    def trained(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        work: Any = SimpleNamespace(context=context, medai=medai)
        run_placed(work, placed_job(root), out, out / "work")
        return dg.MaterializeResult()

    result = dg.materialize([trained], raise_on_error=False)
    (failure,) = [e.step_failure_data.error for e in result.all_events if e.is_step_failure] or [None]
    weights = out / "weights"
    return weights.read_text() if weights.exists() else "", failure.to_string() if failure else ""


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a Ray cluster of this machine that takes jobs."""
    for needed in ("ray", "dagster_ray", "aiohttp_cors"):
        if find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed: pip install 'medai-assets[ray]'")
    from ray.cluster_utils import Cluster

    python = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    monkeypatch.setenv("PATH", python)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    head = {"num_cpus": 2, "include_dashboard": True, "dashboard_port": 0}
    made: Any = Cluster(initialize_head=True, head_node_args=head)
    yield f"http://{made.head_node.webui_url}"
    made.shutdown()


@pytest.mark.slow
def test_a_ray_cluster_does_a_job_and_says_why_it_cannot(
    cluster: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {"training_on": "ray", "training_gpus": 0, "ray_address": cluster}
    assert done_elsewhere(root, tmp_path / "out", **chosen) == (MADE, "")
    told = placement.environment
    monkeypatch.setattr(placement, "environment", lambda settings: {**told(settings), "FAIL": "1"})
    assert "The recipe asks for what there is not." in done_elsewhere(root, tmp_path / "none", **chosen)[1]


class Kubernetes:
    """A server that starts each pod's first container as a process, held to the API by its client's own models."""

    def __init__(self) -> None:
        self.pods: list[Any] = []
        self.deleted: list[str] = []
        self.says = b""

    def create_namespaced_pod(self, namespace: str, body: Any) -> None:
        from kubernetes.client import ApiClient

        self.namespace, pod = namespace, ApiClient().sanitize_for_serialization(body)
        self.pods.append(pod)
        container = pod["spec"]["containers"][0]
        given = {one["name"]: one["value"] for one in container["env"] if one["name"] != "MEDAI_CACHE"}
        command = [sys.executable, *container["command"][1:]]
        self.done = subprocess.run(
            command, env=os.environ | given, capture_output=True, check=False, cwd=REPOSITORY
        )
        self.says = self.done.stdout + self.done.stderr

    def read_namespaced_pod_log(self, *_: Any, **__: Any) -> list[bytes]:
        return [b"2026-01-01T00:00:00.%09dZ %s\n" % place for place in enumerate(self.says.splitlines())]

    def list_namespaced_pod(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(items=[])

    def delete_namespaced_pod(self, name: str, namespace: str) -> None:
        self.deleted.append(name)

    def wait_for_pod(self, *_: Any, wait_for_state: Any, wait_timeout: float, **__: Any) -> None:
        if wait_for_state.value == "TERMINATED" and self.done.returncode:
            raise RuntimeError("Pod did not exit successfully.")

    @property
    def core_api(self) -> "Kubernetes":
        return self


@pytest.fixture
def kubernetes(monkeypatch: pytest.MonkeyPatch) -> Kubernetes:
    pytest.importorskip("dagster_k8s", reason="needs the extra k8s")
    from dagster_k8s import PipesK8sClient
    from dagster_k8s.client import DagsterKubernetesClient

    server = Kubernetes()
    monkeypatch.setattr(PipesK8sClient, "_load_k8s_config", lambda _: None)
    monkeypatch.setattr(DagsterKubernetesClient, "production_client", lambda: server)
    return server


def test_a_pod_does_a_job_and_is_removed(
    kubernetes: Kubernetes, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {"training_on": "kubernetes", "training_pod": POD}
    assert done_elsewhere(root, tmp_path / "out", **chosen) == (MADE, "")
    (pod,) = kubernetes.pods
    container = pod["spec"]["containers"][0]
    assert kubernetes.namespace == "medai"
    assert container["command"][:3] == ["python", "-m", "medai_assets.training.placed"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert container["envFrom"] == [{"secretRef": {"name": "medai-env"}}]
    assert pod["spec"]["restartPolicy"] == "Never"
    assert kubernetes.deleted == [pod["metadata"]["name"]]
    monkeypatch.setenv("FAIL", "1")
    _, said = done_elsewhere(root, tmp_path / "none", **chosen)
    assert "The recipe asks for what there is not." in said
    assert len(kubernetes.deleted) == 2


def test_a_pod_whose_file_says_nothing_about_it_is_made_where_its_client_is(
    kubernetes: Kubernetes, root: Path, tmp_path: Path
) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text("kind: Pod\nmetadata:\nspec: {containers: [{name: training, image: medai}]}\n")
    assert done_elsewhere(root, tmp_path / "out", training_on="kubernetes", training_pod=file) == (MADE, "")
    assert kubernetes.namespace == "default"


def test_keys_of_this_host_are_not_sent(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    sent = placement.environment(Settings(data=str(root)))
    assert sent == {"MEDAI_DATA": str(root), "MEDAI_PROFILE": "sample"}
    assert placement.environment(Settings(data="s3://b/m"))["MEDAI_DATA"] == "s3://b/m"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "is no file"),
        ("a: [", "is no YAML"),
        ("kind: Job\nspec: {}\n", "describes no pod"),
        ("kind: Pod\n", "no pod"),
    ],
)
def test_a_file_that_describes_no_pod_is_one_sentence(text: str | None, why: str, tmp_path: Path) -> None:
    file = tmp_path / "pod.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(StageFailed, match=why):
        pod_template(file)


def test_what_a_host_that_died_leaves_is_the_error_of_its_client(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> None:
        raise RuntimeError("the node is gone")

    monkeypatch.setitem(placement._CLIENTS, "ray", dies)
    assert "the node is gone" in done_elsewhere(root, tmp_path / "out", training_on="ray")[1]
