"""Where heavy jobs are done when not on this host: a pod of Kubernetes or a job of a Ray cluster, by their Pipes clients.

What belongs here: what each client is told. What a job is and how it comes back: ``training/placed.py``.
"""

import shlex
from pathlib import Path
from typing import Any

import yaml

from medai_assets.assets.work import Work
from medai_assets.foundation.extras import require
from medai_assets.settings import Settings
from medai_assets.training.placed import PlacedJob, StageFailed, forget, take, was_handed_back

MODULE = "medai_assets.training.placed"
NO_LIMIT = 0.0  # of the time that a pod may take


def run_placed(job: Work, placed: PlacedJob, out: Path, folder: Path) -> None:
    """Have a job done elsewhere and bring what it made.

    Raises:
        StageFailed: it says why it could not be done, or where it is to be done is not set.
        Exception: what the client raises where the job ended without a word, as when its host died.
    """
    settings, store = job.medai.settings, job.medai.store
    forget(placed, store)
    try:
        _CLIENTS[settings.training_on](job, settings, ["python", "-m", MODULE, placed.encoded()])
    except Exception as error:
        if not was_handed_back(placed, store):
            raise
        job.context.log.debug(f"the client said: {error}")
    take(placed, store, out, folder)


def environment(settings: Settings) -> dict[str, str]:
    """Which store and profile the job is of; keys are never sent, the host that does it has its own."""
    data = settings.data if settings.is_remote else str(settings.local_root)
    return {"MEDAI_DATA": data, "MEDAI_PROFILE": settings.profile}


def _in_ray(job: Work, settings: Settings, command: list[str]) -> None:
    require("ray", "MEDAI_TRAINING_ON=ray")
    from dagster_ray import PipesRayJobClient

    gpus = settings.training_gpus
    PipesRayJobClient(address=settings.ray_address).run(
        context=job.context,
        submit_job_params={
            "entrypoint": shlex.join(command),
            "runtime_env": {"env_vars": environment(settings)},
            # Without a wish the job would be done on the head, which has to serve the cluster.
            **({"entrypoint_num_gpus": gpus} if gpus else {"entrypoint_num_cpus": 1}),
        },
    ).get_results()


def _in_kubernetes(job: Work, settings: Settings, command: list[str]) -> None:
    require("k8s", "MEDAI_TRAINING_ON=kubernetes")
    from dagster_k8s import PipesK8sClient

    pod = pod_template(settings.training_pod)
    about = dict(pod.get("metadata") or {})
    PipesK8sClient().run(
        context=job.context,
        command=command,
        namespace=about.pop("namespace", None),
        env=environment(settings),
        base_pod_meta=about,
        base_pod_spec=pod["spec"],
        pod_wait_timeout=NO_LIMIT,
    ).get_results()


def pod_template(file: Path | None) -> dict[str, Any]:
    """The pod that a job is done in, as its file says.

    Raises:
        StageFailed: there is no such file, or it describes no pod.
    """
    if file is None or not file.is_file():
        raise StageFailed(
            f"MEDAI_TRAINING_ON=kubernetes needs MEDAI_TRAINING_POD, a file that describes the pod; {file or 'none'} is no "
            "file. deploy/training-pod.yaml is an example"
        )
    try:
        pod = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StageFailed(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(pod, dict) or pod.get("kind") != "Pod" or not (pod.get("spec") or {}).get("containers"):
        raise StageFailed(
            f"{file} describes no pod: it needs kind: Pod and spec.containers, the first of which does the job"
        )
    return pod


_CLIENTS = {"ray": _in_ray, "kubernetes": _in_kubernetes}
