"""What lies outside the graph, as fingerprints: slice queries, files of settings, recipes, the user's take-downs.

An asset without parents turns stale when its fingerprint differs from the one its receipt recorded. In the sample
profile a slice's fingerprint also covers the sandbox records it would receive, since asking costs nothing there; a
live upstream is asked only by a collection (``medai collect``, ``medai run --refresh``, or its schedule).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.vocabularies import AUDIENCES, KINDS
from medai_assets.foundation.yaml_files import Known, read_yaml
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.input_checks import AUTHORED, POLICY_SETTINGS
from medai_assets.reviews.history import digest as reviews_digest
from medai_assets.settings import Settings
from medai_assets.sources.registry import SOURCES, find_slice
from medai_assets.sources.take_down_history import take_downs_in_force
from medai_assets.sources.take_downs import line_of
from medai_assets.storage import Store
from medai_assets.training.recipe import load_recipe


def fingerprint(graph: Graph, target: PartitionId) -> str | None:
    """Digest of what lies outside the graph for this partition; None when nothing does."""
    node = graph.nodes[target.asset]
    if not node.fingerprinted:
        return None
    if node.source:
        return _slice_fingerprint(graph.settings, node.source, target.partition or "")
    if values := DATA_OF.get(target.asset):  # in whatever order they are written at any level
        data = values(graph.settings, target.partition or "")
        return text_digest(orjson.dumps(data, option=orjson.OPT_SORT_KEYS))
    return _OTHERS[target.asset](graph.settings, target.partition or "")


def _slice_fingerprint(settings: Settings, source: str, key: str) -> str:
    wanted = find_slice(source, key, settings)
    upstream = ""
    if SOURCES[source].outside:
        upstream = text_digest(*SOURCES[source].load("outside")(wanted, settings))
    elif settings.profile == "sample" and settings.sandbox_url is None:
        from medai_assets.sandbox.files import fingerprint as sandbox_fingerprint

        upstream = sandbox_fingerprint(wanted, settings.records_served, settings.kit_dir)
    return text_digest(wanted.query_digest, str(SOURCES[source].record_limit(settings)), upstream)


def _digest_of_paths(paths: list[Path]) -> str:
    return text_digest(*(f"{path.name}:{digest}" for path, digest in _digests(paths)))


def _digests(paths: list[Path]) -> list[tuple[Path, str]]:
    from medai_assets.storage.hashing import file_sha256

    return [(path, file_sha256(path)) for path in sorted(paths) if path.is_file()]


def _take_downs(settings: Settings, _: str) -> str:
    """Of the entries, in whatever order, encoding or spelling; what cannot be read is told before anything runs."""
    rows = take_downs_in_force(Store(settings.store_root), settings.take_downs_file)
    return text_digest(*sorted(map(line_of, rows)))


def benchmark_paths(settings: Settings) -> list[Path]:
    """Benchmark files that lie here: the profile's own and the user's. In live the hub's pinned sets come beside them."""
    folder = (
        settings.records_served / "benchmarks"
        if settings.profile == "sample"
        else settings.profile_dir / "benchmarks"
    )
    return sorted(p for p in folder.rglob("*") if p.is_file()) + list(settings.benchmark_files)


def benchmark_digests(settings: Settings) -> dict[str, str]:
    """The benchmark files that lie here by name, each with its digest."""
    return {path.name: digest for path, digest in _digests(benchmark_paths(settings))}


def judge_paths(settings: Settings) -> list[Path]:
    """The sample's conversations for a judge, and the answers that it is judged by itself."""
    records = settings.records_served
    return [records / "benchmarks" / "healthbench.jsonl", records / "judge" / "healthbench_labelled.jsonl"]


def _benchmarks(settings: Settings, _: str) -> str:
    files = _digest_of_paths(benchmark_paths(settings))
    if settings.profile == "sample":
        return files
    from medai_assets.sources.benchmark_sets import digest

    return text_digest(files, digest())


def policy(settings: Settings) -> dict[str, Any]:
    """The curation policy in force.

    Raises:
        YamlRefused: the file is not valid or holds an unknown name; which values are right, its asset checks say.
    """
    return read_yaml(settings.config_file("curation.yaml"), dict.fromkeys(sorted(POLICY_SETTINGS)))


def mixture(settings: Settings) -> dict[str, Any]:
    """The instruction mixture in force; the country of the emergency numbers belongs to it.

    Raises:
        YamlRefused: the file is not valid or holds an unknown name; which values are right, its asset checks say.
    """
    loaded = read_yaml(settings.config_file("mixture.yaml"), _mixture_names())
    return {**loaded, "emergency_country": settings.emergency_country}


def _mixture_names() -> Known:
    """Names that ``mixture.yaml`` may hold, and those below them; the country is a setting of its own."""
    from medai_assets.instructions.dataset.mixture import Mixture

    below: Known = {
        "most_examples": KINDS,
        "source_weights": (*SOURCES, AUTHORED),
        "audience_weights": AUDIENCES,
    }
    return {name: below.get(name) for name in Mixture.model_fields if name != "emergency_country"}


def recipe(settings: Settings, name: str) -> dict[str, Any]:
    """A training recipe in force, every field with its value."""
    own = settings.recipes_dir / f"{name}.yaml"
    return load_recipe(own if own.exists() else name).model_dump(mode="json")


def preference(settings: Settings) -> dict[str, Any]:
    """How preferences are learned.

    Raises:
        YamlRefused: the file is not valid or holds an unknown name; which values are right, its asset check says.
    """
    from medai_assets.training.preferences.recipe import PreferenceRecipe

    return read_yaml(settings.config_file("preference.yaml"), dict.fromkeys(PreferenceRecipe.model_fields))


def _judge(settings: Settings, _: str) -> str:
    """The judge's model and what it is asked; its address may change, as behind a proxy."""
    if settings.profile == "sample":
        return text_digest(settings.judge_model, _digest_of_paths(judge_paths(settings)))
    from medai_assets.sources.benchmark_sets import HEALTHBENCH, LABELLED, digest

    return text_digest(settings.judge_model, digest((HEALTHBENCH, LABELLED)))


def _teacher(settings: Settings, _: str) -> str:
    """The teacher's model, what it is told, and how much it is asked; its address may change."""
    from medai_assets.instructions.rewrites.table import PROMPT_VERSION

    return text_digest(settings.teacher_model, PROMPT_VERSION, str(settings.teacher_questions))


_OTHERS: dict[str, Callable[[Settings, str], str]] = {
    "withdrawals": _take_downs,
    "benchmark_questions": _benchmarks,
    "judged_report": _judge,
    "question_rewrites": _teacher,
    "reviews": lambda settings, _: reviews_digest(Store(settings.store_root)),
}

# What an asset's fingerprint covers as key-value data, so that a change can be told in words.
DATA_OF: dict[str, Callable[[Settings, str], dict[str, Any]]] = {
    "curation_policy": lambda settings, _: policy(settings),
    "instruction_mixture": lambda settings, _: mixture(settings),
    "training_recipe": recipe,
    "preference_recipe": lambda settings, _: preference(settings),
}
