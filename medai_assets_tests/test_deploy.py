"""The files of deploy/ hold what the code has: extras, modules, commands, ports, settings, pools."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import pytest
import yaml
from dagster._core.instance.config import validate_concurrency_config

from medai_assets.assets.placement import pod_template
from medai_assets.automation.heartbeat import is_shared
from medai_assets.automation.instance import open_instance
from medai_assets.definitions import build_defs
from medai_assets.settings import Settings, variable
from medai_assets_tests.conftest import REPOSITORY
from medai_assets_tests.database import served_database

DEPLOY = REPOSITORY / "deploy"
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
COMMANDS = {"dagster", "dagster-daemon", "python", "medai"}
PORTS = {"code": "4000", "page": "3000"}
IMAGE = "registry.example.internal/medai"
# Variables that other modules than the settings read.
BEYOND = {"MEDAI_UI_TOKEN"}


@pytest.fixture(scope="module")
def image() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, a continued line as one."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "values.yaml").read_text()))


def assert_runs(words: list[str]) -> None:
    """A command of ours can be started: its program comes with the image, its module and its files are there."""
    assert words[0] in COMMANDS
    for flag, value in pairwise(words):
        if flag == "-m":
            assert importlib.util.find_spec(value), value
        if value.endswith(".yaml"):
            assert (REPOSITORY / value).exists(), value


def test_the_image_is_built_from_what_is_there_and_runs_as_nobody_special(
    image: list[tuple[str, str]],
) -> None:
    stages = [rest.split()[-1] for name, rest in image if name == "FROM"]
    assert {"data", "cpu", "cuda"} <= set(stages)
    ignored = (REPOSITORY / ".dockerignore").read_text().splitlines()
    extras = set()
    for name, rest in image:
        if name == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (REPOSITORY / source).exists(), source
                assert f"!{source.partition('/')[0]}" in ignored, source
        if name == "COPY" and "--from" in rest:
            assert re.match(r"--from=(\S+)", rest)[1] in stages  # type: ignore[index]
        extras |= set(re.findall(r"scripts/install.py ([\w,]+)", rest))
    assert {extra for of in extras for extra in of.split(",")} <= PROJECT["optional-dependencies"].keys()
    by_stage = "\n".join(f"{name} {rest}" for name, rest in image).split("FROM ")
    for target in ("data", "cpu", "cuda"):
        (stage,) = (
            one for one in by_stage if one.splitlines()[:1] and one.splitlines()[0].endswith(f" AS {target}")
        )
        assert stage.strip().splitlines()[-1] == "USER 10001"
    (command,) = (json.loads(rest) for name, rest in image if name == "CMD")
    assert_runs(command)
    assert set(next(rest for name, rest in image if name == "EXPOSE").split()) == set(PORTS.values())


def test_the_parts_of_the_compose_file_fit_together(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        waits = service.get("depends_on", {})
        assert set(waits) <= services.keys()
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in compose["volumes"]
        if service["image"].startswith("medai:"):
            assert_runs(service["command"])
            for variable_name in service["environment"]:
                if variable_name.startswith("MEDAI_"):
                    assert variable_name in {variable(of) for of in Settings.model_fields} | BEYOND
        if name in PORTS:
            assert PORTS[name] in service["command"]
    assert services["page"]["ports"] == [f"127.0.0.1:{PORTS['page']}:{PORTS['page']}"], "loopback alone"
    (server,) = (
        one["grpc_server"] for one in yaml.safe_load((DEPLOY / "workspace.yaml").read_text())["load_from"]
    )
    assert server["host"] in services
    assert str(server["port"]) == PORTS["code"]
    named = set(re.findall(r"env: (\w+)", (DEPLOY / "dagster.yaml").read_text()))
    assert named <= services["code"]["environment"].keys()


def test_the_compose_file_says_which_secrets_it_needs(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    for secret in set(re.findall(r"\$\{(\w+):\?", text)):
        assert secret in text.split("name: medai")[0], secret
    assert not re.search(r"(?i)(password|secret\w*): [\w]+$", text, re.MULTILINE), "none stands in the file"


def test_dagster_opens_by_the_file_of_the_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served_database() as address:
        monkeypatch.setenv("DAGSTER_POSTGRES_URL", address)
        settings = Settings(data=str(tmp_path), dagster_yaml=DEPLOY / "dagster.yaml")
        with open_instance(settings) as instance:
            assert is_shared(instance)
            assert instance.run_monitoring_enabled


def test_the_values_of_the_chart_name_what_there_is(values: dict[str, Any]) -> None:
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    assert_runs(["dagster", *deployment["codeServerArgs"]])
    assert str(deployment["port"]) == PORTS["code"]
    known = {variable(of) for of in Settings.model_fields}
    assert {one["name"] for one in deployment["env"]} <= known
    environment = {one["name"]: one["value"] for one in deployment["env"]}
    assert deployment["image"]["repository"] == IMAGE
    assert environment["MEDAI_SUBMIT_TO"] == "http://dagster-webserver", (
        "the chart's service of the release dagster"
    )
    assert Settings(executor=environment["MEDAI_EXECUTOR"]).executor == "kubernetes"
    assert {m["name"] for m in deployment["volumeMounts"]} == {v["name"] for v in deployment["volumes"]}


def test_the_chart_limits_pools_as_the_image_does(values: dict[str, Any]) -> None:
    """Its instance is written from the values: without a limit of its own two runs would take one upstream, or one GPU."""
    chart, image = values["concurrency"], yaml.safe_load((DEPLOY / "dagster.yaml").read_text())["concurrency"]
    pools = {"default_limit": chart["pools"]["defaultLimit"], "granularity": chart["pools"]["granularity"]}
    assert chart["enabled"]
    assert pools == image["pools"]
    queue = values["dagsterDaemon"]["runCoordinator"]["config"]["queuedRunCoordinator"]
    stated = {"max_concurrent_runs": queue["maxConcurrentRuns"]} if queue["maxConcurrentRuns"] else {}
    validate_concurrency_config(
        {
            "concurrency": {
                "pools": pools,
                "runs": {"max_concurrent_runs": chart["runs"]["maxConcurrentRuns"]},
            },
            "run_coordinator": {
                "module": "dagster._core.run_coordinator",
                "class": "QueuedRunCoordinator",
                "config": stated,
            },
        }
    )


def test_the_launcher_of_the_chart_takes_its_values(values: dict[str, Any]) -> None:
    kubernetes = pytest.importorskip("dagster_k8s", reason="needs the extra k8s")
    given = values["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]
    snake = {re.sub(r"([A-Z])", lambda c: f"_{c[0].lower()}", key): value for key, value in given.items()}
    from dagster_k8s.job import UserDefinedDagsterK8sConfig

    assert UserDefinedDagsterK8sConfig.from_dict(snake).pod_spec_config
    assert values["runLauncher"]["type"] == kubernetes.K8sRunLauncher.__name__


def _keys(value: Any, known: dict[str, Any], place: str) -> None:
    """Nothing in a manifest is called otherwise than its API has it, as ``known`` says; of what is below None nothing is held."""
    for name, inner in value.items():
        assert name in known, f"{place}.{name}"
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(known[name], dict):
                _keys(one, known[name], f"{place}.{name}")
            elif known[name] is not None:
                known[name](one, f"{place}.{name}")


def _pod(template: dict[str, Any], place: str) -> None:
    """A pod's template holds to Kubernetes's API, as its Python client has it, and to what the code knows of containers."""
    spec = template["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    volumes = {one["name"] for one in spec["volumes"]}
    for container in spec["containers"]:
        assert container["image"].partition(":")[0] == IMAGE, place
        for one in container["env"]:
            assert one["name"] in {variable(of) for of in Settings.model_fields}, place
        assert {one["name"] for one in container["volumeMounts"]} <= volumes
        assert {one["secretRef"]["name"] for one in container["envFrom"]} == {"medai-env"}
    if importlib.util.find_spec("kubernetes"):
        from kubernetes.client.models import V1PodTemplateSpec

        _model(template, V1PodTemplateSpec, place)


def _model(value: Any, model: Any, place: str) -> None:
    from kubernetes.client import models

    types = {model.attribute_map[name]: of for name, of in model.openapi_types.items()}
    for name, inner in value.items():
        assert name in types, f"{place}.{name} is unknown to {model.__name__}"
        of = re.fullmatch(r"(list\[)?(V1\w+)\]?", types[name])
        if of:
            for one in inner if of[1] else [inner]:
                _model(one, getattr(models, of[2]), f"{place}.{name}")


# Fields of KubeRay's API ray.io/v1 (its raycluster_types.go), as far as one may want them here.
_GROUP = {"rayStartParams": None, "template": _pod}
RAY_CLUSTER = {
    "rayVersion": None, "enableInTreeAutoscaling": None, "autoscalerOptions": {"idleTimeoutSeconds": None},
    "headGroupSpec": {**_GROUP, "serviceType": None},
    "workerGroupSpecs": {**_GROUP, "groupName": None, "replicas": None, "minReplicas": None, "maxReplicas": None},
}  # fmt: skip


def test_the_ray_cluster_is_one_that_kuberay_knows_and_runs_find() -> None:
    text = (DEPLOY / "raycluster.yaml").read_text()
    cluster, policy = yaml.safe_load_all(text)
    assert (cluster["apiVersion"], cluster["kind"]) == ("ray.io/v1", "RayCluster")
    _keys(cluster["spec"], RAY_CLUSTER, "spec")
    assert f"ray=={cluster['spec']['rayVersion']}" in (REPOSITORY / "constraints.txt").read_text().split()
    groups = [cluster["spec"]["headGroupSpec"], *cluster["spec"]["workerGroupSpecs"]]
    assert len({str(group["template"]["spec"]["containers"][0]["env"]) for group in groups}) == 1
    for group in groups[1:]:
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
    # Ray's head serves where KubeRay puts it, under the name that it makes from the cluster's.
    ports = {one["containerPort"] for one in groups[0]["template"]["spec"]["containers"][0]["ports"]}
    address = re.search(r"MEDAI_RAY_ADDRESS=(\S+?)[;.,]?$", text, re.MULTILINE)
    assert address is not None
    where = urlsplit(Settings(engine="ray", ray_address=address[1]).ray_address)
    assert where.hostname == f"{cluster['metadata']['name']}-head-svc"
    assert where.port in ports
    assert {one["port"] for rule in policy["spec"]["ingress"] for one in rule.get("ports", ())} <= ports
    assert policy["spec"]["podSelector"]["matchLabels"]["ray.io/cluster"] == cluster["metadata"]["name"]


def test_the_pod_that_trains_is_one(values: dict[str, Any]) -> None:
    pod = pod_template(DEPLOY / "training-pod.yaml")
    _pod({"metadata": pod["metadata"], "spec": pod["spec"]}, "pod")
    assert pod["spec"]["restartPolicy"] == "Never"
    (container,) = pod["spec"]["containers"]
    assert "nvidia.com/gpu" in container["resources"]["limits"]


def test_every_file_is_held_to_something(image: list[tuple[str, str]]) -> None:
    """A file that comes to deploy/ needs a test of its own here; each is YAML of which no key stands twice."""

    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
            assert len(keys) == len(set(keys)), f"{node.start_mark}: a key stands twice"
            return super().construct_mapping(node, deep=deep)

    held = {
        "compose.yaml",
        "dagster.yaml",
        "raycluster.yaml",
        "training-pod.yaml",
        "values.yaml",
        "workspace.yaml",
    }
    assert {path.name for path in DEPLOY.iterdir()} == {*held, "Dockerfile"}
    for name in held:
        assert all(isinstance(one, dict) for one in yaml.load_all((DEPLOY / name).read_text(), Loader=Strict))


def test_training_asks_for_a_gpu_where_steps_run_in_pods(tmp_path: Path) -> None:
    pytest.importorskip("dagster_k8s", reason="needs the extra k8s")
    found = {}
    for executor in ("processes", "kubernetes"):
        defs = build_defs(Settings(data=str(tmp_path), executor=executor))
        assert (defs.executor is not None) == (executor == "kubernetes")
        found[executor] = {
            key.to_user_string()
            for asset in defs.assets or ()
            if isinstance(asset, dg.AssetsDefinition) and "nvidia.com/gpu" in str(asset.op.tags)
            for key in asset.keys
        }
    assert found["processes"] == set()
    assert {"lora_adapter", "evaluation_report"} <= found["kubernetes"]
    assert not any(name.startswith(("raw_", "processed")) for name in found["kubernetes"])


@pytest.mark.parametrize("document", ["scale.md"])
def test_commands_of_the_guide_are_those_of_the_files(document: str) -> None:
    for line in re.findall(r"^docker .*$", (REPOSITORY / "docs" / document).read_text(), re.MULTILINE):
        for word in shlex.split(line):
            if "/" in word and word.startswith("deploy"):
                assert (REPOSITORY / word).exists(), word
    assert os.path.exists(DEPLOY)
