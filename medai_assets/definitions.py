"""The one place where assets, checks, resources, jobs and sensors meet.

``build_defs`` is a function so that a test can swap one piece; the module's ``defs`` is what Dagster's page loads, without base
models that nobody asked for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache

import dagster as dg

from medai_assets.assets import (  # noqa: F401  (they note what makes each asset)
    corpus,
    evaluation,
    instructions,
    raw,
    settings_data,
    training,
)
from medai_assets.assets.made_once import declared
from medai_assets.assets.resources import Medai
from medai_assets.automation.everything_stale import everything_stale
from medai_assets.automation.sensor import collection_schedules, staleness_sensor, with_policies
from medai_assets.foundation.extras import require
from medai_assets.graph.graph import Graph
from medai_assets.settings import Settings, get_settings


def build_defs(
    settings: Settings | None = None,
    graph: Graph | None = None,
) -> dg.Definitions:
    """Definitions of a graph; where none is given, of all that the settings know (the environment's when None)."""
    graph = graph or Graph(settings or get_settings())
    return dg.Definitions(
        assets=with_policies(declared(graph), graph.settings),
        resources={"medai": Medai(), "pipes": dg.PipesSubprocessClient()},
        jobs=[everything_stale],
        sensors=[staleness_sensor()],
        schedules=collection_schedules(graph),
        executor=_executor(graph.settings),
    )


@lru_cache(maxsize=1)
def all_defs(settings: Settings) -> dg.Definitions:
    """All assets, also those that no page shows, since what is made may be the first of its base model; built once a process."""
    return build_defs(settings)


def _executor(settings: Settings) -> dg.ExecutorDefinition | None:
    """What does the steps of the page's runs; None for Dagster's own choice, processes of the run's machine."""
    if settings.executor == "processes":
        return None
    require("k8s", "MEDAI_EXECUTOR=kubernetes")
    from dagster_k8s import k8s_job_executor

    executor: dg.ExecutorDefinition = k8s_job_executor
    return executor


def serves_a_page(words: Sequence[str]) -> bool:
    """Whether a process, by its command line, serves definitions to a page, as ``dagster api grpc`` or ``code-server`` do."""
    return "dagster" in words[0] and (list(words[1:3]) == ["api", "grpc"] or "code-server" in words[1:2])


def where_runs_are(settings: Settings, words: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """What a person is told who starts Dagster's own page past `medai ui` and would miss every run that was made.

    Args:
        words: the command line of this process.
    """
    if not serves_a_page(words) or environment.get("DAGSTER_HOME"):
        return None
    return (
        "medai: without DAGSTER_HOME this page shows no run of `medai run`. End it, type "
        f"`export DAGSTER_HOME={settings.dagster_home.absolute()}` and start it again, or use `medai ui`"
    )


def page_graph(settings: Settings, words: Sequence[str]) -> Graph:
    """What a page shows; where the store does not say, all there is, which is told once: by the process that serves the page."""
    from medai_assets.storage import StoreError

    try:
        return Graph.asked_for(settings)
    except StoreError as error:
        if serves_a_page(words):
            told = f"medai: every base model and preference is shown, since {error}"
            print(told, file=sys.stderr, flush=True)
        return Graph(settings)


defs = build_defs(graph=page_graph(get_settings(), sys.argv))
if warning := where_runs_are(get_settings(), sys.argv, os.environ):
    print(warning, file=sys.stderr, flush=True)
